-- requires PostgreSQL 14
create table link (id int, up int);
create view chain as
    with recursive t (id, up) as (select id, up from link union all select l.id, l.up from link l join t on l.id = t.up)
    search depth first by id set sorted cycle id set "Looped" to 'yes' default 'no' using way
    select id, "Looped" from t order by sorted;
