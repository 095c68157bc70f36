-- Calls on many in the call itself: member_delete, stoplist_*, email_cleanerror; what tracks of them hold.
\set ECHO none
\i helper.sql
\set ECHO all
SELECT count(member_set(n || '@test.ru', jsonb_build_array(jsonb_build_array('n', 'set', i)))) FROM unnest(ARRAY['a', 'b', 'c', 'd', 'e']) WITH ORDINALITY AS t (n, i);
SELECT member_set('{"email": "card", "addr_type": "csid"}') ->> 'newbie';
SELECT join_heads('a@test.ru', 'b@test.ru', 'card');
DELETE FROM member.event;

-- A filter selects heads; with wipe 0 those alone go, with wipe 1 the subscriber: the other head of the same body is gone then.
SELECT member_delete('{"group.filter": [{"a": "n", "op": "==", "v": 1}], "addr_type": "csid", "sync": 1}');
SELECT value, dataset IS NOT NULL AS belongs FROM member.address ORDER BY value;
SELECT member_delete('{"group.filter": [{"a": "n", "op": "<", "v": 4}], "wipe": 1, "sync": 1}');
SELECT value, dataset IS NOT NULL AS belongs FROM member.address ORDER BY value;
SELECT event_type, body -> 'event_data' FROM member.event ORDER BY id;
SELECT member_delete('{"sql": "SELECT ''d@test.ru''", "sync": 1}'), member_delete('{"group.filter": [{"a": "n", "op": "<", "v": 4}], "sync": 1}');
SELECT count(*) FROM member.body;

-- Failed deliveries of a selection are forgotten.
SELECT event_emit('{"event_type": "hbounce", "email": "e@test.ru"}') > 0, member_get('e@test.ru', 'member.haslock');
SELECT email_cleanerror('{"group.filter": [{"a": "member.haslock", "op": "==", "v": 4}], "sync": 1}');
SELECT member_get('e@test.ru', 'member.haslock'), email_cleanerror('{"sql": "VALUES (''e@test.ru'')", "sync": 1}');

-- One track at a time of deleting and of updating; a batch stops at what is refused.
SELECT member_delete('{"group.filter": [{"a": "n", "op": ">", "v": 0}]}'), member_delete('{"email": "e@test.ru", "sync": 0}');
SELECT member_api('{"action": "member.delete", "group": "none"}') -> 'errors';
SELECT action, total, request FROM member.track ORDER BY id;
SELECT * FROM member_check();
