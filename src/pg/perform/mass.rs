//! Calls on many: whom the selector names, one after the other, in the call or as a track (members.md 9.1).
//!
//! A track takes a thousand at a time, each thousand in a transaction with the note of how far it is; what became of each
//! is a row of its report. In the call all of them are locked at once, in one order, so that two calls do not wait crosswise.

use crate::domain::address::Address;
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Node, Value, encoded, root};
use crate::domain::member::selector::{OPTIONS, SELECTORS, Selected};
use crate::domain::member::target::{Kind as TargetKind, Target};
use crate::domain::reply::reply;
use crate::domain::report::Returned;
use crate::domain::request::Request;
use crate::pg::jsonb::Encoded;
use crate::pg::perform::delete::answer_list;
use crate::pg::perform::gathered::{self, Named, is_written};
use crate::pg::perform::job::{Part, Progress};
use crate::pg::perform::lock::{self, Purpose};
use crate::pg::perform::reported::{self, Made, Work};
use crate::pg::perform::selection::Selection;
use crate::pg::perform::{members, resolve, track};
use crate::pg::spi::Session;
use crate::pg::store::address::Known;
use crate::pg::store::report::{self, Line};
use crate::pg::store::track::New;
use crate::pg::store::track_address;
use std::borrow::Cow;

/// How many identifiers a part takes: as many bodies are under lock at a time.
pub const CHUNK: i64 = 1000;
/// As many answers as the finished track shows beside its report.
const SHOWN: i64 = 1000;
/// A call on many.
pub struct Mass {
    /// The call.
    pub action: &'static str,
    /// What it does, in a word.
    pub phase: &'static str,
    /// What it takes beside whom it is about.
    pub parameters: &'static [&'static str],
    /// What identifiers are locked for.
    pub purpose: Purpose,
    /// What becomes of identifiers that were never seen.
    pub unseen: Unseen,
    /// Reads its own parameters, and gives what it does with each.
    pub prepare: Prepare,
}

/// What becomes of identifiers that were never seen.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Unseen {
    /// They are registered.
    Register,
    /// There is nothing to do with them.
    Skip,
}

/// Reads the parameters of a call. Errors: those of the call.
pub type Prepare = for<'a> fn(&'a Session, &Request<'a>) -> Result<Deed<'a>>;

/// What a call does with identifiers under lock.
pub struct Deed<'a> {
    /// What may refuse all of them before anything is done with the first.
    before: Option<Before<'a>>,
    act: Each<'a>,
}

/// Does it with one; whether it did anything. A refusal takes along what was done with those before. Errors: those of the
/// call.
type Each<'a> = Box<dyn Fn(&Known) -> Result<bool> + 'a>;
/// Looks at the identifiers that a deed is about to be done with. Errors: those of the call.
type Before<'a> = Box<dyn Fn(&[&Known]) -> Result<()> + 'a>;

impl<'a> Deed<'a> {
    /// Done with each by itself; `act` says whether it did anything.
    pub fn each(act: impl Fn(&Known) -> Result<bool> + 'a) -> Deed<'a> {
        Deed { before: None, act: Box::new(act) }
    }

    /// The same, if `before` does not refuse them. A call asks it once, a track once for each part.
    pub fn unless_refused(self, before: impl Fn(&[&Known]) -> Result<()> + 'a) -> Deed<'a> {
        Deed { before: Some(Box::new(before)), ..self }
    }

    fn check(&self, known: &[&Known]) -> Result<()> {
        self.before.as_ref().map_or(Ok(()), |before| before(known))
    }
}

/// What became of an identifier.
pub struct Outcome {
    /// The identifier, as written where it was.
    pub raw: String,
    /// Its number, if it has one.
    pub id: Option<i64>,
    /// Whether anything was done.
    pub is_done: bool,
    /// What is wrong with it.
    pub error: Option<Error>,
}

/// Performs a request: `{"list": {as sent: 1 | 0}}`, 0 for one that is invalid, with a warning that says why; later
/// `{"track.id"}`.
///
/// Errors: those of the request and of the call, `error/member/concurrent`, `error/member/versioning`.
pub fn call(session: &Session, request: Value, mass: &Mass) -> Result<Encoded> {
    let opened = open(request, mass)?;
    // What cannot be is refused before there is a track.
    let deed = (mass.prepare)(session, &opened)?;
    let selected = Selected::read(&opened)?;
    let returned = Returned::read(&opened)?;
    if selected.is_sync {
        if returned != Returned::Reply {
            return Err(Error::new(Id::ParamWrong, "result: only response where sync is 1"));
        }
        return at_once(session, &opened, &selected, mass.purpose, mass.unseen, &deed);
    }
    reported::check(session, &returned, &columns())?;
    let track = enlist(session, mass.action, &selected, &opened, mass.parameters)?;
    Encoded::new(&reply(vec![("track.id", Node::from(track))], &opened.warnings))
}

fn open<'a>(request: Value<'a>, mass: &Mass) -> Result<Request<'a>> {
    Request::open(request, &[SELECTORS.as_slice(), &OPTIONS, mass.parameters].concat(), &[])
}

