-- Confirmation: newbie.confirm, haslock 2, and the limits of entering without it.
\set ECHO none
\i helper.sql
\set ECHO all

-- newbie.confirm concerns new e-mails alone.
SELECT member_set('{"email": "a@test.ru", "newbie.confirm": 1}') ->> 'newbie';
SELECT member_get('a@test.ru', 'member.haslock'), member_get('a@test.ru', 'member.confirm');
SELECT member_set('{"email": "b@test.ru", "newbie.confirm": "1"}') ->> 'newbie', member_set('{"email": "c@test.ru", "newbie.confirm": 0}') ->> 'newbie',
       member_set('{"email": "d@test.ru"}') ->> 'newbie';
SELECT member_get('b@test.ru', 'member.haslock'), member_get('c@test.ru', 'member.haslock'), member_get('d@test.ru', 'member.haslock');
SELECT member_set('{"email": "d@test.ru", "newbie.confirm": 1}') ->> 'newbie';
SELECT member_get('d@test.ru', 'member.haslock');
SELECT member_set('{"email": "9211234567", "newbie.confirm": 1}') ->> 'newbie', member_set('{"email": "card-1", "addr_type": "csid", "newbie.confirm": 1}') ->> 'newbie';
SELECT lock FROM member.head WHERE addr_type <> 'email';
SELECT refusal('SELECT member_set(''{"email": "e@test.ru", "newbie.confirm": 2}'')'), refusal('SELECT member_set(''{"email": "e@test.ru", "newbie.confirm": "yes"}'')');

-- No limits at first.
SELECT sys_settings_get('{"list": ["member.noconfirm.limit", "member.noconfirm.rest", "member.tarif.limit"]}');

-- member.noconfirm.limit: e-mails that enter within the month. member.noconfirm.rest: how many are left. Four are in.
SELECT sys_settings_set('{"list": {"member.noconfirm.limit": 6}}');
SELECT sys_settings_get('{"list": ["member.noconfirm.rest"]}');
SELECT member_set('{"email": "e@test.ru"}') ->> 'newbie';
SELECT member_get('e@test.ru', 'member.haslock'), sys_settings_get('{"list": ["member.noconfirm.rest"]}');
SELECT member_set('{"email": "f@test.ru"}') ->> 'newbie';
SELECT member_get('f@test.ru', 'member.haslock'), sys_settings_get('{"list": ["member.noconfirm.rest"]}');
-- Used up: further e-mails must be confirmed, without being asked for. Phones need not.
SELECT sys_settings_get('{"list": ["member.noconfirm.rest"]}');
SELECT member_set('{"email": "g@test.ru"}') ->> 'newbie', member_set('{"email": "h@test.ru", "newbie.confirm": 0}') ->> 'newbie', member_set('{"email": "9211234568"}') ->> 'newbie';
SELECT member_get('g@test.ru', 'member.haslock'), member_get('h@test.ru', 'member.haslock'), member_get('9211234568', 'member.haslock');
SELECT sys_settings_get('{"list": ["member.noconfirm.rest"]}');
-- Deleting gives nothing back, and coming again takes nothing.
SELECT member_delete('{"list": ["e@test.ru", "f@test.ru"]}') -> 'list';
SELECT count(*), sys_settings_get('{"list": ["member.noconfirm.rest"]}') FROM member.entrance;
SELECT member_set('{"email": "e@test.ru"}') ->> 'newbie', member_set('{"email": "f@test.ru"}') ->> 'newbie';
SELECT member_get('e@test.ru', 'member.haslock'), member_get('f@test.ru', 'member.haslock');
-- A new limit counts who came meanwhile, too.
SELECT sys_settings_set('{"list": {"member.noconfirm.limit": 9}}');
SELECT count(*), sys_settings_get('{"list": ["member.noconfirm.rest"]}') FROM member.entrance;
SELECT member_delete('{"email": "e@test.ru"}') -> 'list', member_set('{"email": "e@test.ru"}') ->> 'newbie';
SELECT member_get('e@test.ru', 'member.haslock'), count(*), sys_settings_get('{"list": ["member.noconfirm.rest"]}') FROM member.entrance;
-- Those of other months do not count, and are forgotten with the next limit.
UPDATE member.head SET enter_time = enter_time - interval '32 days';
UPDATE member.entrance SET month = '2024-05';
SELECT sys_settings_get('{"list": ["member.noconfirm.rest"]}');
SELECT sys_settings_set('{"list": {"member.noconfirm.limit": 6}}');
SELECT count(*) FROM member.entrance;
SELECT sys_settings_get('{"list": ["member.noconfirm.rest"]}');
SELECT member_set('{"email": "i@test.ru"}') ->> 'newbie';
SELECT member_get('i@test.ru', 'member.haslock'), sys_settings_get('{"list": ["member.noconfirm.rest"]}');
SELECT sys_settings_set('{"list": {"member.noconfirm.limit": 0}}');
SELECT member_set('{"email": "j@test.ru"}') ->> 'newbie';
SELECT member_get('j@test.ru', 'member.haslock'), sys_settings_get('{"list": ["member.noconfirm.rest"]}');
SELECT sys_settings_set('{"list": {"member.noconfirm.limit": null}}');

