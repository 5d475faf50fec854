-- requires PostgreSQL 18
-- CHECKs and foreign keys may be declared and not enforced.
create table target (id int primary key);
create table source (
    a int constraint source_a_check check (a > 0) not enforced,
    b int constraint source_b_check check (b > 0) enforced,
    c int constraint source_c_fkey references target not enforced,
    d int constraint source_d_fkey references target
);
alter table source alter constraint source_d_fkey not enforced;
create table child (constraint source_a_check check (a > 0) not enforced) inherits (source);