/// Does it in the call: `{"list", "warnings"?}`. Errors: those of the selector and of the deed.
pub fn at_once(
    session: &Session,
    request: &Request,
    selected: &Selected,
    purpose: Purpose,
    unseen: Unseen,
    deed: &Deed,
) -> Result<Encoded> {
    let act = Act { purpose, unseen, deed };
    let mut warnings = request.warnings.clone();
    let outcomes = match gathered::at_once(session, request, selected)? {
        Some(list) => act.on_written(session, &list, selected.kind, &mut warnings)?,
        None => act.on_heads(session, &Selection::read(session, request)?, 0, i64::MAX)?.0,
    };
    let answers = outcomes.iter().map(|outcome| (outcome.raw.as_str(), outcome.is_done)).collect();
    Encoded::new(&reply(vec![("list", answer_list(answers))], &warnings))
}

/// Makes the track of a call on many; gives its number.
///
/// Errors: those of [`Named::read`].
pub fn enlist(
    session: &Session,
    action: &str,
    selected: &Selected,
    request: &Request,
    parameters: &[&str],
) -> Result<i64> {
    let mut named = Named::read(session, request, selected)?;
    let mut keys = std::mem::take(&mut named.keys);
    for name in ["result"].into_iter().chain(parameters.iter().copied()) {
        keys.extend(request.value(name)?.map(|value| (name, Node::from(value))));
    }
    let work = encoded(&Node::object(keys))?;
    let track = track::begin(&New { action, info: selected.info, request: &work, total: named.total })?;
    named.write(track);
    Ok(track)
}

/// Does the next part of such a track. Errors: those of the call.
pub fn part(session: &Session, part: &Part, mass: &Mass) -> Result<Progress> {
    let request = open(part.request, mass)?;
    let returned = Returned::read(&request)?;
    let made = Made { action: mass.action, phase: mass.phase, columns: &columns(), returned: &returned };
    reported::part(session, part, &made, |at, report| {
        if let Some(at) = gathered::step(session, part, &request, at)? {
            return Ok(Work::More { done: part.done, at });
        }
        let deed = (mass.prepare)(session, &request)?;
        let act = Act { purpose: mass.purpose, unseen: mass.unseen, deed: &deed };
        let Reached { behind, count } = Reached::read(at)?;
        let (outcomes, next) = match part.track.filter(|_| is_written(&request)) {
            Some(track) => {
                let kind = TargetKind::of(&request, "addr_type")?;
                let (places, list): (Vec<i64>, Vec<Cow<str>>) = track_address::next(session, track, behind, CHUNK)
                    .into_iter()
                    .map(|(n, value)| (n, Cow::Borrowed(value)))
                    .unzip();
                let next = places.last().copied().filter(|_| is_full(places.len()));
                (act.on_written(session, &list, kind, &mut Vec::new())?, next)
            }
            None => act.on_heads(session, &Selection::read(session, &request)?, behind, CHUNK)?,
        };
        let count = count + outcomes.iter().filter(|outcome| outcome.is_done).count() as i64;
        let done = part.done + outcomes.len() as i64;
        let rows = note(session, report, outcomes)?;
        match next {
            Some(behind) => Ok(Work::More { done, at: Reached { behind, count }.stored()? }),
            None => Ok(Work::Done { done, answer: answer(session, report, rows, done, count)? }),
        }
    })
}

/// The columns of the report.
fn columns() -> [String; 3] {
    ["address", "done", "error"].map(str::to_owned)
}

fn is_full(len: usize) -> bool {
    len as i64 >= CHUNK
}

/// How far a track is.
struct Reached {
    /// The last number or place looked at.
    behind: i64,
    /// For how many something was done.
    count: i64,
}

impl Reached {
    fn read(at: Option<Value>) -> Result<Reached> {
        let at = at.and_then(|at| at.as_object()).unwrap_or_default();
        let number = |key| Ok::<_, Error>(at.get(key)?.and_then(|value| value.as_i64()).unwrap_or_default());
        Ok(Reached { behind: number("behind")?, count: number("count")? })
    }

    fn stored(&self) -> Result<Vec<u8>> {
        encoded(&Node::object([("behind", Node::from(self.behind)), ("count", Node::from(self.count))]))
    }
}

/// `{"count", "total", "list"?}`, as jsonb: the list where it is short.
fn answer(session: &Session, report: i64, rows: i64, total: i64, count: i64) -> Result<Vec<u8>> {
    let mut keys = vec![("count", Node::from(count)), ("total", Node::from(total))];
    if rows == total && rows <= SHOWN {
        let mut list = Vec::new();
        for (_, row) in report::next(session, report, 0, SHOWN) {
            let Some(values) = root(row)?.as_array() else { continue };
            let mut values = values.iter();
            if let (Some(raw), Some(done)) = (values.next().transpose()?, values.next().transpose()?) {
                list.push((raw.as_str().unwrap_or_default(), done.as_i64() == Some(1)));
            }
        }
        keys.push(("list", answer_list(list)));
    }
    encoded(&Node::object(keys))
}

