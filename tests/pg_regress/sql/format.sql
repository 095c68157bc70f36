-- Stored formats: which questions a list shows, and which answers an update fills in.
\set ECHO none
\i helper.sql
\set ECHO all
SELECT format_set('{"id": "brief", "obj": {"name": "In brief", "type": "view", "fields": [{"aid": "member", "qid": "email"}, {"aid": "base", "qid": "city"}]}}');
SELECT format_set('{"obj": {"name": "From Perm", "type": "fill", "fields": [{"aid": "base", "qid": "city", "value": "Perm"}, {"aid": "base", "qid": "gender", "value": ["1"]}, {"aid": "base", "qid": "age", "value": null}, {"aid": "member", "qid": "error", "value": "0"}]}}');
SELECT format_set('{"id": "both", "obj": {"name": "Both", "type": "uni", "fields": [{"aid": "base", "qid": "city"}, {"aid": "base", "qid": "age", "value": 5}], "color": 1}}');
SELECT format_get('{"id": "brief"}');
SELECT format_get('{"id": "f1"}');
SELECT format_list('{"order": ["-id"]}');
SELECT format_list('{"filter": [{"a": "type", "op": "in", "v": ["fill", "uni"]}], "first": 1, "order": ["name"]}'), refusal('SELECT format_list(''{}'')');

-- Changed: what is not given stays, and must fit what is.
SELECT format_set('{"id": "both", "obj": {"name": "Renamed"}}');
SELECT format_get('{"id": "both"}');
SELECT format_set('{"id": "both", "obj": {"fields": []}}');
SELECT format_get('{"id": "both"}');
SELECT refusal($$SELECT format_set('{"id": "brief", "obj": {"type": "fill"}}')$$);
SELECT format_delete('{"id": "both"}');
SELECT refusal($$SELECT format_get('{"id": "both"}')$$), refusal($$SELECT format_delete('{"id": "both"}')$$);

-- What is refused.
SELECT what, refusal(format('SELECT format_set(%L)', what)) FROM unnest(ARRAY[
    '{}', '{"obj": 5}', '{"id": "a b", "obj": {}}', '{"obj": {"name": "x", "fields": []}}', '{"obj": {"type": "view", "fields": []}}', '{"obj": {"name": "x", "type": "view"}}', '{"obj": {"name": "x", "type": "list", "fields": []}}']) AS what;
SELECT kind, field, refusal(format('SELECT format_set(%L)', format('{"obj": {"name": "x", "type": "%s", "fields": [%s]}}', kind, field))) FROM (VALUES
    ('view', '5'), ('view', '{"aid": "base"}'), ('view', '{"aid": "base", "qid": 1}'), ('view', '{"aid": "base", "qid": "city", "value": "x"}'), ('fill', '{"aid": "base", "qid": "city"}'),
    ('view', '{"aid": "none", "qid": "city"}'), ('view', '{"aid": "base", "qid": "none"}'), ('fill', '{"aid": "base", "qid": "gender", "value": ["7"]}'), ('uni', '{"aid": "base", "qid": "age", "value": "x"}')) AS t (kind, field);
SELECT member_api('{"action": "format.get", "id": "brief"}') - 'duration', member_api('{"action": "format.delete", "id": "none"}') - 'duration';
