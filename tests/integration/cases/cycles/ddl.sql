-- Foreign keys may run in circles of two and of three, nullable, required or deferred.
create table ship (id int primary key, captain_id int);
create table captain (id int primary key, ship_id int not null references ship);
alter table ship add constraint ship_captain_fkey foreign key (captain_id) references captain;

create table red (id int primary key, green_id int not null);
create table blue (id int primary key, red_id int not null references red deferrable initially deferred);
create table green (id int primary key, blue_id int not null references blue);
alter table red add constraint red_green_fkey foreign key (green_id) references green deferrable;
create table outside (red_id int references red, captain_id int references captain);
