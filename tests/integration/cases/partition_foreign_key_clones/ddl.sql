-- A foreign key from or to a partitioned table is told once where it was declared, and as inherited on partitions.
create table account (id int, region text, primary key (id, region)) partition by list (region);
create table account_eu partition of account for values in ('eu');
create table account_us partition of account for values in ('us') partition by hash (id);
create table account_us_0 partition of account_us for values with (modulus 1, remainder 0);

create table plain_source (
    id int,
    region text,
    constraint plain_fkey foreign key (id, region) references account on delete cascade
);
create table payment (
    id int,
    region text,
    day date,
    constraint payment_account_fkey foreign key (id, region) references account
) partition by range (day);
create table payment_2026 partition of payment for values from ('2026-01-01') to ('2027-01-01');
create table payment_rest partition of payment default partition by list (region);
create table payment_rest_all partition of payment_rest default;
-- Declared on a partition alone, and towards a partition alone.
alter table payment_2026 add constraint only_here_fkey foreign key (id, region) references account_eu;
-- Self reference of a partitioned table.
create table tree (id int, region text, parent int, primary key (id, region),
    constraint tree_fkey foreign key (parent, region) references tree) partition by list (region);
create table tree_eu partition of tree for values in ('eu');
-- A partition that had the same key before it was attached.
create table payment_2027 (
    day date,
    region text,
    id int,
    constraint same_key_before foreign key (id, region) references account
);
alter table payment attach partition payment_2027 for values from ('2027-01-01') to ('2028-01-01');
