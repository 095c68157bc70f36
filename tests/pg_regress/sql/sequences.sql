-- Sequences: made, shown, refused; people enter and leave them; what their passages keep.
\set ECHO none
\i helper.sql
\set ECHO all
\set QUIET on
\set VERBOSITY terse
SET pg_member.time_zone = 'UTC';
SELECT channel_set('{"name": "Mail", "string_id": "mail", "kind": "direct", "addr_type": "email",
  "fields": {"subscription": [{"type": "string", "shortname": "note"}]}, "events": [{"name": "Sent", "string_id": "sent", "base": "send"}]}') ? 'id';
SELECT channel_set('{"name": "Wall", "string_id": "wall", "kind": "indirect",
  "fields": {"resource": [{"type": "string", "shortname": "place"}]}, "events": [{"name": "Up", "string_id": "up", "base": "send"}]}') ? 'id';
-- Without a pipeline to start there is no sequence.
SELECT sequence_set('{"name": "Cart", "events": ["click"], "channel": "mail"}');
SELECT pipeline_set('mail', 'schedule', '[{"id": 1, "type": "log", "params": {"message": "$sequence.name $event.event_type $sequence.data"}},
  {"id": 2, "type": "log", "params": {"message": "second"}}]') -> 'problems';
-- What a sequence brings is there in no other pipeline.
SELECT p ->> 'pipe' AS pipe, p ->> 'id' AS id FROM jsonb_array_elements(pipeline_check('{"kind": "message", "pipes": [{"id": 1, "type": "log", "params": {"message": "$event.a $sequence.b"}}]}') -> 'problems') p;

-- Made, shown, changed.
SELECT sequence_set('{"name": "Cart", "events": ["click", "mail.sent"], "filters": {"pixels": [4]}, "channel": "mail", "pipe": 2, "delay": 3600, "typo": 1}');
SELECT sequence_get('{"id": 1}') #- '{obj,channel}';
SELECT sequence_set('{"id": 1, "delay": 0, "filters": null, "active": 0, "pipe": null}'), sequence_get('{"id": 1}') #- '{obj,channel}';
SELECT since, born IS NOT NULL AS born FROM member.sequence;
SELECT sequence_set('{"id": 1, "name": "Basket", "active": 1}'), sequence_list('{}') #>> '{list,0,name}';

-- What is refused, by name.
SELECT sequence_set('{"name": "x", "events": ["click"]}');
SELECT sequence_set('{"name": "x", "channel": "mail"}');
SELECT sequence_set('{"events": ["click"], "channel": "mail"}');
SELECT sequence_set('{"name": "x", "events": [], "channel": "mail"}');
SELECT sequence_set('{"name": "x", "events": ["nothing"], "channel": "mail"}');
-- An event about nobody starts nobody's passage.
SELECT sequence_set('{"name": "x", "events": ["wall.up"], "channel": "mail"}');
SELECT sequence_set('{"name": "x", "events": ["click"], "channel": "fax"}');
SELECT sequence_set('{"name": "x", "events": ["click"], "channel": "wall"}');
SELECT sequence_set('{"name": "x", "events": ["click"], "channel": "mail", "pipe": 9}');
SELECT sequence_set('{"name": "x", "events": ["click"], "channel": "mail", "delay": -1}');
SELECT sequence_set('{"id": 9, "name": "x"}');
SELECT sequence_get('{"id": 9}');
SELECT sequence_get('{}');
SELECT sequence_delete('{"id": 9}');
SELECT sequence_member_start('{"id": 9, "email": "anna@example.com"}');
SELECT sequence_member_start('{"email": "anna@example.com"}');
SELECT sequence_member_start('{"id": 1, "group": "none"}');
SELECT sequence_member_stop('{"id": 1, "url": "ftp://example.com/list"}');
SELECT sequence_member_start('{"id": 1}');
SELECT sequence_member_start('{"id": 1, "group": "all", "email": "anna@example.com"}');
SELECT sequence_member_start('{"id": 1, "sql": "select 1", "sync": 1}');

