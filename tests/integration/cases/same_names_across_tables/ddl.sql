-- Constraint, trigger, policy and rule names repeat across tables; a constraint is told by its table.
create function nothing() returns trigger language plpgsql as 'begin return null; end';

create table one (a int, b int, constraint positive check (a > 0));
create table two (a int, b int, constraint positive check (b > 0));
alter table one add constraint one_key unique (a), add constraint same_fkey foreign key (b) references one (a);
alter table two add constraint two_key unique (b), add constraint same_fkey foreign key (a) references two (b);
create trigger same_trigger after insert on one for each statement execute function nothing();
create trigger same_trigger after delete on two for each row execute function nothing();
create policy same_policy on one for select using (a = 1);
create policy same_policy on two as restrictive for delete using (a = 2);
create rule same_rule as on insert to one do also select 1;
create rule same_rule as on update to two do instead nothing;
comment on constraint positive on one is 'of one';
comment on constraint positive on two is 'of two';
comment on trigger same_trigger on two is 'trigger of two';
comment on policy same_policy on one is 'policy of one';
comment on rule same_rule on two is 'rule of two';
