-- Enum labels stand in their sort order, which is neither the order of creation nor that of the alphabet.
create type mood as enum ('sad', 'happy');
alter type mood add value 'ok' before 'happy';
alter type mood add value 'ecstatic';
alter type mood add value 'gloomy' before 'sad';
alter type mood add value 'meh' after 'sad';
alter type mood rename value 'gloomy' to 'Très, très "bas" d''humeur';
create type no_label as enum ();

create table person (
    current_mood mood not null default 'ok',
    moods mood[] default '{sad,meh}',
    constraint person_mood_check check (current_mood in ('ok', 'happy'))
);
