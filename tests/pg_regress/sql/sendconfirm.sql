-- Letters that confirm, and that help out of stop-lists; letters to who is new.
\set ECHO none
\i helper.sql
\set ECHO all
\set QUIET on
\set VERBOSITY terse
SELECT channel_set('{"name": "Mail", "string_id": "mail", "kind": "direct", "addr_type": "email",
  "fields": {"subscription": [{"type": "string", "shortname": "note"}]}}') ? 'id';
SELECT pipeline_set('mail', 'message', '[{"id": 1, "type": "log", "params": {"message": "$template.text"}}]') -> 'problems';
SELECT sender_set('{"name": "shop"}');
SELECT letter_set('{"channel": "mail", "subject": "Confirm", "sender": 1, "status": "ready", "body": {"text": "[% param.url_confirm %]", "html": "<a href=\"[% param.url_confirm %]\">"}}');
SELECT letter_set('{"channel": "mail", "subject": "Back", "sender": 1, "status": "ready", "body": {"text": "[% param.url_unsub_cancel %]"}}');
SELECT letter_set('{"channel": "mail", "subject": "Welcome", "sender": 1, "status": "ready", "body": {"text": "hi"}}');
SELECT letter_set('{"channel": "mail", "subject": "Back to us", "sender": 1, "status": "ready", "body": {"text": "[% param.url_unsub_sender_cancel %]"}}');
CREATE VIEW sent AS SELECT id, address_id, objects #>> '{template,subject}' AS subject, objects #>> '{template,text}' AS text FROM member.pipeline_run;

-- Nothing is written where the letter could not go.
SELECT member_set('{"email": "a@example.com", "newbie.confirm": 1, "newbie.letter.confirm": 2}');
SELECT member_exists('{"list": ["a@example.com"]}');
SET pg_member.public_url = 'https://example.com/m';
SELECT member_set('{"email": "a@example.com", "newbie.confirm": 1, "newbie.letter.confirm": 99}');
SELECT member_set('{"email": "a@example.com", "newbie.confirm": 1, "newbie.letter.confirm": 4}');
-- The one who must confirm gets the one letter, the other the other; who is not new gets none, and a phone never.
SELECT member_set('{"email": "a@example.com", "newbie.confirm": 1, "newbie.letter.confirm": 2, "newbie.letter.no-confirm": 4}') -> 'newbie';
SELECT member_set('{"email": "b@example.com", "newbie.letter.confirm": "2", "newbie.letter.no-confirm": "4"}') -> 'newbie';
SELECT member_set('{"email": "b@example.com", "newbie.letter.no-confirm": 4}') -> 'newbie';
SELECT member_set('{"email": "+79261234567", "newbie.letter.no-confirm": 4}') -> 'newbie';
SELECT member_set('{"email": "C-1", "addr_type": "csid", "newbie.letter.no-confirm": 4}') -> 'warnings';
SELECT member_set('{"email": "c@example.com", "newbie.confirm": 1, "newbie.letter.confirm": 2, "head_attach": [{"head": "C-2", "head_addr_type": "csid"}]}') -> 'newbie';
SELECT member_set('{"email": "d@example.com", "newbie.letter.no-confirm": 4, "dry_run": 1}') ? 'dry_run';
SELECT address_id, subject, text LIKE 'https://example.com/m/member.confirm?%' FROM sent ORDER BY id;

-- The link of the letter confirms.
SELECT member_lock('{"list": ["a@example.com"]}');
SELECT member_confirm(jsonb_build_object('email', 1, 'addr_type', 'id', 'cookie', substring(text FROM 'cookie=(.*)'))) -> 'confirmed' FROM sent WHERE subject = 'Confirm' AND address_id = 1;
SELECT member_get('a@example.com', 'member.haslock');

-- By hand: 1 sent, 0 not.
SELECT member_sendconfirm('{"confirm": 1, "letter": 2, "list": ["a@example.com", "c@example.com", "nobody@example.com", "nonsense", "+79261234567"]}') -> 'list';
SELECT member_sendconfirm('{"confirm": 1, "letter": 2, "email": "c@example.com"}') -> 'list';
SELECT event_emit('{"event_type": "unsub", "email": "c@example.com"}') > 0, event_emit('{"event_type": "unsub", "email": "b@example.com"}') > 0;
SELECT member_sendconfirm('{"confirm": 1, "letter": 2, "email": "c@example.com"}') -> 'list';
SELECT member_sendconfirm('{"unsubcancel": 1, "letter": 3, "list": ["a@example.com", "b@example.com"]}') -> 'list';
SELECT event_emit('{"event_type": "unsub", "email": "a@example.com", "event_data": {"sender_id": 1}}') > 0;
SELECT member_sendconfirm('{"unsubsendercancel": 1, "letter": 5, "list": ["a@example.com", "b@example.com"]}') -> 'list';
SELECT message_send('{"email": "a@example.com", "letter": 4}') -> 'suppressed';
SELECT address_id, subject, substring(text FROM '^[^?]*') FROM sent ORDER BY id DESC LIMIT 3;
SELECT stoplist_cancel(substring(text FROM 'cookie=(.*)')) ? 'errors' FROM sent WHERE subject LIKE 'Back%' AND address_id = 2 ORDER BY id DESC LIMIT 1;

-- To a group: a launch; with sync 1 in the call.
SELECT group_create('{"id": "pl1", "type": "list", "addr_type": "email", "name": "List"}');
SELECT group_snapshot('{"to": {"id": "pl1"}, "from": {"list": ["a@example.com", "b@example.com", "c@example.com"], "addr_type": "email"}}') ? 'list';
SELECT member_set('{"email": "e@example.com", "newbie.confirm": 1, "datakey": [["-group.pl1", "set", 1]]}') -> 'newbie';
SELECT member_sendconfirm('{"confirm": 1, "letter": 2, "group": "pl1", "issue_name": "Again", "sync": 1}') - 'launch_id';
SELECT member_sendconfirm('{"confirm": 1, "letter": 2, "group": "pl1"}') - 'launch_id';
SELECT l.name, l.purpose, s.state FROM member.launch l JOIN member.launch_state s ON s.launch = l.id ORDER BY l.id, s.n;
SELECT r.launch, r.address_id, r.objects -> 'template' -> 'subject' FROM member.pipeline_run r WHERE r.launch <> 0;

-- What is refused.
SELECT member_sendconfirm('{"letter": 2, "email": "a@example.com"}');
SELECT member_sendconfirm('{"confirm": 1, "unsubcancel": 1, "letter": 2, "email": "a@example.com"}');
SELECT member_sendconfirm('{"confirm": 1, "email": "a@example.com"}');
SELECT member_sendconfirm('{"unsubcancel": 1, "letter": 2, "email": "a@example.com"}');
SELECT member_sendconfirm('{"confirm": 1, "letter": 2}');
SELECT member_sendconfirm('{"confirm": 1, "letter": 2, "url": "https://example.com/list"}') - 'launch_id';
SELECT * FROM member_check();
