-- Sequences: events that start ways of people through pipelines (members.md 6.6 and 15).
-- Where a sequence is, that a passage began, that it ended: all of it is appended. Only the data of a passage are updated.

CREATE SEQUENCE member.sequence_id;
COMMENT ON SEQUENCE member.sequence_id IS 'The numbers of sequences.';
CREATE SEQUENCE member.sequence_revision;
COMMENT ON SEQUENCE member.sequence_revision IS 'The revisions of sequences.';
CREATE SEQUENCE member.passage_id;
COMMENT ON SEQUENCE member.passage_id IS 'The numbers of passages.';

CREATE TABLE member.sequence (
    id         bigint NOT NULL PRIMARY KEY,
    revision   bigint NOT NULL,
    since      bigint NOT NULL,
    born       pg_snapshot NOT NULL,
    life       integer NOT NULL,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    settings   jsonb NOT NULL
);
COMMENT ON TABLE member.sequence IS 'Sequences: which events start which pipeline for whom they are about.';
COMMENT ON COLUMN member.sequence.id IS 'Its number.';
COMMENT ON COLUMN member.sequence.revision IS 'Grows with each change.';
COMMENT ON COLUMN member.sequence.since IS 'It takes events behind this position.';
COMMENT ON COLUMN member.sequence.born IS 'What was committed when it became active: older events may get their positions later.';
COMMENT ON COLUMN member.sequence.life IS 'The life of the database whose transactions that snapshot names.';
COMMENT ON COLUMN member.sequence.created_at IS 'When it was made.';
COMMENT ON COLUMN member.sequence.changed_at IS 'When it was changed last.';
COMMENT ON COLUMN member.sequence.settings IS 'Its settings, as sequence_set takes them.';

CREATE TABLE member.sequence_place (
    pos bigint NOT NULL PRIMARY KEY,
    at  timestamptz NOT NULL
);
COMMENT ON TABLE member.sequence_place IS 'How far in the log all sequences are: the furthest row counts.';
COMMENT ON COLUMN member.sequence_place.pos IS 'Up to this position every event has started what it starts.';
COMMENT ON COLUMN member.sequence_place.at IS 'When that was noted.';

CREATE TABLE member.sequence_loss (
    first bigint NOT NULL PRIMARY KEY,
    last  bigint NOT NULL,
    at    timestamptz NOT NULL
);
COMMENT ON TABLE member.sequence_loss IS 'Events that started nothing, because the log kept them no longer when sequences came to them.';
COMMENT ON COLUMN member.sequence_loss.first IS 'The position of the first one.';
COMMENT ON COLUMN member.sequence_loss.last IS 'The position of the last one.';
COMMENT ON COLUMN member.sequence_loss.at IS 'When they were lost.';

CREATE TABLE member.passage (
    id         bigint NOT NULL PRIMARY KEY,
    sequence   bigint NOT NULL,
    dataset    bigint NOT NULL,
    address_id bigint NOT NULL,
    started_at timestamptz NOT NULL,
    event      bigint NOT NULL
);
CREATE INDEX passage_address ON member.passage (address_id);
CREATE INDEX passage_started ON member.passage (started_at);
COMMENT ON TABLE member.passage IS 'Passages: ways of people through sequences. One that has a row in passage_end has ended.';
COMMENT ON COLUMN member.passage.id IS 'Its number.';
COMMENT ON COLUMN member.passage.sequence IS 'The sequence.';
COMMENT ON COLUMN member.passage.dataset IS 'The body that the identifier belonged to when it began.';
COMMENT ON COLUMN member.passage.address_id IS 'The identifier whose passage it is.';
COMMENT ON COLUMN member.passage.started_at IS 'When it began.';
COMMENT ON COLUMN member.passage.event IS 'The number of the event that started it; 0 for one that a call started.';

CREATE TABLE member.passage_data (
    passage bigint NOT NULL PRIMARY KEY,
    data    jsonb NOT NULL
);
COMMENT ON TABLE member.passage_data IS 'What passages keep for themselves: @member.sequence_data@.';
COMMENT ON COLUMN member.passage_data.passage IS 'The passage.';
COMMENT ON COLUMN member.passage_data.data IS 'Its data.';

CREATE TABLE member.passage_end (
    passage bigint NOT NULL,
    at      timestamptz NOT NULL,
    reason  text NOT NULL
);
CREATE INDEX passage_end_passage ON member.passage_end (passage);
COMMENT ON TABLE member.passage_end IS 'How passages ended. Of several rows of one passage the first counts.';
COMMENT ON COLUMN member.passage_end.passage IS 'The passage.';
COMMENT ON COLUMN member.passage_end.at IS 'When.';
COMMENT ON COLUMN member.passage_end.reason IS 'done: its last run ended; failed: with a failure; stopped: by sequence_member_stop; gone: its head was deleted; deleted: the sequence was.';

CREATE VIEW member.sequence_member AS
SELECT p.id AS passage, p.sequence, p.address_id, p.dataset, p.started_at, p.event,
       e.at AS ended_at, e.reason, d.data
  FROM member.passage p
  LEFT JOIN LATERAL (SELECT x.at, x.reason FROM member.passage_end x
                      WHERE x.passage OPERATOR(pg_catalog.=) p.id ORDER BY x.at LIMIT 1) e ON true
  LEFT JOIN member.passage_data d ON d.passage OPERATOR(pg_catalog.=) p.id;
COMMENT ON VIEW member.sequence_member IS 'Who is, or was, on the way through which sequence.';
COMMENT ON COLUMN member.sequence_member.passage IS 'The passage.';
COMMENT ON COLUMN member.sequence_member.sequence IS 'The sequence.';
COMMENT ON COLUMN member.sequence_member.address_id IS 'The identifier.';
COMMENT ON COLUMN member.sequence_member.dataset IS 'The body that it belonged to then.';
COMMENT ON COLUMN member.sequence_member.started_at IS 'When the passage began.';
COMMENT ON COLUMN member.sequence_member.event IS 'The event that started it; 0 for a call.';
COMMENT ON COLUMN member.sequence_member.ended_at IS 'When it ended; null while it goes on.';
COMMENT ON COLUMN member.sequence_member.reason IS 'How it ended: see passage_end.';
COMMENT ON COLUMN member.sequence_member.data IS 'What it keeps for itself.';

CREATE INDEX pipeline_run_passage ON member.pipeline_run (passage) WHERE passage OPERATOR(pg_catalog.<>) 0;

DO $dumps$
DECLARE
    relation pg_catalog.text;
BEGIN
    FOREACH relation IN ARRAY ARRAY[
        'sequence_id', 'sequence_revision', 'passage_id',
        'sequence', 'sequence_place', 'sequence_loss', 'passage', 'passage_data', 'passage_end'
    ] LOOP
        PERFORM pg_catalog.pg_extension_config_dump(('member.' || relation)::pg_catalog.regclass, '');
    END LOOP;
END
$dumps$;
