-- requires PostgreSQL 18
-- A key may forbid overlapping periods, and a foreign key may ask that a period is covered.
create table room_price (
    room int4range,
    valid_at daterange,
    price numeric,
    other tsmultirange,
    constraint room_price_pkey primary key (room, valid_at without overlaps),
    constraint room_price_key unique (room, other without overlaps)
);
create table booking (
    id int4range,
    valid_at daterange,
    room int4range,
    primary key (id, valid_at without overlaps),
    constraint booking_fkey foreign key (room, period valid_at) references room_price (room, period valid_at)
);
