-- email_get, email_cleanerror, and what member_get shows of stop-lists and of subscribers that are gone.
\set ECHO none
\i helper.sql
-- What member_get shows now: it reads with the snapshot of the statement that calls it.
CREATE FUNCTION got(address text, path text) RETURNS jsonb LANGUAGE plpgsql AS $$ BEGIN RETURN member_get(address, path); END $$;
\set ECHO all
SELECT member_set('a@test.ru', '[["x", "set", 1]]') ->> 'newbie';
SELECT email_get('{"email": " A@test.ru"}');
SELECT stoplist_add('{"email": "a@test.ru", "sender": ["", 7]}');
SELECT event_emit('{"event_type": "unsub", "email": "a@test.ru", "event_date": "2024-05-01T00:00:00Z", "event_data": {"ip": "192.0.2.7"}}') > 0;
SELECT event_emit('{"event_type": "hbounce", "email": "a@test.ru", "event_date": "2024-05-02T00:00:00Z", "event_data": {"message": "no such user", "message_id": 5}, "launch_id": "12"}') > 0;
UPDATE member.stoplist SET at = '2024-05-03 00:00 UTC' WHERE kind = 'owner';
-- Of the stop-list only what is global, by type; or all of it.
SELECT email_get('{"email": "a@test.ru"}') #> '{obj,member}';
SELECT email_get('{"email": "a@test.ru", "with_stoplist": 2}') #> '{obj,member,stoplist}';
SELECT email_get('{"email": "1", "addr_type": "id", "with_stoplist": 1}') #> '{obj,member,stoplist}';

-- member_get, in the same shapes: in the document, and beside it.
SELECT member_get('{"email": "a@test.ru", "datakey": "*", "with_stoplist": 1}'::jsonb) #> '{datakey,member,stoplist}';
SELECT member_get('{"email": "a@test.ru", "datakey": ["x", "member.stoplist"], "with_stoplist": "2"}'::jsonb);
SELECT member_get('{"email": "a@test.ru", "datakey": "x", "with_stoplist": 1, "with_heads": 1}'::jsonb) #- '{member,heads}';
SELECT member_get('{"email": "a@test.ru", "datakey": "member.heads", "with_heads": 1}'::jsonb) -> 'datakey' = member_head_list('{"email": "a@test.ru"}') -> 'list';
SELECT member_get('{"email": "a@test.ru", "datakey": ["member.stoplist", "member.heads"], "with_stoplist": 0}'::jsonb);
SELECT refusal('SELECT member_get(''{"email": "a@test.ru", "datakey": "x", "with_stoplist": 3}''::jsonb)');
SELECT member_get('{"email": 1, "addr_type": "dataset"}'::jsonb) #> '{head,1,stoplist}';

-- The first success ends the count; which launch and letter failed last, and which locked, stays.
SELECT event_emit('{"event_type": "deliv", "email": "a@test.ru"}') > 0;
SELECT email_get('{"email": "a@test.ru"}') #> '{obj,member,error}', got('a@test.ru', 'member.error') = email_get('{"email": "a@test.ru"}') #> '{obj,member,error}';
SELECT got('a@test.ru', 'member.haslock'), email_get('{"email": "a@test.ru"}') #> '{obj,member,haslock}';
-- The next one counts from the beginning.
SELECT event_emit('{"event_type": "sbounce", "email": "a@test.ru", "event_date": "2024-05-04T00:00:00Z", "message_id": 6, "event_data": {"message": "try later"}}') > 0;
SELECT got('a@test.ru', 'member.error');

-- After deletion: what is known of the identifier.
SELECT member_get('{"email": "a@test.ru", "datakey": "x", "missing_too": 1}'::jsonb);
SELECT member_delete('{"email": "a@test.ru"}');
SELECT refusal('SELECT member_get(''{"email": "a@test.ru", "datakey": "*"}''::jsonb)');
SELECT member_get('{"email": "a@test.ru", "datakey": "*", "missing_too": 1}'::jsonb);
SELECT member_get('{"email": "a@test.ru", "datakey": "*", "missing_too": 1}'::jsonb) #> '{datakey,member}' = email_get('{"email": "a@test.ru"}') #> '{obj,member}';
SELECT member_get('{"email": "a@test.ru", "datakey": ["x", "member.haslock", "member.stoplist"], "missing_too": 1, "with_stoplist": 2}'::jsonb);
SELECT refusal('SELECT member_get(''{"email": "never@test.ru", "datakey": "*", "missing_too": 1}''::jsonb)'), refusal('SELECT email_get(''{"email": "never@test.ru"}'')'), refusal('SELECT email_get(''{"email": "a@"}'')'), refusal('SELECT email_get(''{}'')');

-- email_cleanerror: without a subscriber, and with one.
SELECT email_cleanerror('{"email": "a@test.ru"}'), email_cleanerror('{"email": "a@test.ru"}');
SELECT email_get('{"email": "a@test.ru"}') #> '{obj,member,error,error}';
SELECT member_set('b@test.ru', '[]') ->> 'newbie', member_set('c@test.ru', '[]') ->> 'newbie';
SELECT event_emit(jsonb_build_object('event_type', 'hbounce', 'email', value)) > 0 FROM member.head ORDER BY id;
SELECT value, lock FROM member.head ORDER BY id;
SELECT email_cleanerror('{"list": ["b@test.ru", "C@test.ru", "never@test.ru", "b@", "b@test.ru"], "source": "192.0.2.1"}');
SELECT h.value, h.lock, b.version, b.update_host FROM member.head h JOIN member.body b USING (dataset) ORDER BY h.id;
SELECT count(*) FROM member.delivery_error;
SELECT count(*) FROM member.address WHERE value = 'never@test.ru';
SELECT event_emit('{"event_type": "hbounce", "email": "b@test.ru"}') > 0;
SELECT email_cleanerror('{"stat.uni": {"filter": [{"a": "error.dt", "op": "exists"}]}, "sync": 1}') -> 'list' -> 'b@test.ru', count(*) FROM member.delivery_error;
SELECT refusal(format('SELECT email_cleanerror(''%s'')', request)) FROM unnest(ARRAY['{}', '{"group": "pl1"}', '{"email": "b@test.ru", "stat.uni": {"filter": []}}', '{"stat.uni": {"select": ["error.dt"]}}']) WITH ORDINALITY AS t (request, n) ORDER BY n;
SELECT member_api('{"action": "email.get", "email": "b@test.ru"}') #> '{obj,member,haslock}', member_api('{"action": "email.cleanerror", "email": "b@test.ru"}') -> 'list';
SELECT * FROM member_check();
