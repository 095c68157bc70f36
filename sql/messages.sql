-- Messages, launches, letters (pipelines-and-hooks.md 5, shapes.md 11). Read with docs/messages.md.
-- What becomes of launches and messages is appended.

CREATE SEQUENCE member.launch_id;
COMMENT ON SEQUENCE member.launch_id IS 'The numbers of launches.';
CREATE SEQUENCE member.message_number;
COMMENT ON SEQUENCE member.message_number IS 'What tells messages apart that agree in all the rest of their send_message_id.';


CREATE TABLE member.letter (
    id         bigint NOT NULL PRIMARY KEY,
    name       text NOT NULL,
    channel    bigint NOT NULL,
    sender     bigint,
    subject    text NOT NULL,
    body_text  text,
    body_html  text,
    fields     jsonb NOT NULL,
    status     text NOT NULL,
    changed_at timestamptz NOT NULL
);
COMMENT ON TABLE member.letter IS 'Letters: templates of messages with a sender and a state.';
COMMENT ON COLUMN member.letter.id IS 'Its number, of those of templates.';
COMMENT ON COLUMN member.letter.name IS 'Its name.';
COMMENT ON COLUMN member.letter.channel IS 'The channel that it goes by.';
COMMENT ON COLUMN member.letter.sender IS 'Who it is from.';
COMMENT ON COLUMN member.letter.subject IS 'Its subject, with commands.';
COMMENT ON COLUMN member.letter.body_text IS 'Its body as plain text, with commands.';
COMMENT ON COLUMN member.letter.body_html IS 'Its body as HTML, with commands.';
COMMENT ON COLUMN member.letter.fields IS 'Further fields of the channel on the template.';
COMMENT ON COLUMN member.letter.status IS 'draft, moderation or ready.';
COMMENT ON COLUMN member.letter.changed_at IS 'When it was last changed.';

CREATE TABLE member.launch (
    id              bigint NOT NULL PRIMARY KEY,
    at              timestamptz NOT NULL,
    channel         bigint NOT NULL,
    name            text NOT NULL,
    purpose         text NOT NULL,
    campaign        bigint NOT NULL,
    template        bigint NOT NULL,
    letter          bigint NOT NULL,
    sender          bigint NOT NULL,
    resource        bigint NOT NULL,
    is_test         boolean NOT NULL,
    start_at        timestamptz,
    stop_at         timestamptz,
    objects         jsonb NOT NULL,
    custom_data     jsonb,
    send_message_id text COLLATE "C",
    track           bigint
);
CREATE INDEX launch_campaign ON member.launch (campaign) WHERE campaign OPERATOR(pg_catalog.<>) 0;
COMMENT ON TABLE member.launch IS 'Launches: sendings to a group, or to a place.';
COMMENT ON COLUMN member.launch.id IS 'Its number, issue.id.';
COMMENT ON COLUMN member.launch.at IS 'When it was asked for.';
COMMENT ON COLUMN member.launch.channel IS 'The channel.';
COMMENT ON COLUMN member.launch.name IS 'Its name.';
COMMENT ON COLUMN member.launch.purpose IS 'message, confirm, unsubcancel or unsubsendercancel.';
COMMENT ON COLUMN member.launch.campaign IS 'The campaign; 0 for none.';
COMMENT ON COLUMN member.launch.template IS 'The template or the letter; 0 for none.';
COMMENT ON COLUMN member.launch.letter IS 'The letter; 0 for none.';
COMMENT ON COLUMN member.launch.sender IS 'The sender; 0 for none.';
COMMENT ON COLUMN member.launch.resource IS 'The resource; 0 for none.';
COMMENT ON COLUMN member.launch.is_test IS 'Whether it is a test.';
COMMENT ON COLUMN member.launch.start_at IS 'Not before this.';
COMMENT ON COLUMN member.launch.stop_at IS 'Not after this.';
COMMENT ON COLUMN member.launch.objects IS '$template, $sender, $resource, $campaign and $camp_schedule of all its messages.';
COMMENT ON COLUMN member.launch.custom_data IS 'What the caller gave for events of its messages.';
COMMENT ON COLUMN member.launch.send_message_id IS 'The message of a launch to a place.';
COMMENT ON COLUMN member.launch.track IS 'The track that makes its messages.';

