-- requires PostgreSQL 14
create schema shapes;
set search_path to shapes;
create type shapes.size as enum ('small', 'large');
create type shapes.place as (city text, zip int);
create table shapes.item (
    id int primary key, parent_id int, label text, price numeric(10, 2), size shapes.size, home shapes.place,
    tags text[], grid int[][], facts jsonb, made timestamptz, day date, span daterange, flag boolean
);
create table shapes.sale (item_id int, label text, amount numeric, made timestamptz);
create function shapes.scaled(value int, factor int default 2) returns int language sql immutable as 'select $1 * $2';
create function shapes.listed(variadic parts text[]) returns setof text language sql immutable as 'select unnest($1)';

create view values_alone as values (1, 'a'), (2, null), (3, 'c');
create view values_named (code, name) as values (1, 'a'::varchar), (2, 'b');
create view values_in_from as select v.k, v.t from (values (1, 'x'), (2, 'y')) as v (k, t);
create view values_joined as
    select i.id, v.t from item i join (values (1, 'x'), (2, 'y')) as v (k, t) on v.k = i.id;
create view values_in_cte as with v (k, t) as (values (1, 'x'), (2, 'y')) select k, t from v;
create view values_in_cte_twice as
    with v (k) as (values (1), (2)), w as (select k from v union values (7)) select k from w;
create view values_in_exists as select id from item where exists (values (1)) and (id, label) in (values (1, 'a'), (2, 'b'));
create view values_scalar as select (values (5)) as five, array(values (1), (2)) as both_of;
create view values_sorted as values (2), (1) order by 1 desc limit 1;
create view values_lateral as select i.id, v.n from item i cross join lateral (values (i.id), (i.parent_id)) as v (n);
create view values_of_rows as values (row('a', 1)::place), (row('b', 2)::place);
create view values_of_enums as select * from (values ('small'::size, '{a,b}'::text[]), ('large', null)) as v;
create view values_in_union as select 1 as a, 'x' as b union all values (2, 'y') union all values (3, 'z'), (4, null);
create view values_first_in_union as values (2, 'y') union select 1, 'x' except values (3, 'z');

create view union_no_alias as select id from item union select 1;
create view union_no_names as select 1, upper('a') union all select 2, 'b' union all select null, null;
create view union_of_expressions as select id + 1, upper(label) from item union select item_id * 2, lower(label) from sale;
create view union_renamed (one, two) as select id, label from item union all select item_id, label from sale;
create view union_in_from as select x.id from (select id from item union all select item_id from sale) as x where x.id > 1;
create view union_deparsed_casts as select null as a, 1 as b union select 'x', 2.5 union select label, price from item;
create view nested_set_operations as
    (select id from item union all select item_id from sale) intersect (select 1 except select 2) order by 1;
create view nested_to_the_right as select 1 as n except (select 2 union (select 3 intersect select 4));
create view nested_with_limits as
    (select id from item order by price limit 3) union all (select item_id from sale order by made offset 1);
create view set_operation_in_expression as
    select array(select id from item union select item_id from sale) as ids, (select 1 union select 1) as one;
create view set_operation_in_cte as
    with u as (select id from item union select item_id from sale), n as not materialized (table u) select id from n;
create view set_operation_of_functions as select scaled(1) union select scaled(factor => 3, value => 2);
create view set_operation_grouped as
    select label, count(*) from item group by label union all select 'all', count(*) from sale having count(*) > 0;
create view set_operation_of_rows as select i from item i union all select i from item i where i.flag;
create view set_operation_with_collation as
    select label collate "C" as l from item union select label collate "C" from sale order by l;
create view unnamed_in_union as select * from (select 'a' union all select 'b' union select upper('c')) as q (l);
create view unnamed_in_cte as with q as (select 'a' union select 'b') select * from q;
create view unnamed_in_arrays as
    select array(select 'a' union select 'b') as a, array(select label from item union select 'c' union select null) as b;
