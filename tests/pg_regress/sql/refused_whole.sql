-- A call that is refused leaves nothing behind through member_api either, where its refusal is data, however far it had come.
\set ECHO none
\i helper.sql
CREATE FUNCTION refused(request jsonb) RETURNS text LANGUAGE sql AS $$
    SELECT format('%s: %s', e ->> 'id', e ->> 'explain') FROM (SELECT member_api(request) #> '{errors,0}' AS e) AS a $$;
\set ECHO all
\set QUIET on

-- A letter that does not become a template of its channel, whoever it goes to.
SELECT channel_set('{"name": "Mail", "string_id": "mail", "kind": "direct", "addr_type": "email", "fields": {"subscription": [{"type": "string", "shortname": "note"}],
  "template": [{"type": "string", "shortname": "subject"}, {"type": "text", "shortname": "text"}, {"type": "string", "shortname": "preheader", "required": true}, {"type": "color", "shortname": "html"}]}}') ? 'id';
SELECT pipeline_set('mail', 'message', '[{"id": 1, "type": "log", "params": {"message": "$template.text"}}]') -> 'problems', sender_set('{"name": "shop"}');
SELECT letter_set('{"channel": "mail", "subject": "Hi", "sender": 1, "status": "ready", "body": {"text": "hi"}}') AS bare,
       letter_set('{"channel": "mail", "subject": "Hi", "sender": 1, "status": "ready", "fields": {"preheader": 7}}') AS wrong,
       letter_set('{"channel": "mail", "subject": "Hi", "sender": 1, "status": "ready", "fields": {"preheader": "p"}, "body": {"html": "[% anketa.colour %]"}}') AS coloured,
       letter_set('{"channel": "mail", "subject": "Hi", "sender": 1, "status": "ready", "fields": {"preheader": "p"}, "body": {"text": "Dear [% anketa.name %]", "html": "#ff0000"}}') AS good;
SELECT letter, refused(jsonb_build_object('action', 'member.set', 'email', 'a@test.ru', 'newbie.letter.no-confirm', letter)) FROM generate_series(2, 4) AS letter;
SELECT refused('{"action": "member.set", "email": "a@test.ru", "newbie.letter.no-confirm": 2, "head_attach": [{"head": "C-1", "head_addr_type": "csid"}]}');
SELECT refused('{"action": "message.send", "email": "a@test.ru", "letter": 3}'), refused('{"action": "message.send", "group.filter": [], "addr_type": "email", "letter": 3}');
SELECT member_exists('{"list": ["a@test.ru"]}');
SELECT count(*) FROM member.address;
SELECT count(*) FROM member.launch;
SELECT * FROM member_check();
SELECT member_set('{"email": "a@test.ru", "newbie.letter.no-confirm": 5, "datakey": [["name", "set", "#"]]}') -> 'newbie';
SELECT objects -> 'template' FROM member.pipeline_run;

-- Of many one is refused: nothing is done with those before it.
SELECT anketa_create('{"id": "shop", "name": "Shop"}') ->> 'id', anketa_quest_add('{"anketa.id": "shop", "obj": {"id": "note", "type": "free"}}') ->> 'id';
SELECT format_set('{"id": "fill", "obj": {"name": "Fill", "type": "fill", "fields": [{"aid": "shop", "qid": "note", "value": "new"}]}}') ->> 'id';
SELECT member_set('b@test.ru', '[["shop", "set", "a text"]]') ->> 'newbie';
SELECT refused('{"action": "member.update", "format": "fill", "list": ["a@test.ru", "b@test.ru"]}');
SELECT refused('{"action": "member.update", "format": "fill", "group.filter": [{"a": "member.addr_type", "op": "==", "v": "email"}], "addr_type": "email", "sync": 1}');
SELECT member_get('a@test.ru', 'shop'), (SELECT max(version) FROM member.body);
SELECT member_api('{"action": "batch", "do": [{"action": "member.update", "format": "fill", "list": ["a@test.ru", "b@test.ru"]}, {"action": "member.update", "format": "fill", "email": "a@test.ru"}]}') #> '{result,1,list}';
SELECT member_get('a@test.ru', 'shop');

-- A launch that cannot be begun, and one that cannot be stopped.
SELECT refused(jsonb_build_object('action', 'message.send', 'group.filter', '[]'::jsonb, 'addr_type', 'email', 'letter', 5, 'track.info', repeat('x', 1025)));
SELECT count(*) FROM member.launch;
SELECT channel_set('{"name": "Wall", "string_id": "wall", "kind": "indirect", "fields": {"resource": [{"type": "string", "shortname": "page"}]}}') ? 'id';
SELECT pipeline_set('wall', 'message', '[{"id": 1, "type": "log"}]') -> 'problems', pipeline_set('wall', 'stop', '[{"id": 1, "type": "log"}]') -> 'problems', resource_set('{"name": "Shop", "fields": {"page": "shop"}}');
SELECT campaign_set('{"name": "Spring"}');
SELECT message_send('{"channel": "wall", "resource": 6, "campaign": 7}') ->> 'state', message_send('{"channel": "wall", "resource": 6, "campaign": 7}') ->> 'state';
UPDATE member.launch SET send_message_id = 'damaged' WHERE id = (SELECT max(id) FROM member.launch);
SELECT refused('{"action": "pipeline.stop", "campaign": 7}');
SELECT s.n, s.state FROM member.launch_state s ORDER BY s.launch, s.n;
SELECT count(*) FROM member.pipeline_run WHERE kind = 'stop';

-- Where somebody was erased, who comes is looked for by hash: without a key nobody comes, and nobody goes.
SELECT member_erase('b@test.ru') ->> 'erased';
UPDATE member.erase_key SET key = '\x00';
SELECT refused('{"action": "member.set", "email": "c@test.ru"}'), refused('{"action": "member.set", "email": "c@test.ru", "head_attach": [{"head": "C-1", "head_addr_type": "csid"}]}');
SELECT refused('{"action": "stoplist.add", "list": ["a@test.ru", "c@test.ru"]}'), refused('{"action": "member.lock", "list": ["c@test.ru"]}');
SELECT refused('{"action": "member.erase", "email": "a@test.ru"}');
SELECT member_exists('{"list": ["a@test.ru", "c@test.ru"]}'), member_get('a@test.ru', 'name'), (SELECT count(*) FROM member.address WHERE value = 'c@test.ru');
SELECT count(*) FROM member.event WHERE event_type = 'member_change';
SELECT * FROM member_check();
