-- What keeps subscribers from growing together by mistake: limits, and identifiers that are blocked.
\set ECHO none
\i helper.sql
\i heads.sql
\set ECHO all
SELECT member_set(name || '@test.ru', jsonb_build_array(jsonb_build_array('own.' || name, 'set', 1))) ->> 'newbie' FROM unnest(ARRAY['a', 'b', 'c', 'd', 'e', 'f']) AS name;

-- pg_member.max_heads_per_type: of one type, 0 for no limit.
SHOW pg_member.max_heads_per_type;
SET pg_member.max_heads_per_type = 2;
SELECT member_head_attach('{"email": "a@test.ru", "head": "a2@test.ru"}') #>> '{member,email}';
SELECT refusal('SELECT member_head_attach(''{"email": "a@test.ru", "head": "a3@test.ru"}'')');
SELECT refusal('SELECT member_set(''{"email": "a@test.ru", "head_attach": [{"head": "a3@test.ru"}]}'')'),
       refusal('SELECT member_set(''{"email": "a@test.ru", "head_attach": [{"head": "b@test.ru", "head_rule": {"single": "transplant"}}]}'')'),
       refusal('SELECT member_merge(''{"email": "a@test.ru", "head": "b@test.ru", "head_rule": "transplant"}'')'),
       refusal('SELECT member_set(''{"email": "new@test.ru", "head_attach": [{"head": "n1@test.ru"}, {"head": "n2@test.ru"}]}'')');
SELECT people();
-- Another type has its own count; what is deleted, merged without its head, or takes the place of another does not count.
SELECT member_head_attach('{"email": "a@test.ru", "head": "card-1", "head_addr_type": "csid"}') #>> '{member,email}', would('member_head_replace', '{"email": "a2@test.ru", "head": "a3@test.ru"}');
SELECT would('member_merge', '{"email": "a@test.ru", "head": "b@test.ru", "head_rule": "none"}');
SELECT would('member_merge', '{"email": "a@test.ru", "head": "b@test.ru", "head_rule": "decapitate"}');
SELECT would('member_merge', '{"email": "a@test.ru", "head": "b@test.ru", "head_rule": "replace"}');
SELECT would('member_set', '{"email": "a@test.ru", "head_attach": [{"head": "card-2", "head_addr_type": "csid", "head_rule": {"newbie": "replace_same_type"}}]}');
-- A replaced head of another type makes no room.
SELECT would('member_merge', '{"email": "card-1", "addr_type": "csid", "head": "b@test.ru", "head_rule": "replace"}');
-- A head that is there already is none more.
SELECT would('member_head_attach', '{"email": "a@test.ru", "head": "a2@test.ru"}');
RESET pg_member.max_heads_per_type;

-- pg_member.max_merges_per_day: refused without touching anything.
SHOW pg_member.max_merges_per_day;
SET pg_member.max_merges_per_day = 2;
SELECT member_merge('{"email": "a@test.ru", "head": "b@test.ru"}') -> 'source_deleted', member_merge('{"email": "a@test.ru", "head": "b@test.ru", "head_rule": "transplant"}') -> 'source_deleted';
SELECT refusal('SELECT member_merge(''{"email": "a@test.ru", "head": "c@test.ru"}'')'), refusal('SELECT member_merge(''{"email": "a2@test.ru", "head": "c@test.ru", "head_rule": "decapitate"}'')'),
       refusal('SELECT member_set(''{"email": "a@test.ru", "head_attach": [{"head": "c@test.ru", "head_rule": {"single": "transplant"}}]}'')');
SELECT refusal('SELECT member_merge(''{"email": "a@test.ru", "head": "c@test.ru", "dry_run": 1}'')');
-- Identifiers of nobody are no merges; nor are those that stay where they are.
SELECT member_head_attach('{"email": "a@test.ru", "head": "a4@test.ru"}') #>> '{member,email}', member_set('{"email": "a@test.ru", "head_attach": [{"head": "c@test.ru", "head_rule": {"single": "none"}}]}') #>> '{warnings,0,id}';
-- Each item of one call counts.
SELECT refusal('SELECT member_set(''{"email": "f@test.ru", "head_attach": [{"head": "c@test.ru", "head_rule": {"single": "transplant"}}, {"head": "d@test.ru", "head_rule": {"single": "transplant"}}, {"head": "e@test.ru", "head_rule": {"single": "transplant"}}]}'')');
SELECT people();
-- One of yesterday counts no more.
UPDATE member.journal SET at = at - interval '25 hours';
SELECT member_merge('{"email": "a@test.ru", "head": "c@test.ru"}') -> 'source_deleted';
RESET pg_member.max_merges_per_day;
SELECT * FROM member_check();

