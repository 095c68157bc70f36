//! `member.letter`: letters.

use crate::domain::message::letter::{Letter, Status};
use crate::pg::spi::{Arg, Row, Session, Statement};
use pgrx::pg_sys::{INT8OID, JSONBOID, TEXTOID, TIMESTAMPTZOID};

static FIND: Statement = Statement::new(
    c"SELECT id, name, channel, sender, subject, body_text, body_html, fields, status
        FROM member.letter WHERE id OPERATOR(pg_catalog.=) $1",
    &[INT8OID],
);

/// The letter of this number.
pub fn find(session: &Session, id: i64) -> Option<Letter> {
    session.run(&FIND, &[id.into()]).first().map(|row| letter_of(&row).1)
}

static LIST: Statement = Statement::scanning(
    c"SELECT id, name, channel, sender, subject, body_text, body_html, fields, status FROM member.letter ORDER BY id",
    &[],
);

/// Every letter with its number.
pub fn list(session: &Session) -> Vec<(i64, Letter)> {
    session.run(&LIST, &[]).iter().map(|row| letter_of(&row)).collect()
}

fn letter_of(row: &Row) -> (i64, Letter) {
    let id = row.bigint().unwrap_or_default();
    let text = || row.text().map(str::to_owned);
    let letter = Letter {
        name: text().unwrap_or_default(),
        channel: row.bigint().unwrap_or_default(),
        sender: row.bigint(),
        subject: text().unwrap_or_default(),
        text: text(),
        html: text(),
        fields: row.jsonb().unwrap_or_default().to_vec(),
        status: row.text().and_then(Status::parse).unwrap_or_default(),
    };
    (id, letter)
}

static WRITE: Statement = Statement::new(
    c"INSERT INTO member.letter (id, name, channel, sender, subject, body_text, body_html, fields, status, changed_at)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
      ON CONFLICT (id) DO UPDATE
         SET name = $2, channel = $3, sender = $4, subject = $5, body_text = $6, body_html = $7, fields = $8, status = $9,
             changed_at = $10",
    &[INT8OID, TEXTOID, INT8OID, INT8OID, TEXTOID, TEXTOID, TEXTOID, JSONBOID, TEXTOID, TIMESTAMPTZOID],
);

/// Writes a letter, new or changed.
pub fn write(session: &Session, id: i64, letter: &Letter, at: i64) {
    let args = [
        id.into(),
        letter.name.as_str().into(),
        letter.channel.into(),
        letter.sender.into(),
        letter.subject.as_str().into(),
        letter.text.as_deref().into(),
        letter.html.as_deref().into(),
        Arg::jsonb(&letter.fields),
        letter.status.name().into(),
        Arg::instant(at),
    ];
    session.run(&WRITE, &args);
}

static DELETE: Statement = Statement::new(c"DELETE FROM member.letter WHERE id OPERATOR(pg_catalog.=) $1", &[INT8OID]);

/// Deletes a letter; what was sent keeps its number. Whether it was there.
pub fn delete(session: &Session, id: i64) -> bool {
    session.run(&DELETE, &[id.into()]).processed() == 1
}
