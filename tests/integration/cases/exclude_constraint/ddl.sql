-- An EXCLUDE constraint tells its method, its elements with their operators, its predicate and its timing.
create schema ops;
create function ops.same(int, int) returns boolean language sql immutable as 'select $1 = $2';
create operator ops.=== (function = ops.same, leftarg = int, rightarg = int, commutator = operator(ops.===));
create operator class ops.int4_same for type int4 using hash as operator 1 ops.===, function 1 hashint4(int4);
create table booking (
    room int,
    starts timestamp,
    ends timestamp,
    cancelled boolean default false,
    area box,
    constraint no_overlap exclude using gist (tsrange(starts, ends) with &&, area with ~=) where (not cancelled),
    constraint one_room exclude (room with =, date_trunc('day', starts) with =) deferrable initially deferred,
    constraint own_operator exclude using hash (room ops.int4_same with operator(ops.===)),
    constraint mixed_keys exclude using btree (room with =, (room + 1) desc nulls last with =, starts with =)
);
comment on constraint no_overlap on booking is 'One guest at a time';
