-- requires PostgreSQL 15
-- A UNIQUE constraint or a unique index may hold NULLs equal.
create table member (
    a int,
    b int,
    constraint member_strict unique nulls not distinct (a, b),
    constraint member_usual unique (b, a)
);
create unique index member_strict_idx on member (b) nulls not distinct;
create unique index member_usual_idx on member (a);
create unique index member_expression_idx on member ((a + b)) nulls not distinct where a > 0;
