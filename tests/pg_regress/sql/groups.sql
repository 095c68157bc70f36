-- List groups: made, entered by member_set, shown, emptied, copied, deleted.
\set ECHO none
\i helper.sql
\set ECHO all
SELECT group_create('{"id": "news", "name": "News", "type": "list"}');
SELECT group_create('{"name": "Customers", "type": "list"}'), group_create('{"type": "filter", "name": "Adults"}');
SELECT group_create('{"id": "phones", "type": "list", "addr_type": "msisdn"}');
SELECT jsonb_pretty(group_get('{"id": "news"}') #- '{obj,create.time}' #- '{obj,update.time}');
SELECT group_get('{"id": "news"}') #>> '{obj,create.time}' ~ '^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$' AS has_time;
SELECT item ->> 'id', item ->> 'name', item ->> 'type', item ->> 'addr_type' FROM jsonb_array_elements(group_list() -> 'list') AS item;
SELECT jsonb_array_length(group_get('{"id": ["*"]}') -> 'list'), jsonb_array_length(group_get('{"id": ["news", "phones"]}') -> 'list');

-- What is no group.
SELECT request, refusal(format('SELECT group_create(%L)', request)) FROM unnest(ARRAY[
    '{"id": "news", "type": "list"}', '{"type": "list"}', '{"id": "x"}', '{"id": "x", "type": "table"}', '{"id": "x", "type": "list", "addr_type": "fax"}',
    '{"id": " x", "type": "list"}', '{"id": "x", "type": "list", "community": "1"}']) WITH ORDINALITY AS t(request, n) ORDER BY n;
SELECT refusal('SELECT group_get(''{"id": "nowhere"}'')'), refusal('SELECT group_get(''{"id": ["news", "nowhere"]}'')'), refusal('SELECT group_get(''{"id": 5}'')'),
       refusal('SELECT group_set(''{"id": "nowhere"}'')'), refusal('SELECT group_delete(''{"id": "nowhere"}'')');

-- member_set puts a head into a group and takes it out; what is so already changes nothing.
SELECT member_set('anna@test.ru', '[["-group.news", "set", 1], ["base.name", "set", "Anna"]]') ->> 'newbie';
SELECT member_get('anna@test.ru', '-group.news') #>> '{}' = to_char(now() AT TIME ZONE 'Europe/Moscow', 'YYYY-MM-DD 00:00:00') AS today;
SELECT version FROM member.body JOIN member.address USING (dataset) WHERE value = 'anna@test.ru';
SELECT member_set('anna@test.ru', '[["-group.news", "set", "1"]]') ->> 'newbie';
SELECT version FROM member.body JOIN member.address USING (dataset) WHERE value = 'anna@test.ru';
SELECT group_get('{"id": "news"}') #> '{obj,count}';
SELECT member_set('anna@test.ru', '[["-group.news", "delete"], ["-group.pl1", "set", 1]]') ->> 'newbie';
SELECT version FROM member.body JOIN member.address USING (dataset) WHERE value = 'anna@test.ru';
SELECT group_get('{"id": "news"}') #> '{obj,count}', group_get('{"id": "pl1"}') #> '{obj,count}';
SELECT jsonb_object_keys(member_get('anna@test.ru', '-group'));
-- Of two operations on one group the last holds.
SELECT member_set('anna@test.ru', '[["-group.news", "set", 1], ["-group.news", "delete"], ["-group.pl1", "delete"], ["-group.pl1", "set", 1]]') ->> 'newbie';
SELECT event_type, event.body #>> '{event_data,group_id}' AS gid, version FROM member.event WHERE event_type LIKE 'group%' ORDER BY id;

-- Refused: no such group, a filter group, another type of members, another mode.
SELECT program, refusal(format('SELECT member_set(''anna@test.ru'', %L)', program)) FROM unnest(ARRAY[
    '[["-group.nowhere", "set", 1]]', '[["-group.p2", "set", 1]]', '[["-group.phones", "set", 1]]', '[["-group.news", "set", 0]]', '[["-group.news", "push", 1]]']) WITH ORDINALITY AS t(program, n) ORDER BY n;
SELECT refusal('SELECT member_set(''new@test.ru'', ''[["-group.phones", "set", 1]]'')'), member_exists('{"email": "new@test.ru"}');

-- With head_attach: the group is that of the head named in email.
SELECT member_set('{"email": "two@test.ru", "datakey": [["-group.news", "set", 1]], "head_attach": [{"head": "+79161234567"}]}') ->> 'newbie';
SELECT member_set('{"email": "+79161234567", "datakey": [["-group.phones", "set", 1]]}') ->> 'newbie';
SELECT value, gid FROM member.group_member JOIN member.head USING (dataset, id) ORDER BY 1, 2;
-- A head that leaves its subscriber leaves its groups; what is undone brings it back into those that are there.
SELECT member_head_detach('{"email": "+79161234567"}') IS NOT NULL;
SELECT group_get('{"id": "phones"}') #> '{obj,count}';
SELECT member_unmerge((SELECT max(id) FROM member.journal)) ->> 'undone';
SELECT group_get('{"id": "phones"}') #> '{obj,count}', member_get('+79161234567', '-group.phones') IS NOT NULL;
SELECT * FROM member_check();

-- group_snapshot: identifiers, then a whole group, in the call.
SELECT group_snapshot('{"to": {"id": "copy"}, "from": {"list": ["anna@test.ru", "two@test.ru", "nobody@test.ru", "@"], "addr_type": "email"}}');
SELECT group_get('{"id": "copy"}') #> '{obj,count}';
SELECT group_snapshot('{"to": {"id": "copy"}, "from": {"list": ["anna@test.ru"]}}');
SELECT group_snapshot('{"to": {"id": "second"}, "from": {"group": "copy", "sync": 1}}');
SELECT group_snapshot('{"to": {}, "from": {"group": "copy", "sync": 1}}') ->> 'count';
SELECT group_snapshot('{"to": {"id": "second", "clean": 1}, "from": {"group": "news", "sync": 1}}');
SELECT value FROM member.group_member JOIN member.head USING (dataset, id) WHERE gid = 'second' ORDER BY 1;
SELECT request, refusal(format('SELECT group_snapshot(%L)', request)) FROM unnest(ARRAY[
    '{"to": {"id": "x"}, "from": {"list": ["anna@test.ru"]}}', '{"to": {"id": "phones"}, "from": {"group": "news", "sync": 1}}', '{"to": {"id": "p2"}, "from": {"group": "news", "sync": 1}}',
    '{"to": {"id": "x"}, "from": {"group": "nowhere"}}', '{"from": {"group": "news"}}', '{"to": {"id": "news"}, "from": {}}']) WITH ORDINALITY AS t(request, n) ORDER BY n;

-- An identifier that is sent twice counts if either did it.
SELECT group_snapshot('{"to": {"id": "twice"}, "from": {"list": ["anna@test.ru", "anna@test.ru"], "addr_type": "email"}}') -> 'list';
-- group_clean: some, all in the call, all as a track.
SELECT group_clean('{"id": "copy", "list": ["anna@test.ru", "+79161234567", "nobody@test.ru"]}');
SELECT group_clean('{"id": "copy", "email": "two@test.ru"}');
SELECT group_get('{"id": "copy"}') #> '{obj,count}';
SELECT group_clean('{"id": "second", "all": 1, "sync": 1}');
SELECT group_get('{"id": "second"}') #> '{obj,count}';
SELECT group_clean('{"id": "news", "all": 1, "track.info": "all of it"}') ? 'track.id';
SELECT action, info, total FROM member.track;
SELECT refusal('SELECT group_clean(''{"id": "p2", "all": 1}'')'), refusal('SELECT group_clean(''{"id": "news"}'')');

-- One way to say whom; identifiers that are named are done in the call.
SELECT request, refusal(format('SELECT group_clean(%L)', request)) FROM unnest(ARRAY[
    '{"id": "news", "all": 1, "list": ["anna@test.ru"]}', '{"id": "news", "all": 1, "email": "anna@test.ru"}', '{"id": "news", "email": "anna@test.ru", "list": []}', '{"id": "news", "all": 0, "list": ["anna@test.ru"], "sync": 0}', '{"id": "news", "email": "anna@test.ru", "sync": "0"}']) WITH ORDINALITY AS t(request, n) ORDER BY n;
SELECT request, refusal(format('SELECT group_snapshot(%L)', request)) FROM unnest(ARRAY[
    '{"to": {"id": "news"}, "from": {"group": "copy", "list": ["anna@test.ru"]}}', '{"to": {"id": "news", "clean": 1}, "from": {"group": "copy", "email": "anna@test.ru", "sync": 1}}', '{"to": {"id": "news"}, "from": {"list": ["anna@test.ru"], "sync": 0}}']) WITH ORDINALITY AS t(request, n) ORDER BY n;
SELECT refusal('SELECT group_filter_match(''{"id": "p2", "group.filter": [], "email": "anna@test.ru"}'')');
SELECT group_get('{"id": "news"}') #> '{obj,count}', group_clean('{"id": "second", "all": "", "email": "anna@test.ru", "sync": 1}') -> 'list';
-- Renamed and deleted: the members stay subscribers.
SELECT group_set('{"id": "news", "name": "The news"}');
SELECT group_get('{"id": "news"}') #>> '{obj,name}';
SELECT group_delete('{"id": "news"}');
SELECT member_exists('{"email": "two@test.ru"}'), (SELECT array_agg(key) FROM jsonb_object_keys(member_get('two@test.ru', '-group')) AS key);
SELECT count(*) FROM member.group_count_change WHERE gid = 'news';
SELECT * FROM member_check();
-- On the wire.
SELECT member_api('{"action": "group.get", "id": "nowhere"}') -> 'errors';
SELECT member_api('{"action": "group.create", "id": "wire", "type": "list"}') - 'duration';
-- The conventions of lists.
SELECT group_list('{"filter": [{"a": "group.type", "op": "==", "v": "filter"}]}') #>> '{list,0,name}', jsonb_array_length(group_list('{"order": ["-group.gid"], "first": 2}') -> 'list'), group_list('{"first": 50}') -> 'last_page';
SELECT jsonb_array_length(group_list('{"filter": [{"a": "group.create.time", "op": ">=", "v": "2024"}, {"a": "group.expimp", "op": "==", "v": 0}]}') -> 'list') = (SELECT count(*) FROM member.group_def) AS each;
UPDATE member.group_def SET update_time = '2024-05-01 12:00+00' WHERE gid = 'copy';
SELECT group_list('{"order": ["group.update.time"], "first": 1}') #>> '{list,0,id}', group_list('{"filter": [{"a": "group.update.time", "op": "==", "v": "2024-05-01 15:00:00"}]}') #>> '{list,0,id}', group_list('{"filter": [{"a": "group.expimp", "op": "==", "v": 1}]}');
SELECT refusal('SELECT group_list(''{"order": ["group.live"]}'')');
-- obj knows groups too.
SELECT member_set('{"email": "avo@test.ru", "obj": {"-group": {"copy": 1}}}') ->> 'newbie';
SELECT member_get('avo@test.ru', '-group.copy') IS NOT NULL;
SELECT member_set('{"email": "avo@test.ru", "obj": {"-group": {"copy": 0}}}') ->> 'newbie';
SELECT member_get('avo@test.ru', '-group.copy') IS NULL;
