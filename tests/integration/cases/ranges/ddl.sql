-- A range type tells its subtype and how it is ordered and compared.
create function span_diff(double precision, double precision) returns double precision
    language sql immutable as 'select $1 - $2';
create type float_span as range (subtype = float8, subtype_diff = span_diff);
create type text_span as range (subtype = text, collation = "C", subtype_opclass = text_pattern_ops);
create type "my range" as range (subtype = int8);
create table booking (
    seats int4range,
    days daterange not null default '[2026-01-01,2026-02-01)',
    hours tstzrange,
    weight float_span,
    names text_span,
    many "my range"[],
    check (not isempty(days)),
    exclude using gist (days with &&, seats with -|-)
);
