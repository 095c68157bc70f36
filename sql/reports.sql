-- Reports: what calls answer in rows rather than in one reply, kept for as long as the track that made them
-- (members.md 4.3), and how far tracks are.

CREATE SEQUENCE member.report_id;
COMMENT ON SEQUENCE member.report_id IS 'The numbers of reports.';

CREATE TABLE member.report (
    id         bigint NOT NULL PRIMARY KEY,
    track      bigint,
    created_at timestamptz NOT NULL,
    name       text NOT NULL,
    columns    jsonb NOT NULL,
    rows       bigint NOT NULL
);
COMMENT ON TABLE member.report IS 'Answers in rows: lists of members, what became of each identifier of a mass call, rows that an import refused.';
COMMENT ON COLUMN member.report.id IS 'Its number.';
COMMENT ON COLUMN member.report.track IS 'The track that made it, which it goes with; null for none.';
COMMENT ON COLUMN member.report.created_at IS 'When it was begun.';
COMMENT ON COLUMN member.report.name IS 'The call that it is of.';
COMMENT ON COLUMN member.report.columns IS 'The names of its columns.';
COMMENT ON COLUMN member.report.rows IS 'How many rows it has.';

CREATE TABLE member.report_row (
    report     bigint NOT NULL,
    n          bigint NOT NULL,
    address_id bigint,
    "row"      jsonb NOT NULL,
    PRIMARY KEY (report, n)
);
COMMENT ON TABLE member.report_row IS 'The rows of reports.';
COMMENT ON COLUMN member.report_row.report IS 'The report.';
COMMENT ON COLUMN member.report_row.n IS 'Its number in there, from 1 on.';
COMMENT ON COLUMN member.report_row.address_id IS 'The identifier that it is about; null where there is none.';
COMMENT ON COLUMN member.report_row."row" IS 'Its values, in the order of the columns; empty where the person was erased.';

-- Identifiers -----------------------------------------------------------------------------------------------------

CREATE TABLE member.track_address (
    track bigint NOT NULL,
    n     bigint NOT NULL,
    value text NOT NULL,
    PRIMARY KEY (track, n)
);
COMMENT ON TABLE member.track_address IS 'The identifiers that a track is about, where they were written out or a query gave them; gone when it ends.';
COMMENT ON COLUMN member.track_address.track IS 'The track.';
COMMENT ON COLUMN member.track_address.n IS 'Its place, from 1 on.';
COMMENT ON COLUMN member.track_address.value IS 'The identifier as written.';

-- Progress ------------------------------------------------------------------------------------------------------

CREATE VIEW member.member_progress AS
SELECT t.id AS track, t.action,
       CASE WHEN t.status = 0 AND t.not_before IS NOT NULL THEN COALESCE(t.phase, 'waiting')
            WHEN t.status = 0 AND t.begun_at IS NULL THEN 'waiting for a worker'
            WHEN t.status = 0 THEN 'waiting for another worker'
            WHEN t.is_stopping THEN 'stopping'
            ELSE COALESCE(t.phase, 'running') END AS phase,
       t.done AS rows_done, t.total AS rows_total,
       pg_catalog.round(100.0 * t.done / NULLIF(t.total, 0), 1) AS percent,
       pg_catalog.round(r.rate, 1) AS rows_per_second,
       t.created_at AS accepted_at, t.begun_at AS started_at,
       CASE WHEN r.rate > 0 AND t.total >= t.done THEN
            pg_catalog.clock_timestamp() + pg_catalog.make_interval(secs => ((t.total - t.done) / r.rate)::pg_catalog.float8)
        END AS estimated_end,
       t.info
  FROM member.track t
 CROSS JOIN LATERAL (
       SELECT t.done / NULLIF(pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - t.begun_at), 0)::pg_catalog.numeric AS rate) r
 WHERE t.status >= 0;
COMMENT ON VIEW member.member_progress IS 'How far the tracks are that have not ended; made for \watch.';
COMMENT ON COLUMN member.member_progress.track IS 'The number of the track.';
COMMENT ON COLUMN member.member_progress.action IS 'The call.';
COMMENT ON COLUMN member.member_progress.phase IS 'What it is doing: waiting for a worker, running or a word of the call''s own, stopping.';
COMMENT ON COLUMN member.member_progress.rows_done IS 'How much is done: what is committed.';
COMMENT ON COLUMN member.member_progress.rows_total IS 'Of how much; null while that is not known.';
COMMENT ON COLUMN member.member_progress.percent IS 'How much of it that is.';
COMMENT ON COLUMN member.member_progress.rows_per_second IS 'How much was done in a second, since it was started.';
COMMENT ON COLUMN member.member_progress.accepted_at IS 'When it was asked for.';
COMMENT ON COLUMN member.member_progress.started_at IS 'When a worker took it up first.';
COMMENT ON COLUMN member.member_progress.estimated_end IS 'When it will be done if it goes on as it did.';
COMMENT ON COLUMN member.member_progress.info IS 'What the caller wrote beside it: track.info.';

-- Dumps ---------------------------------------------------------------------------------------------------------

DO $dumps$
DECLARE
    relation pg_catalog.text;
BEGIN
    FOREACH relation IN ARRAY ARRAY['report_id', 'report', 'report_row', 'track_address'] LOOP
        PERFORM pg_catalog.pg_extension_config_dump(('member.' || relation)::pg_catalog.regclass, '');
    END LOOP;
END
$dumps$;
