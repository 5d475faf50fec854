-- Foreign tables are told with the name of their server; options of wrapper, server, mapping, table, column are not.
create foreign data wrapper elsewhere options (wrapper_token 'canary-wrapper');
create server far foreign data wrapper elsewhere options (host 'canary-host', password 'canary-server');
create user mapping for current_user server far options (user 'canary-user', password 'canary-mapping');
create foreign table remote_item (
    id int options (column_secret 'canary-column') not null,
    name text collate "C" default 'none',
    doubled int generated always as (id * 2) stored,
    constraint remote_check check (id > 0)
) server far options (table_name 'canary-table', api_key 'canary-key');
comment on foreign table remote_item is 'Lives elsewhere';
create table local_parent (id int not null, day date) partition by range (day);
create foreign table remote_partition partition of local_parent
    for values from ('2020-01-01') to ('2021-01-01') server far options (secret 'canary-partition');
create foreign table remote_child (extra int) inherits (remote_item) server far;
