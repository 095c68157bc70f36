//! `member.secret`: keys of the extension's own.

use crate::domain::member::cookie::Key;
use crate::pg::spi::{Session, Statement};

// A random UUID of the server has 122 bits of its strong random source; four of them are a key of a block's length.
static CREATE: Statement = Statement::new(
    c"INSERT INTO member.secret (name, value)
      VALUES ('cookie', pg_catalog.uuid_send(pg_catalog.gen_random_uuid())
                        OPERATOR(pg_catalog.||) pg_catalog.uuid_send(pg_catalog.gen_random_uuid())
                        OPERATOR(pg_catalog.||) pg_catalog.uuid_send(pg_catalog.gen_random_uuid())
                        OPERATOR(pg_catalog.||) pg_catalog.uuid_send(pg_catalog.gen_random_uuid()))
          ON CONFLICT DO NOTHING",
    &[],
);

static READ: Statement =
    Statement::new(c"SELECT value FROM member.secret WHERE name OPERATOR(pg_catalog.=) 'cookie'", &[]);

/// The key that cookies are signed with, if one was ever made.
pub fn cookie_key(session: &Session) -> Option<Key> {
    session.run(&READ, &[]).first()?.octets()?.try_into().ok()
}

/// Makes it where there is none yet. Not at installation: a dump brings the key of the original along.
pub fn make_cookie_key(session: &Session) {
    session.run(&CREATE, &[]);
}
