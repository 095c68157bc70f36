-- pg_member: channels: what they are, their pipelines, the entities that they work with, the databases that they ask.
-- Read with docs/channels.md.

CREATE SEQUENCE member.channel_id START 10001 MINVALUE 10001;
COMMENT ON SEQUENCE member.channel_id IS 'The numbers of channels.';
CREATE SEQUENCE member.channel_event_id START 100001 MINVALUE 100001;
COMMENT ON SEQUENCE member.channel_event_id IS 'The numbers of events of channels that are given none.';
CREATE SEQUENCE member.channel_revision;
COMMENT ON SEQUENCE member.channel_revision IS 'Grows with each change of a channel, of its pipelines and entities, and of a connector, so that workers notice it.';
CREATE SEQUENCE member.pipeline_id;
COMMENT ON SEQUENCE member.pipeline_id IS 'The numbers of versions of pipelines.';
CREATE SEQUENCE member.sql_connector_id;
COMMENT ON SEQUENCE member.sql_connector_id IS 'The numbers of connectors.';

CREATE TABLE member.channel (
    id         bigint NOT NULL PRIMARY KEY,
    string_id  text COLLATE "C" NOT NULL UNIQUE,
    revision   bigint NOT NULL,
    enabled    boolean NOT NULL,
    system_id  bigint NOT NULL,
    database   oid NOT NULL,
    sql_role   name NOT NULL,
    settings   jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL
);
COMMENT ON TABLE member.channel IS 'Channels: how messages reach subscribers. Holds secrets among the values of account fields.';
COMMENT ON COLUMN member.channel.id IS 'Its number.';
COMMENT ON COLUMN member.channel.string_id IS 'Its name in calls and in codes of events.';
COMMENT ON COLUMN member.channel.revision IS 'Grows with each change of it, of its pipelines and entities.';
COMMENT ON COLUMN member.channel.enabled IS 'Whether it sends, in the database where somebody said so.';
COMMENT ON COLUMN member.channel.system_id IS 'The cluster in which somebody said so.';
COMMENT ON COLUMN member.channel.database IS 'The database in which somebody said so: in a copy of it the channel waits for channel_set with enabled.';
COMMENT ON COLUMN member.channel.sql_role IS 'The role that the SQL in its pipelines runs as.';
COMMENT ON COLUMN member.channel.settings IS 'What channel_set took: names, kind, fields, events, values of account fields.';
COMMENT ON COLUMN member.channel.created_at IS 'When it was made.';
COMMENT ON COLUMN member.channel.changed_at IS 'When it was changed last.';

CREATE TABLE member.pipeline (
    channel bigint NOT NULL,
    kind    text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    id      bigint NOT NULL,
    at      timestamptz NOT NULL,
    pipes   jsonb,
    PRIMARY KEY (channel, kind, version)
);
COMMENT ON TABLE member.pipeline IS 'Pipelines of channels, every version: the highest counts.';
COMMENT ON COLUMN member.pipeline.channel IS 'The channel.';
COMMENT ON COLUMN member.pipeline.kind IS 'message, schedule, listener, moderate or stop.';
COMMENT ON COLUMN member.pipeline.version IS 'From 1.';
COMMENT ON COLUMN member.pipeline.id IS 'The number of the version, which no other ever has.';
COMMENT ON COLUMN member.pipeline.at IS 'When it was set.';
COMMENT ON COLUMN member.pipeline.pipes IS 'Its pipes, as they were given; null for a version that takes the pipeline away.';

CREATE TABLE member.entity (
    channel    bigint NOT NULL,
    shortname  text COLLATE "C" NOT NULL,
    revision   bigint NOT NULL,
    changed_at timestamptz NOT NULL,
    settings   jsonb NOT NULL,
    PRIMARY KEY (channel, shortname)
);
COMMENT ON TABLE member.entity IS 'Entities: objects in outside systems that channels list, load and change.';
COMMENT ON COLUMN member.entity.channel IS 'The channel.';
COMMENT ON COLUMN member.entity.shortname IS 'Its name in calls and templates.';
COMMENT ON COLUMN member.entity.revision IS 'Grows with each change.';
COMMENT ON COLUMN member.entity.changed_at IS 'When it was changed last.';
COMMENT ON COLUMN member.entity.settings IS 'What entity_set took: names, fields, operations with their pipes.';

CREATE TABLE member.sql_connector (
    id         bigint NOT NULL PRIMARY KEY,
    revision   bigint NOT NULL,
    changed_at timestamptz NOT NULL,
    settings   jsonb NOT NULL
);
COMMENT ON TABLE member.sql_connector IS 'Other databases that pipelines ask. Holds secrets: connector_get shows them hidden.';
COMMENT ON COLUMN member.sql_connector.id IS 'Its number.';
COMMENT ON COLUMN member.sql_connector.revision IS 'Grows with each change.';
COMMENT ON COLUMN member.sql_connector.changed_at IS 'When it was changed last.';
COMMENT ON COLUMN member.sql_connector.settings IS 'Where it is and who we are there.';

CREATE TABLE member.subscription (
    dataset bigint NOT NULL,
    id      bigint NOT NULL,
    channel bigint NOT NULL,
    fields  jsonb NOT NULL,
    PRIMARY KEY (dataset, id, channel)
);
COMMENT ON TABLE member.subscription IS 'The values of channels'' fields on heads: $subscription in their pipelines.';
COMMENT ON COLUMN member.subscription.dataset IS 'The body of the head.';
COMMENT ON COLUMN member.subscription.id IS 'The head.';
COMMENT ON COLUMN member.subscription.channel IS 'The channel.';
COMMENT ON COLUMN member.subscription.fields IS 'The values by the names of the fields.';

-- The base of events that channels define themselves.
INSERT INTO member.event_type (code, base, family, about, is_personal, keys, builtin)
SELECT 'custom', NULL, 'channel', 'an event that a channel defines itself', true, t.keys, true
  FROM member.event_type t WHERE t.code OPERATOR(pg_catalog.=) 'send';

-- Dumps ---------------------------------------------------------------------------------------------------------

DO $dumps$
DECLARE
    relation pg_catalog.text;
BEGIN
    FOREACH relation IN ARRAY ARRAY[
        'channel_id', 'channel_event_id', 'channel_revision', 'pipeline_id', 'sql_connector_id',
        'channel', 'pipeline', 'entity', 'sql_connector', 'subscription'
    ] LOOP
        PERFORM pg_catalog.pg_extension_config_dump(('member.' || relation)::pg_catalog.regclass, '');
    END LOOP;
END
$dumps$;
