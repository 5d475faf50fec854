-- A unique index with a predicate or an expression is an index, not a UNIQUE constraint.
create table account (id int, email varchar(200), tags text[], tenant int, deleted boolean default false, data jsonb);
create unique index account_live_email_idx on account (tenant, lower(email)) where not deleted;
create unique index account_one_live_idx on account ((true)) where deleted;
create unique index account_plain_idx on account (id);
create index account_mixed_idx on account (tenant desc, (id % 10), email collate "C", (data ->> 'a,b') desc nulls last);
create index account_call_idx on account (coalesce(email, 'none, (at all)'), upper(email) text_pattern_ops);
create index account_tags_idx on account using gin (tags) where tenant in (1, 2, 3);
create index account_partial_in_idx on account (id) where email in ('a', 'b');
alter index account_mixed_idx alter column 2 set statistics 77;
