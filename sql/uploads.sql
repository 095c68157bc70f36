-- Uploads: data that are to be imported, as they came, for a day (members.md 10.2, shapes.md 12).

CREATE TABLE member.upload (
    uid        uuid NOT NULL PRIMARY KEY,
    created_at timestamptz NOT NULL,
    closed_at  timestamptz,
    request    jsonb NOT NULL
);
COMMENT ON TABLE member.upload IS 'Data that were sent to be imported. Kept for 24 hours, and for as long as a track reads them.';
COMMENT ON COLUMN member.upload.uid IS 'What calls name it by.';
COMMENT ON COLUMN member.upload.created_at IS 'When it was begun.';
COMMENT ON COLUMN member.upload.closed_at IS 'When an import began to read it: since then nothing is added; null before.';
COMMENT ON COLUMN member.upload.request IS 'Parameters of an import that came with the data, and how the data are read.';

CREATE SEQUENCE member.upload_part_id;
COMMENT ON SEQUENCE member.upload_part_id IS 'The numbers of parts of uploads.';

CREATE TABLE member.upload_part (
    upload uuid NOT NULL,
    id     bigint NOT NULL,
    bytes  bytea NOT NULL,
    PRIMARY KEY (upload, id)
);
-- What is uploaded is read from any place and gone tomorrow: packing it costs more than it saves.
ALTER TABLE member.upload_part ALTER COLUMN bytes SET STORAGE EXTERNAL;
COMMENT ON TABLE member.upload_part IS 'The octets of uploads, in parts.';
COMMENT ON COLUMN member.upload_part.upload IS 'The upload.';
COMMENT ON COLUMN member.upload_part.id IS 'Its number: the parts of an upload follow one another in their order.';
COMMENT ON COLUMN member.upload_part.bytes IS 'The octets.';

DO $dumps$
DECLARE
    relation pg_catalog.text;
BEGIN
    FOREACH relation IN ARRAY ARRAY['upload', 'upload_part_id', 'upload_part'] LOOP
        PERFORM pg_catalog.pg_extension_config_dump(('member.' || relation)::pg_catalog.regclass, '');
    END LOOP;
END
$dumps$;
