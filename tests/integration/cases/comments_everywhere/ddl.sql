-- A comment on each kind of object is told where the object is, and nowhere else.
comment on schema public is 'schema public';
create schema quiet;
create type mood as enum ('x');
comment on type mood is 'enum';
create domain word as text constraint word_check check (value <> '');
comment on domain word is 'domain';
comment on constraint word_check on domain word is 'check of a domain';
create type pair as (a int, b int);
comment on type pair is 'composite';
comment on column pair.b is 'attribute';
create type span as range (subtype = int4);
comment on type span is 'range';
create sequence counter;
comment on sequence counter is 'sequence';
create function note() returns trigger language plpgsql as 'begin return null; end';
comment on function note() is 'function: nowhere to be told';
create table noted (
    id int constraint noted_pkey primary key,
    up int constraint noted_fkey references noted,
    code text constraint noted_key unique,
    period int4range,
    constraint noted_check check (up > 0),
    constraint noted_exclude exclude using gist (period with &&)
);
comment on table noted is E'table\nwith a second line, ''quotes'' and "more"';
comment on column noted.code is 'column: größer ☃';
comment on constraint noted_pkey on noted is 'primary key';
comment on index noted_pkey is 'index of the primary key';
comment on constraint noted_fkey on noted is 'foreign key';
comment on constraint noted_key on noted is 'unique';
comment on constraint noted_check on noted is 'check';
comment on constraint noted_exclude on noted is 'exclude';
create index noted_idx on noted (up);
comment on index noted_idx is 'index';
create trigger noted_trigger after insert on noted execute function note();
comment on trigger noted_trigger on noted is 'trigger';
create policy noted_policy on noted;
comment on policy noted_policy on noted is 'policy';
create rule noted_rule as on delete to noted do instead nothing;
comment on rule noted_rule on noted is 'rule';
create statistics noted_statistics on up, code from noted;
comment on statistics noted_statistics is 'statistics';
create view noted_view as select a.id, b.code from noted a join noted b on a.id = b.id;
comment on view noted_view is 'view';
comment on column noted_view.code is 'column of a view';
create materialized view noted_matview as select a.id, b.code from noted a join noted b on a.id = b.id;
comment on materialized view noted_matview is 'materialized view';
comment on column noted_matview.id is 'column of a materialized view';
create table noted_parted (id int) partition by list (id);
comment on table noted_parted is 'partitioned table';
create table taken_back (id int);
comment on table taken_back is 'to be taken back';
comment on table taken_back is null;
