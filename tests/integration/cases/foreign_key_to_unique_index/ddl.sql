-- A foreign key leans on a primary key, a UNIQUE constraint or a bare unique index, and owns none of them.
create table target (a int primary key, b int, c int, d int, constraint target_b_key unique (b));
create unique index target_c_idx on target (c);
create unique index target_cd_idx on target (d, c) include (b);
create table source (
    id int primary key,
    to_pkey int references target,
    to_key int references target (b),
    to_index int references target (c),
    other int,
    constraint source_two foreign key (to_index, other) references target (c, d)
);
