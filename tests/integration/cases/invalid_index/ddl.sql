-- An index that a failed concurrent build left behind is told as not valid.
create table busy (id int primary key, a int, b int);
create index busy_a_idx on busy (a);
create unique index busy_b_idx on busy (b);
create index busy_ok_idx on busy (a, b);
update pg_catalog.pg_index set indisvalid = false where indexrelid = 'busy_a_idx'::regclass;
update pg_catalog.pg_index set indisvalid = false, indisready = false where indexrelid = 'busy_b_idx'::regclass;
