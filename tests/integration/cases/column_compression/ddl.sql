-- requires PostgreSQL 14
-- A column may choose its compression method.
create table packed (usual text, chosen text compression pglz, number int);
create materialized view packed_copy as select p.chosen from packed p join packed q on p.number = q.number;
alter materialized view packed_copy alter column chosen set compression pglz;