CREATE TABLE member.launch_state (
    launch bigint NOT NULL,
    n      integer NOT NULL,
    at     timestamptz NOT NULL,
    state  text NOT NULL,
    reason text,
    PRIMARY KEY (launch, n)
);
COMMENT ON TABLE member.launch_state IS 'Where launches are: one row for each step, the last one counts.';
COMMENT ON COLUMN member.launch_state.launch IS 'The launch.';
COMMENT ON COLUMN member.launch_state.n IS 'Which of its steps, from 1.';
COMMENT ON COLUMN member.launch_state.at IS 'When.';
COMMENT ON COLUMN member.launch_state.state IS 'draft, moderating, approved, rejected, sending, done, stopping or stopped.';
COMMENT ON COLUMN member.launch_state.reason IS 'What the other side said.';

CREATE TABLE member.message (
    dataset         bigint NOT NULL,
    send_message_id text COLLATE "C" NOT NULL,
    address_id      bigint NOT NULL,
    at              timestamptz NOT NULL,
    channel         bigint NOT NULL,
    launch          bigint NOT NULL,
    campaign        bigint NOT NULL,
    template        bigint NOT NULL,
    sender          bigint NOT NULL,
    resource        bigint NOT NULL,
    is_test         boolean NOT NULL,
    custom_data     jsonb,
    PRIMARY KEY (dataset, send_message_id)
);
CREATE INDEX message_send_message_id ON member.message (send_message_id);
CREATE INDEX message_address ON member.message (address_id) WHERE address_id OPERATOR(pg_catalog.<>) 0;
CREATE INDEX message_launch ON member.message (launch) WHERE launch OPERATOR(pg_catalog.<>) 0;
COMMENT ON TABLE member.message IS 'Messages: who was sent what.';
COMMENT ON COLUMN member.message.dataset IS 'The body that it went to; 0 for a placement.';
COMMENT ON COLUMN member.message.send_message_id IS 'Its number everywhere.';
COMMENT ON COLUMN member.message.address_id IS 'The identifier that it went to; 0 for a placement.';
COMMENT ON COLUMN member.message.at IS 'When it was asked for.';
COMMENT ON COLUMN member.message.channel IS 'The channel.';
COMMENT ON COLUMN member.message.launch IS 'The launch; 0 for none.';
COMMENT ON COLUMN member.message.campaign IS 'The campaign; 0 for none.';
COMMENT ON COLUMN member.message.template IS 'The template or the letter, message_id of its events; 0 for none.';
COMMENT ON COLUMN member.message.sender IS 'The sender; 0 for none.';
COMMENT ON COLUMN member.message.resource IS 'The resource; 0 for none.';
COMMENT ON COLUMN member.message.is_test IS 'Whether it is a test.';
COMMENT ON COLUMN member.message.custom_data IS 'What the caller gave for its events; null where its launch has it.';

CREATE TABLE member.message_state (
    dataset         bigint NOT NULL,
    send_message_id text COLLATE "C" NOT NULL,
    at              timestamptz NOT NULL,
    state           text NOT NULL,
    reason          text
);
CREATE INDEX message_state_message ON member.message_state (dataset, send_message_id, at);
COMMENT ON TABLE member.message_state IS 'What became of messages: one row for each news, the last one counts.';
COMMENT ON COLUMN member.message_state.dataset IS 'The body of the message.';
COMMENT ON COLUMN member.message_state.send_message_id IS 'The message.';
COMMENT ON COLUMN member.message_state.at IS 'When.';
COMMENT ON COLUMN member.message_state.state IS 'queued, suppress, send, deliv, undeliv, sbounce, hbounce, complain, reply or custom.';
COMMENT ON COLUMN member.message_state.reason IS 'What the other side said, or why it was not sent.';

CREATE TABLE member.message_content (
    dataset         bigint NOT NULL,
    send_message_id text COLLATE "C" NOT NULL,
    content         jsonb NOT NULL,
    expires_at      timestamptz NOT NULL,
    PRIMARY KEY (dataset, send_message_id)
);
CREATE INDEX message_content_expires ON member.message_content (expires_at);
COMMENT ON TABLE member.message_content IS 'What messages said, while hooks want to tell.';
COMMENT ON COLUMN member.message_content.dataset IS 'The body of the message.';
COMMENT ON COLUMN member.message_content.send_message_id IS 'The message.';
COMMENT ON COLUMN member.message_content.content IS 'Its template, rendered; null for a person who was erased.';
COMMENT ON COLUMN member.message_content.expires_at IS 'When it is forgotten.';

DO $dumps$
DECLARE
    relation pg_catalog.text;
BEGIN
    FOREACH relation IN ARRAY ARRAY[
        'launch_id', 'message_number',
        'letter', 'launch', 'launch_state', 'message', 'message_state', 'message_content'
    ] LOOP
        PERFORM pg_catalog.pg_extension_config_dump(('member.' || relation)::pg_catalog.regclass, '');
    END LOOP;
END
$dumps$;