-- member.tarif.limit: with more addresses in the base than this every new e-mail must be confirmed.
SELECT count(*) FROM member.head;
SELECT sys_settings_set('{"list": {"member.tarif.limit": 13}}');
SELECT sys_settings_get('{"list": ["member.noconfirm.rest"]}');
SELECT member_set('{"email": "k@test.ru"}') ->> 'newbie';
SELECT member_get('k@test.ru', 'member.haslock'), sys_settings_get('{"list": ["member.noconfirm.rest"]}');
SELECT member_set('{"email": "l@test.ru"}') ->> 'newbie';
SELECT member_get('l@test.ru', 'member.haslock');
SELECT count(*) FROM member.head;
SELECT member_set('{"email": "m@test.ru"}') ->> 'newbie', member_set('{"email": "9211234569"}') ->> 'newbie';
SELECT member_get('m@test.ru', 'member.haslock'), member_get('9211234569', 'member.haslock');
SELECT sys_settings_set('{"list": {"member.noconfirm.limit": 100}}');
SELECT sys_settings_get('{"list": ["member.noconfirm.rest"]}');

-- What one call lets in counts as it goes: of three e-mails that it attaches, those beyond the limit must be confirmed.
SELECT sys_settings_set('{"list": {"member.tarif.limit": null}}');
SELECT sys_settings_set(jsonb_build_object('list', jsonb_build_object('member.noconfirm.limit', (SELECT count(*) FILTER (WHERE addr_type = 'email' AND enter_time > now() - interval '1 hour') + 3 FROM member.head)))) ->> 'list' <> '{}';
SELECT sys_settings_get('{"list": ["member.noconfirm.rest"]}');
SELECT member_set('{"email": "n1@test.ru", "head_attach": [{"head": "n2@test.ru"}, {"head": "9211234570"}, {"head": "n3@test.ru"}, {"head": "n4@test.ru"}]}') ->> 'newbie';
SELECT value, lock FROM member.head WHERE dataset = (SELECT dataset FROM member.address WHERE value = 'n1@test.ru') ORDER BY id;
SELECT sys_settings_get('{"list": ["member.noconfirm.rest"]}');
SELECT sys_settings_set('{"list": {"member.noconfirm.limit": null}}');
-- The same of member.tarif.limit: of what comes behind it.
SELECT sys_settings_set(jsonb_build_object('list', jsonb_build_object('member.tarif.limit', (SELECT count(*) + 1 FROM member.head)))) ->> 'list' <> '{}';
SELECT member_set('{"email": "9211234571", "head_attach": [{"head": "o1@test.ru"}, {"head": "o2@test.ru"}]}') ->> 'newbie';
SELECT value, lock FROM member.head WHERE value LIKE 'o_@test.ru' ORDER BY id;
SELECT sys_settings_set('{"list": {"member.tarif.limit": null}}');

-- member.hard.limit: no more identifiers than this may be those of subscribers. member.hard.rest: how many may still come.
SELECT sys_settings_set(jsonb_build_object('list', jsonb_build_object('member.hard.limit', (SELECT count(*) + 2 FROM member.head)))) ->> 'list' <> '{}';
SELECT sys_settings_get('{"list": ["member.hard.rest"]}');
SELECT refusal('SELECT member_set(''{"email": "p1@test.ru", "head_attach": [{"head": "p2@test.ru"}, {"head": "p3@test.ru"}]}'')');
SELECT member_set('{"email": "p1@test.ru", "head_attach": [{"head": "p2@test.ru"}]}') ->> 'newbie';
SELECT sys_settings_get('{"list": ["member.hard.rest"]}'), refusal('SELECT member_set(''p3@test.ru'', ''[]'')'), refusal('SELECT member_head_attach(''{"email": "p1@test.ru", "head": "p3@test.ru"}'')');
SELECT member_api('{"action": "member.set", "email": "p3@test.ru"}') -> 'errors', count(*) FROM member.address WHERE value = 'p3@test.ru';
-- Who is there may be changed, moved, deleted and brought back.
SELECT member_set('p1@test.ru', '[["x", "set", 1]]') ->> 'newbie', member_head_detach('{"email": "p2@test.ru"}') #> '{member,email}';
SELECT member_unmerge(max(id)) -> 'undone' FROM member.journal;
SELECT member_delete('{"email": "p2@test.ru"}') -> 'list', member_set('p3@test.ru', '[]') ->> 'newbie';
SELECT sys_settings_set('{"list": {"member.hard.limit": null}}');
SELECT * FROM member_check();
