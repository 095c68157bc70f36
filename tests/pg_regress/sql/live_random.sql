-- Random calls that change data, heads, lists, locks and errors: what is kept beside people agrees with what is worked out anew.
\set ECHO none
\i helper.sql
-- Live groups, each with a copy of its rule that is not live; lists; registered datakeys.
CREATE TABLE rule (gid text, filter jsonb);
INSERT INTO rule VALUES
    ('age', '[{"a": "age", "op": ">=", "v": 18}, {"a": "city", "op": "in", "v": ["Tula", "Omsk"]}]'),
    ('lock', '[{"a": "member.haslock", "op": "==", "v": 0}]'),
    ('reader', '[{"op": "in_group", "v": ["l1"]}, {"op": "!in_group", "v": ["l2"]}]'),
    ('nested', '[{"op": "or", "v": [{"op": "in_group", "v": ["age"]}, {"op": "!in_group", "v": ["reader"]}]}]'),
    ('many', '[{"a": "size(member.heads)", "op": ">=", "v": 2}]'),
    ('error', '[{"a": "member.error.error", "op": ">=", "v": 1}]'),
    ('orders', '[{"a": "orders", "op": "has", "v": [{"a": "sum", "op": ">", "v": 5}]}]'),
    ('origin', '[{"a": "member.origin", "op": "exists"}, {"a": "city", "op": "!=", "v": "Moscow"}]'),
    ('entered', '[{"a": "-group.l1", "op": "exists"}, {"a": "-group.l2", "op": "!exists"}]'),
    ('host', '[{"a": "member.update.host", "op": "==", "v": "192.0.2.1"}]'),
    ('phone', '[{"a": "member.haslock", "op": "==", "v": 0}]');
CREATE FUNCTION make_groups() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM group_create(jsonb_build_object('id', gid, 'type', 'list')) FROM unnest(ARRAY['l1', 'l2']) AS gid;
    PERFORM group_create(jsonb_build_object('id', prefix || gid, 'type', 'filter', 'addr_type', CASE gid WHEN 'phone' THEN 'msisdn' ELSE 'email' END))
       FROM rule, unnest(ARRAY['', 'copy-']) AS prefix;
    PERFORM group_filter_set(jsonb_build_object('id', prefix || gid, 'filter', filter)) FROM rule, unnest(ARRAY['', 'copy-']) AS prefix;
    PERFORM group_set(jsonb_build_object('id', gid, 'live', 1, 'sync', 1)) FROM rule;
    PERFORM group_index(path, true) FROM unnest(ARRAY['age', 'city', 'orders[0].sum']) AS path;
END
$$;
CREATE FUNCTION pick(VARIADIC choices text[]) RETURNS text LANGUAGE sql VOLATILE AS $$ SELECT choices[1 + floor(random() * cardinality(choices))::int] $$;
-- One of many calls on some of twenty identifiers.
CREATE FUNCTION some_call() RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    who text := format('p%s@test.ru', 1 + floor(random() * 16)::int);
    other text := CASE WHEN random() < 0.4 THEN format('+7916123456%s', floor(random() * 4)::int) ELSE format('p%s@test.ru', 1 + floor(random() * 16)::int) END;
    gid text := pick('l1', 'l2');
