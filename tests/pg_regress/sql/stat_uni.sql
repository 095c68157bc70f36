-- stat_uni: subscribers and what happened to them.
\set ECHO none
\i helper.sql
\set ECHO all
SELECT count(member_set(name || '@example.com', jsonb_build_array(jsonb_build_array('base.city', 'set', city)))) FROM (VALUES ('anna', 'Omsk'), ('boris', 'Perm'), ('clara', 'Omsk')) t (name, city);
SELECT count(event_emit(jsonb_build_object('event_type', kind, 'email', name || '@example.com', 'event_date', at, 'launch_id', launch, 'event_data', data::jsonb)))
  FROM (VALUES ('send', 'anna', '2024-05-01T09:00:00Z', '1', '{}'), ('send', 'boris', '2024-05-01T09:00:00Z', '1', '{}'), ('send', 'clara', '2024-05-01T09:00:00Z', '1', '{}'),
               ('deliv', 'anna', '2024-05-01T09:01:00Z', '1', '{}'), ('deliv', 'boris', '2024-05-01T09:02:00Z', '1', '{}'),
               ('open', 'anna', '2024-05-01T20:30:00Z', '1', '{}'), ('click', 'anna', '2024-05-01T20:31:00Z', '1', '{"link_url": "https://example.com/a"}'),
               ('click', 'anna', '2024-05-01T21:31:00Z', '1', '{"link_url": "https://example.com/b"}'), ('click', 'boris', '2024-05-03T06:00:00Z', '2', '{"link_url": "https://example.com/a"}'),
               ('hbounce', 'clara', '2024-05-01T09:03:00Z', '1', '{"message": "no", "message_id": 5}')) t (kind, name, at, launch, data);
