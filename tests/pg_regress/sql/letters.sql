-- Letters: written, shown, refused; what a letter becomes for a person.
\set ECHO none
\i helper.sql
\set ECHO all
\set QUIET on
\set VERBOSITY terse
SET pg_member.time_zone = 'UTC';
SELECT channel_set('{"name": "Mail", "string_id": "mail", "kind": "direct", "addr_type": "email",
  "fields": {"subscription": [{"type": "string", "shortname": "note"}],
             "sender": [{"type": "string", "shortname": "address"}]},
  "events": [{"name": "Sent", "string_id": "sent", "base": "send"}, {"name": "Bounced", "string_id": "bounced", "base": "hbounce"}]}') ? 'id';
SELECT pipeline_set('mail', 'message', '[{"id": 1, "type": "log", "params": {"message": "$template.subject"}}]') -> 'problems';
SELECT sender_set('{"name": "shop", "fields": {"address": "shop@example.com"}}');
SELECT letter_set('{"channel": "mail", "subject": "Hello [% anketa.base.firstName %]", "sender": 1,
  "body": {"text": "[% datakey(''client.tags[0]'') %] of [% anketa.member.email %]", "html": "<b>[% anketa.base.firstName %]</b>"}}');
SELECT letter_get('{"id": 2}') #- '{obj,channel}';
SELECT letter_set('{"id": 2, "name": "Greeting"}'), letter_list('{}') #>> '{list,0,name}';

-- What is refused, by name.
SELECT letter_set('{"channel": "mail"}');
SELECT letter_set('{"subject": "x"}');
SELECT letter_set('{"channel": "fax", "subject": "x"}');
SELECT letter_set('{"channel": "mail", "subject": "x", "sender": 77}');
SELECT letter_set('{"channel": "mail", "subject": "[% param.url %]"}');
SELECT letter_set('{"channel": "mail", "subject": "x", "body": {"html": "[% anketa.a"}}');
SELECT letter_set('{"channel": "mail", "subject": "x", "status": "sent"}');
SELECT letter_get('{"id": 99}');
SELECT letter_delete('{"id": 99}');

-- A letter goes when it is ready and has a sender.
SELECT member_set('{"email": "anna@example.com", "datakey": [["base.firstName", "set", "A & <B> [% anketa.client %]"], ["client.tags", "set", ["vip"]]]}') -> 'newbie';
SELECT message_send('{"email": "anna@example.com", "letter": 2}');
SELECT letter_set('{"id": 2, "status": "moderation"}');
SELECT message_send('{"email": "anna@example.com", "letter": 2}');
SELECT letter_set('{"id": 2, "status": "ready", "sender": null}');
SELECT message_send('{"email": "anna@example.com", "letter": 2}');
SELECT letter_set('{"id": 2, "sender": 1}');
SELECT message_send('{"email": "anna@example.com", "letter": 2}') ? 'send_message_id';
SELECT objects - 'camp_schedule' FROM member.pipeline_run;
SELECT template, sender, launch FROM member.message;

-- Its links need a base.
SELECT letter_set('{"id": 2, "body": {"text": "[% param.url_confirm %]"}}');
SELECT message_send('{"email": "anna@example.com", "letter": 2}');
SELECT letter_delete('{"id": 2}');
SELECT message_send('{"email": "anna@example.com", "letter": 2}');
