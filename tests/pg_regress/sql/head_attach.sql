-- member_set with head_attach: what happens to a head, by who owns it.
\set ECHO none
\i helper.sql
\i heads.sql
\set ECHO all

-- r@ is the receiver, m@ and m2@ belong to one subscriber, s@ is alone, n@ is known and nobody's.
SELECT member_set('{"email": "r@test.ru", "datakey": [["base.name", "set", "R"], ["own.x", "set", 1]], "head_attach": [{"head": "card-r", "head_addr_type": "csid"}]}') #- '{member,id}';
SELECT member_set('{"email": "m@test.ru", "datakey": [["base.name", "set", "M"], ["base.city", "set", "Omsk"]], "head_attach": [{"head": "m2@test.ru"}]}') ->> 'newbie';
SELECT member_set('{"email": "s@test.ru", "datakey": [["base.name", "set", "S"], ["base.city", "set", "Tula"]]}') ->> 'newbie';
SELECT member_set('{"email": "n@test.ru"}') ->> 'newbie', member_delete('{"email": "n@test.ru"}');
SELECT people();
INSERT INTO member.group_def (gid, name, kind, addr_type, create_time, update_time, number) VALUES ('p1', 'One', 'list', 'email', now(), now(), 901), ('p2', 'Two', 'list', 'email', now(), now(), 902);
WITH came AS (INSERT INTO member.group_member SELECT h.dataset, h.id, g.gid, '2026-02-04' FROM member.head h, member.group_def g WHERE (h.value, g.gid) IN (('m@test.ru', 'p1'), ('s@test.ru', 'p1'), ('s@test.ru', 'p2'), ('r@test.ru', 'p2')) RETURNING gid, id) INSERT INTO member.group_count_change SELECT gid, id >> 12, 1 FROM came;
SELECT * FROM member_check();

-- The source has several heads.
SELECT rule, would('member_set', jsonb_build_object('email', 'r@test.ru', 'head_attach', jsonb_build_array(jsonb_build_object('head', 'm@test.ru', 'head_rule', jsonb_build_object('multi', rule, 'single', 'none')))))
FROM unnest(ARRAY['error', 'none', 'transplant', 'decapitate', 'replace', 'replace_same_type']) WITH ORDINALITY AS t(rule, n) ORDER BY n;

-- It has one: its body goes with it.
SELECT rule, would('member_set', jsonb_build_object('email', 'r@test.ru', 'head_attach', jsonb_build_array(jsonb_build_object('head', 's@test.ru', 'head_rule', jsonb_build_object('multi', 'none', 'single', rule)))))
FROM unnest(ARRAY['error', 'none', 'transplant', 'decapitate', 'replace', 'replace_same_type']) WITH ORDINALITY AS t(rule, n) ORDER BY n;

-- It belongs to nobody.
SELECT rule, would('member_set', jsonb_build_object('email', 'r@test.ru', 'head_attach', jsonb_build_array(jsonb_build_object('head', 'n@test.ru', 'head_rule', jsonb_build_object('newbie', rule)))))
FROM unnest(ARRAY['attach', 'none', 'replace', 'replace_same_type']) WITH ORDINALITY AS t(rule, n) ORDER BY n;

-- The defaults: error, error, attach. Null and an empty text are the default.
SELECT head, would('member_set', jsonb_build_object('email', 'r@test.ru', 'head_attach', jsonb_build_array(jsonb_build_object('head', head)))) FROM unnest(ARRAY['m@test.ru', 's@test.ru', 'n@test.ru']) AS head;
SELECT would('member_set', '{"email": "r@test.ru", "head_attach": [{"head": "s@test.ru", "head_rule": {"single": ""}}]}');
SELECT would('member_set', '{"email": "r@test.ru", "head_attach": [{"head": "n@test.ru", "head_rule": {"newbie": null, "multi": "transplant"}}]}');

-- replace_same_type: another type goes, the one that named the receiver stays; none of that type is like transplant, with data.
SELECT would('member_set', '{"email": "r@test.ru", "head_attach": [{"head": "card-2", "head_addr_type": "csid", "head_rule": {"newbie": "replace_same_type"}}]}');
SELECT would('member_set', '{"email": "card-r", "addr_type": "csid", "head_attach": [{"head": "s@test.ru", "head_rule": {"single": "replace_same_type"}}]}');
SELECT member_set('{"email": "+79161234567", "datakey": [["base.tel", "set", 1]]}') ->> 'newbie';
SELECT would('member_set', '{"email": "r@test.ru", "head_attach": [{"head": "+79161234567", "head_rule": {"single": "replace_same_type"}}]}');
-- Several of that type: which one should go?
SELECT would('member_set', '{"email": "m@test.ru", "head_attach": [{"head": "s@test.ru", "head_rule": {"single": "replace_same_type"}}]}');
SELECT refusal('SELECT member_set(''{"email": "m@test.ru", "head_attach": [{"head": "n@test.ru", "head_rule": {"newbie": "replace_same_type"}}]}'')');

