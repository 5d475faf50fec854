-- A domain over a domain: NOT NULL and CHECKs accumulate along the chain; each domain tells only its own.
create domain text_a as text collate "C" default 'a' constraint not_blank check (value <> '');
create domain text_b as text_a constraint short check (length(value) < 10) not null;
create domain text_c as text_b default 'c' constraint no_x check (value !~ 'x') constraint no_y check (value !~ 'y');
create domain free_text as text;
create domain amount as numeric(10, 2) check (value >= 0);
create domain amount_small as amount check (value between 1 and 5) null;
create type color as enum ('red', 'blue');
create domain warm as color check (value <> 'blue');
create type span as range (subtype = int4);
create domain known_span as span check (not isempty(value)) not null;
create type point_2d as (x int, y int);
create domain quadrant as point_2d check ((value).x > 0 and (value).y > 0);
create domain late_check as int;
alter domain late_check add constraint over_9 check (value > 9) not valid;
comment on constraint short on domain text_b is 'Fits the label';

create table uses (
    a text_a,
    b text_b,
    c text_c,
    c_own text_c default 'own' not null,
    free free_text,
    free_not_null free_text not null,
    small amount_small,
    warm warm,
    span known_span,
    quadrant quadrant,
    late late_check
);
