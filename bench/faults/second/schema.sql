select pg_advisory_xact_lock(530071);
create table if not exists sessions (
    digest text primary key, person text not null, until timestamptz not null
);
create table if not exists chats (
    id text primary key, person text not null, n bigint generated always as identity,
    doc jsonb not null, turn text, turn_until timestamptz
);
create table if not exists chat_lines (
    chat text references chats (id) on delete cascade, id text,
    n bigint generated always as identity, doc jsonb not null, primary key (chat, id)
);
