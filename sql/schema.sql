-- pg_member: the tables. They live in the schema `member`; the functions go where CREATE EXTENSION says.
--
-- Read with DESIGN.md, "Tables". Three habits explain most of what is unusual here:
--   * what belongs to one person carries its `dataset` in its key; numbers, instants and transaction ids are bound
--     by our code (no identity, no now() defaults), so that the tables could be distributed;
--   * no foreign keys and no triggers: member_check() proves their agreement, and a restore fires nothing;
--   * `body` has no index but its key: every update of a body stays HOT.

DO $encoding$
BEGIN
    IF pg_catalog.getdatabaseencoding() OPERATOR(pg_catalog.<>) 'UTF8' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'feature_not_supported',
            MESSAGE = 'pg_member needs a database in UTF8',
            DETAIL = 'This database is in ' || pg_catalog.getdatabaseencoding() || '.',
            HINT = 'CREATE DATABASE … ENCODING ''UTF8'' TEMPLATE template0';
    END IF;
END
$encoding$;

CREATE SCHEMA member;
COMMENT ON SCHEMA member IS 'The tables of pg_member. Read and change them through its functions.';

-- Numbers -------------------------------------------------------------------------------------------------------

CREATE SEQUENCE member.address_id;
COMMENT ON SEQUENCE member.address_id IS 'The permanent numbers of identifiers: member.id.';
CREATE SEQUENCE member.dataset_id;
COMMENT ON SEQUENCE member.dataset_id IS 'The numbers of bodies: member.dataset.';
CREATE SEQUENCE member.event_id;
COMMENT ON SEQUENCE member.event_id IS 'The numbers of events; drawn under the lock of the body.';
CREATE SEQUENCE member.event_slot MINVALUE 0 MAXVALUE 31 CYCLE;
COMMENT ON SEQUENCE member.event_slot IS 'Its last value is the slot of the ring that events are written to now.';
CREATE SEQUENCE member.event_life;
COMMENT ON SEQUENCE member.event_life IS 'Its last value is the life of this copy of the database: a restore elsewhere begins a new one.';
CREATE SEQUENCE member.journal_id;
COMMENT ON SEQUENCE member.journal_id IS 'The numbers of journal rows.';
CREATE SEQUENCE member.origin_id AS integer;
COMMENT ON SEQUENCE member.origin_id IS 'The numbers of origins.';

-- The first slot. The first life has a number that no other copy begins with: what a dump brings here is never taken for
-- what was written here.
SELECT pg_catalog.setval('member.event_slot', 0);
SELECT pg_catalog.setval('member.event_life', 1 OPERATOR(pg_catalog.+) (pg_catalog.random() OPERATOR(pg_catalog.*) 1000000000)::bigint);

-- Identifiers ---------------------------------------------------------------------------------------------------

CREATE TABLE member.address (
    value     text COLLATE "C" NOT NULL,
    addr_type text COLLATE "C" NOT NULL,
    id        bigint NOT NULL,
    dataset   bigint,
    PRIMARY KEY (value, addr_type)
) WITH (fillfactor = 90);
CREATE INDEX address_by_id ON member.address (id);
COMMENT ON TABLE member.address IS 'Every identifier ever seen, with its permanent number. Outlives the subscriber.';
COMMENT ON COLUMN member.address.value IS 'The identifier in normal form.';
COMMENT ON COLUMN member.address.addr_type IS 'Its type: email, msisdn, viber, csid, push, pushapp, vk, vknotify, tg, max, umid.';
COMMENT ON COLUMN member.address.id IS 'Its number, member.id: the same for ever, also after deletion.';
COMMENT ON COLUMN member.address.dataset IS 'The body it belongs to now, or null.';

CREATE TABLE member.delivery_error (
    value       text COLLATE "C" NOT NULL,
    addr_type   text COLLATE "C" NOT NULL,
    lock        boolean NOT NULL,
    at          timestamptz,
    message     text,
    errors      integer NOT NULL,
    issue       bigint,
    letter      bigint,
    lock_issue  bigint,
    lock_letter bigint,
    PRIMARY KEY (value, addr_type)
);
COMMENT ON TABLE member.delivery_error IS 'Failed deliveries in a row, one row per identifier that has any. Outlives the subscriber.';
COMMENT ON COLUMN member.delivery_error.value IS 'The identifier in normal form.';
COMMENT ON COLUMN member.delivery_error.addr_type IS 'Its type.';
COMMENT ON COLUMN member.delivery_error.lock IS 'Whether the errors lock the identifier.';
COMMENT ON COLUMN member.delivery_error.at IS 'When the last error came; null after a success.';
COMMENT ON COLUMN member.delivery_error.message IS 'What the last error said; null after a success.';
COMMENT ON COLUMN member.delivery_error.errors IS 'How many errors in a row.';
COMMENT ON COLUMN member.delivery_error.issue IS 'The launch of the last error.';
COMMENT ON COLUMN member.delivery_error.letter IS 'The letter of the last error.';
COMMENT ON COLUMN member.delivery_error.lock_issue IS 'The launch that led to the lock.';
COMMENT ON COLUMN member.delivery_error.lock_letter IS 'The letter that led to the lock.';

