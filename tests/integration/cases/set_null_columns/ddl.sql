-- requires PostgreSQL 15
-- ON DELETE SET NULL and SET DEFAULT may name the columns that they set.
create table tenant_user (tenant int, id int, primary key (tenant, id));
create table post (
    gone int,
    tenant int not null,
    author int,
    editor int default 0,
    constraint post_all foreign key (tenant, author) references tenant_user on delete set null,
    constraint post_author foreign key (tenant, author) references tenant_user on delete set null (author),
    constraint post_editor foreign key (tenant, editor) references tenant_user on delete set default (editor),
    constraint post_both foreign key (tenant, author) references tenant_user on delete set null (author, tenant)
);
alter table post drop column gone;