-- What is merged follows data_rule; transplant merges nothing, and says so where data are lost.
SELECT would('member_set', '{"email": "r@test.ru", "head_attach": [{"head": "s@test.ru", "head_rule": {"single": "replace_same_type"}, "data_rule": {"hashas": "set"}}]}');
SELECT would('member_set', '{"email": "r@test.ru", "head_attach": [{"head": "s@test.ru", "head_rule": {"single": "decapitate"}, "data_rule": {"hasmiss": "none"}}]}');
SELECT would('member_set', '{"email": "r@test.ru", "head_attach": [{"head": "m@test.ru", "head_rule": {"multi": "replace"}, "data_rule": {"level": 1, "hashas": "move"}}]}');
SELECT id, sqlstate FROM member_errors() WHERE id IN ('error/member/head/datalost', 'error/member/head/unknown') ORDER BY sqlstate;
SELECT member_set('{"email": "empty@test.ru"}') ->> 'newbie';
SELECT would('member_set', '{"email": "r@test.ru", "head_attach": [{"head": "empty@test.ru", "head_rule": {"single": "transplant"}}]}');

-- A head that is on the receiver already: nothing happens, whatever the rule. So with one that comes twice.
SELECT would('member_set', '{"email": "r@test.ru", "head_attach": [{"head": "card-r", "head_addr_type": "csid", "head_rule": {"multi": "error", "newbie": "none"}}, {"head": "R@test.ru", "head_rule": {"multi": "replace"}}]}');
SELECT would('member_set', '{"email": "r@test.ru", "head_attach": [{"head": "never@test.ru"}, {"head": "never@test.ru"}]}');
SELECT b.version FROM member.body b JOIN member.head h USING (dataset) WHERE h.value = 'r@test.ru' \gset before_
SELECT member_set('{"email": "r@test.ru", "head_attach": [{"head": "card-r", "head_addr_type": "csid"}]}') ->> 'newbie', count(*) FROM member.journal;
SELECT b.version - :before_version FROM member.body b JOIN member.head h USING (dataset) WHERE h.value = 'r@test.ru';

-- Several, in order: after m@ left, m2@ is alone; what comes first fills what is missing.
SELECT would('member_set', '{"email": "r@test.ru", "head_attach": [{"head": "m@test.ru", "head_rule": {"multi": "transplant"}}, {"head": "m2@test.ru", "head_rule": {"multi": "error", "single": "transplant"}}]}');
SELECT would('member_set', '{"email": "r@test.ru", "head_attach": [{"head": "m@test.ru", "head_rule": {"multi": "decapitate"}}, {"head": "s@test.ru", "head_rule": {"single": "decapitate"}}]}');
SELECT would('member_set', '{"email": "r@test.ru", "head_attach": [{"head": "s@test.ru", "head_rule": {"single": "decapitate"}}, {"head": "m@test.ru", "head_rule": {"multi": "decapitate"}}]}');
-- Given up by the first, it is nobody's for the second.
SELECT would('member_set', '{"email": "r@test.ru", "head_attach": [{"head": "s@test.ru", "head_rule": {"single": "decapitate"}}, {"head": "s@test.ru"}]}');
-- After replace the reply is about the new head, and the rest goes to the same body.
SELECT would('member_set', '{"email": "r@test.ru", "head_attach": [{"head": "n@test.ru", "head_rule": {"newbie": "replace"}}, {"head": "m@test.ru", "head_rule": {"multi": "transplant"}}]}');
-- Data of the call itself are there before heads come.
SELECT would('member_set', '{"email": "r@test.ru", "datakey": [["base.city", "set", "Perm"]], "head_attach": [{"head": "s@test.ru", "head_rule": {"single": "decapitate"}}], "return_fresh_obj": 1}');
-- A new subscriber receives too.
SELECT would('member_set', '{"email": "new@test.ru", "datakey": [["base.name", "set", "N"]], "head_attach": [{"head": "s@test.ru", "head_rule": {"single": "replace"}}, {"head": "card-n", "head_addr_type": "csid"}]}');
-- By id.
SELECT would('member_set', jsonb_build_object('email', (SELECT id FROM member.address WHERE value = 'r@test.ru'), 'addr_type', 'id', 'head_attach', '[{"head": "n@test.ru"}]'::jsonb));
SELECT refusal('SELECT member_set(''{"email": "r@test.ru", "head_attach": [{"head": "1", "head_addr_type": "id"}]}'')');