-- Somebody enters; another type of head takes the way by the person's head that the channel reaches.
SELECT member_set('{"email": "anna@example.com", "head_attach": [{"head": "C-1", "head_addr_type": "csid"}]}') ->> 'newbie',
       member_set('bob@example.com', '[]') ->> 'newbie', member_set('{"email": "C-2", "addr_type": "csid"}') ->> 'newbie';
SELECT sequence_member_start('{"id": 1, "list": ["anna@example.com", "nobody@example.com", "not an address"]}');
SELECT sequence_member_start('{"id": 1, "list": ["C-1", "C-2"], "addr_type": "csid"}');
SELECT m.passage, m.sequence, a.value, m.event, m.ended_at, m.data FROM sequence_member m JOIN member.address a ON a.id = m.address_id ORDER BY 1;
SELECT kind, entry, run_at, passage, input, objects FROM member.pipeline_run ORDER BY id;
-- With a delay the run is for later.
SELECT sequence_set('{"id": 1, "delay": 60, "pipe": 2}');
SELECT sequence_member_start('{"id": 1, "email": "bob@example.com"}');
SELECT entry, run_at - at FROM member.pipeline_run WHERE passage = 3;

-- What a passage keeps is read and written by two datakeys.
SELECT member_set('{"email": "anna@example.com", "sequence.passage": 1, "datakey": [["@member.sequence_data.store@.step", "set", 1], ["@member.sequence_data.store@.seen[0]", "set", "x"]]}') ->> 'newbie';
SELECT member_get('{"email": "anna@example.com", "sequence.passage": 1, "datakey": "@member.sequence_data@"}'::jsonb) -> 'datakey' AS all,
       member_get('{"email": "anna@example.com", "sequence.passage": 1, "datakey": ["@member.sequence_data@.step", "member.email", "a"]}'::jsonb) -> 'datakey' AS many;
-- By any head of the person, and by the number of the body; of another passage it is another.
SELECT member_get('{"email": "C-1", "addr_type": "csid", "sequence.passage": 1, "datakey": "@member.sequence_data@.seen"}'::jsonb) -> 'datakey' AS head,
       member_get(jsonb_build_object('email', dataset, 'addr_type', 'dataset', 'sequence.passage', 1, 'datakey', '@member.sequence_data@.step')) -> 'data' AS body,
       member_get('{"email": "anna@example.com", "sequence.passage": 2, "datakey": "@member.sequence_data@"}'::jsonb) -> 'datakey' AS other
  FROM member.address WHERE value = 'anna@example.com';
-- Without a passage, or with one of somebody else, there is nothing to read.
SELECT member_get('anna@example.com', '@member.sequence_data@'), member_get('{"email": "bob@example.com", "sequence.passage": 1, "datakey": "@member.sequence_data@"}'::jsonb) -> 'datakey';
SELECT member_get('anna@example.com') ? '@member.sequence_data@';
-- Nor can it be written; the key to read is not the one to write.
SELECT member_set('anna@example.com', '[["@member.sequence_data.store@.step", "set", 2]]');
SELECT member_set('{"email": "bob@example.com", "sequence.passage": 1, "datakey": [["a", "set", 1], ["@member.sequence_data.store@.step", "set", 2]]}');
SELECT member_set('{"email": "anna@example.com", "sequence.passage": 77, "datakey": [["@member.sequence_data.store@.step", "set", 2]]}');
SELECT member_set('{"email": "new@example.com", "sequence.passage": 1, "datakey": [["@member.sequence_data.store@.step", "set", 2]]}');
SELECT member_set('{"email": "anna@example.com", "sequence.passage": 1, "datakey": [["@member.sequence_data@.step", "set", 2]]}');
SELECT member_set('{"email": "anna@example.com", "sequence.passage": 1, "datakey": [["@member.sequence_data.store@.seen.x", "set", 2]]}');
SELECT member_get('bob@example.com', 'a'), member_exists('{"email": "new@example.com"}') -> 'list';
-- Copies go both ways; what is kept is not part of the body, and no event tells of it.
SELECT member_set('{"email": "anna@example.com", "sequence.passage": 1, "datakey": [["got", "set.copy", "@member.sequence_data@.step"], ["name", "set", "Anna"], ["@member.sequence_data.store@.name", "set.copy", "name"]]}') ->> 'newbie';
SELECT member_get('anna@example.com', 'got') AS got, member_get('{"email": "anna@example.com", "sequence.passage": 1, "datakey": "@member.sequence_data@"}'::jsonb) -> 'datakey' AS kept;
SELECT data ? '@member.sequence_data.store@' OR data ? '@member.sequence_data@' AS in_body FROM member.body b JOIN member.address a USING (dataset) WHERE a.value = 'anna@example.com';
SELECT event_type, body #> '{event_data,changed}' FROM member.event WHERE event_type = 'member_change' ORDER BY id;
-- Together with heads too, and a dry run keeps nothing.
SELECT member_set('{"email": "anna@example.com", "sequence.passage": 1, "dry_run": 1, "datakey": [["@member.sequence_data.store@.step", "set", 7]]}') -> 'steps';
SELECT member_set('{"email": "anna@example.com", "sequence.passage": 1, "head_attach": [{"head": "C-9", "head_addr_type": "csid"}], "datakey": [["@member.sequence_data.store@.step", "set", 8]]}') ->> 'newbie';
SELECT data ->> 'step' FROM sequence_member WHERE passage = 1;
SELECT member_set('{"email": "anna@example.com", "sequence.passage": 1, "datakey": [["@member.sequence_data.store@", "set", {"n": 1.10}]]}') ->> 'newbie', member_set('{"email": "anna@example.com", "sequence.passage": 2, "datakey": [["@member.sequence_data.store@", "delete"]]}') ->> 'newbie';
SELECT passage, data FROM sequence_member WHERE passage < 3 ORDER BY 1;

