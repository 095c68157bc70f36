//! `sequence_member_start`, `sequence_member_stop`: people enter a sequence, or leave it, because somebody says so
//! (members.md 15). By identifier at once; a whole group in parts, as a track or in the call.

use crate::domain::error::Result;
use crate::domain::json::{Node, Value, encoded};
use crate::domain::request::Request;
use crate::pg::jsonb::Encoded;
use crate::pg::perform::group_fill::{begin, each};
use crate::pg::perform::job::{Kind, Part, Progress};
use crate::pg::perform::selection::{PARAMETERS, Selection};
use crate::pg::perform::{members, sequence};
use crate::pg::spi::Session;
use crate::pg::store::{address, body};

/// The track by which a group enters.
pub const START: Kind = Kind { action: "sequence.member.start", is_alone: false, chunk: start_part };
/// The track by which a group leaves.
pub const STOP: Kind = Kind { action: "sequence.member.stop", is_alone: false, chunk: stop_part };

/// How many heads a part takes: as many bodies are under lock at a time.
const CHUNK: i64 = 1000;

/// What is done with heads, body and identifier, and one sequence; gives those that it was done with.
type Change = fn(&Session, &[i64], &[(i64, i64)]) -> Result<Vec<(i64, i64)>>;

/// `{id, email | list | group | group.filter, addr_type?, member.haslock?, sync?, track.info?}`: a passage begins for each;
/// `{"list": {as sent: 1 | 0}}`, of a group `{"track.id"}`, or with sync 1 `{"count"}`.
///
/// Errors: those of the request and of the group, `error/sequence/notexists`, `error/member/concurrent`.
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
    let known: Vec<&str> = PARAMETERS.into_iter().chain(["id", "email", "list", "sync", "track.info"]).collect();
    let request = Request::open(request, &known, &["url", "stat.uni"])?;
    let id = request.required("id", request.number("id")?)?;
    sequence::find(session, id)?;
    if request.value("group")?.or(request.value("group.filter")?).is_none() {
        return each(session, &request, &request, Vec::new(), |head| change(session, &[id], &[head]));
    }
    // Refused now rather than by the track.
    Selection::read(session, &request)?;
    let mut keys = vec![("id", Node::from(id))];
    for name in PARAMETERS {
        keys.extend(request.value(name)?.map(|value| (name, Node::from(value))));
    }
    let work = encoded(&Node::object(keys))?;
    begin(session, &request, &request, kind, &work, None, Vec::new())
}

fn start_part(session: &Session, part: &Part) -> Result<Progress> {
    next(session, part, sequence::start)
}

fn stop_part(session: &Session, part: &Part) -> Result<Progress> {
    next(session, part, sequence::stop)
}

/// Does it with the next heads; the state is the last number looked at and how many it was done with.
fn next(session: &Session, part: &Part, change: Change) -> Result<Progress> {
    let known: Vec<&str> = PARAMETERS.into_iter().chain(["id"]).collect();
    let request = Request::open(part.request, &known, &[])?;
    let id = request.required("id", request.number("id")?)?;
    let mut reached = part.state.and_then(|state| state.as_array()).into_iter().flat_map(|state| state.iter());
    let mut number = || reached.next().and_then(|value| value.ok()?.as_i64()).unwrap_or_default();
    let (behind, before) = (number(), number());
    let heads = members::next_of(session, &Selection::read(session, &request)?, behind, CHUNK)?;
    let datasets: Vec<i64> = heads.iter().map(|(dataset, _)| *dataset).collect();
    body::lock_all(session, &datasets);
    // Some may have gone to other bodies while theirs were waited for.
    let ids: Vec<i64> = heads.iter().map(|(_, id)| *id).collect();
    let changed = change(session, &[id], &address::owners(session, &ids))?;
    let count = before + i64::try_from(changed.len()).unwrap_or(i64::MAX);
    let done = part.done + i64::try_from(heads.len()).unwrap_or(i64::MAX);
    match heads.last() {
        Some((_, last)) if heads.len() as i64 == CHUNK => {
            let state = encoded(&Node::array([Node::from(*last), Node::from(count)]))?;
            Ok(Progress::More { done, state })
        }
        _ => Ok(Progress::Done { done, result: encoded(&Node::object([("count", Node::from(count))]))? }),
    }
}
