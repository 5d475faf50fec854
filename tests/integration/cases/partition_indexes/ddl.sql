-- An index of a partitioned table has a copy on each partition, by creation or attached; without one it is not valid.
create table log (id int not null, at date not null, note text) partition by range (at);
create table log_1 partition of log for values from ('2026-01-01') to ('2027-01-01');
create table log_2 partition of log for values from ('2027-01-01') to ('2028-01-01') partition by list (id);
create table log_2_a partition of log_2 default;
create unique index log_unique_idx on log (id, at);
alter table log add constraint log_pkey primary key (at, id);
-- Attached by hand, under names of their own.
create index log_note_idx on only log (note);
create index note_1_idx on log_1 (note);
create index note_2_idx on log_2 (note);
alter index log_note_idx attach partition note_1_idx;
alter index log_note_idx attach partition note_2_idx;
-- Attached for one of two partitions, so not valid; an equal one that is not attached stays alone.
create index log_half_idx on only log (at, note);
create index log_1_half_idx on log_1 (at, note);
create index log_1_alone_idx on log_1 (at, note);
alter index log_half_idx attach partition log_1_half_idx;
