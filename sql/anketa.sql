-- pg_member: questionnaires and stored formats. Read with docs/anketa.md.
--
-- Two questionnaires come with the extension. A row that the extension brought is never changed: whoever changes it gets
-- a row of their own with the same id, and that one counts. So a dump holds what somebody decided, and a restore, which
-- makes the extension's rows anew, does not collide with it.

CREATE SEQUENCE member.anketa_id;
COMMENT ON SEQUENCE member.anketa_id IS 'The numbers in the ids of questionnaires that were given none: a1.';
CREATE SEQUENCE member.quest_id;
COMMENT ON SEQUENCE member.quest_id IS 'The numbers in the ids of questions that were given none: q1.';
CREATE SEQUENCE member.format_id;
COMMENT ON SEQUENCE member.format_id IS 'The numbers in the ids of formats that were given none: f1.';

CREATE TABLE member.anketa (
    id      text COLLATE "C" NOT NULL,
    builtin boolean NOT NULL,
    name    text NOT NULL,
    PRIMARY KEY (id, builtin)
);
COMMENT ON TABLE member.anketa IS 'Questionnaires. Of two rows of one id the one that is not builtin counts.';
COMMENT ON COLUMN member.anketa.id IS 'Its id: the first key of the datakeys of its answers.';
COMMENT ON COLUMN member.anketa.builtin IS 'Whether the extension brought the row.';
COMMENT ON COLUMN member.anketa.name IS 'Its title.';

CREATE TABLE member.quest (
    anketa    text COLLATE "C" NOT NULL,
    id        text COLLATE "C" NOT NULL,
    builtin   boolean NOT NULL,
    name      text NOT NULL,
    type      text COLLATE "C" NOT NULL,
    width     integer,
    dtsubtype text COLLATE "C",
    position  integer NOT NULL,
    PRIMARY KEY (anketa, id, builtin)
);
COMMENT ON TABLE member.quest IS 'The questions of questionnaires. Of two rows of one id the one that is not builtin counts.';
COMMENT ON COLUMN member.quest.anketa IS 'Its questionnaire.';
COMMENT ON COLUMN member.quest.id IS 'Its id: the second key of the datakey of its answer.';
COMMENT ON COLUMN member.quest.builtin IS 'Whether the extension brought the row.';
COMMENT ON COLUMN member.quest.name IS 'Its text.';
COMMENT ON COLUMN member.quest.type IS 'free, int, dt, 1m (one of the answers) or nm (any of them).';
COMMENT ON COLUMN member.quest.width IS 'The most characters of a free answer.';
COMMENT ON COLUMN member.quest.dtsubtype IS 'How exact a date is: yd, yh, ym (to the minute) or ys.';
COMMENT ON COLUMN member.quest.position IS 'Its place in the questionnaire.';

CREATE TABLE member.answer (
    anketa   text COLLATE "C" NOT NULL,
    quest    text COLLATE "C" NOT NULL,
    code     text COLLATE "C" NOT NULL,
    builtin  boolean NOT NULL,
    name     text NOT NULL,
    position integer NOT NULL,
    PRIMARY KEY (anketa, quest, code, builtin)
);
COMMENT ON TABLE member.answer IS 'The answers that questions offer. Of two rows of one code the one that is not builtin counts.';
COMMENT ON COLUMN member.answer.anketa IS 'The questionnaire.';
COMMENT ON COLUMN member.answer.quest IS 'The question.';
COMMENT ON COLUMN member.answer.code IS 'Its code: what is stored, as a key of the object at the datakey of the question.';
COMMENT ON COLUMN member.answer.builtin IS 'Whether the extension brought the row.';
COMMENT ON COLUMN member.answer.name IS 'Its text.';
COMMENT ON COLUMN member.answer.position IS 'Its place among the answers.';

CREATE TABLE member.format (
    id     text COLLATE "C" NOT NULL PRIMARY KEY,
    name   text NOT NULL,
    type   text COLLATE "C" NOT NULL,
    fields jsonb NOT NULL
);
COMMENT ON TABLE member.format IS 'Stored formats: which questions a list shows, and what an update fills in.';
COMMENT ON COLUMN member.format.id IS 'Its id.';
COMMENT ON COLUMN member.format.name IS 'Its name.';
COMMENT ON COLUMN member.format.type IS 'view, fill or uni, which is both.';
COMMENT ON COLUMN member.format.fields IS 'Its questions in order: [{aid, qid, value?}].';

-- What the extension brings ------------------------------------------------------------------------------------------

INSERT INTO member.anketa (id, builtin, name) VALUES ('base', true, 'Basic data'), ('custom', true, 'Custom data');

INSERT INTO member.quest (anketa, id, builtin, name, type, width, dtsubtype, position) VALUES
    ('base', 'firstName', true, 'First name', 'free', 256, NULL, 1),
    ('base', 'lastName', true, 'Last name', 'free', 256, NULL, 2),
    ('base', 'name', true, 'Full name', 'free', 256, NULL, 3),
    ('base', 'gender', true, 'Gender', '1m', NULL, NULL, 4),
    ('base', 'birthDate', true, 'Date of birth', 'dt', NULL, 'yd', 5),
    ('base', 'age', true, 'Age', 'int', NULL, NULL, 6),
    ('base', 'city', true, 'City', 'free', 256, NULL, 7);

INSERT INTO member.answer (anketa, quest, code, builtin, name, position) VALUES
    ('base', 'gender', '1', true, 'Male', 1),
    ('base', 'gender', '0', true, 'Female', 2);

-- Dumps --------------------------------------------------------------------------------------------------------------

DO $dumps$
DECLARE
    relation pg_catalog.text;
BEGIN
    FOREACH relation IN ARRAY ARRAY['anketa_id', 'quest_id', 'format_id', 'format'] LOOP
        PERFORM pg_catalog.pg_extension_config_dump(('member.' || relation)::pg_catalog.regclass, '');
    END LOOP;
    FOREACH relation IN ARRAY ARRAY['anketa', 'quest', 'answer'] LOOP
        PERFORM pg_catalog.pg_extension_config_dump(('member.' || relation)::pg_catalog.regclass, 'WHERE NOT builtin');
    END LOOP;
END
$dumps$;
