-- Runs of pipelines: what was started, what became of it, what pipes keep (pipelines-and-hooks.md 3 and 13.3).
-- Nothing here is updated but values of the store: progress is appended.

CREATE SEQUENCE member.pipeline_run_id;
COMMENT ON SEQUENCE member.pipeline_run_id IS 'The numbers of runs.';
CREATE SEQUENCE member.pipe_log_id;
COMMENT ON SEQUENCE member.pipe_log_id IS 'The numbers of lines of pipe_log.';
SELECT pg_catalog.setval('member.pipeline_run_id', 1), pg_catalog.setval('member.pipe_log_id', 1);

CREATE TABLE member.pipeline_run (
    id              bigint NOT NULL PRIMARY KEY,
    life            integer NOT NULL,
    xid             xid8 NOT NULL,
    at              timestamptz NOT NULL,
    channel         bigint NOT NULL,
    kind            text NOT NULL,
    entry           bigint,
    run_at          timestamptz,
    parent          bigint,
    generation      integer NOT NULL,
    launch          bigint NOT NULL,
    send_message_id text,
    address_id      bigint NOT NULL,
    dataset         bigint NOT NULL,
    passage         bigint NOT NULL,
    input           jsonb NOT NULL,
    objects         jsonb,
    sealed          bytea
);
CREATE INDEX pipeline_run_writer ON member.pipeline_run (life, xid);
CREATE INDEX pipeline_run_due ON member.pipeline_run (run_at) WHERE run_at IS NOT NULL;
CREATE INDEX pipeline_run_address ON member.pipeline_run (address_id) WHERE address_id OPERATOR(pg_catalog.<>) 0;
COMMENT ON TABLE member.pipeline_run IS 'Runs of pipelines. A run that has a row in run_outcome has ended.';
COMMENT ON COLUMN member.pipeline_run.id IS 'Its number.';
COMMENT ON COLUMN member.pipeline_run.life IS 'The life of the database that it was written in.';
COMMENT ON COLUMN member.pipeline_run.xid IS 'The transaction that wrote it.';
COMMENT ON COLUMN member.pipeline_run.at IS 'When it was asked for.';
COMMENT ON COLUMN member.pipeline_run.channel IS 'The channel whose pipeline it is.';
COMMENT ON COLUMN member.pipeline_run.kind IS 'Which pipeline: message, schedule, listener, moderate, stop.';
COMMENT ON COLUMN member.pipeline_run.entry IS 'The pipe where it enters; null is the first.';
COMMENT ON COLUMN member.pipeline_run.run_at IS 'Not before this; null is at once.';
COMMENT ON COLUMN member.pipeline_run.parent IS 'The run whose Scheduler pipe asked for it.';
COMMENT ON COLUMN member.pipeline_run.generation IS 'How many Schedulers stand between it and the first one.';
COMMENT ON COLUMN member.pipeline_run.launch IS 'The launch that it belongs to; 0 for none.';
COMMENT ON COLUMN member.pipeline_run.send_message_id IS 'The message that it sends, if it does.';
COMMENT ON COLUMN member.pipeline_run.address_id IS 'The identifier that it sends to; 0 for none.';
COMMENT ON COLUMN member.pipeline_run.dataset IS 'The body of that identifier when it was asked for; 0 for none.';
COMMENT ON COLUMN member.pipeline_run.passage IS 'The passage of a sequence that started it; 0 for none.';
COMMENT ON COLUMN member.pipeline_run.input IS 'What $in and $origin are at its start.';
COMMENT ON COLUMN member.pipeline_run.objects IS 'Its own $template, $sender, …; those of a launch are with the launch.';
COMMENT ON COLUMN member.pipeline_run.sealed IS 'The real address behind a substitute, under a key that only the memory of the running server has.';

CREATE TABLE member.run_claim (
    at   timestamptz NOT NULL,
    runs bigint[] NOT NULL
);
CREATE INDEX run_claim_at ON member.run_claim (at);
COMMENT ON TABLE member.run_claim IS 'Runs that were begun, some at a time, before their first step: of one whose worker dies, how often it was tried.';
COMMENT ON COLUMN member.run_claim.at IS 'When.';
COMMENT ON COLUMN member.run_claim.runs IS 'Which.';

