-- INCLUDE columns are no keys: neither of the constraint nor of the index.
create table stock (
    a int,
    b int,
    c int,
    d text,
    e int4range,
    constraint stock_pkey primary key (b, a) include (d),
    constraint stock_key unique (c) include (a, b),
    constraint stock_exclude exclude using gist (e with &&) include (d, c)
);
create unique index stock_unique_idx on stock (d desc) include (b);
create index stock_expression_idx on stock ((a + b), c) include (e);
create index stock_twice_idx on stock (a) include (a);
