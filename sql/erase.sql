-- pg_member: what stays of persons who were erased. An identifier is known again by a keyed hash, so that it gets its
-- number and its stop-list back when it returns; without the key nothing can be compared with the hashes.

CREATE SEQUENCE member.erasure;
COMMENT ON SEQUENCE member.erasure IS 'Grows with each erasure; 1 while nobody was ever erased, so that nobody looks for hashes.';
SELECT pg_catalog.setval('member.erasure', 1);

-- Made at the first erasure and not here: a restore would bring another one.
CREATE TABLE member.erase_key (
    id  smallint NOT NULL PRIMARY KEY CHECK (id = 1),
    key bytea NOT NULL
);
COMMENT ON TABLE member.erase_key IS 'The secret key of the hashes. Its one row is made at the first erasure.';
COMMENT ON COLUMN member.erase_key.id IS 'Always 1.';
COMMENT ON COLUMN member.erase_key.key IS 'The key: 64 random octets.';

CREATE TABLE member.erased_address (
    hash    bytea NOT NULL PRIMARY KEY,
    id      bigint NOT NULL,
    at      timestamptz NOT NULL,
    blocked text[] NOT NULL
);
COMMENT ON TABLE member.erased_address IS 'Identifiers that were erased: the number that they get again. An identifier that returned has no row any more.';
COMMENT ON COLUMN member.erased_address.hash IS 'HMAC-SHA256 of its type and its value.';
COMMENT ON COLUMN member.erased_address.id IS 'Its number, member.id.';
COMMENT ON COLUMN member.erased_address.at IS 'When it was erased.';
COMMENT ON COLUMN member.erased_address.blocked IS 'For which types it stood in member.blocked_value as it is; empty for every type.';

CREATE TABLE member.erased_stop (
    hash   bytea NOT NULL,
    kind   text COLLATE "C" NOT NULL,
    sender bigint NOT NULL,
    at     timestamptz NOT NULL,
    PRIMARY KEY (hash, kind, sender)
);
COMMENT ON TABLE member.erased_stop IS 'The stop-list of erased identifiers: it holds when they return.';
COMMENT ON COLUMN member.erased_stop.hash IS 'The identifier, as in member.erased_address.';
COMMENT ON COLUMN member.erased_stop.kind IS 'owner or member, as in member.stoplist.';
COMMENT ON COLUMN member.erased_stop.sender IS 'The sender it holds for; 0 for every sender.';
COMMENT ON COLUMN member.erased_stop.at IS 'Since when.';

DO $dumps$
DECLARE
    relation pg_catalog.text;
BEGIN
    FOREACH relation IN ARRAY ARRAY['erasure', 'erase_key', 'erased_address', 'erased_stop'] LOOP
        PERFORM pg_catalog.pg_extension_config_dump(('member.' || relation)::pg_catalog.regclass, '');
    END LOOP;
END
$dumps$;
