-- requires PostgreSQL 15
create type app as range (subtype = float8, subtype_diff = pg_catalog.float8mi, multirange_type_name = apps);
create unlogged sequence counting;
create unlogged table kept (a int generated always as identity);
alter sequence kept_a_seq set logged;
create table lost (a int generated always as identity);
alter sequence lost_a_seq set unlogged;
create table target (a int, b int, r app, rs apps, primary key (a, b), unique nulls not distinct (a, r));
create table source (
    a int, b int, t text compression pglz, foreign key (a, b) references target on delete set null (b) on update cascade
);
create statistics expressed on (a * 2) from source;
create statistics both_ways (dependencies, mcv) on a, b, (a + b) from source;
