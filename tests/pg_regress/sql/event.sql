-- The event log: what each call writes to member.event, in its own transaction.
\set ECHO none
\i helper.sql
\set ECHO all

-- The events since the last look.
CREATE TABLE seen AS SELECT 0::bigint AS id;
CREATE FUNCTION fresh() RETURNS SETOF text LANGUAGE sql AS $$
    WITH new AS (SELECT e.*, a.value FROM member.event e JOIN member.address a ON a.id = e.address_id
                  WHERE e.id > (SELECT id FROM seen)),
         moved AS (UPDATE seen SET id = (SELECT coalesce(max(new.id), seen.id) FROM new))
    SELECT format('%s %s version=%s %s', value, event_type, version, body) FROM new ORDER BY id $$;
SELECT origin_create('{"label": "site"}');
SELECT fresh();

-- member_new: whether it must be confirmed, and its origin.
SELECT member_set('a@test.ru', '[["x", "set", 1]]') ->> 'newbie';
SELECT fresh();
SELECT member_set('{"email": "b@test.ru", "newbie.confirm": 1, "datakey": [["member.origin", "set", "site"]]}') ->> 'newbie';
SELECT fresh();

-- member_change: each path that really changed, with what it was and is.
SELECT member_set('a@test.ru', '[["x", "set", 2], ["y.z", "set", [1.10]], ["x", "insert", 3], ["nothing", "delete"]]') ->> 'newbie';
SELECT fresh();
SELECT member_set('a@test.ru', '[["y", "delete"], ["o", "merge", {"k": null}]]') ->> 'newbie';
SELECT fresh();
SELECT member_set('a@test.ru', '[["o", "merge", {"k": 1, "l": 2}]]') ->> 'newbie';
SELECT fresh();

-- None for what stays as it was.
SELECT member_set('a@test.ru', '[["x", "set", 2], ["x", "insert", 5], ["nowhere", "update", 1], ["x", "set", 9], ["x", "set", 2]]') ->> 'newbie', member_set('{"email": "a@test.ru"}') ->> 'newbie';
SELECT member_set('{"email": "b@test.ru", "datakey": [["member.origin", "set", 1], ["member.lockconfirm", "set", 1], ["member.email", "set", "x"]]}') ->> 'newbie';
SELECT fresh();
-- None for reading.
SELECT member_get('a@test.ru', 'x'), member_exists('{"email": "a@test.ru"}') -> 'list', member_find('{"email": "a@test.ru"}') -> 'list' -> 0 -> 'addr_type', datakey_apply('{}', '[["a", "set", 1]]');
SELECT fresh();
-- None for a refusal.
SELECT split_part(refusal('SELECT member_set(''a@test.ru'', ''[["x", "set", 5], ["x.y", "set", 1]]'')'), ':', 1), split_part(refusal('SELECT member_set(''c@test.ru'', ''[["x", "set", 5], ["x.y", "set", 1]]'')'), ':', 1);
SELECT fresh();

-- origin_change: from which to which.
SELECT member_set('a@test.ru', '[["member.origin", "set", 1]]') ->> 'newbie';
SELECT fresh();
SELECT origin_create('{"label": "shop"}');
SELECT member_set('a@test.ru', '[["member.origin", "set", "shop"], ["x", "set", 7]]') ->> 'newbie';
SELECT fresh();

-- member_delete: one per head that goes; body tells whether the data went too.
SELECT member_set('b2@test.ru', '[]') ->> 'newbie', member_set('b3@test.ru', '[]') ->> 'newbie', join_heads('b@test.ru', 'b2@test.ru', 'b3@test.ru');
SELECT count(*) FROM fresh();
SELECT member_delete('{"email": "b2@test.ru"}');
SELECT fresh();
SELECT member_delete('{"email": "b3@test.ru", "wipe": 1}');
SELECT fresh();
SELECT member_delete('{"list": ["a@test.ru", "a@test.ru", "nobody@test.ru", "nobody"]}');
SELECT fresh();
-- Made again: a new subscriber.
SELECT member_set('a@test.ru', '[]') ->> 'newbie';
SELECT fresh();

-- The transaction's: rolled back, nothing was.
BEGIN;
SELECT member_set('a@test.ru', '[["x", "set", 1]]') ->> 'newbie', member_set('d@test.ru', '[]') ->> 'newbie';
SELECT count(*) FROM member.event WHERE xid = pg_current_xact_id();
ROLLBACK;
SELECT fresh();
SELECT member_exists('{"email": "d@test.ru"}') -> 'list';
-- A savepoint too.
BEGIN;
SAVEPOINT s;
SELECT member_set('a@test.ru', '[["x", "set", 1]]') ->> 'newbie';
ROLLBACK TO s;
SELECT member_set('a@test.ru', '[["y", "set", 1]]') ->> 'newbie';
COMMIT;
SELECT fresh();

-- Its columns: the instant of the statement, the transaction, the person's numbers, slot and life.
BEGIN;
SELECT statement_timestamp() AS "now", member_set('a@test.ru', '[["z", "set", 1]]') ->> 'newbie' AS newbie \gset
SELECT e.at = :'now', e.xid = pg_current_xact_id(), e.address_id = a.id, e.dataset = a.dataset, e.version = b.version, e.slot, e.life = (SELECT last_value FROM member.event_life), e.tableoid::regclass
FROM member.event e JOIN member.address a ON a.id = e.address_id JOIN member.body b ON b.dataset = a.dataset WHERE a.value = 'a@test.ru' ORDER BY e.id DESC LIMIT 1;
COMMIT;
-- A person's events have growing numbers and growing versions.
SELECT count(*) FROM (SELECT id, version, lag(version) OVER (PARTITION BY dataset ORDER BY id) AS before FROM member.event WHERE event_type <> 'member_delete') AS e
WHERE version < before;
-- Addresses stand nowhere in the log but where they were given as data.
SELECT count(*) FROM member.event WHERE body::text LIKE '%test.ru%';
