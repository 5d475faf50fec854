-- requires PostgreSQL 15
-- A sequence may be unlogged, and one that an unlogged table owns is.
create unlogged sequence fast_seq;
create unlogged table cache (id int generated always as identity, n serial);
