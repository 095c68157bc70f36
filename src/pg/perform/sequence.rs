//! `sequence_*`: sequences are made, shown, deleted; people enter and leave them (members.md 6.6 and 15).
//!
//! A passage is one way of a head through a sequence. It is written together with its first run: whoever starts one, an
//! event or a call, asks for a run of the Schedule pipeline of the sequence's channel.

use crate::domain::address::AddrType;
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Node, Value, encoded, root};
use crate::domain::pipe::channel::Reach;
use crate::domain::pipe::data::{Data, Object};
use crate::domain::pipe::kind::Kind;
use crate::domain::pipe::scope::Root;
use crate::domain::reply::reply;
use crate::domain::request::{Request, identifier_of, wrong};
use crate::domain::sequence::Sequence;
use crate::pg::guc;
use crate::pg::jsonb::Encoded;
use crate::pg::perform::{channel, pipeline};
use crate::pg::spi::Session;
use crate::pg::store::passage::{self, New};
use crate::pg::store::pipeline_run::{self, Run};
use crate::pg::store::{event_type, head, sequence, sequences};
use crate::pg::worker::wake;

/// A second in the server's microseconds.
const SECOND: i64 = 1_000_000;

/// `sequence_set {id?, name, active?, events, filters?, channel, pipe?, delay?}`: `{"id"}`. With an `id` that is there, keys
/// not given stay.
///
/// Errors: `error/param/…`, `error/sequence/…`, `error/channel/notexists`, `error/event/type`.
pub fn set(session: &Session, request: Value) -> Result<Encoded> {
    let keys = Request::open(request, &[], &[])?;
    let old = keys.number("id")?.map(|id| find(session, id)).transpose()?;
    let before = old.as_ref().map(|(_, kept)| kept);
    let (mut settings, warnings) = Sequence::read(request, before)?;
    if let Some(named) = keys.value("channel")? {
        let name = identifier_of(named).ok_or_else(|| wrong("channel", "a string_id or a number"))?;
        settings.channel = channel::open(session, &name)?.id;
    }
    if settings.channel == 0 {
        return Err(Error::new(Id::ParamMissing, "channel"));
    }
    check(session, &settings)?;
    let begins = settings.active && before.is_none_or(|before| !before.active);
    let id = old.map_or_else(sequence::next_sequence_id, |(id, _)| id);
    sequences::write(session, id, &encoded(&settings.stored())?, begins, guc::statement_micros());
    wake::at_commit();
    Encoded::new(&reply(vec![("id", Node::from(id))], &warnings))
}

/// Refuses what could start nothing.
fn check(session: &Session, settings: &Sequence) -> Result<()> {
    for code in &settings.events {
        if event_type::find(session, code).is_none_or(|found| !found.is_personal) {
            return Err(Error::new(Id::EventType, "events names no known type that is about a person"));
        }
    }
    let refuse = |explain: &str| Err(Error::new(Id::SequenceChannel, explain));
    let channel = channel::open_by_id(session, settings.channel)?;
    if channel.settings.reach != Reach::Direct {
        return refuse("the channel is indirect");
    }
    match pipeline::find_current(session, &channel, Kind::Schedule)? {
        None => refuse("the channel has no pipeline schedule"),
        Some((_, graph)) if settings.pipe.is_some_and(|pipe| graph.pipe(pipe).is_none()) => {
            refuse("the pipeline has no such pipe")
        }
        Some(_) => Ok(()),
    }
}

/// `sequence_get {id}`: `{"obj"}`. Errors: `error/param/missing`, `error/sequence/notexists`.
pub fn get(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &["id"], &[])?;
    let (id, settings) = find(session, request.required("id", request.number("id")?)?)?;
    Encoded::new(&reply(vec![("obj", settings.shown(id))], &request.warnings))
}

/// `sequence_list {}`: `{"list"}`. Errors: `error/param/wrong`.
pub fn list(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &[], &[])?;
    let kept = sequences::list(session);
    let settings: Vec<(i64, Sequence)> =
        kept.iter().map(|kept| Ok((kept.id, Sequence::open(root(kept.settings)?)?))).collect::<Result<_>>()?;
    let shown = settings.iter().map(|(id, settings)| settings.shown(*id));
    Encoded::new(&reply(vec![("list", Node::array(shown))], &request.warnings))
}

/// `sequence_delete {id}`: `{"id"}`; its passages end at their next step. Errors: `error/param/missing`,
/// `error/sequence/notexists`.
pub fn delete(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &["id"], &[])?;
    let id = request.required("id", request.number("id")?)?;
    if !sequences::delete(session, id) {
        return Err(not_exists());
    }
    wake::at_commit();
    Encoded::new(&reply(vec![("id", Node::from(id))], &request.warnings))
}

