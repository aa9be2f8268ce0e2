-- The chat's tables, version 1. The store applies this file by itself where its role may create
-- tables. By hand, as a role that may (the schema's name is an example):
--   psql "$DATABASE_URL" -c 'create schema app_chat' -v schema=app_chat -f schema.sql
-- Later versions only add, so that old and new code can run side by side during a deploy.
-- The user leads every key, so the tables can be partitioned by a hash of the user as they are.
-- Distributed over several machines (Citus), by user_id and with `threads` first, they need
-- <PREFIX>DISTRIBUTED=true: some statements are others there.

create table if not exists :"schema".threads (
    user_id text not null,
    id text not null,
    position bigint generated always as identity,
    organization_id text,
    payload jsonb not null,
    last_position bigint not null default 0,
    turn_id text,
    turn_until timestamptz,
    turn_slot integer,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (user_id, id),
    unique (user_id, position)
);
create unique index if not exists turn_slots on :"schema".threads (user_id, turn_slot)
    where turn_slot is not null;

-- A turn that is still running must not bring a deleted thread back.
create table if not exists :"schema".deleted_threads (
    user_id text not null,
    id text not null,
    deleted_at timestamptz not null default now(),
    primary key (user_id, id)
);

create table if not exists :"schema".items (
    user_id text not null,
    thread_id text not null,
    id text not null,
    position bigint generated always as identity,
    payload jsonb not null,
    created_at timestamptz not null default now(),
    primary key (user_id, thread_id, id),
    unique (user_id, thread_id, position),
    foreign key (user_id, thread_id) references :"schema".threads on delete cascade
);

create table if not exists :"schema".attachments (
    user_id text not null,
    id text not null,
    thread_id text,
    payload jsonb not null,
    created_at timestamptz not null default now(),
    primary key (user_id, id),
    foreign key (user_id, thread_id) references :"schema".threads on delete cascade
);
create index if not exists attachments_by_thread on :"schema".attachments (user_id, thread_id);

create table if not exists :"schema".feedback (
    user_id text not null,
    thread_id text not null,
    item_id text not null,
    kind text not null,
    created_at timestamptz not null default now(),
    primary key (user_id, thread_id, item_id),
    foreign key (user_id, thread_id, item_id) references :"schema".items on delete cascade
);

create table if not exists :"schema".schema_version (
    version integer not null,
    applied_at timestamptz not null default now()
);
insert into :"schema".schema_version (version)
select 1 where not exists (select from :"schema".schema_version where version >= 1);

-- Optional row-level security, a second lock behind the store's own (not with DISTRIBUTED): run the following for each of
-- threads, deleted_threads, items, attachments and feedback, and set <PREFIX>ROW_LEVEL_SECURITY=true.
--   alter table app_chat.threads enable row level security, force row level security;
--   create policy own on app_chat.threads using (user_id = current_setting('chatkit.user_id', true));
