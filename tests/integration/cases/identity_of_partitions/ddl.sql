-- requires PostgreSQL 17
-- A partition shares the identity and the sequence of its root.
create table ticket (id bigint generated always as identity (start with 10), region text) partition by list (region);
create table ticket_eu partition of ticket for values in ('eu') partition by list (region);
create table ticket_eu_1 partition of ticket_eu default;
create table ticket_us (region text, id bigint not null);
alter table ticket attach partition ticket_us for values in ('us');
