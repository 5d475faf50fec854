-- An array tells its element; the number of dimensions is what was declared, at the least one.
create type shade as enum ('light', 'dark');
create domain word as varchar(12) not null check (value <> '');
create domain words as text[] check (cardinality(value) < 9);
create type pair as (a int, b int);
create table arrays (
    one int[],
    two int[][],
    sized int[3][4],
    standard int array[5],
    lengths varchar(10)[],
    numbers numeric(6, 2)[] not null,
    moments timestamp(3) with time zone[],
    shades shade[],
    words_of_domain word[],
    domain_of_array words,
    arrays_of_domains words[],
    pairs pair[],
    vector int2vector,
    oids oidvector
);
create table copied as select one, two, lengths, shades, domain_of_array from arrays with no data;
