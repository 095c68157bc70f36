-- The template language of pipelines: every prefix, every keyword, how values print, what is refused.
\set ECHO none
\i helper.sql
\set ECHO all

CREATE TABLE known AS SELECT '{
    "in": {"send_message_id": "5a9bf01a17_3cd_11_6f_0_2.5a8c045fc1dde44cbf718f78", "launch_id": "00000017000003cd5a9bf01a", "a_id": 23, "c_id": 973,
           "data": {"SessionInfo": [{"SessionToken": "t0k"}], "status": "success", "a-b": 1, "Город": "Пермь"},
           "trap": "$in.c_id ${in.c_id} $#in.c_id $$in.list \\$", "list": [1, "two", null, [3], {"k": 4}], "none": null, "yes": true, "no": false,
           "big": 12345678901234567890.10, "tiny": 0.0000001, "text": {"$bytes": "0L/RgNC40LLQtdGC"}, "raw": {"$bytes": "AP/+"}},
    "origin": {"send_message_id": "s1"}, "template": {"text": "Hi", "file": {"name": "a.png"}, "files": [{"name": "b.png", "size": 1}, {"name": "c.png", "size": 2}], "absent": null},
    "sender": {"token": "secret"}, "resource": {"id": 3}, "campaign": {"segment": [{"id": 7, "name": "x"}, {"id": 8, "name": "y"}], "category": {"category": 5}},
    "subscription": {"client_id": "c9", "email": "a@test.ru"}, "account": {"merchantName": "Shop"}, "camp_schedule": {"start_time": "2026-11-22T10:00:00Z", "stop_time": "2026-11-23T10:00:00Z"},
    "error": {"code": 7, "message": "timeout: 10 s", "pipe": 2}, "profile": {"city": "Perm"}, "channel": {"id": 10001, "name": "Demo", "string_id": "demo"}, "now": "2026-11-22T16:00:00Z"}'::jsonb AS scope;

CREATE FUNCTION shown(template jsonb) RETURNS text LANGUAGE sql AS $$ SELECT template_render(template, scope) FROM known $$;

-- Every keyword.
SELECT format('%-30s %s', t, shown(to_jsonb(t))) FROM unnest(ARRAY[
    '$in.send_message_id', '$in.launch_id', '$in.a_id', '$in.c_id', '$origin.send_message_id', '$template.text', '$sender.token', '$resource.id', '$campaign.category.category',
    '$subscription.client_id', '$account.merchantName', '$camp_schedule.start_time', '$camp_schedule.stop_time', '$error.code $error.message', '$profile.city', '$channel.string_id', '$now'
]) WITH ORDINALITY AS u(t, n) ORDER BY n;

-- $ gives a text, $# the value itself.
SELECT shown('{"text": "$in.c_id", "typed": "$#in.c_id", "braces": ["${in.c_id}", "$#{in.c_id}"], "constant": [1, true, null, "x"], "objects": {"of": {"objects": "$#campaign.category"}}}');
SELECT shown('["qwerty$in.a_id", "qwerty${in.a_id}ytsuken", "$in.a_id$in.c_id", "$in.a_id.", "$in.a_id, $in.c_id!"]');
SELECT shown('["$in.data.SessionInfo.%0.SessionToken", "${in.list.%4.k}", "$in.data.a-b", "$in.data.Город"]');

-- How a text shows other values.
SELECT format('%-10s %s', t, shown(to_jsonb('<$in.' || t || '>'))) FROM unnest(ARRAY['yes', 'no', 'none', 'big', 'tiny', 'list', 'list.%4', 'data', 'text', 'raw']) WITH ORDINALITY AS u(t, n) ORDER BY n;
SELECT shown('{"n": "$#in.big", "t": "$#in.tiny", "none": "$#in.none", "bytes": "$#in.raw", "all": "$#error"}');

-- What a value holds is no template.
SELECT shown('["$in.trap", "$#in.trap", "${in.trap}"]');

-- Dollar signs that are text, and that are escaped.
SELECT shown('["$", "$$", "$5", "costs $$ today", "$x", "$inn.x", "$IN.c_id", "${x}", "${}", "$#", "$#5", "$ in.c_id", "[$]id", "a\\b"]');
SELECT shown('["\\$in.c_id", "\\$#in.c_id", "\\$$in.list", "\\${in.c_id}", "\\\\$in.c_id"]');

