-- Expressions in every place that keeps one, in the spellings that the server rewrites: lists, casts of arrays, ranges.
-- Read once and rendered, each must stay as it is through a dump and a restore.
create type mood as enum ('a','b');
create domain dv as varchar(10) check (value in ('x','y'));
create domain dv2 as varchar check (value in ('x','y') or value like 'z%' or value not in ('q','r'));
create domain dc as char(2) check (value in ('aa','bb'));
create domain di as int check (value in (1,2));
create domain de as mood check (value in ('a'));
create domain dd as dv check (value <> 'y' and value in ('x','k'));
create domain dt as text[] check (value <@ array['a','b']);
create table t (
    id int,
    v varchar(5),
    v2 varchar,
    c char(3),
    n numeric(10,2),
    d date,
    ts timestamptz,
    i interval,
    b boolean,
    m mood,
    tx text,
    ta text[],
    va varchar[],
    j jsonb,
    f float8,
    r int4range,
    bi bigint,
    s smallint,
    dvv dv,
    ddd dd,
    bt bytea,
    tm time,
    nm name,
    xmlcomment text,
    exists_ varchar,
    check (v in ('a','b')),
    check (v not in ('a','b')),
    check (v2 = 'a' or v2 = 'b'),
    check (c in ('a','b')),
    check (c not in ('a  ','b')),
    check (v = any (array['a','b'])),
    check (v <> all (array['a','b']::varchar[])),
    check (v = any (array['a','b']::text[])),
    check (v = any ('{a,b}')),
    check (v = any ('{a,b}'::varchar[])),
    check (v in ('a', tx)),
    check (v in ('a', v2)),
    check (v in ('a'::varchar, 'b'::varchar)),
    check (v in ('a'::text,'b')),
    check (lower(v) in ('a','b')),
    check (coalesce(v,'x') in ('a','b')),
    check (id in (1,2)),
    check (bi in (1,2)),
    check (s in (1,2)),
    check (n in (1,2.5)),
    check (id between 1 and 5),
    check (id between symmetric 5 and 1),
    check (d in ('2020-01-01','2021-01-01')),
    check (d > '2020-01-01'),
    check (ts > '2020-01-01'),
    check (ts in ('2020-01-01 00:00+00', now())),
    check (i < '1 day 2 hours'),
    check (i in ('1 day','2 days')),
    check (m in ('a','b')),
    check (m <> 'a'),
    check (tx in ('a','b')),
    check (tx similar to '%a%'),
    check (tx ~ '^a\d'),
    check (tx like 'a\_%' escape '\'),
    check (tx not like 'x'),
    check (tx ilike 'x'),
    check (ta <@ array['a','b']),
    check (va <@ array['a','b']::varchar[]),
    check (va = array['a','b']::varchar[]),
    check (va && array['a','b']::varchar(5)[]),
    check ('a' = any(va)),
    check (va[1] in ('a','b')),
    check (j ? 'a'),
    check (j ->> 'x' in ('a','b')),
    check ((j->>'x')::int in (1,2)),
    check (f > 1e-5),
    check (f in (1,2.5)),
    check (r && int4range(1,10)),
    check ((id, bi) <> (1,2)),
    check (row(id,s) = row(1,2)),
    check (id is distinct from 5),
    check (b is not true),
    check (b),
    check (not b),
    check (case when id > 1 then v in ('a','b') else true end),
    check (case v when 'a' then 1 when 'b' then 2 end = 1),
    check (nullif(v,'') is not null),
    check (greatest(id,1) = 1),
    check (v || 'x' in ('ax','bx')),
    check (char_length(v) > 1),
    check (trim(v) <> ''),
    check (substring(v from 1 for 1) in ('a','b')),
    check (position('a' in v) > 0),
    check (extract(year from d) in (2020,2021)),
    check (v collate "C" in ('a','b')),
    check (v collate "C" < 'x'),
    check (dvv in ('a','b')),
    check (ddd in ('a','b')),
    check (dvv::text in ('a')),
    check (v::char(2) in ('a','b')),
    check (upper(v)::varchar in ('a','b')),
    check (id::text in ('1','2')),
    check (id = any (array[1,2]::bigint[])),
    check (s = any (array[1,2])),
    check (s in (1,2,300000)),
    check (nm in ('a','b')),
    check (bt in ('\x00','\x01')),
    check (tm in ('10:00','11:00')),
    check (v in ('it''s','a\b')),
    check (v in ('a',null)),
    check (v::text = any (array['a','b'])),
    check (v::varchar(3) in ('a','b')),
    check (xmlcomment is null),
    check ((v in ('a','b') and c in ('x','y')) or (v2 in ('a','b') is true)),
    check (v not in ('a','b') is not false),
    check (exists_ in ('a')),
    check (array[v, v2] <@ array['a','b']::varchar[]),
    check (array[v]::text[] <@ array['a','b']),
    check (array_length(array[v,'x'],1) = 2),
    check (array['a',v]::varchar(2)[] && array['b']::varchar(2)[]),
    check (array[array['a',v],array['b',v]]::text[] && array['a']),
    check (row(v in ('a','b'), 1) is not null),
    check (id = any (array[1,2]::numeric[])),
    check (id = any ((array[1,2])::smallint[])),
    check (n = any (array[1,2]::int[]))
);
alter table t
    add g1 boolean generated always as (v in ('a','b')) stored,
    add g2 varchar default (array['a','b']::varchar[])[1],
    add g3 text[] default array['a','b']::varchar[],
    add g4 varchar[] default array['a','b']::varchar(3)[],
    add g5 varchar default 'x'::varchar,
    add g6 timestamptz default now(),
    add g7 timestamptz default 'now',
    add g8 int default '5',
    add g9 date default current_date,
    add g10 text default current_user,
    add g11 interval default '1 day',
    add g12 text[] default '{}',
    add g13 jsonb default '{}',
    add g14 numeric default 1::int,
    add g15 char(3) default 'ab',
    add g16 text default (array['a'::varchar])::text[],
    add g17 varchar(3)[] default array['a','b']::varchar[],
    add g18 text generated always as (v || c || '-' || v2) stored;
create index on t (lower(v)) where v in ('a','b');
create index on t ((v in ('a','b')));
create index on t (id) where m in ('a') and c not in ('q','w');
create view w as select *, v in ('a','b') as q, c in ('a','b') as q2, case when v in ('a','b') then 1 end as q3, array[v,'x']::text[] as q4, array['a'::varchar,'b']::text[] as q5 from t where v in ('a','b') and id in (1,2);
create view w2 as select a.id, b.v from t a join t b using (id) where a.v not in ('a','b') group by a.id, b.v having max(b.v) in ('a','b') order by 1;
create materialized view w3 as with q as (select v from t where v in ('a','b')) select q.v, count(*) filter (where q.v in ('x','y')) from q group by grouping sets ((q.v),());
create view w4 as select * from t natural join (select 1 as id) x;
create view w5 as values (1,'a'::varchar),(2,'b');
create view w6 as select 'a' as u union all select v from t;
create view w7 as select (t).v from t;
create view w8 as select t from t;
create view w9 as select x.* from lateral (select v in ('a','b') as z from t) x;
create view w10 as select v from t where v = any (select v2 from t where v2 in ('a','b'));
create view w11 as select a.* from t a left join (t b join t c on b.id=c.id) on a.id = c.id;
create view w12 as select substring(v,1,2), overlay(v placing 'x' from 1), extract(epoch from ts), ts at time zone 'utc', cast(id as varchar(3)) from t;
create table p (id int, v varchar) partition by list ((v in ('a','b')));
create table p1 partition of p for values in (true);
create table p2 (v varchar, id int) partition by range (lower(v), (id+1), v collate "C");
create table p2a partition of p2 for values from ('a',1,minvalue) to ('b',2,maxvalue);
select current_setting('server_version_num')::int >= 140000 as has_statistics_expressions \gset
\if :has_statistics_expressions
create statistics st on (v in ('a','b')), id from t;
\endif
create table ex (r int4range, v varchar, exclude using gist (r with &&) where (v in ('a','b')));
create domain dar as varchar(3)[] check (value <@ array['a','b']::varchar[]);
