-- Row-level security is a flag of the table; policies are told by name, command and permissiveness.
create table open_table (id int, owner name);
create policy dormant on open_table using (owner = current_user);
create table enabled (id int, owner name);
alter table enabled enable row level security;
create policy p_all on enabled for all to public using (owner = current_user) with check (id > 0);
create policy p_select on enabled for select using (true);
create policy p_insert on enabled for insert with check (id < 100);
create policy p_update on enabled as restrictive for update using (id > 5) with check (id > 6);
create policy p_delete on enabled as restrictive for delete using (false);
create table forced (id int);
alter table forced enable row level security, force row level security;
create table forced_only (id int);
alter table forced_only force row level security;
comment on policy p_update on enabled is 'Narrows';