create view unnamed_in_subqueries as
    select (select 'x') as a, exists (select 'x', 1, null from item) as b, id in (select -1) as c, (select 10000000000) as d,
        (label, day) in (select 'x', '2024-01-01'::date) as e, (select null) as f, (select 1.5) as g, (select true) as h,
        (select '1 day'::interval) as i, size in (select 'small'::size union select 'large') as j, (select array['a']) as k,
        row(1, 'a') = (select 1, 'a') as l, coalesce((select 'a' from item limit 1), 'b') as m, array[(select 'a'), 'b'] as n
    from item;
create view unnamed_constants as
    select day from item
    where exists (select - 1.5) or exists (select 'x' collate "C") or exists (select distinct 'y' order by 1)
        or exists (select b'1') or exists (select b'101'::bit(3)) or day > all (select '2024-01-01'::date union select '2025-01-01')
        or exists (select distinct on (id) 'z', id from sale order by id);
create view negative_constants as select -1::int as a, - 2.5 as b, (-3)::bigint as c, 4 - (-5::int) as d, abs(-7::int) as e;

create view table_command as table item;

create view lateral_subquery as
    select i.id, s.total from item i left join lateral (select sum(amount) from sale where item_id = i.id) as s (total) on true;
create view lateral_function as select i.id, t.tag, t.n from item i, unnest(i.tags) with ordinality as t (tag, n);
create view rows_from as
    select * from rows from (unnest(array[1, 2]), shapes.listed('a', 'b', 'c')) with ordinality as r (a, b, n);
create view column_definition_list as select r.a, r.b from jsonb_to_recordset('[{"a": 1}]') as r (a int, b text);
create view series as select g from generate_series(1, 3) g;
create view series_of_times as
    select day::date from generate_series('2024-01-01'::timestamptz, '2024-01-31', interval '1 day') as day;
create view variadic_call as select l from listed(variadic array['a', 'b']) l;

create view using_aliased as select u.label, i.id from item i join sale s using (label) as u;
create view using_full as select label, coalesce(i.id, s.item_id) as id from item i full join sale s using (label);
create view natural_joined as select label, price, amount from item natural join sale;
create view joins_nested as
    select a.id from (item a left join (sale s join item b on b.id = s.item_id) on s.item_id = a.id) cross join sale t;
create view joined_alias as select j.x, j.y from (item i join sale s on s.item_id = i.id) as j (x, y);
create view renamed_columns as select t.a, t.b from item as t (a, b);
create view self_joined as select item.id, p.label from item join item p on p.id = item.parent_id;
create view only_and_sampled as select i.id from only item i tablesample system (25.5) repeatable (3);
create view bernoulli as select id from item tablesample bernoulli (10);

create view windows as
    select id, row_number() over w as n, sum(price) over (w rows 3 preceding) as s,
        first_value(label) over (partition by size order by made groups between 1 preceding and unbounded following exclude group),
        count(*) filter (where flag) over (), lag(price, 1, 0) over v
    from item window w as (partition by parent_id order by price desc nulls last), v as (w);
create view ranges_in_windows as
    select sum(price) over (order by made range between interval '1 day 02:00' preceding and current row exclude ties) from item;
create view grouping_sets as
    select size, flag, label, grouping(size, flag) as g, count(*) from item
    group by grouping sets ((size, flag), rollup (size, label), cube (flag), ());
create view grouping_distinct as select size, flag, count(*) from item group by distinct rollup (size), rollup (flag);
create view grouped_by_key as select id, label, price from item group by id;
create view grouped_by_position as select label as l, max(price) from item group by 1 having max(price) > 1 order by 2 desc;
create view aggregates as
    select string_agg(distinct label, ', ' order by label desc) as l, array_agg(price order by made nulls first, id) as p,
        mode() within group (order by size) as m, percentile_cont(array[0.25, 0.5]) within group (order by price) as q,
        jsonb_object_agg(id, label) as o, count(distinct (label, price)) as d, bool_and(flag) filter (where id > 1) as b,
        rank(3) within group (order by id) as r
    from item;
create view distinct_on as select distinct on (parent_id, size) id, label from item order by parent_id, size, made desc;
create view limited as select id from item order by price desc nulls last fetch first 2 rows with ties;
create view offset_by_expression as select id from item order by id offset (2 + 1) limit (select 4);
create view locking as select id from item where flag for no key update of item nowait;