BEGIN
    CASE floor(random() * 15)::int
        WHEN 0, 1, 2 THEN RETURN jsonb_build_object('action', 'member.set', 'email', who, 'source', pick('192.0.2.1', '192.0.2.2'), 'datakey', jsonb_build_array(
                CASE floor(random() * 5)::int
                    WHEN 0 THEN jsonb_build_array('age', 'set', floor(random() * 40)::int)
                    WHEN 1 THEN jsonb_build_array('city', 'set', pick('Tula', 'Omsk', 'Moscow'))
                    WHEN 2 THEN jsonb_build_array(pick('age', 'city', 'orders'), 'delete')
                    WHEN 3 THEN jsonb_build_array('orders', 'push', jsonb_build_object('sum', floor(random() * 9)::int))
                    ELSE jsonb_build_array('other', 'set', floor(random() * 9)::int)
                END));
        WHEN 3 THEN RETURN jsonb_build_object('action', 'member.set', 'email', who, 'datakey', jsonb_build_array(
                jsonb_build_array('-group.' || gid, 'set', 1), jsonb_build_array('age', 'set', floor(random() * 40)::int)));
        WHEN 4 THEN RETURN jsonb_build_object('action', 'member.set', 'email', who, 'datakey', jsonb_build_array(jsonb_build_array('-group.' || gid, 'delete')));
        WHEN 5 THEN RETURN jsonb_build_object('action', 'member.merge', 'email', who, 'head', other, 'head_rule', pick('transplant', 'replace', 'decapitate', 'none'),
                'data_rule', jsonb_build_object('hashas', pick('set', 'merge')));
        WHEN 6 THEN RETURN jsonb_build_object('action', 'member.delete', 'email', other);
        WHEN 7 THEN RETURN jsonb_build_object('action', 'member.head.attach', 'email', who, 'head', other);
        WHEN 8 THEN RETURN jsonb_build_object('action', 'member.head.detach', 'email', who, 'split', floor(random() * 2)::int);
        WHEN 9 THEN
            BEGIN
                PERFORM member_unmerge((SELECT max(id) FROM member.journal WHERE undone_by IS NULL));
            EXCEPTION WHEN OTHERS THEN NULL;
            END;
            RETURN jsonb_build_object('action', 'ping');
        WHEN 10 THEN
            BEGIN
                PERFORM event_emit(jsonb_build_object('event_type', pick('hbounce', 'sbounce', 'deliv', 'unsub', 'complain'), 'email', who));
            EXCEPTION WHEN SQLSTATE 'PM201' THEN NULL;
            END;
            RETURN jsonb_build_object('action', 'ping');
        WHEN 11 THEN RETURN jsonb_build_object('action', 'stoplist.' || pick('add', 'delete'), 'list', jsonb_build_array(who, other), 'type', pick('owner', 'member'));
        WHEN 12 THEN RETURN jsonb_build_object('action', 'email.cleanerror', 'email', who);
        WHEN 13 THEN RETURN jsonb_build_object('action', 'group.clean', 'id', gid, 'list', jsonb_build_array(who, other));
        ELSE
            IF random() < 0.5 THEN
                RETURN jsonb_build_object('action', 'group.snapshot', 'to', jsonb_build_object('id', gid), 'from', jsonb_build_object('group', pick('age', 'copy-lock', 'l1', 'l2'), 'sync', 1));
            END IF;
            RETURN jsonb_build_object('action', 'member.set', 'email', who, 'newbie.confirm', 1, 'datakey',
                jsonb_build_array(jsonb_build_array('member.origin', 'set', 1), jsonb_build_array('member.lockconfirm', 'set', 1)));
    END CASE;
END
$$;
-- What is kept and what is worked out.
CREATE VIEW kept AS SELECT gid, id, dataset FROM member.live_member;
CREATE VIEW holds AS SELECT gid, m.id, m.dataset FROM rule, group_members('copy-' || gid) AS m;
CREATE VIEW counted AS
SELECT gid, COALESCE((SELECT sum(n) FROM (TABLE member.group_count UNION ALL TABLE member.group_count_change) AS c WHERE c.gid = g.gid), 0) AS says,
       (SELECT count(*) FROM (SELECT gid FROM member.live_member UNION ALL SELECT gid FROM member.group_member) AS m WHERE m.gid = g.gid) AS n,
       group_get(jsonb_build_object('id', gid)) #>> '{obj,count}' AS told
  FROM member.group_def AS g WHERE g.kind = 'list' OR g.live IS NOT NULL;
-- The counters of member_list_count, of everybody and of groups of each kind, and the same counted in the plainest way.
CREATE FUNCTION recounted(whom bigint[]) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object(
        'total', count(*), 'locked', count(*) FILTER (WHERE lock <> 0), 'active', count(*) FILTER (WHERE lock = 0),
        'locked.unsubscribed', count(*) FILTER (WHERE lock & 1 <> 0), 'locked.confirm', count(*) FILTER (WHERE lock & 2 <> 0),
        'locked.hardbounced', count(*) FILTER (WHERE EXISTS (SELECT FROM member.delivery_error e WHERE (e.value, e.addr_type) = (h.value, h.addr_type) AND e.lock)),
        'locked.stoplist', count(*) FILTER (WHERE EXISTS (SELECT FROM member.stoplist s WHERE (s.value, s.addr_type, s.sender) = (h.value, h.addr_type, 0))),
        'total.email', count(*) FILTER (WHERE addr_type = 'email'), 'active.email', count(*) FILTER (WHERE addr_type = 'email' AND lock = 0),
        'total.msisdn', count(*) FILTER (WHERE addr_type = 'msisdn'), 'id_min', min(id), 'id_max', max(id))
      FROM member.head h WHERE id = ANY (whom)
