-- Every statement of the store, by its name: the user is $1, and named for each table.
-- {schema} is filled in from the settings; {order}, {beyond} and {limit} by pages. With the limit
-- as a number PostgreSQL plans a page once; as a parameter, each time anew.

-- name: load_thread
select payload from {schema}.threads where user_id = $1 and id = $2;

-- name: save_thread
update {schema}.threads set payload = $3::jsonb, updated_at = now()
where user_id = $1 and id = $2
returning id;

-- name: add_thread
insert into {schema}.threads (user_id, id, organization_id, payload)
select $1, $2, $3, $4::jsonb
where not exists (select from {schema}.deleted_threads where user_id = $1 and id = $2)
on conflict (user_id, id) do update set payload = excluded.payload, updated_at = excluded.updated_at
returning id;

-- name: delete_thread
with gone as (
    delete from {schema}.threads where user_id = $1 and id = $2 returning user_id, id
)
insert into {schema}.deleted_threads (user_id, id) select user_id, id from gone
on conflict (user_id, id) do update set deleted_at = excluded.deleted_at
returning id;

-- name: first_threads
select id, payload, position from {schema}.threads
where user_id = $1
order by position {order} limit {limit};

-- name: next_threads
-- The place of the last one is enough: it may have been deleted since. An id may look like one.
select id, payload, position from {schema}.threads
where user_id = $1 and position {beyond} coalesce(
    (select position from {schema}.threads where user_id = $1 and id = $2), $3::bigint)
order by position {order} limit {limit};

-- name: load_item
select payload from {schema}.items where user_id = $1 and thread_id = $2 and id = $3;

-- name: save_item
-- The lock on the thread makes positions in a thread become visible in their order.
insert into {schema}.items (user_id, thread_id, id, payload)
select user_id, id, $3, $4::jsonb from {schema}.threads
where user_id = $1 and id = $2 for no key update
on conflict (user_id, thread_id, id) do update set payload = excluded.payload
returning id;

-- name: add_item
-- What is there stays, unless it is the same: a save that was cut may be sent again.
insert into {schema}.items (user_id, thread_id, id, payload)
select user_id, id, $3, $4::jsonb from {schema}.threads
where user_id = $1 and id = $2 for no key update
on conflict (user_id, thread_id, id) do update set payload = excluded.payload
    where items.payload = excluded.payload
returning id;

-- name: delete_item
delete from {schema}.items where user_id = $1 and thread_id = $2 and id = $3 returning id;

-- name: delete_items
delete from {schema}.items where user_id = $1 and thread_id = $2 and id = any($3::text[]);

-- name: first_items
select id, payload, position from {schema}.items
where user_id = $1 and thread_id = $2
order by position {order} limit {limit};

-- name: next_items
select id, payload, position from {schema}.items
where user_id = $1 and thread_id = $2 and position {beyond} coalesce(
    (select position from {schema}.items where user_id = $1 and thread_id = $2 and id = $3),
    $4::bigint)
order by position {order} limit {limit};

-- name: load_attachment
select payload from {schema}.attachments where user_id = $1 and id = $2;

-- name: save_attachment
insert into {schema}.attachments (user_id, id, thread_id, payload)
select $1, $2, $3, $4::jsonb
where $3::text is null
    or exists (select from {schema}.threads where user_id = $1 and id = $3)
on conflict (user_id, id)
    do update set thread_id = excluded.thread_id, payload = excluded.payload
returning id;

-- name: end_upload
-- Of several that send a file to the same address, for one alone.
update {schema}.attachments set payload = payload || '{"upload_descriptor": null}'
where user_id = $1 and id = $2 and payload ->> 'upload_descriptor' is not null
returning id;

-- name: delete_attachment
delete from {schema}.attachments where user_id = $1 and id = $2 returning id;

-- name: lock_attachments
-- Whoever adds a file waits for the one before of the same user, to see it in the next statement.
select count(*), pg_advisory_xact_lock(hashtextextended('chatkit_attachments ' || $1, 0))
from {schema}.attachments where user_id = $1;

