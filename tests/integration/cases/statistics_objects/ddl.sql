-- Extended statistics are told with their kinds and columns, under the table, in whatever schema they live.
create schema tuning;
create table city (gone int, zip text, town text, region text, people int);
alter table city drop column gone;
create statistics city_all on town, zip from city;
create statistics tuning.city_some (dependencies, mcv) on region, town, zip from city;
create statistics tuning.city_all (ndistinct) on people, zip from city;
alter statistics city_all set statistics 300;
comment on statistics tuning.city_some is 'Towns imply regions';
