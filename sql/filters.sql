-- pg_member: what filters read and call. Read with DESIGN.md and docs/filters.md; the engine is in src/domain/group.
--
-- The functions here are for the SQL that filters are compiled to; those for everybody stand in functions.sql.

-- Registered datakeys -------------------------------------------------------------------------------------------

CREATE TABLE member.attribute (
    path  text COLLATE "C" NOT NULL PRIMARY KEY,
    since timestamptz NOT NULL,
    ready boolean NOT NULL
);
COMMENT ON TABLE member.attribute IS 'The datakeys that are registered for filters: their values stand in attr_value.';
COMMENT ON COLUMN member.attribute.path IS 'The datakey, without wildcards.';
COMMENT ON COLUMN member.attribute.since IS 'When it was registered.';
COMMENT ON COLUMN member.attribute.ready IS 'Whether attr_value has its values of all bodies, so that filters may read them.';

CREATE TABLE member.attr_value (
    path    text COLLATE "C" NOT NULL,
    dataset bigint NOT NULL,
    value   text COLLATE "C",
    number  numeric,
    kind    "char" NOT NULL,
    PRIMARY KEY (path, dataset)
) WITH (fillfactor = 90);
CREATE INDEX attr_value_by_value ON member.attr_value (path, value);
CREATE INDEX attr_value_by_number ON member.attr_value (path, number);
COMMENT ON TABLE member.attr_value IS 'What stands at the registered datakeys, one row for each body that has something there. Filters read it instead of the bodies.';
COMMENT ON COLUMN member.attr_value.path IS 'The datakey.';
COMMENT ON COLUMN member.attr_value.dataset IS 'The body.';
COMMENT ON COLUMN member.attr_value.value IS 'The text of a scalar; null for the other kinds.';
COMMENT ON COLUMN member.attr_value.number IS 'Its number, where it looks like one.';
COMMENT ON COLUMN member.attr_value.kind IS 's: a text, a number or a boolean. n: null. c: a list, an object, or a text longer than 512 octets, which the body alone has.';

DO $dumps$
BEGIN
    PERFORM pg_catalog.pg_extension_config_dump('member.attribute', '');
    PERFORM pg_catalog.pg_extension_config_dump('member.attr_value', '');
END
$dumps$;

-- For compiled filters ------------------------------------------------------------------------------------------
-- The costs tell the planner to ask cheap conditions first.

CREATE FUNCTION member.filter_match(filter jsonb, data jsonb) RETURNS boolean
    IMMUTABLE STRICT PARALLEL SAFE COST 500 LANGUAGE c AS 'MODULE_PATHNAME', 'filter_match';
COMMENT ON FUNCTION member.filter_match(jsonb, jsonb) IS
    'Whether a document meets a filter about data alone, in which current is a date already.';

-- It costs far more than it says. The planner counts it for every row of the table, but only those few are asked that
-- have their value in the body alone.
CREATE FUNCTION member.filter_body(filter jsonb, dataset bigint) RETURNS boolean
    STABLE STRICT PARALLEL SAFE COST 1 LANGUAGE c AS 'MODULE_PATHNAME', 'filter_body';
COMMENT ON FUNCTION member.filter_body(jsonb, bigint) IS
    'The same for the data of a body, read with the rights of the caller; false when there is none.';

CREATE FUNCTION member.filter_text(filter jsonb, value text) RETURNS boolean
    IMMUTABLE STRICT PARALLEL SAFE COST 100 LANGUAGE c AS 'MODULE_PATHNAME', 'filter_text';
COMMENT ON FUNCTION member.filter_text(jsonb, text) IS
    'Whether a scalar with this text passes a filter of one comparison, wherever it was found.';

CREATE FUNCTION member.filter_time(filter jsonb, at timestamptz, zone text) RETURNS boolean
    IMMUTABLE STRICT PARALLEL SAFE COST 200 LANGUAGE c AS 'MODULE_PATHNAME', 'filter_time';
COMMENT ON FUNCTION member.filter_time(jsonb, timestamptz, text) IS
    'The same for an instant as it is shown in a zone.';
