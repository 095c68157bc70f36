-- pg_member: segments. List groups have members of their own; filter groups have a rule. How many members a group has
-- is counted by appended rows that are folded later: no call ever updates a row that others update too.

CREATE SEQUENCE member.group_number;
COMMENT ON SEQUENCE member.group_number IS 'The numbers of groups, also in the codes that they get by themselves: p24, pl25.';

CREATE TABLE member.group_def (
    gid         text COLLATE "C" NOT NULL PRIMARY KEY,
    number      bigint NOT NULL UNIQUE,
    name        text NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('list', 'filter', 'express')),
    addr_type   text COLLATE "C" NOT NULL,
    create_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    community   bigint,
    live        text CHECK (live IN ('filling', 'exact', 'periodic')),
    filled      timestamptz,
    filter      jsonb
);
COMMENT ON TABLE member.group_def IS 'Segments: list groups with members of their own, filter groups with a rule, groups of express imports.';
COMMENT ON COLUMN member.group_def.gid IS 'Its code.';
COMMENT ON COLUMN member.group_def.number IS 'Its number: segment_id in events and in the filters of hooks.';
COMMENT ON COLUMN member.group_def.name IS 'Its name.';
COMMENT ON COLUMN member.group_def.kind IS 'list, filter, or express: made by an express import.';
COMMENT ON COLUMN member.group_def.addr_type IS 'The type of its members.';
COMMENT ON COLUMN member.group_def.create_time IS 'When it was made.';
COMMENT ON COLUMN member.group_def.update_time IS 'When it was last changed.';
COMMENT ON COLUMN member.group_def.community IS 'The number of the community of VKontakte, or of the bot of a messenger, whose audience it is.';
COMMENT ON COLUMN member.group_def.live IS 'Of a filter group whose members are kept up to date: filling, exact (in the transaction of each change) or periodic (a part of the rule depends on the clock or on groups that are not kept). Null for others.';
COMMENT ON COLUMN member.group_def.filled IS 'When the members of a live group were last worked out as a whole.';
COMMENT ON COLUMN member.group_def.filter IS 'The rule of a filter group.';

CREATE TABLE member.group_member (
    dataset bigint NOT NULL,
    id      bigint NOT NULL,
    gid     text COLLATE "C" NOT NULL,
    since   date NOT NULL,
    PRIMARY KEY (dataset, id, gid)
);
CREATE INDEX group_member_by_group ON member.group_member (gid, id) INCLUDE (dataset);
COMMENT ON TABLE member.group_member IS 'Which heads are in which list groups.';
COMMENT ON COLUMN member.group_member.dataset IS 'The body of the head.';
COMMENT ON COLUMN member.group_member.id IS 'The head.';
COMMENT ON COLUMN member.group_member.gid IS 'The list group.';
COMMENT ON COLUMN member.group_member.since IS 'The day of its entry.';

CREATE TABLE member.live_member (
    dataset bigint NOT NULL,
    id      bigint NOT NULL,
    gid     text COLLATE "C" NOT NULL,
    PRIMARY KEY (dataset, id, gid)
);
CREATE INDEX live_member_by_group ON member.live_member (gid, id) INCLUDE (dataset);
COMMENT ON TABLE member.live_member IS 'Which heads the rules of live filter groups hold for.';
COMMENT ON COLUMN member.live_member.dataset IS 'The body of the head.';
COMMENT ON COLUMN member.live_member.id IS 'The head.';
COMMENT ON COLUMN member.live_member.gid IS 'The filter group.';

CREATE TABLE member.group_count (
    gid    text COLLATE "C" NOT NULL,
    bucket bigint NOT NULL,
    n      bigint NOT NULL,
    PRIMARY KEY (gid, bucket)
) WITH (fillfactor = 80);
COMMENT ON TABLE member.group_count IS 'How many members a group has, by stretches of 4096 numbers of identifiers; what is not folded in yet is in group_count_change.';
COMMENT ON COLUMN member.group_count.gid IS 'The group.';
COMMENT ON COLUMN member.group_count.bucket IS 'The number of the stretch: member.id / 4096.';
COMMENT ON COLUMN member.group_count.n IS 'How many.';

CREATE TABLE member.group_count_change (
    gid    text COLLATE "C" NOT NULL,
    bucket bigint NOT NULL,
    n      bigint NOT NULL
);
CREATE INDEX group_count_change_by_group ON member.group_count_change (gid);
COMMENT ON TABLE member.group_count_change IS 'Members that came and went and are not folded into group_count yet.';
COMMENT ON COLUMN member.group_count_change.gid IS 'The group.';
COMMENT ON COLUMN member.group_count_change.bucket IS 'The stretch of numbers: member.id / 4096.';
COMMENT ON COLUMN member.group_count_change.n IS 'How many came; below zero: went.';

CREATE TABLE member.count_cache (
    question   bytea NOT NULL PRIMARY KEY,
    at         timestamptz NOT NULL,
    answer     jsonb NOT NULL,
    keep_until timestamptz NOT NULL
);
COMMENT ON TABLE member.count_cache IS 'Answers of member_list_count and of the selector stat.uni that callers may take again.';
COMMENT ON COLUMN member.count_cache.question IS 'SHA-256 of the parameters that select.';
COMMENT ON COLUMN member.count_cache.at IS 'When it was found out.';
COMMENT ON COLUMN member.count_cache.answer IS 'The answer.';
COMMENT ON COLUMN member.count_cache.keep_until IS 'Until when somebody who asked takes it again; after that a job worker deletes it.';

-- How many of a group must not be written to is found from the few that are locked.
CREATE INDEX head_by_lock ON member.head (addr_type, lock, dataset, id) WHERE lock OPERATOR(pg_catalog.<>) 0;

DO $dumps$
DECLARE
    relation pg_catalog.text;
BEGIN
    FOREACH relation IN ARRAY ARRAY[
        'group_number', 'group_def', 'group_member', 'live_member', 'group_count', 'group_count_change', 'count_cache'
    ] LOOP
        PERFORM pg_catalog.pg_extension_config_dump(('member.' || relation)::pg_catalog.regclass, '');
    END LOOP;
END
$dumps$;
