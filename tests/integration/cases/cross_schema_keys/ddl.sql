-- A foreign key, a parent, a partition, a type, a sequence may live in another schema.
create schema core;
create schema part;
create type core.level as enum ('low', 'high');
create sequence core.ids;
create table core.person (id int default nextval('core.ids') primary key, level core.level);
create table core.base (id int, note text);
create table public.visit (
    person_id int constraint visit_person_fkey references core.person on delete cascade,
    level core.level,
    day date not null
) partition by range (day);
create table part.visit_2026 partition of public.visit for values from ('2026-01-01') to ('2027-01-01');
create table public.derived (own int) inherits (core.base);
create table part.home (id int primary key);
alter table core.person add constraint person_home_fkey foreign key (id) references part.home on update cascade;
