-- One row: which product answered, and which version of it. It reads no catalog, so it also measures a round trip.
-- Parameters: none. Row: VersionRow.
-- Serves PostgreSQL 8 and later, and the products that speak its protocol, so that they can be refused by name.
select pg_catalog.version() as version
