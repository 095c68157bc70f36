//! `hook_test`, `hook_preview`: what a hook sends, tried with a made-up event or shown for a real one
//! (pipelines-and-hooks.md 10.6, shapes.md 8).

use crate::domain::address::{AddrType, Address};
use crate::domain::error::{Error, Id, Result};
use crate::domain::event::{Kind, sample};
use crate::domain::hook::Hook;
use crate::domain::json::{Decimal, EMPTY_OBJECT, Node, encoded, root};
use crate::pg::guc;
use crate::pg::jsonb::Encoded;
use crate::pg::perform::hook::find;
use crate::pg::perform::outgoing::{Base, is_taken, resolve, resolve_with};
use crate::pg::spi::Session;
use crate::pg::store::event_log::{self, Logged};
use crate::pg::store::event_type;
use crate::pg::store::hook_batch::BatchId;
use crate::sink::{Endpoint, Item, Outcome, Parcel, Verdict, preview};

/// The number of the person whom samples are about: no sequence begins with it.
const SAMPLE_DATASET: i64 = i64::MAX;
/// Her address, of a domain that is kept for examples.
const SAMPLE_EMAIL: &str = "anna@example.com";

/// One event and where it would go.
pub struct Trial {
    /// Where.
    pub endpoint: Endpoint,
    /// The event, alone in its batch.
    pub parcel: Parcel,
}

impl Trial {
    /// A made-up event of a type, as a hook would send it.
    ///
    /// Errors: `error/hook/notexists`, `error/event/type`, `error/json/…`.
    pub fn of_sample(session: &Session, hook: i64, event_type: &str, base: &Base, at: i64) -> Result<Trial> {
        let (kept, settings) = find(session, hook)?;
        let kind = event_type::find(session, event_type);
        let kind = kind.ok_or_else(|| Error::new(Id::EventType, "event_type names no known type"))?;
        let address = || Address { addr_type: AddrType::Email, value: SAMPLE_EMAIL.to_owned() };
        let event = Logged {
            pos: 0,
            id: 0,
            at,
            event_type,
            dataset: if kind.is_personal { SAMPLE_DATASET } else { 0 },
            address: kind.is_personal.then(address),
            body: &sample_of(kind.keys)?,
            life: 0,
            transaction: 0,
        };
        let outgoing = resolve_with(session, &settings, &event, Some(&EMPTY_OBJECT), base)?;
        Ok(Trial::new(hook, kept.revision, settings, outgoing.item, base))
    }

    fn new(hook: i64, revision: i64, settings: Hook, item: Item, base: &Base) -> Trial {
        let parcel = Parcel { batch: BatchId::new().to_string(), db_id: base.list, items: [item].into() };
        Trial { endpoint: Endpoint { hook, revision, transport: settings.sending.transport }, parcel }
    }

    /// What goes over the wire at this time, in Unix seconds.
    pub fn request(&self, now: i64) -> Node<'_> {
        preview::request(&self.endpoint.transport, &self.parcel, now)
    }

    /// `{"ok", "state", "status", "response", "duration_ms", "request"}`.
    pub fn reply(&self, outcome: &Outcome) -> Result<Vec<u8>> {
        let took = Decimal::parse(&format!("{:.3}", outcome.took.as_secs_f64() * 1000.0));
        encoded(&Node::object([
            ("ok", Node::from(outcome.verdict == Verdict::Delivered)),
            ("state", Node::from(outcome.state)),
            ("status", outcome.status.map_or(Node::Null, |status| Node::from(i64::from(status)))),
            ("response", Node::from(outcome.answer.as_str())),
            ("duration_ms", took.map_or(Node::Null, Node::from)),
            ("request", self.request(outcome.sent_at)),
        ]))
    }
}

/// The body of a made-up event with these keys, said to be a test.
fn sample_of(known: &[u8]) -> Result<Vec<u8>> {
    let mut keys = Vec::new();
    for entry in root(known)?.as_object().unwrap_or_default().iter() {
        let (key, value) = entry?;
        keys.push((key, value.as_str().and_then(Kind::parse).unwrap_or(Kind::Text)));
    }
    encoded(&Node::object([("event_data", sample(keys)), ("is_test", Node::from(true))]))
}

/// What `hook_test` would send: `{"dry_run", "request"}`. Errors: those of [`Trial::of_sample`].
pub fn dry_run(session: &Session, hook: i64, event_type: &str) -> Result<Encoded> {
    let at = guc::statement_micros();
    let trial = Trial::of_sample(session, hook, event_type, &Base::here(), at)?;
    Encoded::new(&Node::object([("dry_run", Node::from(1)), ("request", trial.request(unix_seconds(at)))]))
}

/// What a hook would send of an event of the log: `{"taken", "request"}`.
///
/// Errors: `error/hook/notexists`, `error/event/notexists`, `error/json/…`.
pub fn preview(session: &Session, hook: i64, event: i64) -> Result<Encoded> {
    let (kept, settings) = find(session, hook)?;
    let event = event_log::find(session, event)?
        .ok_or_else(|| Error::new(Id::EventNotexists, "the log has no event of this number"))?;
    let base = Base::here();
    let is_taken = is_taken(session, &settings, &event, &base)?;
    let outgoing = resolve(session, &settings, &event, &base)?;
    let trial = Trial::new(hook, kept.revision, settings, outgoing.item, &base);
    let request = trial.request(unix_seconds(guc::statement_micros()));
    Encoded::new(&Node::object([("taken", Node::from(is_taken)), ("request", request)]))
}

/// Unix seconds of the server's microseconds.
pub fn unix_seconds(at: i64) -> i64 {
    i64::try_from(crate::domain::time::unix_micros(at).div_euclid(1_000_000)).unwrap_or_default()
}
