-- A table may reference itself, by one column or several, and a row may reference itself.
create table node (
    id int primary key,
    tenant int not null,
    parent_id int constraint node_parent_fkey references node on delete cascade,
    root_id int not null constraint node_root_fkey references node,
    previous int,
    constraint node_key unique (tenant, id),
    constraint node_previous_fkey foreign key (tenant, previous) references node (tenant, id),
    constraint node_itself_fkey foreign key (id) references node
);
