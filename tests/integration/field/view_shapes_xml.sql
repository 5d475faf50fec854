-- needs libxml
create table item (id int primary key, label text, price numeric, flag boolean);
create view xml_functions as
    select xmlelement(name item, xmlattributes(id as "ID", label), label, xmlforest(price as p, flag)) as a, xmlpi(name php, 'x') as b,
        xmlconcat(xmlcomment('x'), xmlelement(name y)) as c, xmlroot(xmlparse(document '<a/>'), version '1.0', standalone yes) as d,
        xmlserialize(content label::xml as text) as e, label::xml is document as f
    from item;
create view xml_table as
    select x.* from item i, xmltable('/r/i' passing (i.label::xml) columns n for ordinality, id int path '@id' default 0 not null, v text) x;
