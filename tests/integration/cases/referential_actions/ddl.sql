-- Every action on delete and on update, match simple and match full.
create table target (a int, b int, primary key (a, b), unique (a));
create table source (
    a int default 1,
    b int,
    constraint f01 foreign key (a, b) references target match full on delete set default on update cascade,
    constraint f02 foreign key (a, b) references target match simple on delete restrict on update set null,
    constraint f03 foreign key (a) references target (a) on delete cascade on update no action,
    constraint f04 foreign key (b) references target (a) match full on delete set null on update set default,
    constraint f05 foreign key (a) references target (a) on delete no action on update restrict,
    constraint f06 foreign key (b) references target (a)
);
