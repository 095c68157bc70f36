//! `member.attribute`: the datakeys that filters find without reading bodies.

use crate::pg::spi::{Session, Statement};

static PATHS: Statement = Statement::scanning(c"SELECT path FROM member.attribute ORDER BY path", &[]);

/// The datakeys.
pub fn paths(session: &Session) -> Vec<String> {
    session.run(&PATHS, &[]).iter().filter_map(|row| row.text().map(str::to_owned)).collect()
}
