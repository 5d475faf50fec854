-- A row trigger of a partitioned table is cloned to its partitions: inherited there.
create function note() returns trigger language plpgsql as 'begin return null; end';
create table item (id int, kind text) partition by list (kind);
create table item_a partition of item for values in ('a');
create table item_b partition of item for values in ('b') partition by hash (id);
create table item_b_0 partition of item_b for values with (modulus 1, remainder 0);
create trigger cloned after insert or update on item for each row execute function note();
create trigger not_cloned after insert on item for each statement execute function note();
create constraint trigger cloned_constraint after delete on item for each row execute function note();
create trigger own_of_partition before insert on item_a for each row execute function note();
alter table item_a disable trigger cloned;
