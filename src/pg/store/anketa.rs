//! `member.anketa`, `quest` and `answer`: questionnaires. Of two rows of one id the one that the extension did not bring
//! counts; the extension's own are never written.

use crate::domain::anketa::{Anketa, Choice, Kind, Precision, Quest};
use crate::pg::spi::{Arg, Row, Rows, Session, Statement};
use pgrx::pg_sys::{INT4OID, TEXTARRAYOID, TEXTOID};
use std::collections::HashMap;

static ANKETS: Statement = Statement::scanning(
    c"SELECT DISTINCT ON (id) id, name, pg_catalog.bool_or(builtin) OVER (PARTITION BY id)
        FROM member.anketa
       WHERE $1 IS NULL OR id OPERATOR(pg_catalog.=) ANY ($1)
       ORDER BY id, builtin",
    &[TEXTARRAYOID],
);
static QUESTS: Statement = Statement::scanning(
    c"SELECT DISTINCT ON (anketa, id) anketa, id, name, position, pg_catalog.bool_or(builtin) OVER (PARTITION BY anketa, id),
             type, width, dtsubtype
        FROM member.quest
       WHERE $1 IS NULL OR anketa OPERATOR(pg_catalog.=) ANY ($1)
       ORDER BY anketa, id, builtin",
    &[TEXTARRAYOID],
);
static ANSWERS: Statement = Statement::scanning(
    c"SELECT DISTINCT ON (anketa, quest, code) anketa, quest, code, name, position,
             pg_catalog.bool_or(builtin) OVER (PARTITION BY anketa, quest, code)
        FROM member.answer
       WHERE $1 IS NULL OR anketa OPERATOR(pg_catalog.=) ANY ($1)
       ORDER BY anketa, quest, code, builtin",
    &[TEXTARRAYOID],
);

/// Every questionnaire with its questions, by id.
pub fn all(session: &Session) -> Vec<Anketa<'_>> {
    read(session, None)
}

/// The questionnaires of these ids, those that are there.
pub fn named<'s>(session: &'s Session, ids: &[&str]) -> Vec<Anketa<'s>> {
    read(session, Some(ids))
}

fn read<'s>(session: &'s Session, ids: Option<&[&str]>) -> Vec<Anketa<'s>> {
    let rows = |statement| session.run(statement, &[ids.map(Arg::texts).into()]);
    let mut choices = choices_by_quest(&rows(&ANSWERS));
    let mut quests = quests_by_anketa(&rows(&QUESTS), &mut choices);
    let anketa = |row: Row<'s>| {
        let (id, name) = (row.text().unwrap_or_default(), row.text().unwrap_or_default());
        let mut quests = quests.remove(id).unwrap_or_default();
        quests.sort_by_key(|quest| (quest.position, quest.id));
        Anketa { id, name, system: row.truth(), quests }
    };
    rows(&ANKETS).iter().map(anketa).collect()
}

/// The answers of each question, by questionnaire and question.
type Choices<'s> = HashMap<(&'s str, &'s str), Vec<Choice<'s>>>;

fn choices_by_quest<'s>(rows: &Rows<'s>) -> Choices<'s> {
    let mut choices = Choices::new();
    for row in rows.iter() {
        let quest = (row.text().unwrap_or_default(), row.text().unwrap_or_default());
        let (code, name) = (row.text().unwrap_or_default(), row.text().unwrap_or_default());
        let position = row.integer().unwrap_or_default();
        choices.entry(quest).or_default().push(Choice { code, name, position, system: row.truth() });
    }
    choices
}

fn quests_by_anketa<'s>(rows: &Rows<'s>, choices: &mut Choices<'s>) -> HashMap<&'s str, Vec<Quest<'s>>> {
    let mut quests: HashMap<&str, Vec<Quest>> = HashMap::new();
    for row in rows.iter() {
        let anketa = row.text().unwrap_or_default();
        quests.entry(anketa).or_default().extend(quest_of(anketa, &row, choices));
    }
    quests
}

/// The question of a row, read from its second column on; nothing for a type that there is not.
fn quest_of<'s>(anketa: &'s str, row: &Row<'s>, choices: &mut Choices<'s>) -> Option<Quest<'s>> {
    let (id, name) = (row.text()?, row.text()?);
    let (position, system) = (row.integer()?, row.truth());
    let (code, width, precision) = (row.text()?, row.integer(), row.text());
    let mut choices = || {
        let mut choices = choices.remove(&(anketa, id)).unwrap_or_default();
        choices.sort_by_key(|choice| (choice.position, choice.code));
        choices
    };
    let kind = match code {
        "free" => Kind::Free(width?),
        "int" => Kind::Int,
        "dt" => Kind::Date(Precision::parse(precision?)?),
        "1m" => Kind::One(choices()),
        "nm" => Kind::Many(choices()),
        _ => return None,
    };
    Some(Quest { id, name, kind, position, system })
}

