-- A child validated a CHECK that its parent has NOT VALID, several parents declare one, and one stays here.
create table place (id int, name text);
create table town (people int) inherits (place);
create table village () inherits (town);
create table other (id int, name text);
create table both_of (own int) inherits (place, other);
alter table place add constraint named check (name <> '') not valid;
alter table place add constraint known check (id > 0) not valid;
alter table town validate constraint named;
alter table both_of validate constraint known;
alter table only place add constraint here check (id < 9) no inherit not valid;
create table lake (id int, name text, constraint named check (name <> ''), constraint known check (id > 0));
alter table lake inherit place;
create table parts (id int, v int) partition by list (id);
create table part_1 partition of parts for values in (1) partition by list (v);
create table part_1_1 partition of part_1 for values in (1);
alter table parts add constraint v_known check (v > 0) not valid;
alter table part_1 validate constraint v_known;
