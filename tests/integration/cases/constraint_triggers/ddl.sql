-- A constraint trigger is told with the triggers, and the triggers that serve foreign keys are not told at all.
create function note() returns trigger language plpgsql as 'begin return null; end';
create table target (id int primary key deferrable);
create table source (id int primary key, target_id int);
create table referenced (id int primary key);
create table source_2 (target_id int constraint source_2_fkey references referenced);
create constraint trigger must_match after insert or update on source from target
    deferrable initially deferred for each row execute function note();
create constraint trigger at_once after delete on source for each row execute function note();