create view row_comparisons as
    select (id, label) < (1, 'a') as lt, (id, label) = (1, 'b') as eq, row(id) is distinct from row(2) as d,
        (id, price) <> (1, 2) as ne, row(1, null) is null as n, (id, label) in ((1, 'a'), (2, 'b')) as i
    from item;
create view row_subqueries as
    select (id, label) = (select item_id, label from sale limit 1) as e,
        (id, label) not in (select item_id, label from sale) as n, id > all (select item_id from sale) as g,
        id = any (select item_id from sale) as s, exists (select from sale) as x
    from item;
create view array_shapes as
    select array[1, 2] || 3 as a, array[[1, 2], [3, 4]] as m, array[]::text[] as e, '{1,2}'::int[] as l,
        tags[1] as t, tags[2:] as u, tags[:2] as v, grid[1][2] as g, grid[1:2][1:1] as h, (array[1, 2, 3])[2:3] as s,
        array(select id from item order by id) as q, array[row('a', 1)::place, null] as p, tags[array_length(tags, 1)] as w,
        id = any (array[1, 2]) as y, 'x' = all (tags) as z, array_agg(id) over () as aa
    from item;
create view composite_shapes as
    select home, (home).city, (i.home).zip + 1 as z, row('a', 1)::place as r, (row('a', 1)::place).zip as rz, i as whole,
        (i).label as l, i.*::text as t, row(i.*)::text as again, (select s from sale s limit 1) as s, (array[home])[1].city as c
    from item i;
create view whole_rows as select item, item.*, to_jsonb(item) as j, item is null as n, count(item) over () as c from item;
create view in_lists as
    select size in ('small', 'large') as s, label in ('a', 'b') as l, id not in (1, 2, 3) as n, price in (1, 2.5) as p,
        label::varchar in ('a', 'b') as v, upper(label) in (select label from sale) as q, label like any ('{a%,b%}') as k,
        day in ('2024-01-01', '2024-02-01') as d, size::text in ('small') as o
    from item;
create view casts as
    select id::text as a, price::int as b, cast(label as varchar(3)) as c, cast(label as char(2)) as d, '5'::int as e, 5::numeric(3, 1) as f,
        null::date as g, made::date as h, made at time zone 'Europe/Lisbon' as i, '2024-01-01'::timestamp(3) as j, id::bigint::float8 as k,
        'a'::"char" as l, label::name as m, 'item'::regclass as n, b'101'::bit(3) as o, '1'::text::xid8 as p, tags::varchar(2)[] as q,
        size::text::size as r, -1::int as s, (-1)::int as t, - id as u, 1.0 as v, 1e10 as w, '\x41'::bytea as x, e'a\\b\n''' as y, u&'\00e9' as z
    from item;
create view intervals as
    select interval '1 year 2 mons -3 days 04:05:06.7' as a, interval '3' hour as b, interval '1-2' year to month as c,
        interval(2) '1.234 sec' as d, made - interval '1 day' as e, made + '2 hours' as f, now() - made as g, day + 1 as h,
        time '12:00' as i, timetz '12:00+02' as j, timestamp 'infinity' as k, date '0044-03-15 BC' as l, interval '-1 day' as m
    from item;
create view special_forms as
    select extract(epoch from made) as a, position('a' in label) as b, substring(label from 2 for 3) as c,
        substring(label similar 'a#"b#"c' escape '#') as d, overlay(label placing 'x' from 1 for 2) as e, trim(leading 'x' from label) as f,
        trim(both from label) as g, label similar to '(a|b)%' as h, label not like 'a!%' escape '!' as i, label ilike 'A%' as j,
        label ~* 'x' as k, id between 1 and 3 as l, id not between symmetric 3 and 1 as m, flag is not true as n, flag is unknown as o,
        label is normalized as p, normalize(label, nfd) as q, (made, made) overlaps (made, interval '1 day') as r,
        coalesce(label, 'x') as s, nullif(label, '') as t, greatest(id, 2) as u, least(price, 3) as v, current_date as w,
        current_timestamp(3) as x, localtime as y, current_user as z, current_schema as aa, made at time zone interval '1 hour' as bb
    from item;
