-- Rows of a query become subscribers.
\set ECHO none
\i helper.sql
-- The counters of an import, after a look whether they add up and everything is sound.
CREATE FUNCTION imported(query text, mapping jsonb DEFAULT '{}') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer jsonb := member_import_from(query, mapping);
    n jsonb := answer;
BEGIN
    ASSERT (n ->> 'rows')::int = (n ->> 'new')::int + (n ->> 'updated')::int + (n ->> 'unchanged')::int + (n ->> 'ignored')::int + (n ->> 'errors')::int;
    ASSERT (n ->> 'new')::int = (n ->> 'confirmed')::int + (n ->> 'unconfirmed')::int;
    ASSERT (n ->> 'rows')::int = (n ->> 'unique')::int + (n ->> 'repeats')::int;
    ASSERT (n ->> 'errors')::int = COALESCE((SELECT count(*) FROM report_rows((n ->> 'report')::bigint)), 0);
    ASSERT NOT EXISTS (SELECT FROM member_check());
    RETURN (SELECT string_agg(format('%s %s', word, n ->> word), ', ' ORDER BY place)
              FROM unnest(ARRAY['rows', 'new', 'updated', 'unchanged', 'ignored', 'errors', 'repeats', 'unconfirmed', 'added']) WITH ORDINALITY w(word, place)
             WHERE n ->> word <> '0');
END
$$;
-- The rows of the last report.
CREATE FUNCTION refused() RETURNS SETOF text LANGUAGE sql AS $$
    SELECT format('%s %s %s: %s', "row" ->> 0, "row" ->> 1, "row" ->> 2, "row" ->> 3) FROM report_rows((SELECT max(id) FROM member.report)) $$;
\set ECHO all

-- The names of the columns say what they mean; NULL changes nothing.
SELECT imported($$VALUES ('a@example.com', 'Anna', 3, NULL::jsonb), ('b@example.com', NULL, NULL, '{"x": 1.10}')$$,
    '{"caption": ["member.email", "base.firstName", "shop.visits", "shop.data"]}');
SELECT member_get('a@example.com') - 'member' - '-group', member_get('b@example.com') - 'member' - '-group';
SELECT imported($$SELECT 'a@example.com' AS "member.email", 'Anna' AS "base.firstName"$$);
SELECT imported($$SELECT ' A@Example.com ' AS mail, 4 AS n, 'm' AS word$$, '{"caption": {"mail": "member.email", "n": {"datakey": "shop.visits", "calc": 1}}}');
SELECT member_get('a@example.com', 'shop.visits'), member_get('a@example.com', 'member.import.time') IS NOT NULL AS has_time;
SELECT member_import_from($$SELECT 'a@example.com' AS mail, 'm' AS word$$, '{"caption": {"mail": "member.email"}, "unknown": 1}') -> 'warnings';

-- A row that is refused does not stop the others. Repeats are done in their order, and counted apart.
SELECT imported($$SELECT * FROM (VALUES ('c@example.com', '1'), ('broken', '2'), (' C@example.com', 'two'), ('d@example.com', 'five'), (NULL, '3')) AS t ("member.email", "base.age")$$);
SELECT refused();
SELECT imported($$SELECT * FROM (VALUES ('e@example.com', '1'), ('E@example.com', '2'), ('e@example.com', NULL)) AS t ("member.email", "shop.n")$$);
SELECT member_get('e@example.com', 'shop.n'), member_get('c@example.com', 'base.age');

-- A cell that is a part of the datakey of another must be there.
SELECT imported($$SELECT * FROM (VALUES ('order1@example.com', '17', '9'), ('order2@example.com', NULL, '9'), ('order3@example.com', NULL, NULL)) AS t (mail, "order", "orders.{order}.sum")$$,
    '{"caption": ["member.email", {"source": "order", "ignore": 1}, "orders.{order}.sum"]}');
SELECT refused();

-- Who is there, or is not.
SELECT imported($$SELECT unnest(ARRAY['a@example.com', 'f@example.com', 'f@example.com']) AS "member.email", 1 AS "shop.z"$$, '{"if_exists": "ignore"}');
SELECT imported($$SELECT unnest(ARRAY['a@example.com', 'g@example.com']) AS "member.email", 1 AS "shop.z"$$, '{"if_exists": "error"}');
SELECT refused();
SELECT imported($$SELECT unnest(ARRAY['a@example.com', 'h@example.com']) AS "member.email", 1 AS "shop.z"$$, '{"if_exists": "must"}');
SELECT refused();

-- Answers to questions, by code or by text.
SELECT imported($$SELECT * FROM (VALUES ('i@example.com', 'Male'), ('j@example.com', '0'), ('k@example.com', 'neither')) AS t ("member.email", "base.gender")$$);
SELECT refused();
SELECT anketa_get('{"id": "base"}') #> '{obj,quests}' @? '$[*] ? (@.id == "gender")' AS has_gender;

-- Origins, lists, confirmation.
SELECT origin_create('{"name": "Shop", "label": "shop"}') ->> 'id' IS NOT NULL;
SELECT group_create('{"id": "all", "type": "list"}'), group_create('{"id": "old", "type": "list"}'), group_create('{"id": "some", "type": "list"}');
SELECT imported($$SELECT * FROM (VALUES ('a@example.com', NULL, '1'), ('l@example.com', NULL, '0'), ('m@example.com', 'nowhere', '1')) AS t ("member.email", "member.origin", "-group.some")$$,
    '{"origin": "shop", "newbie.confirm": 1, "auto_group": {"id": "mine", "name": "Mine"}, "member.group.add": ["all", "mine", "old"], "member.group.remove": ["old"]}');
