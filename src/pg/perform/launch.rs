//! Launches: their steps, the track that makes the messages of one to a group, and stopping (pipelines-and-hooks.md 5.6, 5.7).

use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Node, Value, encoded, root};
use crate::domain::member::target::{Kind as TargetKind, Target};
use crate::domain::message::state::{State, Step};
use crate::domain::pipe::channel::Reach;
use crate::domain::pipe::data::{Data, Object};
use crate::domain::pipe::kind::Kind;
use crate::domain::pipe::pipes::Level;
use crate::domain::reply::reply;
use crate::domain::request::Request;
use crate::pg::guc;
use crate::pg::jsonb::Encoded;
use crate::pg::perform::gathered::{self, Named};
use crate::pg::perform::job::{self, Part, Progress};
use crate::pg::perform::newbie::reaches;
use crate::pg::perform::selection::{PARAMETERS, Selection};
use crate::pg::perform::sending::{Outcome, Sending, has_pipeline};
use crate::pg::perform::{channel, launch_rows, members, resolve, track};
use crate::pg::savepoint::Savepoint;
use crate::pg::spi::Session;
use crate::pg::store::group::Group;
use crate::pg::store::launch::{self, Launch};
use crate::pg::store::pipe_log::{self, Line};
use crate::pg::store::track::{New, stop as stop_track};
use crate::pg::store::{address, body, track_address};
use std::borrow::Cow;

/// The track that makes the messages of a launch.
pub const KIND: job::Kind = job::Kind { action: "message.launch", is_alone: false, chunk: part };

/// How many heads a part takes: as many bodies are under lock at a time.
const CHUNK: i64 = 1000;

/// Writes a new launch, and its first state.
pub fn begin(session: &Session, launch: &Launch) {
    launch::write(session, launch);
    launch::note(session, launch.id, 1, launch.at, State::Draft, None);
}

/// Takes a launch that moderation refused back to its beginning; gives its number. Then comes [`rewrite`].
///
/// Errors: `error/launch/notexists`, `error/launch/state`.
pub fn edit(session: &Session, id: i64) -> Result<i64> {
    launch::find(session, id).ok_or_else(not_exists)?;
    match step(session, id, Step::Edit, None) {
        Some(_) => Ok(id),
        None => Err(Error::new(Id::LaunchState, "moderation did not refuse the launch")),
    }
}

/// Writes what a launch is from now on.
pub fn rewrite(session: &Session, launch: &Launch) {
    launch::write(session, launch);
}

/// Takes a step of a launch; gives where it is then. A step that has no meaning any more, or not yet, is left out and
/// noted in the log of pipelines.
pub fn step(session: &Session, id: i64, step: Step, reason: Option<&str>) -> Option<State> {
    launch::hold(session, id);
    let (state, n) = launch::state(session, id)?;
    let Some(next) = state.after(step) else {
        ignored(session, id, state, step);
        return None;
    };
    launch::note(session, id, n + 1, guc::statement_micros(), next, reason);
    Some(next)
}

fn ignored(session: &Session, id: i64, state: State, step: Step) {
    let message = format!("launch {id} is {}: {} is ignored", state.name(), step.words());
    pipe_log::write(&Line {
        at: guc::statement_micros(),
        channel: launch::find(session, id).map(|launch| launch.channel).unwrap_or_default(),
        pipeline: if matches!(step, Step::Pass | Step::Refuse) { Kind::Moderate.name() } else { Kind::Stop.name() },
        pipe: 0,
        run: 0,
        level: Level::Warn,
        prefix: "launch|",
        message: &message,
    });
}

/// Whether a launch's messages are being sent.
pub fn is_sending(session: &Session, id: i64) -> bool {
    launch::state(session, id).is_some_and(|(state, _)| state == State::Sending)
}

/// What a launch's messages see beside their own objects; nothing for one that is not there. Errors: `error/json/corrupt`.
pub fn objects(session: &Session, id: i64) -> Result<Object> {
    let Some(stored) = launch::objects(session, id) else { return Ok(Object::new()) };
    Ok(match Data::open(root(stored)?)? {
        Data::Object(objects) => objects,
        _ => Object::new(),
    })
}

