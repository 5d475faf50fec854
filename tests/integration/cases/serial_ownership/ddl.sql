-- A serial column owns its sequence by dependency, not by name: the two facts live apart.
create table serials (a smallserial, b serial primary key, c bigserial unique);
create table renamed_before (id serial);
alter table renamed_before rename to renamed;
alter table renamed rename column id to key;

-- Owned, but the default is gone.
create table default_dropped (id serial);
alter table default_dropped alter column id drop default;
-- A default, but not owned.
create sequence free_seq;
create table not_owned (id int default nextval('free_seq'));
-- Owned by a column of another type, by hand.
create sequence by_hand_seq as int;
create table by_hand (code text default 'X-' || nextval('by_hand_seq')::text, other int);
alter sequence by_hand_seq owned by by_hand.code;
-- Two owned by one column.
create sequence z_seq;
create sequence a_seq;
create table two_owned (id int default nextval('z_seq'));
alter sequence z_seq owned by two_owned.id;
alter sequence a_seq owned by two_owned.id;
-- Owned by one column, default of another.
create table lent (id serial, copy int);
alter table lent alter column copy set default nextval('lent_id_seq'), alter column id drop default;