CREATE TABLE member.run_outcome (
    run     bigint NOT NULL PRIMARY KEY,
    at      timestamptz NOT NULL,
    state   text NOT NULL,
    code    bigint,
    message text,
    took_ms double precision NOT NULL,
    steps   jsonb
);
CREATE INDEX run_outcome_at ON member.run_outcome (at);
COMMENT ON TABLE member.run_outcome IS 'How runs ended.';
COMMENT ON COLUMN member.run_outcome.run IS 'The run.';
COMMENT ON COLUMN member.run_outcome.at IS 'When.';
COMMENT ON COLUMN member.run_outcome.state IS 'done, failed or stopped.';
COMMENT ON COLUMN member.run_outcome.code IS '$error.code of a failed one.';
COMMENT ON COLUMN member.run_outcome.message IS '$error.message of a failed one.';
COMMENT ON COLUMN member.run_outcome.took_ms IS 'How long it took since it was begun, in milliseconds.';
COMMENT ON COLUMN member.run_outcome.steps IS 'Its steps, secrets hidden: see pipeline_trace.';

CREATE TABLE member.pipe_store (
    channel    bigint NOT NULL,
    tbl        text COLLATE "C" NOT NULL,
    key        text COLLATE "C" NOT NULL,
    value      jsonb NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (channel, tbl, key)
);
CREATE INDEX pipe_store_expires ON member.pipe_store (expires_at);
COMMENT ON TABLE member.pipe_store IS 'What Store Set pipes keep.';
COMMENT ON COLUMN member.pipe_store.channel IS 'The channel.';
COMMENT ON COLUMN member.pipe_store.tbl IS 'The virtual collection.';
COMMENT ON COLUMN member.pipe_store.key IS 'The key.';
COMMENT ON COLUMN member.pipe_store.value IS 'The value.';
COMMENT ON COLUMN member.pipe_store.expires_at IS 'When it is gone.';

CREATE TABLE member.pipe_log (
    id         bigint NOT NULL PRIMARY KEY,
    at         timestamptz NOT NULL,
    channel_id bigint NOT NULL,
    pipeline   text NOT NULL,
    pipe_id    bigint NOT NULL,
    run_id     bigint NOT NULL,
    level      text NOT NULL,
    prefix     text NOT NULL,
    message    text NOT NULL
);
CREATE INDEX pipe_log_at ON member.pipe_log (at);
CREATE INDEX pipe_log_run ON member.pipe_log (run_id);
COMMENT ON TABLE member.pipe_log IS 'Lines of Log pipes, and of runs that ended with a failure.';
COMMENT ON COLUMN member.pipe_log.id IS 'Its number.';
COMMENT ON COLUMN member.pipe_log.at IS 'When.';
COMMENT ON COLUMN member.pipe_log.channel_id IS 'The channel.';
COMMENT ON COLUMN member.pipe_log.pipeline IS 'The kind of the pipeline.';
COMMENT ON COLUMN member.pipe_log.pipe_id IS 'The pipe.';
COMMENT ON COLUMN member.pipe_log.run_id IS 'The run; 0 for a call of an entity operation or a trial.';
COMMENT ON COLUMN member.pipe_log.level IS 'trace, debug, info, warn or error.';
COMMENT ON COLUMN member.pipe_log.prefix IS 'What is put before the text.';
COMMENT ON COLUMN member.pipe_log.message IS 'The text.';

CREATE VIEW member.pipe_schedule AS
SELECT r.id, r.channel AS channel_id, r.entry AS pipe_id, r.run_at, r.input AS doc, r.generation
  FROM member.pipeline_run r
 WHERE r.kind OPERATOR(pg_catalog.=) 'schedule'
   AND NOT EXISTS (SELECT FROM member.run_outcome o WHERE o.run OPERATOR(pg_catalog.=) r.id);
COMMENT ON VIEW member.pipe_schedule IS 'What Scheduler pipes handed over and has not ended.';
COMMENT ON COLUMN member.pipe_schedule.id IS 'The run.';
COMMENT ON COLUMN member.pipe_schedule.channel_id IS 'The channel.';
COMMENT ON COLUMN member.pipe_schedule.pipe_id IS 'The pipe of the Schedule pipeline where it enters.';
COMMENT ON COLUMN member.pipe_schedule.run_at IS 'When it runs.';
COMMENT ON COLUMN member.pipe_schedule.doc IS 'What $in and $origin are there.';
COMMENT ON COLUMN member.pipe_schedule.generation IS 'How often it was handed over.';

DO $dumps$
DECLARE
    relation pg_catalog.text;
BEGIN
    FOREACH relation IN ARRAY ARRAY[
        'pipeline_run_id', 'pipe_log_id', 'pipeline_run', 'run_claim', 'run_outcome', 'pipe_store', 'pipe_log'
    ] LOOP
        PERFORM pg_catalog.pg_extension_config_dump(('member.' || relation)::pg_catalog.regclass, '');
    END LOOP;
END
$dumps$;
