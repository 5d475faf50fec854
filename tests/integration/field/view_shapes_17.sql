-- requires PostgreSQL 17
create table item (id int primary key, label text, facts jsonb, n numeric);
create view json_constructors as
    select json_object('k' : label, 'v' value n absent on null with unique keys returning jsonb) as a, json_array(1, label null on null) as b,
        json_array(select id from item order by id returning jsonb) as c, json_scalar(n) as d, json_serialize(facts returning bytea) as e,
        json(label with unique keys) as f, json_object() as g
    from item;
create view json_aggregates as
    select json_objectagg(id : label absent on null with unique) as a, json_arrayagg(label order by id desc null on null returning jsonb) as b from item;
create view json_tests as
    select label is json as a, label is json array with unique keys as b, label is not json object as c, label is json scalar as d from item;
create view json_queries as
    select json_value(facts, '$.a' returning int default 1 on empty error on error) as a, json_query(facts, '$.b[*]' with wrapper) as b,
        json_query(facts, 'lax $.c' returning text omit quotes empty array on error) as c, json_exists(facts, '$.d ? (@ > $x)' passing n as x unknown on error) as d
    from item;
create view json_tables as
    select t.* from item, json_table(facts, 'lax $.rows[*]' as top passing n as low columns (
        i for ordinality, a int path '$.a' default 3 on empty, b jsonb format json path '$.b' with conditional array wrapper, c boolean exists path '$.c',
        nested path '$.more[*]' as deep columns (d text path '$', e text path '$.e' null on error))) as t;
create view any_values as select any_value(label) filter (where id > 1) as a, sum(id) as s from item group by n having any_value(n) > 0;
create view at_local as select now() at local as a, timestamp '2024-01-01' at local as b;
