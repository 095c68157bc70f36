//! `member.head_state`: what heads are to communities and bots.

use crate::domain::member::system::State;
use crate::pg::spi::{Arg, Session, Statement};
use pgrx::pg_sys::{INT8OID, JSONBOID, TEXTOID, TIMESTAMPTZOID};

static OF_HEAD: Statement = Statement::new(
    c"SELECT community, state, at FROM member.head_state
       WHERE dataset OPERATOR(pg_catalog.=) $1 AND id OPERATOR(pg_catalog.=) $2 ORDER BY community, state",
    &[INT8OID, INT8OID],
);

/// The states of a head, by community.
pub fn of_head(session: &Session, dataset: i64, id: i64) -> Vec<State<'_>> {
    let rows = session.run(&OF_HEAD, &[dataset.into(), id.into()]);
    rows.iter()
        .map(|row| State {
            community: row.bigint().unwrap_or_default(),
            state: row.text().unwrap_or_default(),
            at: row.bigint().unwrap_or_default(),
        })
        .collect()
}

static OF_BODY: Statement = Statement::new(
    c"SELECT id, community, state, at FROM member.head_state
       WHERE dataset OPERATOR(pg_catalog.=) $1 ORDER BY id, community, state",
    &[INT8OID],
);

/// The states of all heads of a body, each with the number of its head.
pub fn of_body(session: &Session, dataset: i64) -> Vec<(i64, State<'_>)> {
    let rows = session.run(&OF_BODY, &[dataset.into()]);
    rows.iter()
        .map(|row| {
            let id = row.bigint().unwrap_or_default();
            let community = row.bigint().unwrap_or_default();
            let (state, at) = (row.text().unwrap_or_default(), row.bigint().unwrap_or_default());
            (id, State { community, state, at })
        })
        .collect()
}

static NOTE: Statement = Statement::new(
    c"INSERT INTO member.head_state AS s (dataset, id, community, state, at) VALUES ($1, $2, $3, $4, $5)
          ON CONFLICT (dataset, id, community, state) DO UPDATE SET at = $5
       WHERE s.at OPERATOR(pg_catalog.<) $5",
    &[INT8OID, INT8OID, INT8OID, TEXTOID, TIMESTAMPTZOID],
);

/// Notes a state, under the lock of the body; false where a later report of it is there already.
pub fn note(session: &Session, dataset: i64, id: i64, state: State) -> bool {
    let args = [dataset.into(), id.into(), state.community.into(), state.state.into(), Arg::instant(state.at)];
    session.run(&NOTE, &args).processed() == 1
}

static FORGET: Statement = Statement::new(
    c"DELETE FROM member.head_state WHERE dataset OPERATOR(pg_catalog.=) $1 AND id OPERATOR(pg_catalog.=) $2",
    &[INT8OID, INT8OID],
);

/// Forgets the states of a head that goes, under the lock of its body.
pub fn forget(session: &Session, dataset: i64, id: i64) {
    session.run(&FORGET, &[dataset.into(), id.into()]);
}

static MOVE: Statement = Statement::new(
    c"UPDATE member.head_state SET dataset = $3
       WHERE dataset OPERATOR(pg_catalog.=) $1 AND id OPERATOR(pg_catalog.=) $2",
    &[INT8OID, INT8OID, INT8OID],
);

/// Takes the states of a head along to another body, under the locks of both.
pub fn move_to(session: &Session, from: i64, id: i64, to: i64) {
    session.run(&MOVE, &[from.into(), id.into(), to.into()]);
}

static RESTORE: Statement = Statement::new(
    c"INSERT INTO member.head_state (dataset, id, community, state, at)
      SELECT r.dataset, r.id, r.community, r.state, r.at
        FROM pg_catalog.jsonb_populate_recordset(NULL::member.head_state, $1) r",
    &[JSONBOID],
);

/// Brings the states of a head back as the journal keeps them.
pub fn restore(session: &Session, rows: &[u8]) {
    session.run(&RESTORE, &[Arg::jsonb(rows)]);
}
