//! `member_export`: everything that is known about a person, in one document.

use crate::domain::erasure::ErasureRequest;
use crate::domain::error::Result;
use crate::domain::json::{self, Node, Value};
use crate::domain::member::system::{State, free_card};
use crate::domain::member::target::{Kind, Target};
use crate::domain::reply::reply;
use crate::domain::time::show_pg_micros;
use crate::pg::guc;
use crate::pg::jsonb::Encoded;
use crate::pg::perform::get::{self, not_exists};
use crate::pg::perform::resolve;
use crate::pg::perform::traces::Traces;
use crate::pg::spi::Session;
use crate::pg::store::{
    address, body, delivery_error, event_personal, express, head, head_state, hook_personal, journal, live_member,
    message_personal, passage, report, stoplist, subscription, track_personal,
};
use jiff::tz::TimeZone;

/// Performs a request: `{"dataset", "data", "heads", "head", "version", "live_groups", "states", "subscriptions",
/// "entered", "lives", "events", "journal", "batches", "attempts", "tracks", "reports", "messages", "express",
/// "passages"}`.
///
/// Errors: those of reading the request, `error/member/notexists` where nothing is known.
pub fn export(session: &Session, request: Value) -> Result<Encoded> {
    let mut request = ErasureRequest::read(request, false)?;
    let mut warnings = std::mem::take(&mut request.warnings);
    let target = resolve::target(session, &request.email, request.kind, &mut warnings)?;
    Encoded::new(&reply(everything(session, &target)?, &warnings))
}

/// The short form.
pub fn export_address(session: &Session, email: &str) -> Result<Encoded> {
    let mut warnings = Vec::new();
    let target = resolve::target(session, email, Kind::Detect, &mut warnings)?;
    Encoded::new(&reply(everything(session, &target)?, &warnings))
}

type Keys<'a> = Vec<(&'static str, Node<'a>)>;

fn everything<'s>(session: &'s Session, target: &Target) -> Result<Keys<'s>> {
    let known = address::find(session, target)?;
    let traces = Traces::of(session, target, known.as_ref())?;
    let zone = guc::time_zone()?;
    let mut keys = match traces.dataset {
        Some(dataset) => owned(session, dataset, &zone)?,
        None => free(session, &traces, &zone)?,
    };
    let events = event_personal::of(session, &traces.lives, &traces.ids);
    let numbers: Vec<i64> = events.iter().map(|event| event.id).collect();
    let positions = event_personal::positions(session, &numbers);
    keys.push(("lives", Node::array(traces.lives.iter().copied().map(Node::from))));
    keys.push(("events", list(events, |event| told(event, &zone))?));
    keys.push(("journal", list(journal::naming(session, &traces.lives, &traces.ids), |row| written(row, &zone))?));
    keys.push(("batches", list(hook_personal::waiting(session, &positions), |event| waiting(event, &zone))?));
    keys.push(("attempts", list(hook_personal::tried(session, &positions), |attempt| Ok(tried(attempt, &zone)))?));
    let tracks = track_personal::naming(session, traces.mentions.as_deref());
    keys.push(("tracks", list(tracks, |track| naming(track, &zone))?));
    let rows = report::naming(session, &traces.ids, traces.mentions.as_deref());
    keys.push(("reports", list(rows, reported)?));
    let messages = message_personal::of(session, &traces.lives, &traces.ids);
    keys.push(("messages", list(messages, |message| sent(message, &zone))?));
    let mut rows = Vec::new();
    for head in &traces.heads {
        rows.extend(express::of_address(session, &head.address));
    }
    keys.push(("express", list(rows, of_express)?));
    keys.push(("passages", list(passage::of(session, &traces.ids), |passage| passed(passage, &zone))?));
    Ok(keys)
}

/// The row of an express import.
fn of_express<'s>((gid, data): (&'s str, &'s [u8])) -> Result<Node<'s>> {
    Ok(Node::object([("group", Node::from(gid)), ("data", document(Some(data))?)]))
}

fn list<'s, T>(items: Vec<T>, shown: impl Fn(T) -> Result<Node<'s>>) -> Result<Node<'s>> {
    Ok(Node::array(items.into_iter().map(shown).collect::<Result<Vec<_>>>()?))
}

/// A body and its heads. Errors: `error/member/notexists`, `error/json/corrupt`.
fn owned<'s>(session: &'s Session, dataset: i64, zone: &TimeZone) -> Result<Keys<'s>> {
    let mut keys = get::whole(session, dataset)?;
    keys.push(("version", Node::from(body::version(session, dataset))));
    keys.push(("subscriptions", list(subscription::of_body(session, dataset), subscribed)?));
    let live = live_member::of_body(session, dataset).into_iter();
    keys.push((
        "live_groups",
        Node::array(live.map(|(id, gid)| Node::object([("id", Node::from(id)), ("gid", Node::from(gid))]))),
    ));
    keys.push(("states", list(head_state::of_body(session, dataset), |(id, of)| Ok(state(id, &of, zone)))?));
    keys.push(("entered", list(head::entries(session, dataset), |head| Ok(entered(head, zone)))?));
    Ok(keys)
}

fn subscribed<'s>(of: subscription::Subscribed<'s>) -> Result<Node<'s>> {
    Ok(Node::object([
        ("id", Node::from(of.id)),
        ("channel", Node::from(of.channel)),
        ("fields", document(Some(of.fields))?),
    ]))
}

