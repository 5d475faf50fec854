-- A domain whose rules name the row type of a table that has the domain: pg_dump's own script of it does not load.
create domain aa_circle as text;
create table az_circle (c aa_circle, cs aa_circle);
alter domain aa_circle add constraint circle check (value::az_circle is not null);
alter domain aa_circle set default (row(null, null)::az_circle)::text;
comment on constraint circle on domain aa_circle is 'round';