-- $$: the items of a list, in a list, as a value and under a key.
SELECT shown('[0, "$$in.list", 9]');
SELECT shown('{"files": "$$template.files", "names": ["$$template.files[name]", "last"], "one": ["$$template.file"], "none": ["$$template.absent"]}');
SELECT shown('{"$$campaign.segment[segments]": ["[$]id"]}');
SELECT shown('{"$$campaign.segment[segments]": ["[$#]id"]}');
SELECT shown('{"$$campaign.segment": {"id": "[$#]id", "text": "[$]{name}s of $in.c_id"}}');
SELECT shown('{"$$in.list[l]": "[$#]", "$$in.list[texts]": "<[$]>", "$$template.absent[none]": "[$]x", "$$template.file[one]": "[$]name"}');
SELECT shown('{"$$campaign.segment[outer]": {"$$template.files[inner]": "[$]name", "id": "[$]id"}}');

-- Keys are keys.
SELECT shown('{"$in.c_id": 1, "$$x": 2, "\\$$in.list": 3}');

-- The example of the Pack pipe.
SELECT shown('{"merchant": "$account.merchantName", "campaign": "$#in.c_id", "category": "$#campaign.category.category", "feeType": "fix", "campaignFee": 0,
    "from": "$camp_schedule.start_time", "till": "$camp_schedule.stop_time", "$$campaign.segment[segments]": ["[$]id"]}');

-- A missing field.
SELECT format('%-34s %s', t, refusal(format('SELECT template_render(%L, scope) FROM known', to_jsonb(t)))) FROM unnest(ARRAY[
    '$in.x', 'a ${in.data.x.y} b', '$#in.x', '$$in.x', '$$template.files[url]', '$in.list.%9', '$in.list.x', '$in.c_id.x', '$in.data.%0', '$in.none.x', '$in.list.%18446744073709551616'
]) WITH ORDINALITY AS u(t, n) ORDER BY n;
SELECT refusal($q$SELECT template_render('{"$$campaign.segment[s]": "[$]x"}', scope) FROM known$q$);
SELECT refusal(format('SELECT template_render(%L, ''{}'')', to_jsonb('$' || root || '.x'))) FROM unnest(ARRAY['in', 'origin', 'error', 'now', 'channel']) AS root;
SELECT template_render('["$in"]', '{}'), refusal($q$SELECT template_render('"$origin"', '{}')$q$);

-- Templates that are begun rightly and go on wrongly, with their place.
SELECT format('%-34s %s', t, refusal(format('SELECT template_render(%L, ''{}'')', jsonb_build_object('a', jsonb_build_array(t))))) FROM unnest(ARRAY[
    'x $#in.a', '$#in.a x', '$#in.a$#in.b', 'x $$in.a', '$$in.a x', '$$in.a[]', '$$in.a[b', '$$in.a[b]c', '$${in.a}', '${in.a', '${in.a b}', '${in.}', '${upper(in.a)}'
]) WITH ORDINALITY AS u(t, n) ORDER BY n;
SELECT refusal($q$SELECT template_render('{"$$in.a.%0": 1}', '{}')$q$), refusal($q$SELECT template_render('{"$$in.a[b]": 1, "b": 2}', '{}')$q$), refusal($q$SELECT template_render('{"$$in.a[b]": "[$]{x"}', '{}')$q$);

-- Scopes that are none.
SELECT refusal($q$SELECT template_render('1', '[]')$q$), refusal($q$SELECT template_render('1', '{"in": 5}')$q$), refusal($q$SELECT template_render('1', '{"data": {}}')$q$);

-- Too much: a short template may ask for much. Nothing comes out too deep for jsonb.
SELECT refusal(format('SELECT template_render(%L, %L)', to_jsonb(repeat('$in.x', 100)), jsonb_build_object('in', jsonb_build_object('x', repeat('x', 1000000)))));
SELECT refusal(format('SELECT template_render(%L, %L)', repeat('[', 100) || '"$#in.x"' || repeat(']', 100), '{"in": {"x": ' || repeat('[', 100) || repeat(']', 100) || '}}'));

-- NULL, and templates that differ from row to row.
SELECT template_render(NULL, '{}'), template_render('1', NULL);
SELECT template_render(to_jsonb('$in.a' || CASE WHEN n % 2 = 0 THEN ' even' ELSE '' END), jsonb_build_object('in', jsonb_build_object('a', n))) FROM generate_series(1, 4) AS n;

-- Immutable: an index can be built on it.
CREATE INDEX ON known (template_render('"$in.c_id"', scope));
SELECT provolatile, proparallel, proisstrict FROM pg_proc WHERE oid = 'template_render(jsonb, jsonb)'::regprocedure;
