-- Sequences are told with every option, shared or not, in whatever schema.
create schema counters;
create sequence counters.shared;
create sequence counters.small as smallint;
create sequence counters.down increment by -3;
create sequence counters.full_options as integer
    start with 7 increment by 2 minvalue 5 maxvalue 99 cache 20 cycle;
create table invoice (number bigint default nextval('counters.shared') primary key);
create table credit_note (
    number bigint default nextval('counters.shared') primary key,
    year_number int default nextval('counters.full_options')
);
create table late_binding (number bigint default nextval('counters.shared'::text));
comment on sequence counters.shared is 'Invoices and credit notes count together';