-- One row for each event of the kind; none where the filter asks for one that is not there.
SELECT stat_uni('{"select": ["member.email", "click.dt", "click.link.url", "click.issue.id", "click.member.id"], "filter": [{"a": "click.dt", "op": "!is_null"}], "order": ["click.dt"]}');
SELECT stat_uni('{"select": ["member.email", "error.letter.id", "issue.id"], "filter": [{"a": "error.issue.id", "op": "==", "v": 1}]}');
-- Everybody, with what there is.
SELECT stat_uni('{"select": ["member.email", "read.dt"]}');
-- Who was sent to and did not click; conditions of different kinds are about the same identifier, those of one kind about the same event.
SELECT stat_uni('{"select": ["member.email"], "filter": [{"a": "issue.id", "op": "==", "v": 1}, {"a": "click.dt", "op": "is_null"}]}') -> 'list';
SELECT stat_uni('{"select": ["member.email"], "unique": 1, "filter": [{"a": "deliv.issue.id", "op": "==", "v": 1}, {"a": "click.link.url", "op": "$=", "v": "/a"}]}') -> 'list';
SELECT stat_uni('{"select": ["member.email"], "filter": [{"a": "click.issue.id", "op": "==", "v": 1}, {"a": "click.link.url", "op": "$=", "v": "/b"}]}') -> 'list';
SELECT stat_uni('{"select": ["member.email"], "unique": 1, "filter": [{"op": "or", "v": [{"a": "click.issue.id", "op": "==", "v": 2}, {"a": "error.dt", "op": "exists"}]}], "order": ["-member.email"]}') -> 'list';
SELECT stat_uni('{"select": ["member.email"], "filter": [{"op": "!or", "v": [{"a": "click.dt", "op": "exists"}, {"a": "error.dt", "op": "exists"}]}]}') -> 'list';
-- Put together: by day in the zone of the setting, with aggregates.
SELECT stat_uni('{"select": ["click.dt:YD", "count(*)", "count(member.id)", "min(click.dt)", "max(click.link.url)"], "filter": [{"a": "click.dt", "op": "exists"}]}');
SET pg_member.time_zone = 'UTC';
SELECT stat_uni('{"select": ["click.dt:YD", "count(*)"], "filter": [{"a": "click.dt", "op": "exists"}]}') -> 'list';
RESET pg_member.time_zone;
SELECT stat_uni('{"select": ["member.email", "count(*)"], "filter": [{"a": "click.dt", "op": "exists"}], "have": [{"a": "count(*)", "op": ">", "v": 1}]}') -> 'list';
SELECT stat_uni('{"select": ["member.email"], "filter": [{"a": "click.dt", "op": "exists"}], "have": [{"op": "or", "v": [{"a": "min(click.dt):YD", "op": "==", "v": "2024-05-03"}, {"a": "count(*)", "op": "==", "v": 7}]}], "order": ["-count(*)"]}') -> 'list';
SELECT stat_uni('{"select": ["count(*)", "count(member.id)", "max(member.email)"]}') -> 'list', stat_uni('{"select": ["count(*)"], "filter": [{"a": "member.email", "op": "==", "v": "nobody"}]}') -> 'list';
-- Dates and expressions of current.
SELECT stat_uni('{"select": ["member.email"], "unique": 1, "filter": [{"a": "click.dt:YD", "op": "==", "v": "2024-05-02"}]}') -> 'list', stat_uni('{"select": ["member.email"], "filter": [{"a": "click.dt:YD", "op": ">=", "v": "current - 7 DAY"}]}') -> 'list', stat_uni('{"select": ["member.email"], "unique": 1, "filter": [{"a": "click.dt", "op": "<", "v": "current - 1 month"}]}') -> 'list';
-- Keys of the system, groups, heads.
SELECT group_create('{"id": "some", "type": "list", "name": "Some"}') IS NOT NULL, group_snapshot('{"to": {"id": "some"}, "from": {"list": ["anna@example.com", "clara@example.com"]}}') IS NOT NULL;
SELECT stat_uni('{"select": ["member.email", "member.haslock", "member.domain", "member.create.time:YY"], "filter": [{"op": "in_group", "v": "some"}, {"a": "size(member.heads)", "op": "==", "v": 1}]}') -> 'list' #- '{0,3}' #- '{1,3}';
SELECT stat_uni('{"select": ["member.email"], "filter": [{"a": "member.error.lock", "op": "==", "v": 1}]}') -> 'list';
-- Pages.
SELECT stat_uni('{"select": ["member.email"], "order": ["-member.id"], "first": 2}') -> 'list', stat_uni('{"select": ["member.email"], "order": ["-member.id"], "first": 2, "skip": 2}') -> 'list';
-- SQL words and quotes are texts.
SELECT stat_uni('{"select": ["member.email"], "filter": [{"a": "click.link.url", "op": "==", "v": "'' OR true --"}]}') -> 'list';
SELECT member_api('{"action": "stat.uni", "select": ["count(*)"]}') -> 'list';
SELECT stat_uni('{"select": ["count(*)"], "colour": 1}') -> 'warnings';
-- Refusals.
SELECT request, refusal(format('SELECT stat_uni(%L)', request)) FROM unnest(ARRAY['{}', '{"select": []}', '{"select": "member.email"}', '{"select": ["base.city"]}', '{"select": ["count(click.dt)"]}', '{"select": ["member.email:YD"]}', '{"select": ["click.dt"], "order": ["nothing"]}', '{"select": ["count(*)"], "order": ["member.email"]}', '{"select": ["member.email"], "unique": 1, "order": ["member.id"]}', '{"select": ["member.email"], "first": 0}', '{"select": ["member.email"], "skip": -1}', '{"select": ["member.email"], "filter": [{"a": "base.city", "op": "==", "v": "Omsk"}]}', '{"select": ["member.email"], "filter": [{"a": "click.at", "op": "exists"}]}', '{"select": ["member.email"], "filter": [{"a": "click.dt", "op": "near", "v": 1}]}', '{"select": ["member.email"], "filter": [{"a": "click.dt", "op": "has", "v": []}]}', '{"select": ["member.email"], "filter": [{"a": "click.dt", "op": "exists", "label": "x"}]}', '{"select": ["member.email"], "filter": [{"a": "click.dt:YD", "op": "==", "v": "someday"}]}', '{"select": ["member.email"], "filter": [{"op": "in_group", "v": "none"}]}', '{"select": ["member.email"], "have": [{"a": "sum(x)", "op": "==", "v": 1}]}', '{"select": ["member.email"], "have": [1]}', '{"select": ["member.email"], "cache": {"ttl": 5}}']) WITH ORDINALITY AS t (request, n) ORDER BY n;
-- As whom a call is about, each once; with a cache it may be who it was before.
CREATE FUNCTION tested(more text) RETURNS jsonb LANGUAGE sql AS $$ SELECT email_test(format('{"stat.uni": {"filter": [{"a": "click.dt", "op": "exists"}]%s}, "sync": 1}', more)::jsonb) -> 'count' $$;
SELECT tested(', "cache": {"ttl": 600}'), tested('');
SELECT event_emit('{"event_type": "click", "email": "clara@example.com"}') > 0;
SELECT tested(', "cache": {"ttl": 600}'), tested(''), tested(', "cache": {"ttl": 600}, "select": ["member.id"]');
SELECT tested(', "cache": {"ttl": 0}');
SELECT tested(', "cache": {"ttl": 600}');
SET pg_member.time_zone = 'UTC';
SELECT count(*), min(octet_length(question)) FROM member.count_cache;
SELECT tested(', "cache": {"ttl": 600}') IS NOT NULL, count(*) FROM member.count_cache;
RESET pg_member.time_zone;
SELECT refusal($$SELECT tested(', "cache": {"ttl": -1}')$$), refusal($$SELECT tested(', "cache": 5')$$);
-- Who is erased is in no answer that is kept.
SELECT member_erase('clara@example.com') ->> 'erased', count(*) FROM member.count_cache;
SELECT count(*) FROM member.count_cache;
