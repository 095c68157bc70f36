-- Damaged documents: every function says error/json/corrupt or makes something of them; none takes the server down.
\set ECHO none
\i helper.sql
\set ECHO all

-- A superuser's way to the bytes of a jsonb, and back without a check.
CREATE CAST (jsonb AS bytea) WITHOUT FUNCTION;
CREATE CAST (bytea AS jsonb) WITHOUT FUNCTION;
CREATE FUNCTION bytes(document jsonb) RETURNS bytea LANGUAGE sql AS 'SELECT substring(document::bytea FROM 1)';

-- The ids of what comes of a damaged document; its bytes are never shown.
CREATE FUNCTION outcome(call text, damaged bytea) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE 'SELECT count(x) FROM ' || call || ' AS x' USING damaged;
    RETURN 'made something of it';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLERRM;
END
$$;
CREATE TABLE call AS SELECT * FROM (VALUES
    ('datakey_apply($1::jsonb, ''[["a.b[1]", "set", 1], ["o.x", "delete"], ["l", "push", [1, 2]], ["z", "set.copy", "o"]]'')'),
    ('datakey_apply($1::jsonb, ''[["o", "merge", {"p": 1, "x": 2}], ["l[-1]", "delete"], ["l", "unshift", 7]]'')'),
    ('datakey_apply(''{}'', ''[["all", "set.copy", "o"], ["l", "push.copy", "l"]]'', $1::jsonb)'),
    ('datakey_apply(''{"a": {}}'', $1::jsonb)'),
    ('datakey_changes($1::jsonb, ''[["a.b[1]", "set", 1], ["o.x", "delete"]]'')'),
    ('datakey_get($1::jsonb, ''a.*'')'), ('datakey_get($1::jsonb, ''l[*].x'')'), ('datakey_get($1::jsonb, ''o.x'')'), ('datakey_get($1::jsonb, ''*'')'),
    ('member_exists($1::jsonb)'), ('member_find($1::jsonb)'), ('sys_settings_get($1::jsonb)'), ('member_get($1::jsonb)')
) AS t(call);
CREATE TABLE document AS SELECT * FROM (VALUES
    ('{"a": {"b": [1, 2.50, null]}, "l": [{"x": 1}, "text", true, 12345678901234567890.10], "o": {"x": {"y": "z"}, "p": []}}'::jsonb),
    ('[["a.b", "set", {"x": [1, 2]}], ["c", "push", "text", "dt"], ["d", "set.copy", "a"]]'),
    ('{"email": "a@test.ru", "list": ["a@test.ru", 17], "datakey": ["x", "member.email"], "addr_type": "email"}')
) AS t(data);
SELECT member_set('a@test.ru', '[["x", "set", 1]]') ->> 'newbie';

-- Cut off anywhere.
SELECT DISTINCT outcome(call, substring(bytes(data) FROM 1 FOR n)) FROM document, call, generate_series(0, length(bytes(data)) - 1) AS n
EXCEPT SELECT id FROM member_errors() WHERE id <> 'error/json/corrupt' ORDER BY 1;
-- One byte changed anywhere, in two ways.
SELECT DISTINCT outcome(call, set_byte(bytes(data), n, get_byte(bytes(data), n) # flip)) FROM document, call, generate_series(0, length(bytes(data)) - 1) AS n, unnest(ARRAY[1, 128]) AS flip
EXCEPT SELECT id FROM member_errors() WHERE id <> 'error/json/corrupt' ORDER BY 1;
-- A word of ones, of zeros.
SELECT DISTINCT outcome(call, overlay(bytes(data) PLACING word FROM n FOR 4)) FROM document, call, generate_series(1, length(bytes(data)) - 3) AS n, unnest(ARRAY['\xffffffff', '\x00000000', '\xffffff5f']::bytea[]) AS word
EXCEPT SELECT id FROM member_errors() WHERE id <> 'error/json/corrupt' ORDER BY 1;

-- A stored body that is damaged is named as such, and other subscribers are not touched by it.
SELECT member_set('b@test.ru', '[["x", "set", 1]]') ->> 'newbie';
UPDATE member.body SET data = substring(bytes(data) FROM 1 FOR 6)::jsonb WHERE dataset = (SELECT dataset FROM member.address WHERE value = 'a@test.ru');
SELECT refusal('SELECT member_get(''a@test.ru'', ''x'')'), refusal('SELECT member_set(''a@test.ru'', ''[["x", "set", 2]]'')');
SELECT member_api('{"action": "member.get", "email": "a@test.ru", "datakey": "x"}') -> 'errors' -> 0 -> 'id';
SELECT member_get('b@test.ru', 'x');
SELECT * FROM member_check();