/// Has a track make the messages of a launch; gives its number. Errors: `error/param/wrong`.
pub fn enlist(session: &Session, launch: i64, mut named: Named, info: Option<&str>) -> Result<i64> {
    let mut keys = std::mem::take(&mut named.keys);
    keys.push(("launch", Node::from(launch)));
    let work = encoded(&Node::object(keys))?;
    let track = track::begin(&New { action: KIND.action, info, request: &work, total: named.total })?;
    named.write(track);
    launch::note_track(session, launch, track);
    Ok(track)
}

/// Where a part stopped.
#[derive(Default)]
struct Reached {
    /// The last number looked at.
    behind: i64,
    /// How many messages were handed over.
    sent: i64,
    /// Heads that went to other bodies while theirs were waited for.
    again: Vec<i64>,
    /// Of the group of an express import: the last identifier looked at.
    value: String,
}

impl Reached {
    fn read(state: Option<Value>) -> Result<Reached> {
        let Some(object) = state.and_then(|state| state.as_object()) else { return Ok(Reached::default()) };
        let number = |key: &str| Ok::<_, Error>(object.get(key)?.and_then(|value| value.as_i64()).unwrap_or_default());
        let again = object.get("again")?.and_then(|list| list.as_array());
        let again = again.into_iter().flat_map(|list| list.iter()).filter_map(|id| id.ok()?.as_i64()).collect();
        let value = object.get("value")?.and_then(|value| value.as_str()).unwrap_or_default().to_owned();
        Ok(Reached { behind: number("behind")?, sent: number("sent")?, again, value })
    }

    fn stored(&self) -> Result<Vec<u8>> {
        encoded(&Node::object([
            ("behind", Node::from(self.behind)),
            ("sent", Node::from(self.sent)),
            ("again", Node::array(self.again.iter().copied().map(Node::from))),
            ("value", Node::from(self.value.as_str())),
        ]))
    }
}

/// Makes the next messages.
fn part(session: &Session, part: &Part) -> Result<Progress> {
    let known: Vec<&str> = PARAMETERS.into_iter().chain(["launch"]).chain(gathered::KEYS).collect();
    let request = Request::open(part.request, &known, &[])?;
    let id = request.required("launch", request.number("launch")?)?;
    let launch = launch::find(session, id).ok_or_else(not_exists)?;
    if let Some(state) = gathered::step(session, part, &request, part.state)? {
        return Ok(Progress::More { done: part.done, state });
    }
    let mut reached = Reached::read(part.state)?;
    // Whoever stops it waits for this part.
    launch::hold(session, id);
    if !launch::halted(session, &[id], part.at).is_empty() {
        if launch.stop.is_some_and(|stop| stop <= part.at) {
            step(session, id, Step::Stop { by_pipeline: false }, Some("stop_time"));
        }
        return finished(&launch, part.done, reached.sent);
    }
    let sending = Sending::of(session, launch)?;
    if part.state.is_none() {
        part.tell(session, "sending", None);
    }
    let (heads, last, is_last) = match part.track.filter(|_| gathered::is_written(&request)) {
        Some(track) => written(session, &request, &sending, track, reached.behind)?,
        None => {
            let selection = Selection::read(session, &request)?;
            if let Some(group) = selection.express() {
                return rows_part(session, part, &sending, group, reached);
            }
            let heads = members::next_of(session, &selection, reached.behind, CHUNK)?;
            let (last, is_last) = (heads.last().map(|(_, id)| *id), (heads.len() as i64) < CHUNK);
            (heads, last, is_last)
        }
    };
    reached.behind = last.unwrap_or(reached.behind);
    let moved = std::mem::take(&mut reached.again);
    let heads: Vec<(i64, i64)> = found_again(session, &moved)?.into_iter().chain(heads).collect();
    let datasets: Vec<i64> = heads.iter().map(|(dataset, _)| *dataset).collect();
    body::lock_all(session, &datasets);
    let outcomes = sending.hand_over(session, &heads, None)?;
    for ((_, id), outcome) in heads.iter().zip(&outcomes) {
        match outcome {
            Outcome::Sent(_) => reached.sent += 1,
            Outcome::Gone => reached.again.push(*id),
            Outcome::Suppressed(..) | Outcome::NoNeed => {}
        }
    }
    let done = part.done + outcomes.len() as i64 - reached.again.len() as i64;
    if !is_last || !reached.again.is_empty() {
        return Ok(Progress::More { done, state: reached.stored()? });
    }
    step(session, id, Step::Finish, None);
    finished(&sending.launch, done, reached.sent)
}

