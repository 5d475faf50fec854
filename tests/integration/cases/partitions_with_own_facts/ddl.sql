-- A partition may have its own defaults, constraints, indexes, options and column order.
create table measure (city int not null, day date not null, value int default 0) partition by range (day);
create index measure_city_idx on measure (city);
create table measure_2025 partition of measure (
    value default 25,
    constraint own_check check (value < 1000)
) for values from ('2025-01-01') to ('2026-01-01') with (fillfactor = 70);
create index own_idx on measure_2025 (value);
alter table measure_2025 add constraint own_pkey primary key (city, day);
create table measure_2026 (value int, extra int, day date not null, city int not null);
alter table measure_2026 drop column extra;
alter table measure attach partition measure_2026 for values from ('2026-01-01') to ('2027-01-01');
create unlogged table measure_2027 partition of measure for values from ('2027-01-01') to ('2028-01-01');
create table detached partition of measure for values from ('2028-01-01') to ('2029-01-01');
alter table measure detach partition detached;
alter table measure add constraint measure_check check (city > 0);
alter table only measure alter column value set default 1;
