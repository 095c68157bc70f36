-- Express imports: identifiers with the data of their rows, apart from subscribers (members.md 10.7).

CREATE TABLE member.express_group (
    number  bigint NOT NULL PRIMARY KEY,
    caption jsonb NOT NULL,
    used_at timestamptz NOT NULL
);
COMMENT ON TABLE member.express_group IS 'What is known of the groups of express imports beside group_def.';
COMMENT ON COLUMN member.express_group.number IS 'The number of the group.';
COMMENT ON COLUMN member.express_group.caption IS 'What the columns of its rows mean, as member_import takes it.';
COMMENT ON COLUMN member.express_group.used_at IS 'When it was last filled or sent to: 30 days later it goes.';

CREATE TABLE member.express_member (
    group_number bigint NOT NULL,
    value        text COLLATE "C" NOT NULL,
    data         jsonb NOT NULL,
    PRIMARY KEY (group_number, value)
);
COMMENT ON TABLE member.express_member IS 'The members of groups of express imports: identifiers, subscribers or not.';
COMMENT ON COLUMN member.express_member.group_number IS 'The number of the group.';
COMMENT ON COLUMN member.express_member.value IS 'The identifier in normal form, of the type of the group.';
COMMENT ON COLUMN member.express_member.data IS 'Its row: a list of cells in the order of the caption, or an object.';

DO $dumps$
DECLARE
    relation pg_catalog.text;
BEGIN
    FOREACH relation IN ARRAY ARRAY['express_group', 'express_member'] LOOP
        PERFORM pg_catalog.pg_extension_config_dump(('member.' || relation)::pg_catalog.regclass, '');
    END LOOP;
END
$dumps$;
