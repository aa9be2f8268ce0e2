create schema if not exists notes_chat;

create table if not exists notes_chat.threads (
    user_id text not null,
    id text not null,
    position bigint generated always as identity,
    data jsonb not null,
    busy_until timestamptz,
    primary key (user_id, id)
);

create table if not exists notes_chat.items (
    user_id text not null,
    thread_id text not null,
    id text not null,
    position bigint generated always as identity,
    data jsonb not null,
    primary key (user_id, thread_id, id),
    foreign key (user_id, thread_id) references notes_chat.threads (user_id, id) on delete cascade
);
