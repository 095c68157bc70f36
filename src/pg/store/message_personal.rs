//! What was sent to a person, read whole and blanked.

use crate::pg::spi::{Arg, Session, Statement};
use pgrx::pg_sys::INT8ARRAYOID;

/// A message to a person, with what became of it.
pub struct Sent<'s> {
    /// Its number.
    pub send_message_id: &'s str,
    /// When it was asked for.
    pub at: i64,
    /// The identifier.
    pub address_id: i64,
    /// The channel.
    pub channel: i64,
    /// The launch; 0 for none.
    pub launch: i64,
    /// What it said, as jsonb, while that is kept.
    pub content: Option<&'s [u8]>,
    /// `[{"at", "state", "reason"}]`, as jsonb.
    pub states: Option<&'s [u8]>,
}

static OF: Statement = Statement::scanning(
    c"SELECT m.send_message_id, m.at, m.address_id, m.channel, m.launch, c.content,
             (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('at', s.at, 'state', s.state, 'reason', s.reason)
                                          ORDER BY s.at)
                FROM member.message_state s
               WHERE s.dataset OPERATOR(pg_catalog.=) m.dataset
                 AND s.send_message_id OPERATOR(pg_catalog.=) m.send_message_id)
        FROM member.message m
        LEFT JOIN member.message_content c
          ON c.dataset OPERATOR(pg_catalog.=) m.dataset AND c.send_message_id OPERATOR(pg_catalog.=) m.send_message_id
       WHERE m.dataset OPERATOR(pg_catalog.=) ANY ($1) OR m.address_id OPERATOR(pg_catalog.=) ANY ($2)
       ORDER BY m.at, m.send_message_id",
    &[INT8ARRAYOID, INT8ARRAYOID],
);

/// The messages to these bodies and heads, oldest first.
pub fn of<'s>(session: &'s Session, datasets: &[i64], heads: &[i64]) -> Vec<Sent<'s>> {
    let rows = session.run(&OF, &[Arg::bigints(datasets), Arg::bigints(heads)]);
    let sent = rows.iter().map(|row| Sent {
        send_message_id: row.text().unwrap_or_default(),
        at: row.bigint().unwrap_or_default(),
        address_id: row.bigint().unwrap_or_default(),
        channel: row.bigint().unwrap_or_default(),
        launch: row.bigint().unwrap_or_default(),
        content: row.jsonb(),
        states: row.jsonb(),
    });
    sent.collect()
}

static BLANK: Statement = Statement::scanning(
    c"WITH content AS (
          UPDATE member.message_content c SET content = 'null'
            FROM member.message m
           WHERE m.dataset OPERATOR(pg_catalog.=) c.dataset
             AND m.send_message_id OPERATOR(pg_catalog.=) c.send_message_id
             AND (m.dataset OPERATOR(pg_catalog.=) ANY ($1) OR m.address_id OPERATOR(pg_catalog.=) ANY ($2))), said AS (
          UPDATE member.message_state s SET reason = NULL
            FROM member.message m
           WHERE m.dataset OPERATOR(pg_catalog.=) s.dataset
             AND m.send_message_id OPERATOR(pg_catalog.=) s.send_message_id AND s.reason IS NOT NULL
             AND (m.dataset OPERATOR(pg_catalog.=) ANY ($1) OR m.address_id OPERATOR(pg_catalog.=) ANY ($2)))
      UPDATE member.message m SET custom_data = NULL
       WHERE m.dataset OPERATOR(pg_catalog.=) ANY ($1) OR m.address_id OPERATOR(pg_catalog.=) ANY ($2)",
    &[INT8ARRAYOID, INT8ARRAYOID],
);

/// Empties what was said to these bodies and heads, and what the other side answered. What stays are numbers. How many
/// messages.
pub fn blank(session: &Session, datasets: &[i64], heads: &[i64]) -> u64 {
    session.run(&BLANK, &[Arg::bigints(datasets), Arg::bigints(heads)]).processed()
}
