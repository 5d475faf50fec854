-- Dropped columns leave holes in attnum: keys, indexes, partition keys, statistics and attributes still find theirs.
create type parcel_size as (gone_first int, width int, gone_middle text, height int);
alter type parcel_size drop attribute gone_first;
alter type parcel_size drop attribute gone_middle;

create table target (gone text, b int, gone_too text, a int);
alter table target drop column gone;
alter table target drop column gone_too;
alter table target add constraint target_pkey primary key (a, b);

create table source (
    gone_1 int,
    third int,
    gone_2 int default 7,
    second int,
    gone_3 int,
    first int,
    size parcel_size
);
alter table source drop column gone_1, drop column gone_2, drop column gone_3;
alter table source add column gone_4 int, add column added int default 1;
alter table source drop column gone_4;
alter table source
    add constraint source_fkey foreign key (first, second) references target (a, b),
    add constraint source_check check (third > second),
    add constraint source_exclude exclude using btree (added with =, first with =);
create index source_idx on source (added desc, first) include (third);
create statistics source_statistics (ndistinct) on second, added from source;

create table parted (gone int, kind text, gone_too int, day date) partition by range (day, lower(kind));
alter table parted drop column gone, drop column gone_too;
create table parted_default partition of parted default;

-- A partition that has other holes than its parent, and another order.
create table parted_2026 (day date, hole int, kind text);
alter table parted_2026 drop column hole;
create unique index parted_2026_idx on parted_2026 (kind, day);
alter table parted attach partition parted_2026 for values from ('2026-01-01', minvalue) to ('2027-01-01', minvalue);