-- All or nothing: an error in the second takes back the first, the data, and a new subscriber.
SELECT b.version FROM member.body b JOIN member.head h USING (dataset) WHERE h.value = 'r@test.ru' \gset before_
CREATE TEMP TABLE before AS SELECT count(*) AS events FROM member.event;
SELECT refusal('SELECT member_set(''{"email": "r@test.ru", "datakey": [["z", "set", 1]], "head_attach": [{"head": "m@test.ru", "head_rule": {"multi": "replace"}}, {"head": "s@test.ru"}]}'')');
SELECT refusal('SELECT member_set(''{"email": "new@test.ru", "head_attach": [{"head": "n@test.ru"}, {"head": "s@test.ru"}]}'')');
SELECT refusal('SELECT member_set(''{"email": "r@test.ru", "head_attach": [{"head": "n@test.ru"}, {"head": "no address"}]}'')');
SELECT people();
SELECT count(*), (SELECT count(*) FROM member.event) - (SELECT events FROM before) FROM member.address WHERE value = 'new@test.ru' OR value = 'n@test.ru' AND dataset IS NOT NULL;
SELECT b.version - :before_version FROM member.body b JOIN member.head h USING (dataset) WHERE h.value = 'r@test.ru';
-- if_exists is of the subscriber itself.
SELECT would('member_set', '{"email": "r@test.ru", "if_exists": "error", "head_attach": [{"head": "n@test.ru"}]}'), would('member_set', '{"email": "new@test.ru", "if_exists": "must", "head_attach": [{"head": "n@test.ru"}]}');

-- newbie.confirm is of each head: an e-mail that comes new is locked, another one as it was; head_origin likewise.
SELECT origin_create('{"label": "site"}');
SELECT member_set('{"email": "r@test.ru", "newbie.confirm": 1, "head_attach": [{"head": "n1@test.ru", "newbie.confirm": 1, "head_origin": "site"}, {"head": "n2@test.ru", "head_origin": 1}, {"head": "n3@test.ru", "newbie.confirm": 0},
    {"head": "card-3", "head_addr_type": "csid", "newbie.confirm": 1}, {"head": "s@test.ru", "newbie.confirm": 1, "head_origin": "site", "head_rule": {"single": "transplant"}}]}') #- '{member,id}';
SELECT value, lock, origin FROM member.head WHERE dataset = (SELECT dataset FROM member.address WHERE value = 'r@test.ru') ORDER BY value;
SELECT refusal('SELECT member_set(''{"email": "r@test.ru", "head_attach": [{"head": "n@test.ru", "head_origin": "unknown"}]}'')');
-- One call, one journal row, one change of the body; an event for each step.
SELECT row_text(j) FROM member.journal j ORDER BY id DESC LIMIT 1;
SELECT b.version - :before_version FROM member.body b JOIN member.head h USING (dataset) WHERE h.value = 'r@test.ru';
SELECT a.value, e.event_type FROM member.event e JOIN member.address a ON a.id = e.address_id ORDER BY e.id DESC LIMIT 5;
SELECT people();
SELECT * FROM member_check();

-- A stop-list, errors and confirmation are the identifier's: they stay with it.
INSERT INTO member.stoplist VALUES ('m@test.ru', 'email', 'owner', 0, now(), NULL);
UPDATE member.head SET lock = 3 WHERE value = 'm@test.ru';
SELECT member_set('{"email": "r@test.ru", "head_attach": [{"head": "m@test.ru", "head_rule": {"multi": "transplant"}}]}') ->> 'newbie';
SELECT member_get('m@test.ru', 'member.haslock'), member_get('r@test.ru', 'member.haslock'), member_get('m@test.ru', 'own.x');
SELECT * FROM member_check();

-- What is no such list.
SELECT list, refusal(format('SELECT member_set(''{"email": "r@test.ru", "head_attach": %s}'')', list)) FROM unnest(ARRAY[
    '{}', '"n@test.ru"', '["n@test.ru"]', '[{}]', '[{"head": null}]', '[{"head": "n@test.ru", "head_rule": "attach"}]', '[{"head": "n@test.ru", "head_rule": {"newbie": "transplant"}}]',
    '[{"head": "n@test.ru", "head_rule": {"multi": "attach"}}]', '[{"head": "n@test.ru", "head_rule": {"single": 1}}]', '[{"head": "n@test.ru", "head_rule": {"other": "none"}}]',
    '[{"head": "n@test.ru", "head_addr_type": "mail"}]', '[{"head": "n@test.ru", "newbie.confirm": 2}]'
]) WITH ORDINALITY AS t(list, n) ORDER BY n;
SELECT member_set('{"email": "r@test.ru", "head_attach": []}') -> 'warnings', would('member_set', '{"email": "r@test.ru", "head_attach": [{"head": "card-r", "head_addr_type": "csid", "other": 1}]}');
