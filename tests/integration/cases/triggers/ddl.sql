-- Triggers are told by name, timing, events, level, function and state; arguments never are.
create schema audit;
create function audit.note() returns trigger language plpgsql as 'begin return null; end';
create table item (id int primary key, name text, price int);
create view item_view as select i.id, j.name from item i join item j on i.id = j.id;
create trigger a_before_row before insert or update of name, price on item
    for each row when (new.price > 0) execute function audit.note('canary-argument');
create trigger b_after_statement after insert on item
    referencing new table as added for each statement execute function audit.note();
create trigger c_all_events after insert or update or delete on item for each row execute function audit.note();
create trigger d_truncate before truncate on item for each statement execute function audit.note();
create trigger e_disabled after delete on item for each row execute function audit.note();
create trigger f_replica after delete on item for each row execute function audit.note();
create trigger g_always after delete on item for each row execute function audit.note();
create trigger h_instead instead of insert or delete on item_view for each row execute function audit.note();
alter table item disable trigger e_disabled, enable replica trigger f_replica, enable always trigger g_always;
comment on trigger c_all_events on item is 'Writes to the log';
