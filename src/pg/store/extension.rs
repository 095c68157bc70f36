//! The extension itself, as the catalog has it.

use crate::pg::spi::{Session, Statement};

static VERSION: Statement = Statement::scanning(
    c"SELECT extversion FROM pg_catalog.pg_extension WHERE extname OPERATOR(pg_catalog.=) 'pg_member'",
    &[],
);

/// The installed version; none where the extension is not there.
pub fn version(session: &Session) -> Option<&str> {
    session.run(&VERSION, &[]).first().and_then(|row| row.text())
}
