-- member_merge: the data of two subscribers become one, and what happens to the identifier that names the source.
\set ECHO none
\i helper.sql
\i heads.sql
\set ECHO all
SELECT member_set('{"email": "r@test.ru", "datakey": [["base.name", "set", "R"]], "head_attach": [{"head": "card-r", "head_addr_type": "csid"}]}') ->> 'newbie';
SELECT member_set('{"email": "m@test.ru", "datakey": [["base.name", "set", "M"], ["base.city", "set", "Omsk"]], "head_attach": [{"head": "m2@test.ru"}]}') ->> 'newbie';
SELECT member_set('{"email": "s@test.ru", "datakey": [["base.name", "set", "S"], ["base.city", "set", "Tula"]]}') ->> 'newbie';

-- Data always; the head by head_rule, none by default.
SELECT would('member_merge', '{"email": "r@test.ru", "head": "m@test.ru"}');
SELECT rule, would('member_merge', jsonb_build_object('email', 'r@test.ru', 'head', 'm@test.ru', 'head_rule', rule)) FROM unnest(ARRAY['none', 'transplant', 'decapitate', 'replace', 'replace_same_type']) WITH ORDINALITY AS t(rule, n) ORDER BY n;
SELECT rule, would('member_merge', jsonb_build_object('email', 'r@test.ru', 'head', 's@test.ru', 'head_rule', rule)) FROM unnest(ARRAY['none', 'transplant', 'decapitate', 'replace', 'replace_same_type']) WITH ORDINALITY AS t(rule, n) ORDER BY n;
-- replace_same_type without one of that type; with several.
SELECT would('member_merge', '{"email": "s@test.ru", "head": "card-r", "head_addr_type": "csid", "head_rule": "replace_same_type"}');
SELECT refusal('SELECT member_merge(''{"email": "m@test.ru", "head": "s@test.ru", "head_rule": "replace_same_type"}'')');
-- By id, on both sides; with the data after.
SELECT would('member_merge', jsonb_build_object('email', r.id, 'addr_type', 'id', 'head', m.id, 'head_addr_type', 'id', 'return_fresh_obj', 1)) FROM member.address r, member.address m WHERE (r.value, m.value) = ('card-r', 'm2@test.ru');
SELECT would('member_merge', '{"email": "r@test.ru", "head": "s@test.ru", "head_rule": "replace", "return_fresh_obj": 1}');
SELECT member_merge('{"email": "r@test.ru", "head": "s@test.ru", "return_fresh_obj": 1, "data_rule": {"hashas": "set"}}') -> 'datakey' AS fresh \gset
SELECT member_get('r@test.ru') = :'fresh';
-- Nothing to change: nothing is written.
SELECT (SELECT count(*) FROM member.journal) AS rows, (SELECT count(*) FROM member.event) AS events, version FROM member.body JOIN member.address USING (dataset) WHERE value = 'r@test.ru' \gset before_
SELECT member_merge('{"email": "r@test.ru", "head": "s@test.ru", "data_rule": {"hasmiss": "none"}}') -> 'source_deleted';
SELECT (SELECT count(*) FROM member.journal) - :before_rows, (SELECT count(*) FROM member.event) - :before_events, version - :before_version FROM member.body JOIN member.address USING (dataset) WHERE value = 'r@test.ru';

SELECT request, refusal(format('SELECT member_merge(%L)', request)) FROM unnest(ARRAY[
    '{"email": "r@test.ru", "head": "r@test.ru"}', '{"email": "r@test.ru", "head": "card-r", "head_addr_type": "csid", "head_rule": "transplant"}', '{"email": "nobody@test.ru", "head": "s@test.ru"}', '{"email": "r@test.ru", "head": "nobody@test.ru"}',
    '{"email": "r@test.ru", "head": "nobody@test.ru", "head_rule": "transplant"}', '{"email": "r@test.ru", "head": "999999", "head_addr_type": "id"}', '{"email": "r@test.ru", "head": "no address"}', '{"email": "r@test.ru", "head": "1", "head_addr_type": "dataset"}',
    '{"email": "r@test.ru", "head": "s@test.ru", "head_rule": "error"}', '{"email": "r@test.ru", "head": "s@test.ru", "head_rule": "attach"}', '{"email": "r@test.ru", "head": "s@test.ru", "head_rule": {"single": "none"}}', '{"email": "r@test.ru"}', '{"head": "r@test.ru"}'
]) WITH ORDINALITY AS t(request, n) ORDER BY n;
SELECT count(*) FROM member.address WHERE value = 'nobody@test.ru';