-- name: add_attachment
-- A row takes room as well. What was announced and never sent does not count for long.
insert into {schema}.attachments (user_id, id, payload)
select $1, $2, $3::jsonb
where $4::bigint + (
    select coalesce(sum(greatest((payload -> 'metadata' ->> 'bytes')::bigint, 4096)), 0)
    from {schema}.attachments
    where user_id = $1
        and (payload ->> 'upload_descriptor' is null or created_at > now() - interval '20 minutes')
) <= $5::bigint
returning id;

-- name: save_feedback
insert into {schema}.feedback (user_id, thread_id, item_id, kind)
select user_id, thread_id, id, $4 from {schema}.items
where user_id = $1 and thread_id = $2 and id = any($3::text[])
on conflict (user_id, thread_id, item_id) do update set kind = excluded.kind
returning item_id;

-- name: begin_turn
-- Takes the lowest of the user's $5 slots, of which an index gives each to one thread only.
update {schema}.threads
set turn_id = $3, turn_until = now() + make_interval(secs => $4), turn_slot = free.slot,
    updated_at = now()
from (
    select min(slot) as slot from generate_series(1, $5::int) as slot
    where slot not in (
        select turn_slot from {schema}.threads
        where user_id = $1 and turn_slot is not null and turn_until > now())
) as free
where user_id = $1 and id = $2 and (turn_until is null or turn_until <= now())
    and free.slot is not null
returning id;

-- name: other_turns
select count(*) as running from {schema}.threads
where user_id = $1 and id <> $2 and turn_slot is not null and turn_until > now();

-- name: clear_turns
-- A process that was killed has left its slots behind.
update {schema}.threads set turn_id = null, turn_until = null, turn_slot = null
where user_id = $1 and turn_slot is not null and turn_until <= now();

-- name: running_turn
select coalesce(turn_id, '') as turn_id, coalesce(turn_until > now(), false) as runs
from {schema}.threads where user_id = $1 and id = $2;

-- name: stop_turn
-- The thread stays taken: whoever writes in it sees that, saves what it has, and ends the turn.
update {schema}.threads set turn_id = null
where user_id = $1 and id = $2 and turn_until > now()
returning id;

-- name: renew_turn
update {schema}.threads set turn_until = now() + make_interval(secs => $4)
where user_id = $1 and id = $2 and turn_id = $3
returning id;

-- name: end_turn
update {schema}.threads set turn_id = null, turn_until = null, turn_slot = null
where user_id = $1 and id = $2 and (turn_id = $3 or turn_id is null);

-- name: find_deleted_thread
-- The next five are for `DISTRIBUTED=true`, where a statement may not be all of these at once.
select id from {schema}.deleted_threads where user_id = $1 and id = $2;

-- name: insert_thread
insert into {schema}.threads (user_id, id, organization_id, payload, position)
overriding system value values ($1, $2, $3, $4::jsonb, $5)
on conflict (user_id, id)
    do update set payload = excluded.payload, updated_at = excluded.updated_at
returning id;

-- name: count_item
-- Holds the row of the thread until the item is there, so positions become visible in order.
update {schema}.threads set last_position = 1 + greatest(
    last_position,
    (select max(position) from {schema}.items where user_id = $1 and thread_id = $2)
)
where user_id = $1 and id = $2
returning last_position;

-- name: insert_item
insert into {schema}.items (user_id, thread_id, id, payload, position)
overriding system value values ($1, $2, $3, $4::jsonb, $5)
on conflict (user_id, thread_id, id) do update set payload = excluded.payload
returning id;

-- name: insert_new_item
insert into {schema}.items (user_id, thread_id, id, payload, position)
overriding system value values ($1, $2, $3, $4::jsonb, $5)
on conflict (user_id, thread_id, id) do update set payload = excluded.payload
    where items.payload = excluded.payload
returning id;
