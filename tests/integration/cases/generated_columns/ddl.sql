-- A generated column has an expression and no default.
create table rectangle (
    width numeric(6, 2) not null,
    height numeric(6, 2) default 1 not null,
    area numeric(12, 4) generated always as (width * height) stored,
    label text generated always as ('a' || 'b') stored not null,
    plain text default 'ab'
);
create table square () inherits (rectangle);
