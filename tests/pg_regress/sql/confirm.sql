-- member_confirm, stoplist_cancel and the codes that the links of letters carry.
\set ECHO none
\i helper.sql
CREATE FUNCTION code(address text, link text DEFAULT 'confirm', sender text DEFAULT '') RETURNS text LANGUAGE plpgsql AS $$
    BEGIN RETURN member_cookie(jsonb_build_object('email', address, 'sender', sender)) #>> ARRAY[link, 'cookie']; END $$;
CREATE FUNCTION confirmed(address text, cookie text, source text DEFAULT '') RETURNS jsonb LANGUAGE plpgsql AS $$
    BEGIN RETURN member_confirm(jsonb_build_object('email', address, 'cookie', cookie, 'source', source)); END $$;
-- What member_get shows now: it reads with the snapshot of the statement that calls it.
CREATE FUNCTION got(address text, path text) RETURNS jsonb LANGUAGE plpgsql AS $$ BEGIN RETURN member_get(address, path); END $$;
\set ECHO all
SELECT member_set('{"email": "a@test.ru", "newbie.confirm": 1}') ->> 'newbie', member_set('{"email": "b@test.ru", "newbie.confirm": 1}') ->> 'newbie', member_set('c@test.ru', '[]') ->> 'newbie';
-- A key is made when it is first needed; there is one.
SELECT count(*) FROM member.secret;
SELECT length(code('a@test.ru')), code('a@test.ru') = code('A@test.ru'), code('a@test.ru') = code('b@test.ru');
SELECT name, length(value) FROM member.secret;
SELECT member_cookie('{"email": "c@test.ru"}');
SELECT code('a@test.ru') AS a, code('b@test.ru') AS b \gset

-- The link, once it is said what it begins with. Its parameters are those of the call.
SELECT member_cookie('{"email": "a@test.ru"}') #> '{confirm,url}';
SET pg_member.public_url = 'https://example.com/m/';
SELECT member_cookie('{"email": "a@test.ru"}') #>> '{confirm,url}' = 'https://example.com/m/member.confirm?addr_type=id&email=1&cookie=' || :'a';
SELECT refusal($$SET pg_member.public_url = 'example.com'$$), refusal($$SET pg_member.public_url = 'https://example.com/?a=b'$$);

-- Wrong: another identifier's, a changed one, none at all.
SELECT refusal(format('SELECT confirmed(%L, %L)', 'a@test.ru', cookie)) FROM unnest(ARRAY[:'b', :'a' || 'A', upper(:'a'), '', 'x']) WITH ORDINALITY AS t (cookie, n) ORDER BY n;
SELECT refusal('SELECT member_confirm(''{"email": "a@test.ru"}'')'), refusal(format('SELECT confirmed(%L, %L)', 'nobody@test.ru', :'a'));
SELECT got('a@test.ru', 'member.haslock'), got('a@test.ru', 'member.confirm');
-- On the wire the id is also in a key of its own.
SELECT member_api('{"action": "member.confirm", "email": "a@test.ru", "cookie": "x"}') - 'duration'::text;

