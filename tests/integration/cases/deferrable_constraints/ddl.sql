-- Primary keys, UNIQUE, foreign keys and EXCLUDE may be deferrable, and deferred from the start.
create table slot (
    a int constraint slot_pkey primary key deferrable,
    b int constraint slot_b_key unique deferrable initially deferred,
    c int constraint slot_c_key unique not deferrable,
    d int,
    e int,
    constraint slot_d_exclude exclude using btree (d with =) deferrable initially immediate
);
create table user_of_slot (
    a int constraint deferred_fkey references slot (c) deferrable initially deferred,
    b int constraint deferrable_fkey references slot (c) deferrable,
    c int constraint usual_fkey references slot (c)
);
