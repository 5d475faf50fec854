-- A table may inherit from several parents, in their order; columns and constraints are merged, local, or both.
create table a_parent (
    id int not null,
    shared text default 'a',
    only_a int,
    constraint shared_check check (shared <> ''),
    constraint a_check check (only_a > 0),
    constraint here_only check (id > 0) no inherit
);
create table z_parent (shared text default 'a', only_z int, constraint shared_check check (shared <> ''));
create table child (own int, shared text default 'child', constraint shared_check check (shared <> ''))
    inherits (z_parent, a_parent);
create table grandchild () inherits (child);
alter table grandchild alter column only_z set default 9, alter column only_z set not null;
create table adopted (only_a int, id int not null, shared text);
alter table adopted add constraint shared_check check (shared <> ''), add constraint a_check check (only_a > 0);
alter table adopted inherit a_parent;
create table left_home () inherits (z_parent);
alter table left_home no inherit z_parent;