-- blocked_value: identifiers that join nobody. A literal, where * stands for anything; a regular expression for the whole.
SELECT blocked_value_create('{"value": "info@test.ru"}'), blocked_value_create('{"value": "noreply*@*"}'), blocked_value_create('{"value": "\\+7900[0-9]*", "kind": "regexp", "addr_type": "msisdn"}'), blocked_value_create('{"value": "0*", "addr_type": "csid"}');
SELECT blocked_value_create('{"value": "info@test.ru", "kind": "literal"}');
SELECT blocked_value_list('{}');
SELECT member_set('info@test.ru', '[]') ->> 'newbie', member_delete('{"email": "info@test.ru"}');
SELECT head, would('member_set', jsonb_build_object('email', 'f@test.ru', 'head_attach', jsonb_build_array(head))) FROM unnest(ARRAY[
    '{"head": "INFO@test.ru"}', '{"head": "info@test.ru", "head_rule": {"newbie": "none"}}', '{"head": "noreply-5@test.ru"}', '{"head": "+79001234567"}', '{"head": "000", "head_addr_type": "csid"}'
]::jsonb[]) WITH ORDINALITY AS t(head, n) ORDER BY n;
-- Not whole, not this type: not blocked.
SELECT head, would('member_set', jsonb_build_object('email', 'new@test.ru', 'head_attach', jsonb_build_array(head))) ~ 'new@test.ru' FROM unnest(ARRAY[
    '{"head": "xinfo@test.ru"}', '{"head": "info@test.ru.com"}', '{"head": "infoxtest@test.ru"}', '{"head": "my-noreply@test.ru"}', '{"head": "+79011234567"}', '{"head": "+79001234567", "head_addr_type": "viber"}', '{"head": "10", "head_addr_type": "csid"}'
]::jsonb[]) WITH ORDINALITY AS t(head, n) ORDER BY n;
-- A dot is a dot.
SELECT blocked_value_create('{"value": "a.c@test.ru"}'), would('member_head_attach', '{"email": "f@test.ru", "head": "abc@test.ru"}') LIKE 'PM267%', would('member_head_attach', '{"email": "f@test.ru", "head": "a.c@test.ru"}') LIKE 'PM267%';

-- It may be a subscriber; it takes part in no joining, on either side. With rule none that is a warning.
SELECT member_set('info@test.ru', '[["base.name", "set", "I"]]') ->> 'newbie';
SELECT refusal('SELECT member_head_attach(''{"email": "f@test.ru", "head": "info@test.ru"}'')'), refusal('SELECT member_head_attach(''{"email": "info@test.ru", "head": "f2@test.ru"}'')'), refusal('SELECT member_head_replace(''{"email": "info@test.ru", "head": "f2@test.ru"}'')');
SELECT rule, would('member_merge', jsonb_build_object('email', 'f@test.ru', 'head', 'info@test.ru', 'head_rule', rule)), would('member_merge', jsonb_build_object('head', 'f@test.ru', 'email', 'info@test.ru', 'head_rule', rule))
FROM unnest(ARRAY['none', 'transplant', 'decapitate', 'replace', 'replace_same_type']) WITH ORDINALITY AS t(rule, n) ORDER BY n;
SELECT would('member_set', '{"email": "f@test.ru", "datakey": [["base.name", "set", "F"]], "head_attach": [{"head": "info@test.ru", "head_rule": {"single": "none"}}]}');
SELECT refusal('SELECT member_merge(''{"email": "f@test.ru", "head": "info@test.ru", "dry_run": 1}'')');

-- Unblocked by what it was blocked with.
SELECT blocked_value_delete('{"value": "info@test.ru", "addr_type": "email"}'), blocked_value_delete('{"value": "info@test.ru"}'), blocked_value_delete('{"value": "info@test.ru"}'), blocked_value_delete('{"value": "0*", "addr_type": "csid"}');
SELECT blocked_value_list('{}');
SELECT member_merge('{"email": "f@test.ru", "head": "info@test.ru"}') -> 'source_deleted';

-- What is no pattern.
SELECT request, refusal(format('SELECT blocked_value_create(%L)', request)) FROM unnest(ARRAY[
    '{"value": "["}', '{"value": "[", "kind": "regexp"}', '{"value": "(a", "kind": "regexp"}', '{"value": ""}', '{"value": "", "kind": "regexp"}', '{"value": "a", "kind": "like"}', '{"value": "a", "kind": 5}', '{}', '{"value": 5}', '{"value": "a", "addr_type": "mail"}', '{"value": "a", "addr_type": "id"}'
]) WITH ORDINALITY AS t(request, n) ORDER BY n;
SELECT refusal('SELECT blocked_value_delete(''{}'')'), blocked_value_list('{"list": ["a"]}') -> 'warnings';
SELECT (member_api('{"action": "blocked.value.create", "value": "(", "kind": "regexp"}') - 'duration'), member_api('{"action": "blocked.value.list"}') -> 'errors';
