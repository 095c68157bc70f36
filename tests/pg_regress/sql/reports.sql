-- Reports: answers in rows, kept with the track that made them; the ways of returning an answer.
\set ECHO none
\i helper.sql
\set ECHO all
SELECT count(member_set(n || '@test.ru', jsonb_build_array(jsonb_build_array('base.city', 'set', n)))) FROM unnest(ARRAY['a', 'b', 'c']) n;
INSERT INTO member.report VALUES (7, NULL, '2024-05-01 12:00', 'member.list', '["email", "city"]', 3), (8, NULL, '2024-05-01 12:00', 'member.list', '["member.email"]', 0);
INSERT INTO member.report_row SELECT 7, id, id, jsonb_build_array(value, 'city of ' || value) FROM member.address;
INSERT INTO member.report_row VALUES (7, 4, 2, '["by number alone"]'), (7, 5, NULL, '["written to B@Test.ru"]'), (7, 6, NULL, '["nobody"]');

SELECT jsonb_pretty(report_get('{"id": 7}') -> 'obj');
SELECT * FROM report_rows(7);
SELECT refusal('SELECT report_get(''{"id": 1}'')'), refusal('SELECT report_get(''{}'')'), refusal('SELECT count(*) FROM report_rows(1)'), refusal('SELECT report_delete(''{"id": 1}'')');
SELECT member_api('{"action": "report.get", "id": 8}') #> '{obj,rows}';

-- Everything in it about a person is shown to the person, and goes with the person.
SELECT jsonb_pretty(member_export('b@test.ru') -> 'reports');
SELECT member_erase('b@test.ru') #> '{cleared,reports}';
SELECT * FROM report_rows(7);
SELECT report_delete('{"id": 7}'), refusal('SELECT count(*) FROM report_rows(7)');
SELECT count(*) FROM member.report_row;

-- member_list: anything but response is a track.
SELECT result, refusal(format('SELECT member_list(''{"result": %s}'')', result)) FROM unnest(ARRAY[
    '"email"', '"rfs"', '{"type": "url_file", "to": "ftp://example.com/a.csv"}', '{"type": "url_file"}', '{"type": "url_file", "to": "https://example.com", "format": "pdf"}', '["save", "response"]', '{"type": "append", "id": 9}', '7'
]) WITH ORDINALITY AS t(result, n) ORDER BY n;
SELECT refusal('SELECT member_list(''{"result": {"type": "append", "id": 8}, "format": [{"datakey": "base.city"}]}'')'), refusal('SELECT member_list(''{"result": "save", "format": "none"}'')'), refusal('SELECT member_list(''{"result": "save", "group": "none"}'')');
SELECT member_list('{"result": "response"}'), member_list('{"result": "save", "track.info": "all", "format": [{"datakey": "base.city"}]}'), member_list('{"result": {"type": "append", "id": 8}}'),
       member_list('{"result": [{"type": "url_file", "to": "https://example.com/in", "format": "xlsx", "filename": "all.xlsx"}], "sort": "member.email"}');
SELECT id, action, info, request -> 'result' FROM member.track ORDER BY id;
