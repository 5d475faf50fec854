-- Types and tables of one name in two schemas are told apart by the schema, not by the order of a search.
create schema east;
create schema west;
create type east.status as enum ('sunrise');
create type west.status as enum ('sunset');
create domain east.code as text check (value ~ '^E');
create domain west.code as text check (value ~ '^W');
create table east.place (id int primary key, status east.status default 'sunrise', code east.code);
create table west.place (
    id int primary key,
    status west.status default 'sunset',
    code west.code,
    statuses_there east.status[],
    constraint place_here foreign key (id) references west.place (id),
    constraint place_there foreign key (id) references east.place (id)
);
create index place_code_idx on east.place (code);
create index place_code_idx on west.place (code, status);
