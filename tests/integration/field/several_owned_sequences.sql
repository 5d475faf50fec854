-- A column may own several sequences: the one that its default uses is the one that counts.
create table ticket (id int primary key, code text, spare bigint);
create sequence ticket_number owned by ticket.id;
create sequence another_number owned by ticket.id;
create sequence code_number owned by ticket.code;
create sequence ask_number owned by ticket.code;
create sequence shared_number;
alter table ticket
    alter column id set default nextval('ticket_number'),
    alter column code set default 'T-' || nextval('code_number') || '-' || currval('code_number'),
    alter column spare set default nextval('shared_number');
