-- A table of a composite type has the type's columns, and may add defaults and constraints, never columns.
create schema kinds;
create type kinds.money_of as (amount numeric(10, 2), currency char(3), note text);
create table price of kinds.money_of (
    amount with options not null check (amount >= 0),
    currency with options default 'EUR',
    primary key (amount, currency)
);
create table was_typed of kinds.money_of;
alter table was_typed not of;
create table now_typed (amount numeric(10, 2), currency char(3), note text);
alter table now_typed of kinds.money_of;
