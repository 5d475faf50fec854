-- requires PostgreSQL 18
-- A virtual generated column (the default kind since 18) is computed on read.
create table price (
    net numeric not null,
    rate numeric default 0.2,
    gross numeric generated always as (net * (1 + rate)),
    tax numeric generated always as (net * rate) virtual,
    kept numeric generated always as (net + 1) stored
);
