-- Partitioned tables by list, range and hash, partitioned again, with default partitions and keys of every sort.
create collation plain_c from "C";
create table event (
    id bigint not null,
    kind text collate "C" not null,
    at timestamp not null,
    tenant int not null default 1,
    payload jsonb,
    constraint event_tenant_check check (tenant > 0)
) partition by list (kind);
create table event_click partition of event for values in ('click', 'it''s', null) partition by range (at, tenant);
create table event_click_old partition of event_click for values from (minvalue, minvalue) to ('2026-01-01', 5);
create table event_click_new partition of event_click for values from ('2026-01-01', 5) to (maxvalue, maxvalue);
create table event_other partition of event default partition by hash (id, tenant);
create table event_other_0 partition of event_other for values with (modulus 2, remainder 0);
create table event_other_1 partition of event_other for values with (modulus 4, remainder 1);

create table by_expression (a text, b int, c text collate "C", d name)
    partition by range (lower(a) collate "C", b, (b % 10), c collate plain_c, a text_pattern_ops, d, lower(c));
create table no_partition (x int) partition by range (x);