/// Makes the next messages to the group of an express import.
fn rows_part(
    session: &Session,
    part: &Part,
    sending: &Sending,
    group: &Group,
    mut reached: Reached,
) -> Result<Progress> {
    let next = launch_rows::next(session, sending, group, &reached.value)?;
    let done = part.done + next.looked;
    reached.sent += next.sent;
    match next.last {
        Some(last) => Ok(Progress::More { done, state: Reached { value: last, ..reached }.stored()? }),
        None => {
            step(session, sending.launch.id, Step::Finish, None);
            finished(&sending.launch, done, reached.sent)
        }
    }
}

/// Heads, the place that the next ones are behind, and whether there are no more.
type Next = (Vec<(i64, i64)>, Option<i64>, bool);

/// The heads behind the next identifiers that were written down, of the type that the channel reaches.
fn written(session: &Session, request: &Request, sending: &Sending, track: i64, behind: i64) -> Result<Next> {
    let kind = TargetKind::of(request, "addr_type")?;
    let rows = track_address::next(session, track, behind, CHUNK);
    let (last, is_last) = (rows.last().map(|(n, _)| *n), (rows.len() as i64) < CHUNK);
    let list: Vec<Cow<str>> = rows.into_iter().map(|(_, value)| Cow::Borrowed(value)).collect();
    let targets: Vec<Target> = resolve::each(session, &list, kind, &mut Vec::new()).into_iter().flatten().collect();
    let known = address::find_all(session, &targets)?.into_iter().flatten();
    let mut heads: Vec<(i64, i64)> = known
        .filter(|known| reaches(sending, known.address.addr_type))
        .filter_map(|known| Some((known.owner?.dataset, known.id)))
        .collect();
    // One message for each, however often it is written.
    heads.sort_unstable();
    heads.dedup();
    Ok((heads, last, is_last))
}

/// Where these heads are now; those that are nobody's are left out.
fn found_again(session: &Session, ids: &[i64]) -> Result<Vec<(i64, i64)>> {
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        let known = address::find(session, &Target::Id(*id))?;
        found.extend(known.and_then(|known| known.owner).map(|owner| (owner.dataset, *id)));
    }
    Ok(found)
}

fn finished(launch: &Launch, done: i64, sent: i64) -> Result<Progress> {
    let keys = [("issue.id", Node::from(launch.id)), ("count", Node::from(sent))];
    Ok(Progress::Done { done, result: encoded(&Node::object(keys))? })
}

/// `pipeline_stop {launch | issue.id | campaign}`: nothing more of it is sent, and a placement is taken down by the Stop
/// pipeline of its channel. `{"list": [{"issue.id", "state"}]}`.
///
/// Errors: `error/param/…`, `error/launch/notexists`.
pub fn stop(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &["issue.id", "launch", "campaign"], &[])?;
    let launches = match (request.number("issue.id")?.or(request.number("launch")?), request.number("campaign")?) {
        (Some(launch), _) => vec![launch],
        (None, Some(campaign)) => launch::of_campaign(session, campaign),
        (None, None) => return Err(Error::new(Id::ParamMissing, "issue.id or campaign")),
    };
    let stopped = |id: i64| {
        let launch = launch::find(session, id).ok_or_else(not_exists)?;
        let state = stop_one(session, &launch)?;
        Ok(Node::object([("issue.id", Node::from(id)), ("state", Node::from(state.name()))]))
    };
    // A channel that refuses the run which stops one leaves all of them as they are.
    let list: Vec<Node> = Savepoint::around(|| launches.into_iter().map(stopped).collect())?;
    Encoded::new(&reply(vec![("list", Node::array(list))], &request.warnings))
}

