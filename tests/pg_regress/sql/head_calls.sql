-- member_head_list, member_head_attach, member_head_detach, member_head_replace: replies, events, journal.
\set ECHO none
\i helper.sql
\i heads.sql
-- The events since the last look; numbers of identifiers and bodies by name.
CREATE TABLE seen AS SELECT 0::bigint AS id;
CREATE FUNCTION fresh() RETURNS SETOF text LANGUAGE sql AS $$
    WITH new AS (SELECT e.*, a.value FROM member.event e JOIN member.address a ON a.id = e.address_id WHERE e.id > (SELECT id FROM seen)),
         moved AS (UPDATE seen SET id = (SELECT coalesce(max(new.id), seen.id) FROM new))
    SELECT format('%s %s version=%s %s', value, event_type, version,
                  (SELECT string_agg(format('%s=%s', key, CASE WHEN key = 'id' THEN (SELECT a.value FROM member.address a WHERE a.id = field.value::bigint)
                                                               ELSE body_name(field.value::bigint) END), ' ' ORDER BY key COLLATE "C") FROM jsonb_each_text(body -> 'event_data') AS field
                    WHERE key IN ('id', 'dataset', 'source_dataset', 'split_dataset'))) FROM new ORDER BY id $$;
-- A reply with names for numbers.
CREATE FUNCTION named(reply jsonb) RETURNS text LANGUAGE sql AS $$
    SELECT format('%s %s %s of %s %s', (SELECT value FROM member.address WHERE id = (reply #>> '{member,id}')::bigint), reply #>> '{member,email}', reply #>> '{member,addr_type}',
                  body_name((reply #>> '{member,dataset}')::bigint), reply - 'member') $$;
\set ECHO all
SELECT member_set('a@test.ru', '[["base.name", "set", "A"]]') ->> 'newbie', member_set('other@test.ru', '[["base.name", "set", "O"]]') ->> 'newbie', origin_create('{"label": "site"}');
INSERT INTO member.group_def (gid, name, kind, addr_type, create_time, update_time, number) VALUES ('p1', 'One', 'list', 'email', now(), now(), 901), ('t1', 'Two', 'list', 'msisdn', now(), now(), 902);
SELECT count(*) FROM fresh();

-- attach: a known identifier, one never seen, every type; the reply is about the identifier that was attached.
SELECT named(member_head_attach('{"email": "a@test.ru", "head": " B@Test.RU "}'));
SELECT named(member_head_attach('{"email": "b@test.ru", "head": "8 916 123-45-67", "head_origin": "site"}'));
SELECT named(member_head_attach('{"email": "a@test.ru", "head": "card-1", "head_addr_type": "csid", "head_origin": 1}'));
SELECT named(member_head_attach('{"email": "card-1", "addr_type": "csid", "head": "c@test.ru", "newbie.confirm": 1}'));
SELECT people();
SELECT fresh();
SELECT row_text(j) FROM member.journal j ORDER BY id;
-- Its state: as it was given, with the names of both calls.
SELECT head - 'dataset' - 'id' - 'confirm' - 'error', head -> 'confirm' -> 'lock', head -> 'error' FROM jsonb_array_elements(member_head_list('{"email": "b@test.ru"}') -> 'list') AS head ORDER BY head ->> 'email' COLLATE "C";
SELECT count(DISTINCT head -> 'dataset'), count(DISTINCT head -> 'id'), bool_and((head ->> 'dataset')::bigint = a.dataset) FROM jsonb_array_elements(member_head_list('{"email": "card-1", "addr_type": "csid"}') -> 'list') AS head
  JOIN member.address a ON a.id = (head ->> 'id')::bigint;
-- As member_get shows them.
SELECT member_head_list('{"email": "a@test.ru"}') -> 'list' = member_get('{"email": "a@test.ru", "datakey": "*", "with_heads": 1}'::jsonb) #> '{member,heads}';

-- Own already: nothing happens.
SELECT named(member_head_attach('{"email": "a@test.ru", "head": "b@test.ru", "head_origin": 1}')), named(member_head_attach('{"email": "a@test.ru", "head": "a@test.ru"}'));
SELECT fresh();
-- Refused: it is another's, there is no such subscriber, no such identifier, no such origin.
SELECT request, refusal(format('SELECT member_head_attach(%L)', request)) FROM unnest(ARRAY[
    '{"email": "a@test.ru", "head": "other@test.ru"}', '{"email": "nobody@test.ru", "head": "d@test.ru"}', '{"email": "a@test.ru", "head": "no address"}', '{"email": "no address", "head": "d@test.ru"}',
    '{"email": "a@test.ru", "head": "d@test.ru", "head_origin": "shop"}', '{"email": "a@test.ru", "head": "1", "head_addr_type": "id"}', '{"email": "a@test.ru", "head": "1", "head_addr_type": "dataset"}',
    '{"email": "a@test.ru"}', '{"head": "d@test.ru"}', '{"email": "a@test.ru", "head": "x", "head_addr_type": "mail"}', '{"email": "a@test.ru", "head": "x", "newbie.confirm": 5}', '{"email": "a@test.ru", "head": "1", "head_addr_type": "tg", "addr_type": "dataset"}'
]) WITH ORDINALITY AS t(request, n) ORDER BY n;
SELECT people();
SELECT member_head_attach('{"email": "a@test.ru", "head": "b@test.ru", "other": 1}') -> 'warnings';

-- detach: the identifier is nobody's, leaves its lists, keeps its number; the data stay.
WITH came AS (INSERT INTO member.group_member SELECT dataset, id, CASE addr_type WHEN 'email' THEN 'p1' ELSE 't1' END, '2026-02-04' FROM member.head WHERE addr_type <> 'csid' RETURNING gid, id) INSERT INTO member.group_count_change SELECT gid, id >> 12, 1 FROM came;
SELECT id AS number FROM member.address WHERE value = 'b@test.ru' \gset
SELECT named(member_head_detach('{"email": "b@test.ru"}'));
SELECT people();
SELECT fresh();
SELECT row_text(j) FROM member.journal j ORDER BY id DESC LIMIT 1;
SELECT member_exists('{"email": "b@test.ru"}') -> 'list', refusal('SELECT member_head_detach(''{"email": "b@test.ru"}'')'), refusal('SELECT member_head_list(''{"email": "b@test.ru"}'')');
-- Attached again: the number is the same, the lists are not.
SELECT (member_head_attach('{"email": "a@test.ru", "head": "b@test.ru"}') #>> '{member,id}')::bigint = :number;
SELECT people();
SELECT count(*) FROM fresh();

-- split 1: a subscriber of its own, without data, with its lists.
SELECT named(member_head_detach('{"email": "+79161234567", "split": 1}'));
SELECT people();
SELECT fresh();
SELECT row_text(j) FROM member.journal j ORDER BY id DESC LIMIT 1;
SELECT member_get('+79161234567', 'member.origin'), member_get('+79161234567', '-group'), version FROM member.body JOIN member.address USING (dataset) WHERE value = '+79161234567';
SELECT named(member_head_detach('{"email": "card-1", "addr_type": "csid", "split": "0"}')), named(member_head_detach(jsonb_build_object('email', :number, 'addr_type', 'id', 'split', '1')));
SELECT named(member_head_detach('{"email": "c@test.ru"}'));
SELECT count(*) FROM fresh();
-- The last one stays, split or not.
SELECT refusal('SELECT member_head_detach(''{"email": "a@test.ru"}'')'), refusal('SELECT member_head_detach(''{"email": "a@test.ru", "split": 1}'')'), refusal('SELECT member_head_detach(''{"email": "a@test.ru", "split": 2}'')');
SELECT people();
SELECT fresh();

-- replace: one comes, the named one leaves; of the only one too.
SELECT named(member_head_replace('{"email": "a@test.ru", "head": "a2@test.ru", "head_origin": "site", "newbie.confirm": 1}'));
SELECT people();
SELECT fresh();
SELECT row_text(j) FROM member.journal j ORDER BY id DESC LIMIT 1;
SELECT member_get('a2@test.ru', 'member.haslock'), member_get('a2@test.ru', 'member.origin'), member_get('a2@test.ru', 'base.name');
-- Another type.
SELECT named(member_head_replace('{"email": "a2@test.ru", "head": "card-1", "head_addr_type": "csid"}'));
-- By one of its own: the named one leaves.
SELECT named(member_head_attach('{"email": "card-1", "addr_type": "csid", "head": "a@test.ru"}')), named(member_head_replace('{"email": "card-1", "addr_type": "csid", "head": "a@test.ru"}'));
SELECT people();
SELECT count(*) FROM fresh();
SELECT request, refusal(format('SELECT member_head_replace(%L)', request)) FROM unnest(ARRAY[
    '{"email": "a@test.ru", "head": "other@test.ru"}', '{"email": "nobody@test.ru", "head": "d@test.ru"}', '{"email": "a@test.ru", "head": " A@test.ru"}', '{"email": "a@test.ru", "head": "no address"}', '{"email": "a@test.ru"}',
    '{"email": "a@test.ru", "head": "1", "head_addr_type": "id"}'
]) WITH ORDINALITY AS t(request, n) ORDER BY n;
SELECT people();
SELECT fresh();
SELECT * FROM member_check();

-- Each is one change of a body and one row of the journal.
SELECT count(*) AS rows FROM member.journal \gset before_
SELECT b.version FROM member.body b JOIN member.address USING (dataset) WHERE value = 'a@test.ru' \gset before_
SELECT named(member_head_attach('{"email": "a@test.ru", "head": "b3@test.ru"}')), named(member_head_replace('{"email": "b3@test.ru", "head": "b4@test.ru"}')), named(member_head_detach('{"email": "b4@test.ru"}'));
SELECT (SELECT count(*) FROM member.journal) - :before_rows, b.version - :before_version FROM member.body b JOIN member.address USING (dataset) WHERE value = 'a@test.ru';

-- Through member_api, by their names there; errors are data.
SELECT request ->> 'action', (member_api(request) - 'duration') #- '{member,id}' #- '{member,dataset}' FROM unnest(ARRAY[
    '{"action": "member.head.attach", "email": "a@test.ru", "head": "api@test.ru"}', '{"action": "member.head.attach", "email": "a@test.ru", "head": "other@test.ru"}',
    '{"action": "member.head.replace", "email": "api@test.ru", "head": "api2@test.ru"}', '{"action": "member.head.detach", "email": "api2@test.ru", "split": 1}',
    '{"action": "member.head.detach", "email": "api2@test.ru"}', '{"action": "member.head.list", "email": "nobody@test.ru"}'
]::jsonb[]) WITH ORDINALITY AS t(request, n) ORDER BY n;
SELECT jsonb_path_query_array(member_api('{"action": "member.head.list", "email": "a@test.ru"}'), '$.list[*].email');
SELECT member_api('{"action": "batch", "do": [{"action": "member.head.attach", "email": "a@test.ru", "head": "x1@test.ru"}, {"action": "member.head.attach", "email": "a@test.ru", "head": "x2@test.ru"}]}') -> 'errors';
SELECT people();
SELECT * FROM member_check();

-- What is refused as data leaves nothing behind, not even a number.
SELECT count(*) AS known FROM member.address \gset
SELECT member_api('{"action": "member.head.attach", "email": "nobody-1@test.ru", "head": "nobody-2@test.ru"}') -> 'errors' -> 0 ->> 'id',
       member_api('{"action": "member.set", "email": "nobody-3@test.ru", "if_exists": "must", "head_attach": [{"head": "nobody-4@test.ru"}]}') -> 'errors' -> 0 ->> 'id',
       member_api('{"action": "member.merge", "email": "nobody-5@test.ru", "head": "nobody-6@test.ru"}') -> 'errors' -> 0 ->> 'id';
SELECT count(*) - :known FROM member.address;