-- The number of a body that was merged away leads to the one that took it over, however many merges later.
SELECT dataset AS first FROM member.address WHERE value = 's@test.ru' \gset
SELECT dataset AS second FROM member.address WHERE value = 'm@test.ru' \gset
SELECT member_merge('{"email": "m@test.ru", "head": "s@test.ru", "head_rule": "transplant"}') -> 'source_deleted';
SELECT (member_get(jsonb_build_object('email', :first, 'addr_type', 'dataset')) ->> 'dataset')::bigint = :second;
SELECT member_head_detach('{"email": "m@test.ru"}') -> 'warnings', member_head_detach('{"email": "m2@test.ru"}') -> 'warnings';
SELECT member_merge('{"email": "r@test.ru", "head": "s@test.ru", "head_rule": "decapitate"}') -> 'source_deleted';
SELECT number = :first AS first, (reply ->> 'dataset')::bigint = a.dataset AS leads, reply -> 'data' = b.data AS data FROM unnest(ARRAY[:first, :second]::bigint[]) AS number, member_get(jsonb_build_object('email', number, 'addr_type', 'dataset')) AS reply,
       member.address a JOIN member.body b USING (dataset) WHERE a.value = 'r@test.ru' ORDER BY first;
SELECT people();
SELECT row_text(j) FROM member.journal j ORDER BY id;
SELECT * FROM member_check();
-- Its body was deleted since: there is no such number any more.
SELECT member_delete('{"email": "r@test.ru", "wipe": 1}');
SELECT refusal(format('SELECT member_get(''{"email": %s, "addr_type": "dataset"}''::jsonb)', :first));
SELECT * FROM member_check();

-- The log: what the receiver got; what the call did to the source is told by head_move or head_detach.
SELECT member_set('r@test.ru', '[["a.x", "set", 1]]') ->> 'newbie', member_set('s@test.ru', '[["a.y", "set", 2]]') ->> 'newbie';
SELECT max(id) AS last FROM member.event \gset
SELECT member_merge('{"email": "r@test.ru", "head": "s@test.ru", "head_rule": "transplant"}') -> 'source_deleted';
SELECT a.value, e.event_type, e.version, e.body -> 'event_data' -> 'source_deleted', jsonb_path_query_array(e.body, '$.event_data.changed[*].path'), e.dataset = a.dataset FROM member.event e JOIN member.address a ON a.id = e.address_id WHERE e.id > :last ORDER BY e.id;
-- Data that are moved away from a subscriber that stays are a change of that one.
SELECT member_set('v@test.ru', '[["a.v", "set", 1], ["a.w", "set", 1]]') ->> 'newbie';
SELECT max(id) AS last FROM member.event \gset
SELECT member_merge('{"email": "r@test.ru", "head": "v@test.ru", "data_rule": {"hasmiss": "none", "dk_rule": {"a.v": "move"}}}') -> 'source_deleted';
SELECT a.value, e.event_type, e.version, e.body -> 'event_data' -> 'source_deleted', jsonb_path_query_array(e.body, '$.event_data.changed[*].path'), e.dataset = a.dataset FROM member.event e JOIN member.address a ON a.id = e.address_id WHERE e.id > :last ORDER BY e.id;

-- Through member_api.
SELECT member_set('t@test.ru', '[["a.z", "set", 3]]') ->> 'newbie';
SELECT plain(member_api('{"action": "member.merge", "email": "r@test.ru", "head": "t@test.ru", "head_rule": "replace", "return_fresh_obj": 1}') - 'duration'), member_api('{"action": "member.merge", "email": "t@test.ru", "head": "t@test.ru"}') -> 'errors';
SELECT people();
SELECT * FROM member_check();
