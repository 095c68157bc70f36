-- pg_member: what is kept of identifiers beside their heads: the communities and bots that they are in, the key of the
-- links that they confirm with, the credentials of other systems.

CREATE SEQUENCE member.authext_id;
COMMENT ON SEQUENCE member.authext_id IS 'The numbers of external credentials.';

CREATE TABLE member.head_state (
    dataset   bigint NOT NULL,
    id        bigint NOT NULL,
    community bigint NOT NULL,
    state     text COLLATE "C" NOT NULL,
    at        timestamptz NOT NULL,
    PRIMARY KEY (dataset, id, community, state)
);
COMMENT ON TABLE member.head_state IS 'What heads of the types vk, tg and max are to communities and bots: when each state was last reported.';
COMMENT ON COLUMN member.head_state.dataset IS 'The body of the head.';
COMMENT ON COLUMN member.head_state.id IS 'The head.';
COMMENT ON COLUMN member.head_state.community IS 'The number of the community or the bot.';
COMMENT ON COLUMN member.head_state.state IS 'sub, member, unsub, left or err.';
COMMENT ON COLUMN member.head_state.at IS 'When it was last reported.';

CREATE TABLE member.secret (
    name  text COLLATE "C" NOT NULL PRIMARY KEY,
    value bytea NOT NULL
);
COMMENT ON TABLE member.secret IS 'Keys of the extension''s own, made when they are first needed. Readable by its owner alone.';
COMMENT ON COLUMN member.secret.name IS 'What it is for: cookie signs the links of confirmation and of leaving a stop-list.';
COMMENT ON COLUMN member.secret.value IS 'The key.';

CREATE TABLE member.authext (
    id      bigint NOT NULL PRIMARY KEY,
    type    integer NOT NULL,
    login   text NOT NULL,
    status  smallint NOT NULL,
    reltype text,
    relref  text,
    auth    jsonb NOT NULL
);
COMMENT ON TABLE member.authext IS 'Credentials of other systems. Holds secrets: readable by its owner alone, no call shows them.';
COMMENT ON COLUMN member.authext.id IS 'Its number; that of a mobile application is member.mobile_app.';
COMMENT ON COLUMN member.authext.type IS 'What it is for: 16 is a mobile application.';
COMMENT ON COLUMN member.authext.login IS 'Its name.';
COMMENT ON COLUMN member.authext.status IS '1 active, 0 broken or switched off.';
COMMENT ON COLUMN member.authext.reltype IS 'The kind of what it belongs to.';
COMMENT ON COLUMN member.authext.relref IS 'What it belongs to.';
COMMENT ON COLUMN member.authext.auth IS 'The secret.';

-- Event types of communities and bots.
INSERT INTO member.event_type (code, base, family, about, is_personal, keys, builtin)
SELECT t.code, NULL, 'community', t.about, true,
       pg_catalog.jsonb_build_object(t.of, 'int', 'message_id', 'int', 'launch_id', 'text', 'send_message_id', 'text', 'message', 'text'), true
  FROM (VALUES
    ('sub_vk', 'community', 'a VKontakte user allowed a community to write'),
    ('join_vk', 'community', 'a VKontakte user became a member of a community'),
    ('unsub_vk', 'community', 'a VKontakte user forbade a community to write'),
    ('leave_vk', 'community', 'a VKontakte user left a community'),
    ('undeliv_vk', 'community', 'a message to a VKontakte user was not delivered'),
    ('sub_tg', 'bot', 'a Telegram user started a bot'),
    ('unsub_tg', 'bot', 'a Telegram user stopped a bot'),
    ('undeliv_tg', 'bot', 'a message to a Telegram user was not delivered'),
    ('sub_max', 'bot', 'a MAX user started a bot'),
    ('unsub_max', 'bot', 'a MAX user stopped a bot'),
    ('undeliv_max', 'bot', 'a message to a MAX user was not delivered')
  ) AS t (code, of, about);

-- Dumps ---------------------------------------------------------------------------------------------------------

DO $dumps$
DECLARE
    relation pg_catalog.text;
BEGIN
    FOREACH relation IN ARRAY ARRAY['authext_id', 'head_state', 'secret', 'authext'] LOOP
        PERFORM pg_catalog.pg_extension_config_dump(('member.' || relation)::pg_catalog.regclass, '');
    END LOOP;
END
$dumps$;
