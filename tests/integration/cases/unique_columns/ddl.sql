-- Keys keep their order; a column may be in many keys, and a key may not be a constraint.
create table many (
    c int,
    b int,
    a int,
    constraint many_pkey primary key (a, c),
    constraint many_cab_key unique (c, a, b),
    constraint many_abc_key unique (a, b, c),
    constraint many_b_key unique (b)
);
create unique index many_bca_idx on many (b, c, a);
-- A constraint that took over an index, under a name of its own.
create unique index taken_over on many (c, b);
alter table many add constraint many_took_over unique using index taken_over;
alter table many replica identity using index many_pkey;
alter table many cluster on many_abc_key;