create view cases as
    select case when id > 1 then 'a' when id is null then null else 'b' end as a, case size when 'small' then 1 else 2 end as b,
        case label when 'a' then true end as c, case when flag then case when id = 1 then 1 end else 0 end as d
    from item;
create view collations as
    select label collate "C" as a, label collate "POSIX" || 'x' as b, (label || 'y') collate "C" < 'z' as c, max(label collate "C") over () as d
    from item order by label collate "C" desc;
create view operators as
    select label operator(pg_catalog.||) 'x' as a, @ id as b, id % 2 as c, id # 3 as d, ~ id as e, 2 ^ id as f, |/ 4.0 as g, id << 1 as h,
        tags @> array['a'] as i, facts -> 'a' ->> 'b' as j, facts #>> '{a,b}' as k, facts ? 'a' as l, facts @? '$.a' as m, span && daterange(day, null) as n,
        not flag and (flag or id = 1) as o, (flag is null) = (id is null) as p, a.c <> 1 as q
    from item, (select 1 as c) a;
create view named_arguments as
    select scaled(value => id) as a, scaled(factor => 3, value => id) as b, scaled(id, factor => 1) as c, make_interval(days => 10, hours => id) as d
    from item;
create view subscripting as select facts['a'] as a, facts['a']['b'] as b, (facts -> 'c')[0] as c, (jsonb '{"a": 1}')['a'] as d from item;
create view json_functions as
    select to_jsonb(i) as a, jsonb_build_object('a', id, 'b', tags) as b, jsonb_path_query(facts, '$.a[*] ? (@ > 1)') as c, row_to_json(i) as d,
        json_agg(i) over (partition by flag) as e, jsonb_set(facts, '{a}', '1', true) as f, jsonb_typeof(facts) as g
    from item i;
create view set_returning as select id, unnest(tags) as t, generate_series(1, id) as n from item;

create view recursive_plain as with recursive t (n) as (select 1 union all select n + 1 from t where n < 5) select n from t;
create view recursive_values as with recursive t (n, s) as (values (1, 'a') union all select n + 1, s || 'b' from t where n < 5) select * from t;
create recursive view recursive_view (n, depth) as select id, 1 from item union select i.id, depth + 1 from item i join recursive_view r on r.n = i.parent_id;
create view recursive_search_depth as
    with recursive t (id, up) as (select id, parent_id from item union all select i.id, i.parent_id from item i, t where i.parent_id = t.id)
    search depth first by id set sorted select id from t order by sorted;
create view recursive_search_breadth as
    with recursive t (id, up) as (select id, parent_id from item union all select i.id, i.parent_id from item i, t where i.parent_id = t.id)
    search breadth first by id, up set sorted cycle id set looped to 1 default 0 using way select id, looped from t order by sorted;
create view recursive_cycle as
    with recursive t (id, up) as (select id, parent_id from item union select i.id, i.parent_id from item i, t where i.parent_id = t.id)
    cycle id, up set looped using way select id, looped from t;
create view cte_shapes as
    with a as materialized (select id, label from item), b (x, y) as (select * from a where id > 1), c as (with d as (select 1 as z) select z from d)
    select a.id, b.y, c.z, (with e as (select 2 as q) select q from e) as q from a join b on b.x = a.id cross join c;

create view barred with (security_barrier) as select id, label from item where flag;
create view checked_locally as select id, label from item where id > 0 with local check option;
create view checked_below as select id, label from checked_locally where label <> '' with cascaded check option;
create view with_defaults as select id, label, flag from item;
alter view with_defaults alter column label set default 'x' || 'y', alter column flag set default true;
create view no_columns as select from item;
create view quoted_names as select id as "Order", label as "select", price as "a b", 1 as "VALUES", '( VALUES (VALUES' as "(VALUES", "*V".x from item, (select 2) as "*V" (x);
create view system_columns as select ctid, tableoid::regclass as t, xmin from item;
create view of_views as select v.k, n.code, u.one from values_in_from v, values_named n, union_renamed u;
create view from_row_of_view as select values_named as v, (values_named).code from values_named;
create materialized view kept_values as values (1, 'a'), (2, 'b') with no data;
create materialized view kept as select label, count(*) as n from item group by label with no data;
