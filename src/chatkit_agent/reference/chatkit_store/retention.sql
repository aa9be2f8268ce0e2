-- The statements of `retention.py`. Those that walk over all users begin where the batch before ended.

-- name: delete_old
-- A walk over all users in the order of the key: $1 and $2 are where the batch before ended.
with batch as (
    select user_id, id from {schema}.threads
    where (user_id, id) > ($1, $2) order by user_id, id limit $3
), gone as (
    delete from {schema}.threads thread using batch
    where thread.user_id = batch.user_id and thread.id = batch.id and thread.updated_at < $4
        and (thread.turn_until is null or thread.turn_until < now())
    returning thread.id
)
select user_id, id, (select count(*) from gone) as gone
from batch order by user_id desc, id desc limit 1;

-- name: delete_old_uploads
delete from {schema}.attachments where thread_id is null and (user_id, id) in (
    select user_id, id from {schema}.attachments
    where (user_id, id) > ($1, '') and thread_id is null and created_at < $2 limit $3)
returning id;

-- name: prune
delete from {schema}.deleted_threads where (user_id, id) in (
    select user_id, id from {schema}.deleted_threads
    where (user_id, id) > ($1, '') and deleted_at < $2 limit $3)
returning id;

-- name: forget_threads
-- Turns that still run find out that their thread is gone; until then the mark keeps it away.
with gone as (
    delete from {schema}.threads where user_id = $1 and id in (
        select id from {schema}.threads where user_id = $1 order by id limit $2)
    returning user_id, id, turn_until
), marked as (
    insert into {schema}.deleted_threads (user_id, id) select user_id, id from gone
    on conflict (user_id, id) do update set deleted_at = excluded.deleted_at
)
select greatest(0, extract(epoch from turn_until - now()))::float8 as seconds from gone;

-- name: forget_uploads
delete from {schema}.attachments where user_id = $1 returning id;

-- name: forget_marks
delete from {schema}.deleted_threads where user_id = $1 returning id;

-- name: export_threads
select id, payload from {schema}.threads
where user_id = $1 and id > $2 order by id limit $3;

-- name: export_items
select item.position, item.payload, feedback.kind
from {schema}.items item left join {schema}.feedback feedback
    on feedback.user_id = $1 and feedback.thread_id = $2 and feedback.item_id = item.id
where item.user_id = $1 and item.thread_id = $2 and item.position > $3
order by item.position limit $4;

-- name: export_uploads
select id, payload from {schema}.attachments
where user_id = $1 and id > $2 order by id limit $3;

-- name: hidden_rows
select row_security_active('{schema}.threads') as hidden, $1::text;
