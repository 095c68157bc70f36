-- Filters for SQL people: filter_matches and filter_check; the functions that compiled filters call.
\set ECHO none
\i helper.sql
\set ECHO all
CREATE TABLE customer AS
SELECT * FROM (VALUES
    (1, '{"base": {"city": "Perm", "birth": "1990-05-02", "gender": {"1": null}}, "orders": [{"no": 17, "sum": 9.50}, {"no": 18, "sum": 20}]}'::jsonb),
    (2, '{"base": {"city": "Omsk", "age": "007"}, "orders": [], "note": null}'),
    (3, '{"base": {}}'),
    (4, '[]')) AS t(id, data);

-- One filter over many rows, and another filter in each row.
SELECT id, filter_matches(data, '[{"a": "base.city", "op": ">=", "v": "P"}]') AS city,
       filter_matches(data, '[{"a": "base.age", "op": "==", "v": 7}]') AS age,
       filter_matches(data, '[{"a": "base.gender", "op": "==", "v": 1}]') AS gender,
       filter_matches(data, '[{"a": "orders", "op": "has", "v": [{"a": "sum", "op": ">", "v": 10}]}]') AS ordered,
       filter_matches(data, '[{"aid": "base", "qid": "city", "which": "dirtyS"}, {"which": "OR"}, {"aid": "note", "qid": "x", "which": "dirtyS"}]') AS avo
FROM customer ORDER BY id;
SELECT id, op, filter_matches(data, jsonb_build_array(jsonb_build_object('a', 'note', 'op', op))) FROM customer, unnest(ARRAY['exists', 'is_null', 'empty']) op WHERE id IN (2, 3) ORDER BY 1, 2;
SELECT filter_matches(NULL, '[]'), filter_matches('{}', NULL), filter_matches('{}', '[]'), filter_matches('5', '[{"a": "a", "op": "is_null"}]');

-- current is the instant of the statement, in the zone of the setting.
SELECT filter_matches(jsonb_build_object('t', to_char(statement_timestamp() AT TIME ZONE 'Asia/Tokyo', 'YYYY-MM-DD HH24:MI:SS')), '[{"a": "t", "op": "==", "v": "current"}]')
FROM (SELECT set_config('pg_member.time_zone', 'Asia/Tokyo', false)) s WHERE set_config IS NOT NULL;
RESET pg_member.time_zone;
-- One call site, several statements.
CREATE FUNCTION is_now(t timestamptz) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
    RETURN filter_matches(jsonb_build_object('t', to_char(t AT TIME ZONE 'Europe/Moscow', 'YYYY-MM-DD HH24:MI:SS')), '[{"a": "t:YD", "op": "==", "v": "current"}]'); END $$;
SELECT is_now(statement_timestamp());
SELECT is_now(statement_timestamp() - interval '2 days'), is_now(statement_timestamp());

-- Every way to be wrong.
SELECT refusal(format('SELECT filter_matches(''{}'', %L)', f)) FROM unnest(ARRAY[
    '{}', '[{"a": "a", "op": "="}]', '[{"a": "a", "op": "==", "v": {}}]', '[{"a": "a", "op": "rx", "v": "("}]', '[{"a": "a[*]", "op": "exists"}]',
    '[{"a": "member.fax", "op": "exists"}]', '[{"a": "member.email", "op": "exists"}]', '[{"op": "or", "v": [{"op": "!in_group", "v": "p24"}]}]',
    '[{"a": "a", "op": ">", "v": "current - 1 fortnight"}]', '[{"a": "a", "op": ">", "v": "current + 7950 years"}, {"a": "b", "op": ">", "v": "current + 99999 years"}]']) f;
SELECT refusal(format('SELECT filter_matches(''{}'', %L)', repeat('[{"op": "and", "v": ', 33) || '[{"a": "a", "op": "exists"}]' || repeat('}]', 33)));
SELECT refusal(format('SELECT filter_matches(''{}'', %L)', (SELECT jsonb_agg('{"a": "a", "op": "rx", "v": "x"}'::jsonb) FROM generate_series(1, 201))));
-- A value is in no message.
SELECT refusal('SELECT filter_matches(''{"a": "secret"}'', ''[{"a": "a:YD", "op": "==", "v": "s3cret"}]'')');

SELECT f, filter_check(f) FROM unnest(ARRAY['[]', '[{"a": "a", "op": "rx", "v": "x"}, {"op": "or", "v": [{"a": "member.email", "op": "like", "v": "%"}, {"op": "in_group", "v": ["a", "b"]}]}]',
    '[{"a": "l", "op": "has", "v": [{"a": "x", "op": "in", "v": ["1"]}]}]', '[{"a": "a", "op": "=="}]', 'null', '[{"which": "OR"}]']::jsonb[]) f;

-- What compiled filters call.
SELECT member.filter_match('[{"a": "a", "op": "==", "v": "1"}]', '{"a": 1.0}'), member.filter_match('[]', NULL);
SELECT v, member.filter_text('[{"a": "any", "op": "<", "v": "10"}]', v), member.filter_text('[{"a": "any:YD", "op": "!=", "v": "2024-05-01"}]', v) FROM unnest(ARRAY['9', '11', 'x', '2024-05-01 10:00', NULL]) v;
SELECT zone, member.filter_time('[{"a": "any:YD", "op": "==", "v": "2024-05-01"}]', '2024-04-30 22:00Z', zone) FROM unnest(ARRAY['Europe/Moscow', 'UTC', 'Europe/Moscow']) zone;
SELECT member.filter_time('[{"a": "any", "op": "==", "v": "infinity"}]', 'infinity', 'UTC');
SELECT refusal('SELECT member.filter_match(''[{"a": "a", "op": "==", "v": "current"}]'', ''{}'')'), refusal('SELECT member.filter_text(''[]'', ''x'')'),
       refusal('SELECT member.filter_time(''[{"a": "a", "op": "exists"}]'', now(), ''Mars'')');