CREATE TABLE member.stoplist (
    value     text COLLATE "C" NOT NULL,
    addr_type text COLLATE "C" NOT NULL,
    kind      text COLLATE "C" NOT NULL,
    sender    bigint NOT NULL,
    at        timestamptz NOT NULL,
    source    text,
    PRIMARY KEY (value, addr_type, kind, sender)
);
COMMENT ON TABLE member.stoplist IS 'Who must not be written to. Outlives the subscriber.';
COMMENT ON COLUMN member.stoplist.value IS 'The identifier in normal form.';
COMMENT ON COLUMN member.stoplist.addr_type IS 'Its type.';
COMMENT ON COLUMN member.stoplist.kind IS 'owner: made by the account; member: the subscriber''s own unsubscription.';
COMMENT ON COLUMN member.stoplist.sender IS 'The sender it holds for; 0 for every sender.';
COMMENT ON COLUMN member.stoplist.at IS 'Since when.';
COMMENT ON COLUMN member.stoplist.source IS 'The IP address it came from.';

CREATE TABLE member.stoplist_allowance (
    month text COLLATE "C" NOT NULL PRIMARY KEY,
    used  bigint NOT NULL
);
COMMENT ON TABLE member.stoplist_allowance IS 'How many stop-list records of subscribers'' own calls added and deleted, month by month.';
COMMENT ON COLUMN member.stoplist_allowance.month IS 'The month in the zone of the account, as 2024-05.';
COMMENT ON COLUMN member.stoplist_allowance.used IS 'How many records.';

CREATE TABLE member.entrance (
    month text COLLATE "C" NOT NULL,
    id    bigint NOT NULL,
    PRIMARY KEY (month, id)
);
COMMENT ON TABLE member.entrance IS 'The e-mails that entered in a month, as many as member.noconfirm.limit counts. Outlives the subscriber; empty without the limit.';
COMMENT ON COLUMN member.entrance.month IS 'The month in the zone of the account, as 2024-05.';
COMMENT ON COLUMN member.entrance.id IS 'The number of the identifier.';

-- People --------------------------------------------------------------------------------------------------------

CREATE TABLE member.body (
    dataset     bigint NOT NULL PRIMARY KEY,
    version     bigint NOT NULL,
    create_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    import_time timestamptz,
    create_host text,
    update_host text,
    data        jsonb NOT NULL
) WITH (fillfactor = 75);
COMMENT ON TABLE member.body IS 'The data that the heads of one person share. Its row is the lock of everything that belongs to the person.';
COMMENT ON COLUMN member.body.dataset IS 'Its number, member.dataset.';
COMMENT ON COLUMN member.body.version IS 'Grows with every change of the data, the heads, their locks or their lists.';
COMMENT ON COLUMN member.body.create_time IS 'When it was created.';
COMMENT ON COLUMN member.body.update_time IS 'When it was last changed by a call.';
COMMENT ON COLUMN member.body.import_time IS 'When it was last changed by an import.';
COMMENT ON COLUMN member.body.create_host IS 'The IP address that created it, where the call named one.';
COMMENT ON COLUMN member.body.update_host IS 'The IP address that last changed it, where the call named one.';
COMMENT ON COLUMN member.body.data IS 'The data: one JSON object.';

CREATE TABLE member.head (
    dataset      bigint NOT NULL,
    id           bigint NOT NULL,
    enter_time   timestamptz NOT NULL,
    confirm_time timestamptz,
    origin       integer,
    lock         smallint NOT NULL,
    last_tz      smallint,
    addr_type    text COLLATE "C" NOT NULL,
    value        text COLLATE "C" NOT NULL,
    confirm_host text,
    PRIMARY KEY (dataset, id)
) WITH (fillfactor = 85);
CREATE INDEX head_by_enter_time ON member.head USING brin (enter_time);
COMMENT ON TABLE member.head IS 'The identifiers that belong to a body now.';
COMMENT ON COLUMN member.head.dataset IS 'The body.';
COMMENT ON COLUMN member.head.id IS 'The number of the identifier, member.id.';
COMMENT ON COLUMN member.head.enter_time IS 'When it came to be a head.';
COMMENT ON COLUMN member.head.confirm_time IS 'When its owner confirmed it.';
COMMENT ON COLUMN member.head.origin IS 'The number of its origin, member.origin.';
COMMENT ON COLUMN member.head.lock IS 'haslock: 1 unsubscribed or in a global stop-list, 2 not confirmed, 4 locked by delivery errors; sums of these.';
COMMENT ON COLUMN member.head.last_tz IS 'The UTC offset of the last open or click as hours and minutes: 330 is +03:30.';
COMMENT ON COLUMN member.head.addr_type IS 'Its type, a copy of member.address.';
COMMENT ON COLUMN member.head.value IS 'Its normal form, a copy of member.address.';
COMMENT ON COLUMN member.head.confirm_host IS 'The IP address it was confirmed from.';

