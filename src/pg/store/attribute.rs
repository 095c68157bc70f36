//! `member.attribute` and `member.attr_value`: the datakeys that filters find without reading bodies, and what stands there.

use crate::domain::group::AttrRow;
use crate::pg::spi::{Arg, Session, Statement};
use pgrx::pg_sys::{INT8OID, TEXTARRAYOID, TEXTOID, TIMESTAMPTZOID};

static READY: Statement = Statement::scanning(c"SELECT path FROM member.attribute WHERE ready ORDER BY path", &[]);
static PATHS: Statement = Statement::scanning(c"SELECT path FROM member.attribute ORDER BY path", &[]);
static SET_READY: Statement =
    Statement::new(c"UPDATE member.attribute SET ready = true WHERE path OPERATOR(pg_catalog.=) $1", &[TEXTOID]);

/// The datakeys that are filled: filters may read them.
pub fn ready(session: &Session) -> Vec<String> {
    session.run(&READY, &[]).iter().filter_map(|row| row.text().map(str::to_owned)).collect()
}

/// Notes that a datakey is filled; false when it is not registered any more.
pub fn is_ready_now(session: &Session, path: &str) -> bool {
    session.run(&SET_READY, &[path.into()]).processed() == 1
}

/// The datakeys, those that are being filled among them.
pub fn paths(session: &Session) -> Vec<String> {
    session.run(&PATHS, &[]).iter().filter_map(|row| row.text().map(str::to_owned)).collect()
}

static PUT: Statement = Statement::new(
    c"INSERT INTO member.attr_value (path, dataset, value, number, kind)
      SELECT n.path, $1, n.value, n.number::pg_catalog.numeric, n.kind::pg_catalog.\"char\"
        FROM ROWS FROM (pg_catalog.unnest($2), pg_catalog.unnest($3), pg_catalog.unnest($4), pg_catalog.unnest($5))
             AS n (path, value, number, kind)
          ON CONFLICT (path, dataset) DO UPDATE
             SET value = EXCLUDED.value, number = EXCLUDED.number, kind = EXCLUDED.kind",
    &[INT8OID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID],
);

/// Writes what stands at datakeys of a body, under its lock.
pub fn put(session: &Session, dataset: i64, rows: &[(&str, AttrRow)]) {
    let paths: Vec<&str> = rows.iter().map(|(path, _)| *path).collect();
    let values: Vec<Option<&str>> = rows.iter().map(|(_, row)| row.value.as_deref()).collect();
    let numbers: Vec<Option<&str>> = rows.iter().map(|(_, row)| row.number()).collect();
    let kinds: Vec<&str> = rows.iter().map(|(_, row)| row.kind.letter()).collect();
    let args =
        [dataset.into(), Arg::texts(&paths), Arg::some_texts(&values), Arg::some_texts(&numbers), Arg::texts(&kinds)];
    session.run(&PUT, &args);
}

static REMOVE: Statement = Statement::new(
    c"DELETE FROM member.attr_value WHERE path OPERATOR(pg_catalog.=) ANY ($2) AND dataset OPERATOR(pg_catalog.=) $1",
    &[INT8OID, TEXTARRAYOID],
);

/// Takes away what stood at datakeys of a body, under its lock.
pub fn remove(session: &Session, dataset: i64, paths: &[&str]) {
    session.run(&REMOVE, &[dataset.into(), Arg::texts(paths)]);
}

static REGISTER: Statement = Statement::new(
    c"INSERT INTO member.attribute (path, since, ready) VALUES ($1, $2, false) ON CONFLICT DO NOTHING",
    &[TEXTOID, TIMESTAMPTZOID],
);

/// Registers a datakey; whether it is new.
pub fn register(session: &Session, path: &str, at: i64) -> bool {
    session.run(&REGISTER, &[path.into(), Arg::instant(at)]).processed() == 1
}

static FORGET: Statement =
    Statement::new(c"DELETE FROM member.attribute WHERE path OPERATOR(pg_catalog.=) $1", &[TEXTOID]);
static FORGET_VALUES: Statement =
    Statement::new(c"DELETE FROM member.attr_value WHERE path OPERATOR(pg_catalog.=) $1", &[TEXTOID]);

/// Forgets a datakey and what stands there; whether it was registered.
pub fn forget(session: &Session, path: &str) -> bool {
    let was = session.run(&FORGET, &[path.into()]).processed() == 1;
    session.run(&FORGET_VALUES, &[path.into()]);
    was
}