/// Writes what became of each into the report; gives how many rows it has.
fn note(session: &Session, report: i64, outcomes: Vec<Outcome>) -> Result<i64> {
    let line = |outcome: Outcome| {
        let error = outcome.error.map(|error| Node::from(error.id.as_str()));
        let row =
            Node::array([Node::from(outcome.raw), Node::from(i64::from(outcome.is_done)), error.unwrap_or(Node::Null)]);
        Ok(Line { address_id: outcome.id, row: encoded(&row)? })
    };
    reported::add(session, report, &outcomes.into_iter().map(line).collect::<Result<Vec<_>>>()?)
}

/// How a call acts.
struct Act<'a> {
    purpose: Purpose,
    unseen: Unseen,
    deed: &'a Deed<'a>,
}

impl Act<'_> {
    /// Acts on identifiers that were written out. What is wrong with one is a warning, too.
    ///
    /// Errors: those of the deed, `error/member/concurrent`, `error/member/versioning`, `error/json/corrupt`.
    fn on_written(
        &self,
        session: &Session,
        list: &[Cow<str>],
        kind: TargetKind,
        warnings: &mut Vec<Error>,
    ) -> Result<Vec<Outcome>> {
        let mut outcomes = Vec::with_capacity(list.len());
        let mut targets = Vec::with_capacity(list.len());
        for raw in list {
            let (target, error) = match resolve::target(session, raw, kind, warnings) {
                Ok(target) => (Some(target), None),
                Err(error) => (None, Some(error)),
            };
            warnings.extend(error.clone());
            targets.push(target);
            outcomes.push(Outcome { raw: raw.clone().into_owned(), id: None, is_done: false, error });
        }
        if self.unseen == Unseen::Skip && self.purpose == Purpose::Change {
            forget_unseen(session, &mut targets)?;
        }
        let named: Vec<Target> = targets.iter().flatten().cloned().collect();
        let held = lock::hold_all(session, &named, &[], self.purpose)?;
        self.deed.check(&held.known.iter().flatten().collect::<Vec<_>>())?;
        let lock::HeldAll { known, savepoint, .. } = held;
        let places = outcomes.iter_mut().zip(&targets).filter(|(_, target)| target.is_some());
        for ((outcome, _), known) in places.zip(known) {
            outcome.id = known.as_ref().map(|known| known.id);
            outcome.is_done = known.map(|known| (self.deed.act)(&known)).transpose()?.unwrap_or_default();
        }
        savepoint.release();
        Ok(outcomes)
    }

    /// Acts on the next heads of a selection behind a number; gives the last number, if there may be more. A head that the
    /// selection does not hold any more once it is under lock is left out.
    ///
    /// Errors: those of the deed and of the rule, `error/member/concurrent`, `error/member/versioning`.
    fn on_heads(
        &self,
        session: &Session,
        selection: &Selection,
        behind: i64,
        limit: i64,
    ) -> Result<(Vec<Outcome>, Option<i64>)> {
        let heads: Vec<(i64, Address)> = members::named(session, selection, behind, limit)?;
        let next = heads.last().map(|(id, _)| *id).filter(|_| heads.len() as i64 >= limit);
        let targets: Vec<Target> = heads.into_iter().map(|(_, address)| Target::Address(address)).collect();
        let held = lock::hold_all(session, &targets, &[], self.purpose)?;
        let ids: Vec<i64> = held.known.iter().flatten().map(|known| known.id).collect();
        let still = members::still(session, selection, &ids)?;
        let is_still = |known: &&Known| still.contains(&known.id);
        self.deed.check(&held.known.iter().flatten().filter(is_still).collect::<Vec<_>>())?;
        let mut outcomes = Vec::with_capacity(ids.len());
        let lock::HeldAll { known, savepoint, .. } = held;
        for known in known.into_iter().flatten().filter(|known| is_still(&known)) {
            let is_done = (self.deed.act)(&known)?;
            outcomes.push(Outcome { raw: known.address.value, id: Some(known.id), is_done, error: None });
        }
        savepoint.release();
        Ok((outcomes, next))
    }
}

/// Leaves out the identifiers that the register does not know. Errors: `error/json/corrupt`.
fn forget_unseen(session: &Session, targets: &mut [Option<Target>]) -> Result<()> {
    let named: Vec<Target> = targets.iter().flatten().cloned().collect();
    let known = lock::look(session, &named)?;
    for (target, known) in targets.iter_mut().filter(|target| target.is_some()).zip(known) {
        if known.is_none() {
            *target = None;
        }
    }
    Ok(())
}