fn stop_one(session: &Session, launch: &Launch) -> Result<State> {
    // In the order in which its parts take these locks.
    if let Some(track) = launch.track {
        stop_track(session, track, guc::statement_micros());
    }
    let placed = launch.send_message_id.as_deref();
    let by_pipeline = placed.is_some() && has_pipeline(session, launch.channel, Kind::Stop);
    let next = step(session, launch.id, Step::Stop { by_pipeline }, None);
    if let (Some(State::Stopping), Some(smid)) = (next, placed) {
        let now = Launch { start: None, ..launch.clone() };
        Sending::of(session, now)?.place(smid, Kind::Stop, Vec::new())?;
    }
    Ok(next.or(launch::state(session, launch.id).map(|(state, _)| state)).unwrap_or(State::Draft))
}

/// Has the launch whose track was stopped be stopped with it: what was not begun is not sent.
pub fn track_stopped(session: &Session, track: i64) {
    if let Some(id) = launch::of_track(session, track).filter(|id| is_sending(session, *id)) {
        step(session, id, Step::Stop { by_pipeline: false }, Some("track_set"));
    }
}

/// Begins a launch to a place: with the Moderate pipeline where its channel wants that.
///
/// Errors: `error/pipeline/notexists`.
pub fn place(session: &Session, sending: &Sending, smid: &str) -> Result<State> {
    let id = sending.launch.id;
    if sending.channel.settings.reach == Reach::Indirect && sending.channel.settings.with_moderate {
        let now = Launch { start: None, ..sending.launch.clone() };
        Sending::of(session, now)?.place(smid, Kind::Moderate, vec![("moderate", Data::Bool(true))])?;
        return Ok(step(session, id, Step::Moderate, None).unwrap_or(State::Draft));
    }
    sending.place(smid, Kind::Message, Vec::new())?;
    Ok(step(session, id, Step::Send, None).unwrap_or(State::Draft))
}

/// What an answer of Moderate or Stop about a message does to its launch. One about what the launch said before it was
/// written anew is late.
///
/// Errors: `error/launch/notexists`, those of handing the message over.
pub fn answered(session: &Session, id: i64, about: &str, answer: Step, reason: Option<&str>) -> Result<()> {
    launch::hold(session, id);
    let launch = launch::find(session, id).ok_or_else(not_exists)?;
    if launch.send_message_id.as_deref().is_some_and(|placed| placed != about) {
        let (state, _) = launch::state(session, id).ok_or_else(not_exists)?;
        ignored(session, id, state, answer);
        return Ok(());
    }
    let passed = step(session, id, answer, reason) == Some(State::Approved);
    let Some(smid) = launch.send_message_id.clone().filter(|_| passed) else { return Ok(()) };
    // Also a channel that was disabled meanwhile: the run waits until it is enabled.
    Sending::of(session, launch)?.place(&smid, Kind::Message, Vec::new())?;
    step(session, id, Step::Send, None);
    Ok(())
}

/// `pipeline_start(channel, kind, input)`: asks for a run of a pipeline; gives its number.
///
/// Errors: `error/channel/notexists`, `error/channel/kind`, `error/pipeline/notexists`, `error/message/channel`.
pub fn start(session: &Session, name: &str, kind: &str, input: &[u8]) -> Result<i64> {
    use crate::pg::perform::sending::require_pipeline;
    use crate::pg::store::pipeline_run::{Run, enqueue};
    let channel = channel::open(session, name)?;
    let kind = Kind::parse(kind)
        .ok_or_else(|| Error::new(Id::PipelineKind, "kind is message, schedule, listener, moderate or stop"))?;
    if !channel.enabled {
        return Err(Error::new(Id::MessageChannel, "the channel is disabled"));
    }
    require_pipeline(session, channel.id, kind)?;
    let run = Run { channel: channel.id, kind: kind.name(), input, ..Run::default() };
    Ok(enqueue(&[run], guc::statement_micros()))
}

#[cold]
fn not_exists() -> Error {
    Error::new(Id::LaunchNotexists, "there is no such launch")
}
