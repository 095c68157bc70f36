-- Express import: rows are kept apart from subscribers, in a group of their own.
\set ECHO none
\i helper.sql
CREATE FUNCTION imported(query text, mapping jsonb DEFAULT '{}') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    n jsonb := member_import_from(query, mapping || '{"express": 1}');
BEGIN
    ASSERT (n ->> 'rows')::int = (n ->> 'new')::int + (n ->> 'updated')::int + (n ->> 'unchanged')::int + (n ->> 'ignored')::int + (n ->> 'errors')::int;
    ASSERT (n ->> 'rows')::int = (n ->> 'unique')::int + (n ->> 'repeats')::int;
    ASSERT (n ->> 'errors')::int = COALESCE((SELECT count(*) FROM report_rows((n ->> 'report')::bigint)), 0);
    ASSERT NOT EXISTS (SELECT FROM member_check());
    RETURN (SELECT string_agg(format('%s %s', word, n ->> word), ', ' ORDER BY place)
              FROM unnest(ARRAY['rows', 'new', 'updated', 'errors', 'repeats', 'added', 'group.id']) WITH ORDINALITY w(word, place)
             WHERE n ->> word <> '0');
END
$$;
\set ECHO all
SELECT member_set('anna@example.com', '[["base.firstName", "set", "Subscriber"]]') ->> 'dataset' IS NOT NULL AS is_there;

-- The last row of an identifier stays; a row that is refused is in the report.
SELECT imported($$SELECT * FROM (VALUES ('anna@example.com', 'Anna', 20.50, '17'), ('broken', 'Boris', 1, '18'), ('vera@example.com', 'Vera', NULL, NULL),
    (' VERA@example.com', 'Vera Petrovna', 3, '19')) AS t ("member.email", "base.firstName", "shop.paid", "order")$$,
    '{"auto_group": {"id": "spring", "name": "Spring"}}');
SELECT "row" FROM report_rows(1);

-- Nobody is made of them, and nobody's data are others than before.
SELECT count(*), min(member_get('anna@example.com', 'base.firstName') #>> '{}') FROM member.body;
SELECT EXISTS (SELECT FROM member.address WHERE value = 'vera@example.com') AS is_registered;

-- The group: shown alone it says what its rows hold.
SELECT group_get('{"id": "spring"}') #- '{obj,create.time}' #- '{obj,update.time}';
SELECT group_get('{"id": ["spring"]}') #>> '{list,0,expimp}', group_get('{"id": ["spring"]}') #> '{list,0}' ? 'caption' AS among_others;
SELECT group_list('{"filter": [{"a": "group.gid", "op": "==", "v": "spring"}]}') #>> '{list,0,expimp}', group_list('{"filter": [{"a": "group.type", "op": "==", "v": "list"}]}') @? '$.list[*] ? (@.id == "spring")' AS is_list;

-- Listing and counting.
SELECT member_list('{"group": "spring"}');
SELECT member_list('{"group": "spring", "format": [{"datakey": "member.email"}, {"datakey": "base.firstName"}, {"datakey": "shop.paid"}, {"datakey": "shop"}, {"datakey": "member.addr_type"}], "caption": "id"}');
SELECT member_list('{"group": "spring", "format": [{"datakey": "base.firstName"}], "sort.order": "desc", "page": 2, "pagesize": 1}') -> 'list';
SELECT member_list_count('{"group": "spring"}') -> 'obj' @> '{"total": 2, "active": 2, "total.email": 2}' AS counted;
SELECT stoplist_add('{"email": "vera@example.com"}') ->> 'list' IS NOT NULL AS stopped;
SELECT jsonb_path_query_array(member_list_count('{"group": "spring"}') -> 'obj', '$.keyvalue() ? (@.key like_regex "^(total|active|locked)" && @.key like_regex "email|^[a-z]*$|locked" && @.value != 0)');

-- Dynamic datakeys, objects, other types; the standard code.
SELECT imported($$SELECT * FROM (VALUES ('+79161234567', '17.5', 20), ('8 916 123-45-68', '18', 30)) AS t ("member.cellphone", "order", "orders.{order}.sum")$$, '{"auto_group": {"id": "sms"}}');
SELECT member_list('{"group": "sms", "format": [{"datakey": "member.email"}, {"datakey": "orders"}]}') -> 'list';
SELECT member_import_from($$SELECT 'b@example.com' AS "member.email"$$, '{"express": 1}') ->> 'group.id' ~ '^importex\d{14}$' AS standard;

-- Always a new group.
SELECT imported($$SELECT 'b@example.com' AS "member.email"$$, '{"auto_group": {"id": "spring"}}');
SELECT imported($$SELECT 'b@example.com' AS "member.email"$$, '{"member.group.add": ["a"]}');
SELECT imported($$SELECT 'b@example.com' AS "member.email"$$, '{"no_member": 1}');
SELECT imported($$SELECT 'Boris' AS "base.firstName"$$);

-- What needs subscribers is refused.
SELECT group_create('{"id": "f", "type": "filter"}');
SELECT group_filter_set('{"id": "f", "filter": [{"op": "in_group", "v": "spring"}]}');
SELECT member_list('{"group.filter": [{"op": "in_group", "v": ["spring"]}]}');
SELECT member_set('anna@example.com', '[["-group.spring", "set", 1]]');
SELECT member_delete('{"group": "spring", "sync": 1}');
SELECT stoplist_add('{"group": "spring", "sync": 1}');
SELECT group_members('spring');
SELECT group_set('{"id": "spring", "live": 1}');
SELECT group_snapshot('{"to": {"id": "f"}, "from": {"group": "spring", "sync": 1}}');
SELECT group_snapshot('{"to": {"id": "spring"}, "from": {"list": ["anna@example.com"], "addr_type": "email"}}');
SELECT group_create('{"id": "e", "type": "express"}');
SELECT member_list('{"group": "spring", "sort": "member.create.time"}');

-- A copy, with the data; again it is brought up to date.
SELECT group_snapshot('{"to": {"id": "copy"}, "from": {"group": "spring", "sync": 1}}');
SELECT member_list('{"group": "copy", "format": [{"datakey": "member.email"}, {"datakey": "base.firstName"}]}') -> 'list';
SELECT group_snapshot('{"to": {"id": "copy", "clean": 1}, "from": {"group": "spring", "sync": 1}}');
SELECT group_snapshot('{"to": {"id": "sms"}, "from": {"group": "spring", "sync": 1}}');

-- Cleaning, by identifier and as a whole; deleting.
SELECT group_clean('{"id": "copy", "list": ["Anna@example.com", "nobody@example.com", "broken"]}');
SELECT group_clean('{"id": "copy", "all": 1, "sync": 1}');
SELECT group_set('{"id": "copy", "name": "Another"}');
SELECT group_get('{"id": "copy"}') #> '{obj,count}', group_get('{"id": "copy"}') #>> '{obj,name}';
SELECT group_delete('{"id": "copy"}');
SELECT count(*) FROM member.express_member e WHERE NOT EXISTS (SELECT FROM member.group_def g WHERE g.number = e.group_number);

-- Personal data are shown, and erased.
SELECT member_export('vera@example.com') -> 'express', member_export('anna@example.com') #>> '{express,0,group}';
SELECT member_erase('vera@example.com') ->> 'erased', member_erase('anna@example.com') ->> 'erased';
SELECT group_get('{"id": "spring"}') #> '{obj,count}';
SELECT * FROM member_check();
