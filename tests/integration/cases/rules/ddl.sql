-- Rewrite rules are told by name, event and state; the one that makes a view a view is not.
create table source (id int primary key, v text);
create table log (id int, what text);
create view shown as select a.id, b.v from source a join source b on a.id = b.id;
create rule shown_insert as on insert to shown do instead insert into source values (new.id, new.v);
create rule shown_update as on update to shown do instead nothing;
create rule log_delete as on delete to source where old.id > 10 do also insert into log values (old.id, 'gone');
create rule log_insert as on insert to source do also insert into log values (new.id, 'new');
alter table source disable rule log_insert;
alter table source enable always rule log_delete;
comment on rule log_delete on source is 'Keeps a trace';
