-- requires PostgreSQL 18
create table measure (id int, place int, level numeric);
create table rain (extra int) inherits (measure);
create table wind (extra int) inherits (measure);
create table storm (name text) inherits (wind);
alter table measure add constraint place_known not null place not valid, add constraint level_known not null level not valid;
alter table rain validate constraint place_known;
alter table wind validate constraint level_known;
create table part (id int, place int) partition by range (id);
create table part_1 partition of part for values from (1) to (5);
alter table part add constraint place_there not null place not valid;
