//! `sequence_member_start`, `sequence_member_stop`: people enter a sequence, or leave it, because somebody says so
//! (members.md 15). By identifier at once; many in parts, as a track or in the call.

use crate::domain::error::Result;
use crate::domain::json::{Array, Node, Value, encoded};
use crate::domain::member::selector::{OPTIONS, SELECTORS, Selected};
use crate::domain::member::target::Kind as TargetKind;
use crate::domain::reply::reply;
use crate::domain::request::Request;
use crate::pg::jsonb::Encoded;
use crate::pg::perform::gathered::{self, Named};
use crate::pg::perform::group_fill::each_of;
use crate::pg::perform::job::{self, Kind, Part, Progress};
use crate::pg::perform::selection::{PARAMETERS, Selection};
use crate::pg::perform::{members, resolve, sequence, track};
use crate::pg::spi::Session;
use crate::pg::store::track::New;
use crate::pg::store::{address, body, track_address};
use std::borrow::Cow;

/// The track by which a group enters.
pub const START: Kind = Kind { action: "sequence.member.start", is_alone: false, chunk: start_part };
/// The track by which a group leaves.
pub const STOP: Kind = Kind { action: "sequence.member.stop", is_alone: false, chunk: stop_part };

/// How many heads a part takes: as many bodies are under lock at a time.
const CHUNK: i64 = 1000;

/// What is done with heads, body and identifier, and one sequence; gives those that it was done with.
type Change = fn(&Session, &[i64], &[(i64, i64)]) -> Result<Vec<(i64, i64)>>;

/// `{id, email | list | group | group.filter | url | stat.uni | sql, addr_type?, member.haslock?, sync?, track.info?}`: a passage
/// begins for each; `{"list": {as sent: 1 | 0}}`, of a group with sync 1 `{"count"}`; later `{"track.id"}`.
///
/// Errors: those of the request and of the selector, `error/sequence/notexists`, `error/member/concurrent`.
pub fn start(session: &Session, request: Value) -> Result<Encoded> {
    change(session, request, &START, sequence::start)
}

/// The same, the other way: all passages of these people through the sequence end; a run that was begun goes on to its
/// end, no other begins.
///
/// Errors: as [`start`].
pub fn stop(session: &Session, request: Value) -> Result<Encoded> {
    change(session, request, &STOP, sequence::stop)
}

fn change(session: &Session, request: Value, kind: &Kind, change: Change) -> Result<Encoded> {
    let options = OPTIONS.into_iter().filter(|name| *name != "result");
    let known: Vec<&str> = SELECTORS.into_iter().chain(options).chain(["id"]).collect();
    let request = Request::open(request, &known, &[])?;
    let id = request.required("id", request.number("id")?)?;
    sequence::find(session, id)?;
    let selected = Selected::read(&request)?;
    if selected.is_sync
        && let Some(list) = gathered::at_once(session, &request, &selected)?
    {
        return each_of(session, &request, &list, selected.kind, Vec::new(), |head| change(session, &[id], &[head]));
    }
    // What cannot be is refused now rather than by the track.
    let mut named = Named::read(session, &request, &selected)?;
    let mut keys = std::mem::take(&mut named.keys);
    keys.push(("id", Node::from(id)));
    let work = encoded(&Node::object(keys))?;
    if selected.is_sync {
        return Encoded::new(&reply(job::keys_of(&job::run(session, kind, &work)?)?, &request.warnings));
    }
    let new = New { action: kind.action, info: selected.info, request: &work, total: named.total };
    let track = track::begin(&new)?;
    named.write(track);
    Encoded::new(&reply(vec![("track.id", Node::from(track))], &request.warnings))
}

fn start_part(session: &Session, part: &Part) -> Result<Progress> {
    next(session, part, sequence::start)
}

fn stop_part(session: &Session, part: &Part) -> Result<Progress> {
    next(session, part, sequence::stop)
}

