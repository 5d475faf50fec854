-- Each key of an index tells its operator class, collation, order and place of NULLs, and what is not the default.
create collation plain_c from "C";
create domain path_like as text collate "C";
create operator class int4_mine for type int4 using hash as operator 1 =, function 1 hashint4(int4);
create table doc (
    t text,
    tc text collate "C",
    v varchar(20) collate plain_c,
    n int,
    j jsonb,
    s tsvector,
    i inet,
    w name,
    p path_like
);
create index doc_pattern_idx on doc (t text_pattern_ops, v varchar_pattern_ops);
create index doc_collate_idx on doc (t collate "C", tc collate "POSIX", tc, tc collate "default", v, v collate "C");
create index doc_type_collation_idx on doc (w, p, w collate "default", p collate "POSIX");
create index doc_order_idx on doc (t, t desc, t nulls first, t desc nulls last);
create index doc_hash_idx on doc using hash (t);
create index doc_own_hash_idx on doc using hash (n int4_mine);
create index doc_gin_idx on doc using gin (j jsonb_path_ops, s);
create index doc_gist_idx on doc using gist (s tsvector_ops (siglen = 100), i inet_ops);
create index doc_brin_idx on doc using brin (n, t) with (pages_per_range = 16, autosummarize = on);
create index doc_spgist_idx on doc using spgist (t);
create index doc_expression_idx on doc
    (lower(tc), (tc || t) collate "C", lower(t) collate "C", lower(tc) collate "default");
