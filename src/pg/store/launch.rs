//! `member.launch` and `member.launch_state`: launches, and where they are.

use crate::domain::message::state::State;
use crate::domain::message::suppress::Purpose;
use crate::pg::spi::{Arg, Session, Statement};
use pgrx::pg_sys::{BOOLOID, INT4OID, INT8ARRAYOID, INT8OID, JSONBOID, TEXTOID, TIMESTAMPTZOID};

/// A launch.
#[derive(Clone, Debug, Default)]
pub struct Launch {
    /// Its number.
    pub id: i64,
    /// When it was asked for.
    pub at: i64,
    /// The channel.
    pub channel: i64,
    /// Its name.
    pub name: String,
    /// What its messages are for.
    pub purpose: Purpose,
    /// The campaign; 0 for none, as in all that follow.
    pub campaign: i64,
    /// The template.
    pub template: i64,
    /// The letter.
    pub letter: i64,
    /// The sender.
    pub sender: i64,
    /// The resource.
    pub resource: i64,
    /// Whether it is a test.
    pub is_test: bool,
    /// Not before this.
    pub start: Option<i64>,
    /// Not after this.
    pub stop: Option<i64>,
    /// What all its messages see beside their own, as jsonb.
    pub objects: Vec<u8>,
    /// What the caller gave for events, as jsonb.
    pub custom_data: Option<Vec<u8>>,
    /// The message of a launch to a place.
    pub send_message_id: Option<String>,
    /// The track that makes its messages.
    pub track: Option<i64>,
}

static WRITE: Statement = Statement::new(
    c"INSERT INTO member.launch
             (id, at, channel, name, purpose, campaign, template, letter, sender, resource, is_test, start_at, stop_at,
              objects, custom_data, send_message_id)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
      ON CONFLICT (id) DO UPDATE
         SET at = $2, channel = $3, name = $4, purpose = $5, campaign = $6, template = $7, letter = $8, sender = $9,
             resource = $10, is_test = $11, start_at = $12, stop_at = $13, objects = $14, custom_data = $15,
             send_message_id = $16",
    &[
        INT8OID,
        TIMESTAMPTZOID,
        INT8OID,
        TEXTOID,
        TEXTOID,
        INT8OID,
        INT8OID,
        INT8OID,
        INT8OID,
        INT8OID,
        BOOLOID,
        TIMESTAMPTZOID,
        TIMESTAMPTZOID,
        JSONBOID,
        JSONBOID,
        TEXTOID,
    ],
);

/// Writes a launch, new or written anew, without its track.
pub fn write(session: &Session, launch: &Launch) {
    let instant = |at: Option<i64>| at.map_or(Arg::NULL, Arg::instant);
    let args = [
        launch.id.into(),
        Arg::instant(launch.at),
        launch.channel.into(),
        launch.name.as_str().into(),
        launch.purpose.name().into(),
        launch.campaign.into(),
        launch.template.into(),
        launch.letter.into(),
        launch.sender.into(),
        launch.resource.into(),
        launch.is_test.into(),
        instant(launch.start),
        instant(launch.stop),
        Arg::jsonb(&launch.objects),
        launch.custom_data.as_deref().map_or(Arg::NULL, Arg::jsonb),
        launch.send_message_id.as_deref().into(),
    ];
    session.run(&WRITE, &args);
}

static TRACK: Statement =
    Statement::new(c"UPDATE member.launch SET track = $2 WHERE id OPERATOR(pg_catalog.=) $1", &[INT8OID, INT8OID]);

/// Notes which track makes the messages of a launch that was just written.
pub fn note_track(session: &Session, id: i64, track: i64) {
    session.run(&TRACK, &[id.into(), track.into()]);
}

static FIND: Statement = Statement::new(
    c"SELECT id, at, channel, name, purpose, campaign, template, letter, sender, resource, is_test, start_at, stop_at,
             objects, custom_data, send_message_id, track
        FROM member.launch WHERE id OPERATOR(pg_catalog.=) $1",
    &[INT8OID],
);