-- Right: the lock goes; time and source are kept; the body has a new version, and the log an event.
SELECT confirmed('a@test.ru', :'a', '192.0.2.5');
SELECT got('a@test.ru', 'member.haslock'), got('a@test.ru', 'member.confirm.lock'), got('a@test.ru', 'member.confirm.host'), got('a@test.ru', 'member.confirm.time') <> 'null';
SELECT id, event_type, version, body FROM member.event WHERE event_type = 'member_confirm';
SELECT version FROM member.body WHERE dataset = 1;
-- Again: success, and nothing changes.
SELECT confirm_time AS time FROM member.head WHERE id = 1 \gset
SELECT confirmed('a@test.ru', :'a', '192.0.2.6');
SELECT got('a@test.ru', 'member.confirm.host'), confirm_time = :'time', version FROM member.head JOIN member.body USING (dataset) WHERE id = 1;
SELECT count(*) FROM member.event WHERE event_type = 'member_confirm';
-- By number, as the link does.
SELECT member_api(jsonb_build_object('action', 'member.confirm', 'addr_type', 'id', 'email', 2, 'cookie', :'b')) - 'duration'::text;
-- The reverse. No link from before takes it back: a new one does.
SELECT member_set('a@test.ru', '[["member.lockconfirm", "set", 1]]') ->> 'newbie', got('a@test.ru', 'member.haslock');
SELECT refusal(format('SELECT confirmed(%L, %L)', 'a@test.ru', :'a')), got('a@test.ru', 'member.haslock');
SELECT code('a@test.ru') AS again \gset
SELECT :'again' = :'a', confirmed('a@test.ru', :'again') -> 'confirmed', got('a@test.ru', 'member.haslock');
-- Who is confirmed may follow any of them: nothing changes.
SELECT confirmed('a@test.ru', :'a') -> 'confirmed', confirmed('a@test.ru', :'again') -> 'confirmed';
SELECT member_set('a@test.ru', '[["member.lockconfirm", "set", 1]]') ->> 'newbie', refusal(format('SELECT confirmed(%L, %L)', 'a@test.ru', :'again'));
SELECT confirmed('a@test.ru', code('a@test.ru')) -> 'confirmed';
-- Other locks stay.
SELECT stoplist_add('{"email": "b@test.ru"}') -> 'list', member_set('b@test.ru', '[["member.lockconfirm", "set", 1]]') ->> 'newbie', got('b@test.ru', 'member.haslock');
SELECT confirmed('b@test.ru', code('b@test.ru')) -> 'confirmed', got('b@test.ru', 'member.haslock');
-- A link of an earlier entry is wrong, a head that only moved keeps its own.
SELECT member_set('b@test.ru', '[["member.lockconfirm", "set", 1]]') ->> 'newbie';
SELECT code('b@test.ru') AS moving \gset
SELECT member_merge('{"email": "c@test.ru", "head": "b@test.ru", "head_rule": "transplant"}') -> 'source_deleted';
SELECT confirmed('b@test.ru', :'moving') -> 'confirmed';
SELECT member_delete('{"email": "a@test.ru"}') -> 'list', member_set('{"email": "a@test.ru", "newbie.confirm": 1}') -> 'member';
SELECT refusal(format('SELECT confirmed(%L, %L)', 'a@test.ru', :'a')), got('a@test.ru', 'member.haslock');
SELECT confirmed('a@test.ru', code('a@test.ru')) -> 'confirmed';

-- The link that leaves a stop-list: the record that the subscriber made, of everybody or of one sender.
SELECT sender_set('{"name": "Shop"}');
SELECT event_emit('{"event_type": "unsub", "email": "a@test.ru"}') > 0, event_emit('{"event_type": "complain", "email": "a@test.ru", "event_data": {"sender_id": 1}}') > 0, stoplist_add('{"email": "a@test.ru", "sender": ["", 1]}') -> 'list';
SELECT kind, sender FROM member.stoplist WHERE value = 'a@test.ru' ORDER BY kind, sender;
SELECT code('a@test.ru', 'unsubcancel') AS everybody, code('a@test.ru', 'unsubsendercancel', 'Shop') AS shop \gset
SELECT code('a@test.ru'), code('a@test.ru', 'unsubsendercancel', '7');
SELECT member_cookie('{"email": "a@test.ru"}') #>> '{unsubcancel,url}' = 'https://example.com/m/stoplist.cancel?cookie=' || :'everybody';
SELECT refusal(format('SELECT stoplist_cancel(%L)', cookie)) FROM unnest(ARRAY[:'a', :'shop' || 'A', '']) WITH ORDINALITY AS t (cookie, n) ORDER BY n;
SELECT refusal(format('SELECT confirmed(%L, %L)', 'a@test.ru', :'everybody'));
SELECT stoplist_cancel(:'everybody'), got('a@test.ru', 'member.haslock');
SELECT kind, sender FROM member.stoplist WHERE value = 'a@test.ru' ORDER BY kind, sender;
SELECT stoplist_delete('{"email": "a@test.ru"}') -> 'list', got('a@test.ru', 'member.haslock');
SELECT stoplist_cancel(:'everybody') -> 'cancelled', stoplist_cancel(:'shop') -> 'cancelled';
SELECT kind, sender FROM member.stoplist WHERE value = 'a@test.ru' ORDER BY kind, sender;
-- An old link does nothing to a record that came later.
SELECT event_emit('{"event_type": "unsub", "email": "a@test.ru"}') > 0;
SELECT stoplist_cancel(:'everybody') -> 'cancelled', got('a@test.ru', 'member.haslock');
-- Without a subscriber, and in a batch on the wire.
SELECT code('a@test.ru', 'unsubcancel') AS everybody \gset
SELECT member_delete('{"email": "a@test.ru"}') -> 'list';
SELECT member_api(jsonb_build_object('action', 'batch', 'do', jsonb_build_array(jsonb_build_object('action', 'stoplist.cancel', 'cookie', :'everybody', 'source', '192.0.2.1'), jsonb_build_object('action', 'stoplist.cancel', 'cookie', 'x')))) - 'duration'::text;
SELECT member_set('a@test.ru', '[]') ->> 'newbie', got('a@test.ru', 'member.haslock');
SELECT stoplist_cancel(NULL) IS NULL;
SELECT * FROM member_check();