-- Somebody leaves: every passage of the person through the sequence ends, once.
SELECT sequence_member_stop('{"id": 1, "list": ["C-1", "C-2"], "addr_type": "csid"}'), sequence_member_stop('{"id": 1, "email": "anna@example.com"}');
SELECT passage, reason FROM sequence_member ORDER BY 1;
-- What an ended one keeps can be read, and not written.
SELECT member_get('{"email": "anna@example.com", "sequence.passage": 1, "datakey": "@member.sequence_data@"}'::jsonb) -> 'datakey';
SELECT member_set('{"email": "anna@example.com", "sequence.passage": 1, "datakey": [["@member.sequence_data.store@.step", "set", 2]]}');

-- Groups enter and leave, in the call or as a track.
SELECT group_create('{"id": "all", "type": "list", "name": "All"}') ->> 'id';
SELECT count(member_set('person' || n || '@example.com', '[["-group.all", "set", 1]]')) FROM generate_series(1, 3) n;
SELECT sequence_member_start('{"id": 1, "group": "all", "sync": 1}'), count(*) FROM sequence_member WHERE ended_at IS NULL;
SELECT count(*) FROM sequence_member WHERE ended_at IS NULL;
SELECT sequence_member_stop('{"id": 1, "group.filter": [{"a": "member.email", "op": "eq", "v": "person2@example.com"}], "addr_type": "email", "sync": 1}');
SELECT sequence_member_start('{"id": 1, "group": "all", "track.info": "again"}') ? 'track.id' AS start, sequence_member_stop('{"id": 1, "group": "all"}') ? 'track.id' AS stop;
SELECT action, info, request FROM member.track ORDER BY id;

-- Events are committed before workers see them, so here none starts anything; deleting leaves the passages to their next step.
SELECT sequence_delete('{"id": 1}'), sequence_list('{}');
SELECT count(*) FROM sequence_member WHERE ended_at IS NULL;

-- A person is told of the ways that were taken.
SELECT p - 'started_at' - 'ended_at' FROM jsonb_array_elements(member_export('anna@example.com') -> 'passages') p;
-- Whoever is erased leaves no passage, and nothing that it kept.
SELECT member_erase('anna@example.com') ->> 'erased';
SELECT (SELECT count(*) FROM member.passage WHERE id IN (1, 2)), (SELECT count(*) FROM member.passage_data), (SELECT count(*) FROM member.passage_end WHERE passage IN (1, 2)), (SELECT count(*) FROM member.pipeline_run WHERE passage IN (1, 2));
SELECT * FROM member_check();