-- lz4 where this server has it: three times as fast as pglz on bodies, and as small.
DO $compression$
BEGIN
    ALTER TABLE member.body ALTER COLUMN data SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
    NULL;
END
$compression$;

CREATE TABLE member.journal (
    id             bigint NOT NULL PRIMARY KEY,
    at             timestamptz NOT NULL,
    call           text NOT NULL,
    dataset        bigint NOT NULL,
    source_dataset bigint,
    plan           jsonb NOT NULL,
    inverse        jsonb NOT NULL,
    undone_by      bigint,
    address_ids    bigint[]
);
CREATE INDEX journal_by_dataset ON member.journal (dataset);
CREATE INDEX journal_by_source ON member.journal (source_dataset);
CREATE INDEX journal_by_address ON member.journal USING gin (address_ids);
COMMENT ON TABLE member.journal IS 'One row per call that moved heads, with what undoes it.';
COMMENT ON COLUMN member.journal.id IS 'Its number.';
COMMENT ON COLUMN member.journal.at IS 'When.';
COMMENT ON COLUMN member.journal.call IS 'Which call.';
COMMENT ON COLUMN member.journal.dataset IS 'The body that received.';
COMMENT ON COLUMN member.journal.source_dataset IS 'The body that gave, if any.';
COMMENT ON COLUMN member.journal.plan IS 'The steps that were done.';
COMMENT ON COLUMN member.journal.inverse IS 'The steps that undo them.';
COMMENT ON COLUMN member.journal.undone_by IS 'The journal row that undid this one.';
COMMENT ON COLUMN member.journal.address_ids IS 'The numbers of the identifiers that were moved.';

CREATE TABLE member.retired_dataset (
    dataset   bigint NOT NULL PRIMARY KEY,
    successor bigint
);
COMMENT ON TABLE member.retired_dataset IS 'Numbers of bodies that were merged away, or deleted while the journal names them.';
COMMENT ON COLUMN member.retired_dataset.dataset IS 'The number that is no more.';
COMMENT ON COLUMN member.retired_dataset.successor IS 'The body that took it over; null for one that was deleted.';

CREATE INDEX retired_dataset_by_successor ON member.retired_dataset (successor);

CREATE TABLE member.blocked_value (
    value     text COLLATE "C" NOT NULL,
    kind      text COLLATE "C" NOT NULL,
    addr_type text COLLATE "C" NOT NULL,
    PRIMARY KEY (value, kind, addr_type)
);
COMMENT ON TABLE member.blocked_value IS 'Identifiers that never join subscribers: they are neither attached nor merged.';
COMMENT ON COLUMN member.blocked_value.value IS 'The identifier in normal form with * for anything, or a regular expression for all of it.';
COMMENT ON COLUMN member.blocked_value.kind IS 'literal or regexp.';
COMMENT ON COLUMN member.blocked_value.addr_type IS 'The type it is for; empty for every type.';

-- Dictionaries --------------------------------------------------------------------------------------------------

CREATE TABLE member.origin (
    id    integer NOT NULL PRIMARY KEY,
    label text COLLATE "C" NOT NULL UNIQUE,
    name  text NOT NULL
);
COMMENT ON TABLE member.origin IS 'Where heads come from: the sources named by member.origin.';
COMMENT ON COLUMN member.origin.id IS 'Its number.';
COMMENT ON COLUMN member.origin.label IS 'Its label, which calls may use instead of the number.';
COMMENT ON COLUMN member.origin.name IS 'Its name.';

CREATE TABLE member.setting (
    name  text COLLATE "C" NOT NULL PRIMARY KEY,
    value jsonb NOT NULL
);
COMMENT ON TABLE member.setting IS 'The values given with sys_settings_set; what is not here has its default.';
COMMENT ON COLUMN member.setting.name IS 'The setting.';
COMMENT ON COLUMN member.setting.value IS 'Its value.';

