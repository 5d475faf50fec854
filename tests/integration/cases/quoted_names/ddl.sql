-- Every name that must be quoted is told as it is, and in rendered text as SQL writes it.
create schema "Sales & Co.";
create type "Sales & Co."."my ""type""" as enum ('it''s', 'a,b', 'back\slash', '"quoted"', ' ', '');
create domain "Sales & Co."."do.main" as text
    constraint "check (value)" check (value <> 'a)b(c' and value <> ''')');
create sequence "Sales & Co."."Número %s";

create table "Sales & Co."."order" (
    "select" int default nextval('"Sales & Co."."Número %s"'),
    "Mixed Case" text,
    "a,b" int,
    "with ""quotes""" "Sales & Co."."my ""type""" default 'it''s',
    "dotted.name" "Sales & Co."."do.main",
    "%s %(x)s {y} $1 :z" text default '100 % sure',
    "new
line" text,
    "größe" text,
    "列" text,
    constraint "order, (pkey)" primary key ("Mixed Case", "a,b"),
    constraint "unique "" key" unique ("a,b", "select"),
    constraint "fk -> ""itself"" (a, b)" foreign key ("列", "select")
        references "Sales & Co."."order" ("Mixed Case", "a,b"),
    constraint "NOT VALID" check ("Mixed Case" <> 'x)' and "a,b" > 0 and "with ""quotes""" <> 'a,b')
);
create index "Index; drop table x" on "Sales & Co."."order" (lower("Mixed Case"), "new
line" desc)
    include ("größe") where "dotted.name" is not null;
create view "Sales & Co."."View's" as
    select o."select" as "as", p."列" as "from"
    from "Sales & Co."."order" o join "Sales & Co."."order" p on o."a,b" = p."select";