$$;
CREATE VIEW miscounted AS
SELECT q.selector FROM (
    SELECT '{}'::jsonb AS selector, ARRAY(SELECT id FROM member.head) AS whom
    UNION ALL SELECT jsonb_build_object('group', g.gid), ARRAY(SELECT id FROM group_members(g.gid)) FROM member.group_def g
    UNION ALL SELECT '{"member.haslock": -1}', ARRAY(SELECT id FROM member.head WHERE lock <> 0)
    UNION ALL SELECT '{"group": "l1", "member.haslock": 1}', ARRAY(SELECT m.id FROM group_members('l1') m JOIN member.head h USING (id) WHERE h.lock & 1 <> 0)) AS q
 WHERE NOT member_list_count(q.selector || '{"with_minmax": 1}') -> 'obj' @> recounted(q.whom);
CREATE VIEW values_of AS
SELECT path, dataset, value #>> '{}' AS value
  FROM member.attribute, member.body, datakey_get(data, path) AS value WHERE jsonb_typeof(value) NOT IN ('object', 'array', 'null');
CREATE FUNCTION many_calls(count int, every int) RETURNS TABLE (groups bigint, counts bigint, recounts bigint, attributes bigint, checks bigint, still text[], done text[]) LANGUAGE plpgsql AS $$
DECLARE
    request jsonb;
BEGIN
    groups := 0; counts := 0; recounts := 0; attributes := 0; checks := 0;  done := '{}';
    FOR n IN 1 .. count LOOP
        request := some_call();
        IF NOT member_api(request) ? 'errors' AND request ->> 'action' <> ALL (done) THEN
            done := done || (request ->> 'action');
        END IF;
        CONTINUE WHEN n % every <> 0;
        groups := groups + (SELECT count(*) FROM ((TABLE kept EXCEPT TABLE holds) UNION ALL (TABLE holds EXCEPT TABLE kept)) AS d);
        counts := counts + (SELECT count(*) FROM counted c WHERE c.says <> c.n OR c.told <> c.n::text);
        recounts := recounts + (SELECT count(*) FROM miscounted);
        attributes := attributes + (SELECT count(*) FROM (SELECT v.path, v.dataset, v.value FROM member.attr_value v WHERE kind = 's') AS a FULL JOIN values_of v USING (path, dataset)
                                     WHERE a.value IS DISTINCT FROM v.value);
        checks := checks + (SELECT count(*) FROM member_check());
    END LOOP;
    -- Rules that never came to hold for anybody, or never ceased to.
    still := ARRAY(SELECT r.gid || ' ' || t FROM rule r, unnest(ARRAY['segment_enter', 'segment_leave']) AS t
                    WHERE NOT EXISTS (SELECT FROM member.event e WHERE e.event_type = t AND e.body #>> '{event_data,group_id}' = r.gid) ORDER BY 1);
    done := ARRAY(SELECT unnest(done) ORDER BY 1);
    RETURN NEXT;
END
$$;
-- The rows of datakeys, and the same filled anew.
CREATE TABLE was AS TABLE member.attr_value WITH NO DATA;
\set ECHO all
SELECT origin_create('{"label": "site"}') IS NOT NULL;
SELECT sys_settings_set('{"list": {"stoplist.member.edit": 1}}') IS NOT NULL;
SELECT make_groups();
SELECT setseed(0.25) IS NOT NULL;
SELECT * FROM many_calls(1200, 4);
INSERT INTO was TABLE member.attr_value;
SELECT count(*) FROM was, group_index_drop(was.path) AS dropped;
SELECT bool_and(group_index(path, true) ? 'count') FROM unnest(ARRAY['age', 'city', 'orders[0].sum']) AS path;
SELECT (SELECT count(*) > 0 FROM was) AS any, (SELECT count(*) FROM ((TABLE was EXCEPT TABLE member.attr_value) UNION ALL (TABLE member.attr_value EXCEPT TABLE was)) AS d) AS differ;
SELECT * FROM member_check();
