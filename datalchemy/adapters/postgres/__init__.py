"""PostgreSQL: the catalog read set-wise, in one read-only transaction."""