/// The sequence of this number. Errors: `error/sequence/notexists`, `error/json/corrupt`.
pub fn find(session: &Session, id: i64) -> Result<(i64, Sequence)> {
    let kept = sequences::find(session, id).ok_or_else(not_exists)?;
    Ok((id, Sequence::open(root(kept.settings)?)?))
}

/// Starts a passage of each of these heads, body and identifier, through each of these sequences; gives the heads that
/// entered one: where the channel sends to another type, the person's first head of that type takes the way.
///
/// Errors: `error/sequence/notexists`, `error/channel/notexists`, `error/json/corrupt`.
pub fn start(session: &Session, ids: &[i64], heads: &[(i64, i64)]) -> Result<Vec<(i64, i64)>> {
    let mut entered = Vec::new();
    for id in ids {
        let (_, settings) = find(session, *id)?;
        let addr_type = channel::open_by_id(session, settings.channel)?.settings.addr_type;
        let mut starts = Vec::with_capacity(heads.len());
        for (head, reached) in heads.iter().zip(reached(session, heads, addr_type)?) {
            if let Some(reached) = reached {
                starts.push(Start {
                    sequence: *id,
                    settings: &settings,
                    head: reached,
                    event: 0,
                    told: Data::Object(Object::new()),
                });
                entered.push(*head);
            }
        }
        begin(starts, guc::statement_micros())?;
    }
    Ok(entered)
}

/// Ends all passages of these persons, named by any head, body and identifier, through these sequences; gives those that
/// were on such a way.
///
/// Errors: `error/sequence/notexists`.
pub fn stop(session: &Session, ids: &[i64], heads: &[(i64, i64)]) -> Result<Vec<(i64, i64)>> {
    for id in ids {
        sequences::find(session, *id).ok_or_else(not_exists)?;
    }
    let datasets: Vec<i64> = heads.iter().map(|(dataset, _)| *dataset).collect();
    let stopped = passage::stop(session, &datasets, ids, guc::statement_micros());
    Ok(heads.iter().filter(|(dataset, _)| stopped.contains(dataset)).copied().collect())
}

/// The heads of a type that take the way for these: themselves, or the first one of the type that their body has.
fn reached(session: &Session, heads: &[(i64, i64)], addr_type: Option<AddrType>) -> Result<Vec<Option<(i64, i64)>>> {
    let Some(addr_type) = addr_type else { return Ok(vec![None; heads.len()]) };
    let of_type = head::of_type_among(session, heads, addr_type);
    let reach = |(dataset, id): &(i64, i64)| match of_type.contains(&(*dataset, *id)) {
        true => Ok(Some((*dataset, *id))),
        false => first_of_type(session, *dataset, addr_type),
    };
    heads.iter().map(reach).collect()
}

/// The first head of a type that a body has. Errors: `error/json/corrupt`.
pub fn first_of_type(session: &Session, dataset: i64, addr_type: AddrType) -> Result<Option<(i64, i64)>> {
    let heads = head::names(session, dataset)?;
    let first = heads.into_iter().find(|head| head.address.addr_type == addr_type);
    Ok(first.and_then(|head| head.id).map(|id| (dataset, id)))
}

/// A passage that is to begin.
pub struct Start<'a> {
    /// The sequence.
    pub sequence: i64,
    /// Its settings.
    pub settings: &'a Sequence,
    /// The head that takes the way: body and identifier.
    pub head: (i64, i64),
    /// The event that starts it; 0 for a call.
    pub event: i64,
    /// `$event`.
    pub told: Data,
}

/// Writes passages and their first runs. What is refused is refused before anything is written.
///
/// Errors: `error/json/limit`.
pub fn begin(starts: Vec<Start>, at: i64) -> Result<()> {
    let mut written = Vec::with_capacity(starts.len());
    for start in starts {
        let id = sequence::next_passage_id();
        let input = Data::object([("sequence", Data::from(start.sequence)), ("passage", Data::from(id))]).stored()?;
        let objects = Data::object([(Root::Event.name(), start.told)]).stored()?;
        let (dataset, address_id) = start.head;
        let new = New { id, sequence: start.sequence, dataset, address_id, event: start.event };
        written.push((new, start.settings, input, objects));
    }
    let news: Vec<New> = written.iter().map(|(new, ..)| *new).collect();
    passage::write(&news, at);
    let runs: Vec<Run> = written
        .iter()
        .map(|(new, settings, input, objects)| Run {
            channel: settings.channel,
            kind: Kind::Schedule.name(),
            entry: settings.pipe,
            run_at: Some(at.saturating_add(i64::from(settings.delay) * SECOND)).filter(|_| settings.delay > 0),
            address_id: new.address_id,
            dataset: new.dataset,
            passage: new.id,
            input,
            objects: Some(objects),
            ..Run::default()
        })
        .collect();
    if !runs.is_empty() {
        pipeline_run::enqueue(&runs, at);
    }
    Ok(())
}

#[cold]
fn not_exists() -> Error {
    Error::new(Id::SequenceNotexists, "there is no such sequence")
}
