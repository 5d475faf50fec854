-- Stand-alone composite types are told with their attributes; the row type of a table is a type, too.
create domain postcode as varchar(8);
create type address as (street text collate "C", number varchar(5), postcode postcode, lines text[]);
create type company as (name text, seat address, branches address[], since timestamp(0), share numeric(5, 4));
create table person (id int primary key, home address not null, former address[]);
create table household (head person, others person[], firm company default row('x', null, null, null, 0.5)::company);
alter type address add attribute country char(2);
comment on type address is 'Where post goes';
comment on column address.street is 'Without the number';
