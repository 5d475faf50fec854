-- requires PostgreSQL 14
-- Every range type comes with a multirange, which may be given a name of its own.
create type span as range (subtype = int4);
create type named_span as range (subtype = int4, multirange_type_name = "Many spans");
create table opening (
    hours tsmultirange not null,
    days datemultirange default '{[2026-01-01,2026-02-01)}',
    spans span_multirange,
    named "Many spans",
    list int4multirange[]
);
