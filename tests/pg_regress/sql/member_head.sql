-- member_set: the keys that change the head rather than the data: member.origin, member.lockconfirm, member.error.error.
\set ECHO none
\i helper.sql
\set ECHO all
SELECT origin_create('{"label": "site", "name": "The site"}'), origin_create('{"label": "shop"}');

-- member.origin, by number and by label.
SELECT member_set('{"email": "o@test.ru", "datakey": [["member.origin", "set", 1]]}') ->> 'newbie';
SELECT member_get('o@test.ru', 'member.origin');
SELECT member_set('o@test.ru', '[["member.origin", "set", "shop"]]') ->> 'newbie';
SELECT member_get('o@test.ru', 'member.origin');
SELECT member_set('o@test.ru', '[["member.origin", "set", "1"]]') ->> 'newbie';
SELECT member_get('o@test.ru', 'member.origin');
SELECT refusal('SELECT member_set(''o@test.ru'', ''[["member.origin", "set", "unknown"]]'')'), refusal('SELECT member_set(''o@test.ru'', ''[["member.origin", "set", 99]]'')'),
       refusal('SELECT member_set(''o@test.ru'', ''[["member.origin", "set", null]]'')'), refusal('SELECT member_set(''o@test.ru'', ''[["member.origin", "set", ""]]'')');
SELECT split_part(refusal('SELECT member_set(''o@test.ru'', ''[["member.origin", "delete"]]'')'), ':', 1),
       split_part(refusal('SELECT member_set(''o@test.ru'', ''[["member.origin", "update", 1]]'')'), ':', 1);
SELECT refusal('SELECT member_set(''never@test.ru'', ''[["member.origin", "set", "unknown"]]'')'), member_exists('{"email": "never@test.ru"}');

-- A refusal says which operation it is.
SELECT refusal(format('SELECT member_set(%L::jsonb)', jsonb_build_object('email', 'o@test.ru', 'datakey', jsonb_build_array('["a", "set", 1]'::jsonb, op)))) FROM unnest(ARRAY[
    '["member.origin", "set", "unknown"]', '["member.origin", "set", []]', '["-group.nowhere", "set", 1]', '["-group.nowhere", "set", 2]', '["@member.sequence_data@.n", "set", 1]', '["@other", "set", 1]'
]::jsonb[]) WITH ORDINALITY AS t (op, n) ORDER BY n;
-- member.lockconfirm: the head must be confirmed again. set with exactly 1.
SELECT member_get('o@test.ru', 'member.haslock'), member_get('o@test.ru', 'member.confirm.lock');
SELECT member_set('o@test.ru', '[["member.lockconfirm", "set", 1]]') ->> 'newbie';
SELECT member_get('o@test.ru', 'member.haslock'), member_get('o@test.ru', 'member.confirm.lock');
SELECT member_set('{"email": "text@test.ru", "datakey": [["member.lockconfirm", "set", "1"]]}') ->> 'newbie';
SELECT member_get('text@test.ru', 'member.haslock');
SELECT operation, refusal(format('SELECT member_set(''o@test.ru'', ''[%s]'')', operation)) FROM unnest(ARRAY[
    '["member.lockconfirm", "set", 0]', '["member.lockconfirm", "set", 2]', '["member.lockconfirm", "set", true]', '["member.lockconfirm", "set", null]',
    '["member.lockconfirm", "delete"]', '["member.lockconfirm", "update", 1]', '["member.lockconfirm", "insert", 1]', '["member.lockconfirm", "set.copy", "a"]'
]) WITH ORDINALITY AS t(operation, n) ORDER BY n;
-- Only an e-mail can be unconfirmed.
SELECT member_set('{"email": "card-1", "addr_type": "csid"}') ->> 'newbie';
SELECT refusal('SELECT member_set(''{"email": "card-1", "addr_type": "csid", "datakey": [["member.lockconfirm", "set", 1]]}'')');

-- member.error.error: delete clears the delivery errors and their lock. The errors come from the channels; here by hand.
SELECT member_set('{"email": "err@test.ru"}') ->> 'newbie';
INSERT INTO member.delivery_error VALUES ('err@test.ru', 'email', true, '2026-01-02 03:04:05+03', 'Host not found', 3, 123, 45, 122, 44);
UPDATE member.head SET lock = 4 WHERE value = 'err@test.ru';
SELECT member_get('err@test.ru', 'member.error'), member_get('err@test.ru', 'member.haslock');
SELECT operation, refusal(format('SELECT member_set(''err@test.ru'', ''[%s]'')', operation)) FROM unnest(ARRAY[
    '["member.error.error", "set", 0]', '["member.error.error", "set", null]', '["member.error.error", "update", 0]'
]) WITH ORDINALITY AS t(operation, n) ORDER BY n;
SELECT member_get('err@test.ru', 'member.error.error');
SELECT member_set('err@test.ru', '[["member.error.error", "delete"]]');
SELECT member_get('err@test.ru', 'member.error'), member_get('err@test.ru', 'member.haslock');
SELECT count(*) FROM member.delivery_error;
-- Nothing to clear: nothing changes.
SELECT b.version AS version FROM member.body b JOIN member.head h USING (dataset) WHERE h.value = 'err@test.ru' \gset
SELECT member_set('err@test.ru', '[["member.error.error", "delete"]]') ->> 'newbie';
SELECT b.version - :version FROM member.body b JOIN member.head h USING (dataset) WHERE h.value = 'err@test.ru';
-- Only this lock goes: the others stay.
INSERT INTO member.delivery_error VALUES ('text@test.ru', 'email', true, '2026-01-02 03:04:05+03', 'Host not found', 3, NULL, NULL, NULL, NULL);
UPDATE member.head SET lock = lock | 4 WHERE value = 'text@test.ru';
SELECT member_get('text@test.ru', 'member.haslock');
SELECT member_set('text@test.ru', '[["member.error.error", "delete"]]') ->> 'newbie';
SELECT member_get('text@test.ru', 'member.haslock');

-- Everything else below member is ignored with a warning.
SELECT member_set('o@test.ru', '[["member.email", "set", "x"], ["member.haslock", "set", 0], ["member", "delete"], ["a", "set", 1], ["member.confirm.lock", "set", 0], ["member.error", "delete"]]') #- '{member,id}';
SELECT member_get('o@test.ru', 'a'), member_get('o@test.ru', 'member.email'), member_get('o@test.ru', 'member.haslock');

-- Together with data, in one change.
SELECT b.version AS version FROM member.body b JOIN member.head h USING (dataset) WHERE h.value = 'o@test.ru' \gset
SELECT member_set('o@test.ru', '[["member.origin", "set", "shop"], ["a", "set", 5]]') ->> 'newbie';
SELECT b.version - :version FROM member.body b JOIN member.head h USING (dataset) WHERE h.value = 'o@test.ru';
-- A refusal of one takes back the other.
SELECT split_part(refusal('SELECT member_set(''o@test.ru'', ''[["member.origin", "set", "site"], ["a.b", "set", 5]]'')'), ':', 1);
SELECT member_get('o@test.ru', 'member.origin');
SELECT * FROM member_check();