/// The launch of this number.
pub fn find(session: &Session, id: i64) -> Option<Launch> {
    let row = session.run(&FIND, &[id.into()]).first()?;
    let number = || row.bigint().unwrap_or_default();
    Some(Launch {
        id: number(),
        at: number(),
        channel: number(),
        name: row.text().unwrap_or_default().to_owned(),
        purpose: row.text().and_then(Purpose::parse).unwrap_or_default(),
        campaign: number(),
        template: number(),
        letter: number(),
        sender: number(),
        resource: number(),
        is_test: row.truth(),
        start: row.bigint(),
        stop: row.bigint(),
        objects: row.jsonb().unwrap_or_default().to_vec(),
        custom_data: row.jsonb().map(<[u8]>::to_vec),
        send_message_id: row.text().map(str::to_owned),
        track: row.bigint(),
    })
}

static OBJECTS: Statement =
    Statement::new(c"SELECT objects FROM member.launch WHERE id OPERATOR(pg_catalog.=) $1", &[INT8OID]);

/// What all messages of a launch see, as jsonb.
pub fn objects(session: &Session, id: i64) -> Option<&[u8]> {
    session.run(&OBJECTS, &[id.into()]).first().and_then(|row| row.jsonb())
}

static OF_CAMPAIGN: Statement = Statement::new(
    c"SELECT id FROM member.launch
       WHERE campaign OPERATOR(pg_catalog.=) $1 AND campaign OPERATOR(pg_catalog.<>) 0 ORDER BY id",
    &[INT8OID],
);

/// The launches of a campaign.
pub fn of_campaign(session: &Session, campaign: i64) -> Vec<i64> {
    session.run(&OF_CAMPAIGN, &[campaign.into()]).iter().filter_map(|row| row.bigint()).collect()
}

static OF_TRACK: Statement =
    Statement::scanning(c"SELECT id FROM member.launch WHERE track OPERATOR(pg_catalog.=) $1", &[INT8OID]);

/// The launch whose messages a track makes.
pub fn of_track(session: &Session, track: i64) -> Option<i64> {
    session.run(&OF_TRACK, &[track.into()]).first().and_then(|row| row.bigint())
}

static HOLD: Statement =
    Statement::new(c"SELECT FROM member.launch WHERE id OPERATOR(pg_catalog.=) $1 FOR NO KEY UPDATE", &[INT8OID]);

/// Lets nobody else take a step of a launch until the transaction ends.
pub fn hold(session: &Session, id: i64) {
    session.run(&HOLD, &[id.into()]);
}

static STATE: Statement = Statement::new(
    c"SELECT state, n FROM member.launch_state WHERE launch OPERATOR(pg_catalog.=) $1 ORDER BY n DESC LIMIT 1",
    &[INT8OID],
);

/// Where a launch is, and after how many steps.
pub fn state(session: &Session, id: i64) -> Option<(State, i32)> {
    let row = session.run(&STATE, &[id.into()]).first()?;
    Some((row.text().and_then(State::parse)?, row.integer().unwrap_or_default()))
}

static STEP: Statement = Statement::new(
    c"INSERT INTO member.launch_state (launch, n, at, state, reason) VALUES ($1, $2, $3, $4, $5)",
    &[INT8OID, INT4OID, TIMESTAMPTZOID, TEXTOID, TEXTOID],
);

/// Notes a step of a launch that is held.
pub fn note(session: &Session, id: i64, n: i32, at: i64, state: State, reason: Option<&str>) {
    session.run(&STEP, &[id.into(), n.into(), Arg::instant(at), state.name().into(), reason.into()]);
}

static HALTED: Statement = Statement::new(
    c"SELECT l.id FROM member.launch l,
             LATERAL (SELECT t.state FROM member.launch_state t
                       WHERE t.launch OPERATOR(pg_catalog.=) l.id ORDER BY t.n DESC LIMIT 1) s
       WHERE l.id OPERATOR(pg_catalog.=) ANY ($1)
         AND (s.state OPERATOR(pg_catalog.=) 'rejected' OR s.state OPERATOR(pg_catalog.=) 'stopping'
              OR s.state OPERATOR(pg_catalog.=) 'stopped' OR l.stop_at OPERATOR(pg_catalog.<=) $2)",
    &[INT8ARRAYOID, TIMESTAMPTZOID],
);

/// Those of these launches whose messages may not be begun at this instant any more.
pub fn halted(session: &Session, ids: &[i64], at: i64) -> Vec<i64> {
    session.run(&HALTED, &[Arg::bigints(ids), Arg::instant(at)]).iter().filter_map(|row| row.bigint()).collect()
}
