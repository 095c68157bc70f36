//! `member.message`, `member.message_state`, `member.message_content`: messages, what became of them, what they said.

use crate::pg::spi::{Arg, Session, Statement};
use pgrx::pg_sys::{BOOLOID, INT8ARRAYOID, INT8OID, JSONBOID, TEXTARRAYOID, TEXTOID, TIMESTAMPTZOID};

/// What messages of one sending share.
#[derive(Clone, Copy, Default)]
pub struct Shared<'a> {
    /// When they were asked for.
    pub at: i64,
    /// The channel.
    pub channel: i64,
    /// The launch; 0 for none, as in all that follow.
    pub launch: i64,
    /// The campaign.
    pub campaign: i64,
    /// The template.
    pub template: i64,
    /// The sender.
    pub sender: i64,
    /// The resource.
    pub resource: i64,
    /// Whether it is a test.
    pub is_test: bool,
    /// What the caller gave for events, as jsonb; the launch's own are with the launch.
    pub custom_data: Option<&'a [u8]>,
}

/// A message that is to be written.
#[derive(Clone, Debug)]
pub struct New<'a> {
    /// The body; 0 for a placement, and for an identifier that is no subscriber's.
    pub dataset: i64,
    /// Its number.
    pub send_message_id: String,
    /// The identifier; 0 for a placement.
    pub address_id: i64,
    /// Why it is not sent; none for one that is.
    pub suppressed: Option<&'a str>,
}

static WRITE: Statement = Statement::new(
    c"WITH said AS (
          INSERT INTO member.message_state (dataset, send_message_id, at, state, reason)
          SELECT n.dataset, n.smid, $5, CASE WHEN n.reason IS NULL THEN 'queued' ELSE 'suppress' END, n.reason
            FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2), pg_catalog.unnest($4)) AS n (dataset, smid, reason))
      INSERT INTO member.message
             (dataset, send_message_id, address_id, at, channel, launch, campaign, template, sender, resource,
              is_test, custom_data)
      SELECT n.dataset, n.smid, n.address_id, $5, $6, $7, $8, $9, $10, $11, $12, $13
        FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2), pg_catalog.unnest($3)) AS n (dataset, smid, address_id)",
    &[
        INT8ARRAYOID,
        TEXTARRAYOID,
        INT8ARRAYOID,
        TEXTARRAYOID,
        TIMESTAMPTZOID,
        INT8OID,
        INT8OID,
        INT8OID,
        INT8OID,
        INT8OID,
        INT8OID,
        BOOLOID,
        JSONBOID,
    ],
);

/// Writes messages, each with its first state.
pub fn write(session: &Session, messages: &[New], shared: &Shared) {
    let datasets: Vec<i64> = messages.iter().map(|message| message.dataset).collect();
    let numbers: Vec<&str> = messages.iter().map(|message| message.send_message_id.as_str()).collect();
    let heads: Vec<i64> = messages.iter().map(|message| message.address_id).collect();
    let reasons: Vec<Option<&str>> = messages.iter().map(|message| message.suppressed).collect();
    let args = [
        Arg::bigints(&datasets),
        Arg::texts(&numbers),
        Arg::bigints(&heads),
        Arg::some_texts(&reasons),
        Arg::instant(shared.at),
        shared.channel.into(),
        shared.launch.into(),
        shared.campaign.into(),
        shared.template.into(),
        shared.sender.into(),
        shared.resource.into(),
        shared.is_test.into(),
        shared.custom_data.map_or(Arg::NULL, Arg::jsonb),
    ];
    session.run(&WRITE, &args);
}

/// A message as it is kept.
pub struct Kept<'s> {
    /// The body; 0 for a placement.
    pub dataset: i64,
    /// The identifier; 0 for a placement.
    pub address_id: i64,
    /// The channel.
    pub channel: i64,
    /// The launch; 0 for none, as in all that follow.
    pub launch: i64,
    /// The campaign.
    pub campaign: i64,
    /// The template.
    pub template: i64,
    /// The sender.
    pub sender: i64,
    /// The resource.
    pub resource: i64,
    /// Whether it is a test.
    pub is_test: bool,
    /// What its events carry, as jsonb.
    pub custom_data: Option<&'s [u8]>,
}

static FIND: Statement = Statement::new(
    c"SELECT m.dataset, m.address_id, m.channel, m.launch, m.campaign, m.template, m.sender, m.resource,
             m.is_test, COALESCE(m.custom_data, (SELECT l.custom_data FROM member.launch l
                                                  WHERE l.id OPERATOR(pg_catalog.=) m.launch))
        FROM member.message m WHERE m.send_message_id OPERATOR(pg_catalog.=) $1",
    &[TEXTOID],
);

/// The message of this number.
pub fn find<'s>(session: &'s Session, send_message_id: &str) -> Option<Kept<'s>> {
    let row = session.run(&FIND, &[send_message_id.into()]).first()?;
    let number = || row.bigint().unwrap_or_default();
    Some(Kept {
        dataset: number(),
        address_id: number(),
        channel: number(),
        launch: number(),
        campaign: number(),
        template: number(),
        sender: number(),
        resource: number(),
        is_test: row.truth(),
        custom_data: row.jsonb(),
    })
}

static NOTE: Statement = Statement::new(
    c"INSERT INTO member.message_state (dataset, send_message_id, at, state, reason) VALUES ($1, $2, $3, $4, $5)",
    &[INT8OID, TEXTOID, TIMESTAMPTZOID, TEXTOID, TEXTOID],
);

/// Notes what became of a message.
pub fn note(session: &Session, dataset: i64, send_message_id: &str, at: i64, state: &str, reason: Option<&str>) {
    session.run(&NOTE, &[dataset.into(), send_message_id.into(), Arg::instant(at), state.into(), reason.into()]);
}

static KEEP: Statement = Statement::new(
    c"INSERT INTO member.message_content (dataset, send_message_id, content, expires_at) VALUES ($1, $2, $3, $4)",
    &[INT8OID, TEXTOID, JSONBOID, TIMESTAMPTZOID],
);

/// Keeps what a message says until an instant.
pub fn keep(session: &Session, dataset: i64, send_message_id: &str, content: &[u8], until: i64) {
    session.run(&KEEP, &[dataset.into(), send_message_id.into(), Arg::jsonb(content), Arg::instant(until)]);
}

static CONTENT: Statement = Statement::new(
    c"SELECT c.content FROM member.message m
        JOIN member.message_content c
          ON c.dataset OPERATOR(pg_catalog.=) m.dataset AND c.send_message_id OPERATOR(pg_catalog.=) m.send_message_id
       WHERE m.send_message_id OPERATOR(pg_catalog.=) $1 AND c.expires_at OPERATOR(pg_catalog.>) $2",
    &[TEXTOID, TIMESTAMPTZOID],
);

/// What a message said, as jsonb, while that is kept.
pub fn content<'s>(session: &'s Session, send_message_id: &str, at: i64) -> Option<&'s [u8]> {
    let rows = session.run(&CONTENT, &[send_message_id.into(), Arg::instant(at)]);
    rows.first().and_then(|row| row.jsonb())
}

static FORGET: Statement = Statement::new(
    c"DELETE FROM member.message_content WHERE expires_at OPERATOR(pg_catalog.<=) $1",
    &[TIMESTAMPTZOID],
);

/// Forgets what messages said whose time is over.
pub fn forget(session: &Session, at: i64) {
    session.run(&FORGET, &[Arg::instant(at)]);
}
