-- member_update: the answers of a stored format are given to many.
\set ECHO none
\i helper.sql
\set ECHO all
SELECT anketa_create('{"id": "shop", "name": "Shop"}'), anketa_quest_add('{"anketa.id": "shop", "obj": [{"id": "note", "type": "free", "width": 20}, {"id": "likes", "type": "nm", "answers": {"1": "a", "2": "b", "3": "c"}}, {"id": "since", "type": "dt", "dtsubtype": "yd"}]}');
SELECT format_set('{"id": "fill", "obj": {"name": "Fill", "type": "fill", "fields": [{"aid": "shop", "qid": "note", "value": "new"}, {"aid": "shop", "qid": "likes", "value": ["2", "3"]}, {"aid": "member", "qid": "error", "value": 0}, {"aid": "member", "qid": "email", "value": "x"}]}}'),
       format_set('{"id": "clear", "obj": {"name": "Clear", "type": "uni", "fields": [{"aid": "shop", "qid": "note", "value": null}, {"aid": "shop", "qid": "since"}]}}'),
       format_set('{"id": "view", "obj": {"name": "View", "type": "view", "fields": [{"aid": "shop", "qid": "note"}]}}'),
       format_set('{"id": "group", "obj": {"name": "Group", "type": "fill", "fields": [{"aid": "-group", "qid": "pl1", "value": 1}]}}'),
       group_create('{"id": "pl1", "type": "list", "addr_type": "email"}');
CREATE FUNCTION reset() RETURNS void LANGUAGE sql AS $$
    SELECT member_set('full@test.ru', '[["shop", "set", {"note": "old", "likes": {"1": null, "2": null}}]]'), member_set('part@test.ru', '[["shop", "set", {"note": "", "likes": {}}]]'), member_set('none@test.ru', '[["shop", "delete"]]') $$;
CREATE VIEW shops AS SELECT h.value, b.data -> 'shop' AS shop, b.version FROM member.head h JOIN member.body b USING (dataset) ORDER BY h.value;
CREATE FUNCTION after(if_has text, if_hasnt text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM reset();
    PERFORM member_update(jsonb_build_object('format', 'fill', 'if_has', if_has, 'if_hasnt', if_hasnt, 'list', '["full@test.ru", "part@test.ru", "none@test.ru"]'::jsonb));
    RETURN QUERY SELECT s.value || ' ' || COALESCE(s.shop::text, 'null') FROM shops s;
END $$;
SELECT if_has, if_hasnt, after(if_has, if_hasnt) FROM (VALUES ('overwrite', 'set'), ('overwrite', 'skip'), ('merge', 'set'), ('merge', 'skip'), ('skip', 'set'), ('skip', 'skip')) v (if_has, if_hasnt);

-- overwrite and set are the defaults; null deletes an answer; a question without a value in a uni format is only shown.
SELECT reset();
SELECT member_update('{"format": "fill", "list": ["FULL@test.ru", "nobody@test.ru", "nonsense"]}') #- '{warnings,0,explain}';
SELECT member_update('{"format": "clear", "email": "full@test.ru"}'), member_update('{"format": "clear", "email": "none@test.ru", "if_hasnt": "skip"}');
SELECT value, shop FROM shops;
-- Nothing changes a second time: no version, no event.
CREATE TEMP TABLE before AS SELECT value, version, (SELECT max(id) FROM member.event) AS event FROM shops;
SELECT member_update('{"format": "clear", "email": "full@test.ru"}');
SELECT count(*) FROM shops JOIN before USING (value, version), (SELECT max(id) AS event FROM member.event) e WHERE e.event = before.event;

-- member.error 0 unlocks; other keys of member are ignored; lists take heads in.
SELECT event_emit('{"event_type": "hbounce", "email": "none@test.ru"}') > 0, member_get('none@test.ru', 'member.haslock');
SELECT member_update('{"format": "fill", "group.filter": [{"a": "member.haslock", "op": "==", "v": 4}], "sync": 1}');
SELECT member_get('none@test.ru', 'member.haslock');
SELECT member_update('{"format": "group", "sql": "SELECT value FROM shops", "sync": 1}');
SELECT group_get('{"id": "pl1"}') #> '{obj,count}';

SELECT key, refusal(format('SELECT member_update(''{"email": "full@test.ru", %s}'')', key)) FROM unnest(ARRAY[
    '"format": "none"', '"format": "view"', '"x": 1', '"format": "fill", "if_has": "update"', '"format": "fill", "if_hasnt": "merge"', '"format": 1'
]) WITH ORDINALITY AS t(key, n) ORDER BY n;
SELECT refusal('SELECT member_update(''{"format": "fill"}'')');
SELECT anketa_quest_delete('{"anketa.id": "shop", "id": "note"}');
SELECT refusal('SELECT member_update(''{"format": "fill", "email": "full@test.ru"}'')');
SELECT member_api('{"action": "member.update", "format": "clear", "group": "pl1"}') ? 'track.id', refusal('SELECT member_update(''{"format": "none", "group": "pl1"}'')');
SELECT action, total, request FROM member.track;
SELECT * FROM member_check();
