-- Settings of the reading session that change how values are rendered do not change what is told.
do $$
declare
    setting text;
begin
    foreach setting in array array[
        'DateStyle = ''German, DMY''', 'IntervalStyle = iso_8601', 'TimeZone = ''Asia/Kolkata''',
        'extra_float_digits = -10', 'bytea_output = escape', 'quote_all_identifiers = on',
        'standard_conforming_strings = off'
    ] loop
        execute format('alter database %I set %s', current_database(), setting);
    end loop;
end $$;

create table rendered (
    d date default '2026-02-01',
    ts timestamp default '2026-02-01 03:04:05.678',
    tz timestamp with time zone default '2026-02-01 12:00:00+00',
    i interval default '1 year 2 months 3 days 04:05:06',
    r real default '0.1'::real,
    f double precision default '0.30000000000000004'::double precision,
    b bytea default '\x00ff5c'::bytea,
    t text default 'back\slash and ''quote''',
    check (d > '2020-12-31'::date and i < interval '100 days')
);
create index rendered_idx on rendered (ts) where tz > '2026-01-01 00:00:00+00'::timestamp with time zone;
