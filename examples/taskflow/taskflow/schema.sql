create table if not exists users (
    id uuid primary key default gen_random_uuid(),
    username text not null unique,
    password_hash text not null
);

create table if not exists tasks (
    id bigint generated always as identity primary key,
    owner_id uuid not null references users on delete cascade,
    title text not null check (length(title) between 1 and 200),
    done boolean not null default false,
    created_at timestamptz not null default now()
);

create index if not exists tasks_of_owner on tasks (owner_id, id);
