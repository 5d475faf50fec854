-- One column may reference twice in one key, be in several foreign keys, and stand twice in an index.
create table target (x int, y int, primary key (x, y), unique (x));
create table source (
    a int,
    b int,
    constraint twice_in_one foreign key (a, a) references target (x, y),
    constraint also foreign key (a, b) references target (x, y),
    constraint turned foreign key (a, b) references target (y, x),
    constraint single foreign key (a) references target (x),
    constraint single_again foreign key (a) references target (x)
);
create index source_twice_idx on source (a, a desc, b, a);
