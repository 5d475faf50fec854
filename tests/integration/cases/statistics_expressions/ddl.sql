-- requires PostgreSQL 14
-- Extended statistics may be on expressions, alone or beside columns.
create table visit (at timestamp, place text, visitor int);
create statistics visit_one on (lower(place)) from visit;
create statistics visit_mixed (ndistinct, mcv)
    on (date_trunc('day', at)), visitor, (coalesce(place, 'a, b')) from visit;