fn state<'s>(id: i64, of: &State<'s>, zone: &TimeZone) -> Node<'s> {
    Node::object([
        ("id", Node::from(id)),
        ("community", Node::from(of.community)),
        ("state", Node::from(of.state)),
        ("at", time(of.at, zone)),
    ])
}

fn entered<'s>(head: head::Entered<'s>, zone: &TimeZone) -> Node<'s> {
    Node::object([
        ("id", Node::from(head.id)),
        ("at", time(head.at, zone)),
        ("origin", head.origin.map_or(Node::Null, Node::from)),
        ("tz", Node::from(head.last_tz.map(i64::from))),
    ])
}

/// What is known of identifiers without a body. Errors: `error/member/notexists` where that is nothing.
fn free<'s>(session: &'s Session, traces: &Traces, zone: &TimeZone) -> Result<Keys<'s>> {
    let mut heads = Vec::with_capacity(1);
    for head in &traces.heads {
        let stops = stoplist::read(session, &head.address);
        let is_unseen = head.id.is_none() && stops.is_empty() && !delivery_error::exists(session, &head.address);
        if is_unseen && express::of_address(session, &head.address).is_empty() {
            return Err(not_exists());
        }
        let error = delivery_error::read(session, &head.address);
        heads.push(free_card(head.id, &head.address, &error, &stops, zone));
    }
    if heads.is_empty() {
        return Err(not_exists());
    }
    Ok(vec![("dataset", Node::Null), ("data", Node::Null), ("addresses", Node::array(heads))])
}

fn time<'s>(at: i64, zone: &TimeZone) -> Node<'s> {
    Node::from(show_pg_micros(at, zone))
}

fn document(bytes: Option<&[u8]>) -> Result<Node<'_>> {
    bytes.map_or(Ok(Node::Null), |bytes| json::root(bytes).map(Node::from))
}

fn told<'s>(event: event_personal::Told<'s>, zone: &TimeZone) -> Result<Node<'s>> {
    Ok(Node::object([
        ("id", Node::from(event.id)),
        ("at", time(event.at, zone)),
        ("event_type", Node::from(event.event_type)),
        ("address_id", Node::from(event.address_id)),
        ("dataset", Node::from(event.dataset)),
        ("version", Node::from(event.version)),
        ("body", document(Some(event.body))?),
    ]))
}

fn written<'s>(row: journal::Naming<'s>, zone: &TimeZone) -> Result<Node<'s>> {
    Ok(Node::object([
        ("id", Node::from(row.id)),
        ("at", time(row.at, zone)),
        ("call", Node::from(row.call)),
        ("dataset", Node::from(row.dataset)),
        ("source_dataset", Node::from(row.source)),
        ("plan", document(Some(row.plan))?),
        ("inverse", document(Some(row.inverse))?),
        ("undone_by", Node::from(row.undone_by)),
    ]))
}

fn waiting<'s>(event: hook_personal::Waiting<'s>, zone: &TimeZone) -> Result<Node<'s>> {
    Ok(Node::object([
        ("hook", Node::from(event.hook)),
        ("batch", Node::from(event.batch)),
        ("at", time(event.at, zone)),
        ("dead", Node::from(i64::from(event.is_dead))),
        ("pos", Node::from(event.pos)),
        ("custom_data", document(event.custom_data)?),
    ]))
}

fn tried<'s>(attempt: hook_personal::Tried<'s>, zone: &TimeZone) -> Node<'s> {
    Node::object([
        ("hook", Node::from(attempt.hook)),
        ("batch", Node::from(attempt.batch)),
        ("at", time(attempt.at, zone)),
        ("attempt", Node::from(i64::from(attempt.attempt))),
        ("state", Node::from(attempt.state)),
        ("status", Node::from(attempt.status.map(i64::from))),
        ("answer", Node::from(attempt.answer)),
    ])
}

fn reported<'s>((id, n, row): (i64, i64, &'s [u8])) -> Result<Node<'s>> {
    Ok(Node::object([("id", Node::from(id)), ("n", Node::from(n)), ("row", document(Some(row))?)]))
}

fn sent<'s>(message: message_personal::Sent<'s>, zone: &TimeZone) -> Result<Node<'s>> {
    Ok(Node::object([
        ("send_message_id", Node::from(message.send_message_id)),
        ("at", time(message.at, zone)),
        ("address_id", Node::from(message.address_id)),
        ("channel", Node::from(message.channel)),
        ("launch", Node::from(Some(message.launch).filter(|launch| *launch != 0))),
        ("content", document(message.content)?),
        ("states", document(message.states)?),
    ]))
}

fn passed<'s>(passage: passage::Told<'s>, zone: &TimeZone) -> Result<Node<'s>> {
    let (ended_at, reason) = passage.end.unzip();
    Ok(Node::object([
        ("id", Node::from(passage.id)),
        ("sequence", Node::from(passage.sequence)),
        ("address_id", Node::from(passage.address_id)),
        ("started_at", time(passage.started_at, zone)),
        ("ended_at", ended_at.map_or(Node::Null, |at| time(at, zone))),
        ("reason", Node::from(reason)),
        ("data", document(passage.data)?),
    ]))
}

fn naming<'s>(track: track_personal::Naming<'s>, zone: &TimeZone) -> Result<Node<'s>> {
    Ok(Node::object([
        ("id", Node::from(track.id)),
        ("action", Node::from(track.action)),
        ("status", Node::from(i64::from(track.status))),
        ("dt", time(track.at, zone)),
        ("info", track.info.map_or(Node::Null, Node::from)),
        ("request", document(Some(track.request))?),
        ("result", document(track.result)?),
    ]))
}
