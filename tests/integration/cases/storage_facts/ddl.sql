-- How a table is stored: persistence, method, options, TOAST, storage of columns, clustering, replica identity.
create unlogged table fast (id int, v text);
create access method other_heap type table handler heap_tableam_handler;
create table by_other_method (id int) using other_heap;
create table tuned (
    id int primary key with (fillfactor = 60),
    small text,
    large text,
    plain text,
    number numeric,
    kind varchar(5) unique
) with (
    fillfactor = 50, autovacuum_enabled = false, parallel_workers = 4,
    toast.autovacuum_enabled = false, toast.vacuum_truncate = true, user_catalog_table = true
);
alter table tuned
    alter column small set storage main,
    alter column large set storage external,
    alter column plain set storage plain,
    alter column number set storage main,
    alter column large set statistics 1000,
    alter column small set statistics 0,
    alter column number set (n_distinct = -0.5, n_distinct_inherited = 100),
    replica identity full;
create index tuned_kind_idx on tuned (kind) with (deduplicate_items = off);
create table identity_nothing (id int primary key);
alter table identity_nothing replica identity nothing;
alter table identity_nothing cluster on identity_nothing_pkey;
create table identity_index (id int not null);
create unique index identity_index_idx on identity_index (id);
alter table identity_index replica identity using index identity_index_idx;
