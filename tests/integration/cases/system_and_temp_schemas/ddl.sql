-- System, TOAST and temporary schemas are not told; schemas whose names merely look alike are.
create temporary table for_a_moment (id int primary key, big text);
create temporary sequence moment_seq;
create schema pgx;
create schema "PG_upper";
create schema my_pg_temp_1;
create schema information_schema_2;
create schema empty_one;
create table pgx.t (big text);
create table "PG_upper".t (id int);
create table my_pg_temp_1.pg_class (oid oid, relname name);
create table information_schema_2.columns (
    column_name information_schema.sql_identifier,
    yes information_schema.yes_or_no
);
create table public.pg_type (typname text);
