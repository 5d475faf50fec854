-- requires PostgreSQL 15
-- The scale of a numeric may be negative, or larger than its precision.
create domain thousands as numeric(6, -3);
create table scaled (
    rounded numeric(5, -2),
    tiny numeric(2, 5),
    thousands thousands,
    list numeric(3, -3)[],
    least numeric(1, -1000)
);
