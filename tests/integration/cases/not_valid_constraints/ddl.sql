-- A constraint that was never validated says so.
create table target (id int primary key);
create table source (a int, b int);
alter table source
    add constraint check_not_valid check (a > 0) not valid,
    add constraint check_valid check (b > 0),
    add constraint fkey_not_valid foreign key (a) references target not valid,
    add constraint fkey_valid foreign key (b) references target,
    add constraint check_later check (a < 100) not valid,
    add constraint fkey_later foreign key (b) references target not valid;
alter table source validate constraint check_later, validate constraint fkey_later;