SELECT refused();
SELECT gid, a.value FROM member.group_member g JOIN member.address a USING (id) ORDER BY 1, 2;
SELECT group_get('{"id": ["mine", "all", "old", "some"]}') @? '$.list[*] ? (@.name == "Mine" && @.count == 2)' AS is_named;
SELECT a.value, h.lock, o.label FROM member.head h JOIN member.address a USING (id) LEFT JOIN member.origin o ON o.id = h.origin WHERE a.value ~ '^[al]@' ORDER BY 1;
SELECT imported($$SELECT 'b@example.com' AS "member.email"$$, '{"auto_group": {"id": "mine"}, "clean_group": 1, "member.group.remove": ["all"]}');
SELECT gid, a.value FROM member.group_member g JOIN member.address a USING (id) ORDER BY 1, 2;
SELECT member_import_from($$SELECT 'b@example.com' AS "member.email"$$, '{"auto_group": {}}') ->> 'group.id' ~ '^import\d{14}$' AS standard;

-- Identifiers come to a subscriber and leave it.
SELECT imported($$SELECT * FROM (VALUES ('n@example.com', '+79161234567|o@example.com', 'card-1'), ('p@example.com', 'card-1', NULL)) AS t ("member.email", "member.head.attach", "member.head.attach.csid")$$);
SELECT refused();
SELECT imported($$SELECT * FROM (VALUES ('p@example.com', 'card-1'), ('q@example.com', 'o@example.com')) AS t ("member.email", at)$$,
    '{"caption": ["member.email", "member.head.attach.csid"], "head_attach": {"head_rule": {"multi": "transplant"}}}');
SELECT imported($$SELECT * FROM (VALUES ('n@example.com', '+79161234567'), ('p@example.com', 'p@example.com'), ('q@example.com', 'n@example.com')) AS t ("member.email", "member.head.detach")$$);
SELECT refused();
SELECT string_agg(value, ' ' ORDER BY value) FROM member.address WHERE dataset IS NOT NULL AND value ~ '^([nopq]@|card|\+7|o@)' GROUP BY dataset ORDER BY 1;

-- Numbers alone.
SELECT imported($$SELECT unnest(ARRAY['a@example.com', 'r@example.com']) AS "member.email"$$, '{"no_member": 1}');
SELECT member_exists('{"email": "r@example.com"}'), EXISTS (SELECT FROM member.address WHERE value = 'r@example.com');

-- The log hears of each person where it is asked to.
SELECT count(*) FROM member.event;
SELECT imported($$SELECT * FROM (VALUES ('a@example.com', 5), ('s@example.com', 6)) AS t ("member.email", "shop.n")$$, '{"sequence.event": 1, "auto_group": {"id": "mine"}}');
SELECT e.event_type, a.value, (e.body -> 'event_data') - 'at' FROM member.event e JOIN member.address a ON a.id = e.address_id ORDER BY e.id;

-- Telegram: the group of the bot, and whether they write to it.
SELECT group_create('{"id": "bot", "type": "list", "addr_type": "tg", "bot": 5}');
SELECT imported($$SELECT * FROM (VALUES ('1001', NULL), ('1002', 'gone'), ('nick', '1')) AS t ("member.tg", "/status")$$, '{"addr_type": "tg", "basegroup.id": "bot"}');
SELECT a.value, s.community, s.state FROM member.head_state s JOIN member.address a USING (id) ORDER BY 1;

-- What meets a call of its own size: a chunk has 2000 rows.
SELECT imported($$SELECT format('n%s@example.com', n) AS "member.email", n AS "shop.n" FROM generate_series(1, 4500) n$$, '{"member.group.add": ["all"]}');
SELECT imported($$SELECT format('n%s@example.com', n % 4400 + 1) AS "member.email", n + n % 2 AS "shop.n" FROM generate_series(0, 4999) n$$);

-- Refusals.
SELECT refusal(format('SELECT member_import_from(%L, %L)', query, mapping)) FROM (VALUES
    ('SELECT 1 AS x', '{}'), ('SELECT 1 AS "member.email"', '{"express": 1, "no_member": 1}'), ('CREATE TABLE x ()', '{}'), ('SELECT FROM member.body', '{}'),
    ('SELECT 1 AS "member.email"', '{"if_exists": "update"}'), ('SELECT 1 AS "member.email"', '{"auto_group": {"id": "bot"}}'),
    ('SELECT 1 AS "member.email"', '{"member.group.add": ["nowhere"]}'), ('SELECT 1 AS "member.email"', '{"origin": "nowhere"}'),
    ('SELECT 1 AS "member.email"', '{"format": "nowhere"}'), ('SELECT 1 AS "member.tg"', '{}'), ('SELECT 1/0 AS "member.email"', '{}'),
    ('SELECT 1 AS "member.email"', '{"clean_group": 1}'), ('SELECT 1 AS "member.email", 2 AS "a..b"', '{"caption": ["member.email", {"datakey": "a..b"}]}')) t(query, mapping);
-- The query has the caller's rights.
CREATE TABLE secret AS SELECT 'z@example.com' AS "member.email";
CREATE ROLE importer;
SELECT member_grant('importer', 'write');
SET ROLE importer;
SELECT member_import_from('SELECT * FROM secret');
SELECT member_import_from($$SELECT 't@example.com' AS "member.email"$$) ->> 'new';
SELECT member_import_from($$SELECT session_user <> current_user AND current_user = 'importer' AS "shop.is", 't@example.com' AS "member.email"$$) ->> 'updated';
SELECT member_get('t@example.com', 'shop.is');
RESET ROLE;