/// Does it with the next heads.
fn next(session: &Session, part: &Part, change: Change) -> Result<Progress> {
    let known: Vec<&str> = PARAMETERS.into_iter().chain(["id"]).chain(gathered::KEYS).collect();
    let request = Request::open(part.request, &known, &[])?;
    if let Some(state) = gathered::step(session, part, &request, part.state)? {
        return Ok(Progress::More { done: part.done, state });
    }
    let id = request.required("id", request.number("id")?)?;
    let reached = Reached::read(part.state)?;
    let Next { heads, last, looked_at } = match part.track.filter(|_| gathered::is_written(&request)) {
        Some(track) => Next::written(session, &request, track, reached.behind)?,
        None => Next::selected(session, &request, reached.behind)?,
    };
    let datasets: Vec<i64> = heads.iter().map(|(dataset, _)| *dataset).collect();
    body::lock_all(session, &datasets);
    // Some may have gone to other bodies while theirs were waited for.
    let ids: Vec<i64> = heads.iter().map(|(_, id)| *id).collect();
    let changed = change(session, &[id], &address::owners(session, &ids))?;
    let count = reached.count + i64::try_from(changed.len()).unwrap_or(i64::MAX);
    let done = part.done + looked_at;
    match last.filter(|_| looked_at == CHUNK) {
        Some(behind) => Ok(Progress::More { done, state: Reached { behind, count }.stored()? }),
        None => Ok(Progress::Done { done, result: encoded(&Node::object([("count", Node::from(count))]))? }),
    }
}

/// How far a track is.
#[derive(Default)]
struct Reached {
    /// The last number or place that was looked at.
    behind: i64,
    /// With how many it was done.
    count: i64,
}

impl Reached {
    /// What is no list is where gathering has ended. Errors: `error/json/corrupt`.
    fn read(state: Option<Value>) -> Result<Reached> {
        let numbers: Vec<Value> =
            state.and_then(|state| state.as_array()).iter().flat_map(Array::iter).collect::<Result<_>>()?;
        let number = |place: usize| numbers.get(place).and_then(Value::as_i64).unwrap_or_default();
        Ok(Reached { behind: number(0), count: number(1) })
    }

    fn stored(&self) -> Result<Vec<u8>> {
        encoded(&Node::array([Node::from(self.behind), Node::from(self.count)]))
    }
}

/// The heads of a part.
struct Next {
    /// Body and identifier.
    heads: Vec<(i64, i64)>,
    /// The last number or place.
    last: Option<i64>,
    /// How many were looked at.
    looked_at: i64,
}

impl Next {
    /// Those of a group or a filter behind a number.
    fn selected(session: &Session, request: &Request, behind: i64) -> Result<Next> {
        let heads = members::next_of(session, &Selection::read(session, request)?, behind, CHUNK)?;
        Ok(Next { last: heads.last().map(|(_, id)| *id), looked_at: len(&heads), heads })
    }

    /// Those behind the next identifiers that were written down; each once, however often it is written.
    fn written(session: &Session, request: &Request, track: i64, behind: i64) -> Result<Next> {
        let kind = TargetKind::of(request, "addr_type")?;
        let rows = track_address::next(session, track, behind, CHUNK);
        let (last, looked_at) = (rows.last().map(|(n, _)| *n), len(&rows));
        let list: Vec<Cow<str>> = rows.into_iter().map(|(_, value)| Cow::Borrowed(value)).collect();
        let targets: Vec<_> = resolve::each(session, &list, kind, &mut Vec::new()).into_iter().flatten().collect();
        let known = address::find_all(session, &targets)?.into_iter().flatten();
        let mut heads: Vec<(i64, i64)> = known.filter_map(|known| Some((known.owner?.dataset, known.id))).collect();
        heads.sort_unstable();
        heads.dedup();
        Ok(Next { heads, last, looked_at })
    }
}

fn len<T>(list: &[T]) -> i64 {
    i64::try_from(list.len()).unwrap_or(i64::MAX)
}