CREATE TABLE member.numbering_range (
    prefix   smallint NOT NULL,
    from_no  integer NOT NULL,
    to_no    integer NOT NULL,
    operator text NOT NULL,
    region   text NOT NULL,
    inn      text NOT NULL,
    PRIMARY KEY (prefix, from_no)
);
COMMENT ON TABLE member.numbering_range IS 'The regulator''s numbering plan of +7 9xx, loaded with numbering_range_load; empty means not checked.';
COMMENT ON COLUMN member.numbering_range.prefix IS 'The three digits after +7.';
COMMENT ON COLUMN member.numbering_range.from_no IS 'The first number of the range, seven digits.';
COMMENT ON COLUMN member.numbering_range.to_no IS 'The last number of the range.';
COMMENT ON COLUMN member.numbering_range.operator IS 'Whose it is.';
COMMENT ON COLUMN member.numbering_range.region IS 'Where it is used.';
COMMENT ON COLUMN member.numbering_range.inn IS 'The operator''s tax number.';

CREATE TABLE member.call (
    signature text COLLATE "C" NOT NULL PRIMARY KEY,
    level     text NOT NULL CHECK (level IN ('pure', 'read', 'write', 'admin')),
    builtin   boolean NOT NULL
);
COMMENT ON TABLE member.call IS 'Which level of member_grant gives which function.';
COMMENT ON COLUMN member.call.signature IS 'The function with its argument types.';
COMMENT ON COLUMN member.call.level IS 'pure: everyone; read, write, admin: by member_grant, each with those before it.';
COMMENT ON COLUMN member.call.builtin IS 'Shipped with the extension.';

-- The event log -------------------------------------------------------------------------------------------------

CREATE TABLE member.event (
    slot       smallint NOT NULL,
    life       integer NOT NULL,
    id         bigint NOT NULL,
    at         timestamptz NOT NULL,
    xid        xid8 NOT NULL,
    address_id bigint,
    dataset    bigint,
    version    bigint,
    event_type text COLLATE "C" NOT NULL,
    body       jsonb NOT NULL,
    is_quiet   boolean NOT NULL
) PARTITION BY LIST (slot);
CREATE INDEX event_by_dataset ON member.event (dataset, id);
CREATE INDEX event_by_xid ON member.event (life, xid);
COMMENT ON TABLE member.event IS 'The log: one row per fact, written in the transaction that made it. A ring of 32 slots.';
COMMENT ON COLUMN member.event.slot IS 'The slot of the ring: one partition each.';
COMMENT ON COLUMN member.event.life IS 'The life of the database in which it was written: after a restore elsewhere, xid of older lives mean nothing.';
COMMENT ON COLUMN member.event.id IS 'Its number; a person''s events have growing numbers.';
COMMENT ON COLUMN member.event.at IS 'When: statement_timestamp() of the call.';
COMMENT ON COLUMN member.event.xid IS 'The transaction that wrote it.';
COMMENT ON COLUMN member.event.address_id IS 'Whom it concerns: the identifier.';
COMMENT ON COLUMN member.event.dataset IS 'Whom it concerns: the body.';
COMMENT ON COLUMN member.event.version IS 'The version of the body that it made.';
COMMENT ON COLUMN member.event.event_type IS 'What happened.';
COMMENT ON COLUMN member.event.body IS 'The event''s own data: event_data and more.';
COMMENT ON COLUMN member.event.is_quiet IS 'Whether it starts no sequence: an import wrote it without sequence.event, for hooks and live groups alone.';

-- All partitions are made here: tables made at run time would not survive pg_restore as parts of the extension.
DO $ring$
BEGIN
    FOR slot IN 0 .. 31 LOOP
        EXECUTE pg_catalog.format(
            'CREATE TABLE member.%I PARTITION OF member.event FOR VALUES IN (%s)',
            'event_' || pg_catalog.lpad(slot::text, 2, '0'), slot);
        EXECUTE pg_catalog.format(
            'COMMENT ON TABLE member.%I IS %L',
            'event_' || pg_catalog.lpad(slot::text, 2, '0'), 'Slot ' || slot || ' of the event log.');
        PERFORM pg_catalog.pg_extension_config_dump(
            ('member.event_' || pg_catalog.lpad(slot::text, 2, '0'))::pg_catalog.regclass, '');
    END LOOP;
END
$ring$;

-- Dumps ---------------------------------------------------------------------------------------------------------
-- Every table and every sequence; of dictionaries only what the user added.

DO $dumps$
DECLARE
    relation pg_catalog.text;
BEGIN
    FOREACH relation IN ARRAY ARRAY[
        'address_id', 'dataset_id', 'event_id', 'event_slot', 'event_life', 'journal_id', 'origin_id',
        'address', 'delivery_error', 'stoplist', 'stoplist_allowance', 'entrance', 'body', 'head', 'journal', 'retired_dataset',
        'origin', 'setting', 'numbering_range', 'blocked_value', 'event'
    ] LOOP
        PERFORM pg_catalog.pg_extension_config_dump(('member.' || relation)::pg_catalog.regclass, '');
    END LOOP;
    PERFORM pg_catalog.pg_extension_config_dump('member.call', 'WHERE NOT builtin');
END
$dumps$;