static HOLD: Statement = Statement::new(
    c"SELECT builtin FROM member.anketa WHERE id OPERATOR(pg_catalog.=) $1 ORDER BY builtin DESC LIMIT 1 FOR NO KEY UPDATE",
    &[TEXTOID],
);

/// Locks a questionnaire, if it is there, against other changes of it and of its questions.
pub fn hold(session: &Session, id: &str) {
    session.run(&HOLD, &[id.into()]);
}

static CREATE: Statement = Statement::new(
    c"INSERT INTO member.anketa (id, builtin, name)
      SELECT $1, false, $2 WHERE NOT EXISTS (SELECT FROM member.anketa WHERE id OPERATOR(pg_catalog.=) $1)
      ON CONFLICT DO NOTHING",
    &[TEXTOID, TEXTOID],
);

/// Writes a new questionnaire; false when the id is taken.
pub fn create(session: &Session, id: &str, name: &str) -> bool {
    session.run(&CREATE, &[id.into(), name.into()]).processed() == 1
}

static RENAME: Statement = Statement::new(
    c"INSERT INTO member.anketa (id, builtin, name) VALUES ($1, false, $2)
      ON CONFLICT (id, builtin) DO UPDATE SET name = EXCLUDED.name",
    &[TEXTOID, TEXTOID],
);

/// Writes the title of a questionnaire.
pub fn rename(session: &Session, id: &str, name: &str) {
    session.run(&RENAME, &[id.into(), name.into()]);
}

static WRITE_QUEST: Statement = Statement::new(
    c"INSERT INTO member.quest (anketa, id, builtin, name, type, width, dtsubtype, position)
      VALUES ($1, $2, false, $3, $4, $5, $6, $7)
      ON CONFLICT (anketa, id, builtin) DO UPDATE
      SET name = EXCLUDED.name, width = EXCLUDED.width, position = EXCLUDED.position",
    &[TEXTOID, TEXTOID, TEXTOID, TEXTOID, INT4OID, TEXTOID, INT4OID],
);

/// Writes a question, new or changed, without its answers.
pub fn write_quest(session: &Session, anketa: &str, quest: &Quest) {
    let (width, precision) = match quest.kind {
        Kind::Free(width) => (Some(width), None),
        Kind::Date(precision) => (None, Some(precision.as_str())),
        _ => (None, None),
    };
    let (name, code) = (quest.name.into(), quest.kind.code().into());
    let args = [anketa.into(), quest.id.into(), name, code, width.into(), precision.into(), quest.position.into()];
    session.run(&WRITE_QUEST, &args);
}

static WRITE_ANSWER: Statement = Statement::new(
    c"INSERT INTO member.answer (anketa, quest, code, builtin, name, position) VALUES ($1, $2, $3, false, $4, $5)
      ON CONFLICT (anketa, quest, code, builtin) DO UPDATE SET name = EXCLUDED.name, position = EXCLUDED.position",
    &[TEXTOID, TEXTOID, TEXTOID, TEXTOID, INT4OID],
);

/// Writes an answer that a question offers, new or changed.
pub fn write_answer(session: &Session, anketa: &str, quest: &str, choice: &Choice) {
    let args = [anketa.into(), quest.into(), choice.code.into(), choice.name.into(), choice.position.into()];
    session.run(&WRITE_ANSWER, &args);
}

static DELETE: Statement =
    Statement::new(c"DELETE FROM member.anketa WHERE id OPERATOR(pg_catalog.=) $1 AND NOT builtin", &[TEXTOID]);
static DELETE_QUESTS: Statement = Statement::new(
    c"DELETE FROM member.quest
       WHERE anketa OPERATOR(pg_catalog.=) $1 AND ($2 IS NULL OR id OPERATOR(pg_catalog.=) $2) AND NOT builtin",
    &[TEXTOID, TEXTOID],
);
static DELETE_ANSWERS: Statement = Statement::new(
    c"DELETE FROM member.answer
       WHERE anketa OPERATOR(pg_catalog.=) $1 AND ($2 IS NULL OR quest OPERATOR(pg_catalog.=) $2)
         AND ($3 IS NULL OR code OPERATOR(pg_catalog.=) $3) AND NOT builtin",
    &[TEXTOID, TEXTOID, TEXTOID],
);

/// Deletes a questionnaire with all that belongs to it.
pub fn delete(session: &Session, anketa: &str) {
    delete_quests(session, anketa, None);
    session.run(&DELETE, &[anketa.into()]);
}

/// Deletes a question of a questionnaire, or all of them, with the answers.
pub fn delete_quests(session: &Session, anketa: &str, quest: Option<&str>) {
    delete_answers(session, anketa, quest, None);
    session.run(&DELETE_QUESTS, &[anketa.into(), quest.into()]);
}

/// Deletes an answer of a question, or all of them.
pub fn delete_answers(session: &Session, anketa: &str, quest: Option<&str>, code: Option<&str>) {
    session.run(&DELETE_ANSWERS, &[anketa.into(), quest.into(), code.into()]);
}
