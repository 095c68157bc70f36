//! `email.test`: whether addresses are well formed, and whether mail reaches them (members.md 11.2).
//!
//! Mail servers are asked by the dispatcher, between two transactions of a track; a call that waits for the answer keeps
//! its transaction open meanwhile and no lock.

mod page;
mod state;

use crate::domain::address::AddrType;
use crate::domain::email_test::{COLUMNS, Checks, Depth, auto_group as asked_group};
use crate::domain::error::Result;
use crate::domain::group::AutoGroup;
use crate::domain::json::{Node, Value, encoded, root};
use crate::domain::member::selector::{OPTIONS, SELECTORS, Selected};
use crate::domain::reply::reply;
use crate::domain::report::Returned;
use crate::domain::request::Request;
use crate::pg::guc;
use crate::pg::jsonb::Encoded;
use crate::pg::perform::job::{self, Kind, Part, Progress};
use crate::pg::perform::reported::{self, Made, Work};
use crate::pg::perform::{auto_group, gathered, group_fill, mass};
use crate::pg::spi::Session;
use crate::pg::worker::email_tests;
use page::Page;
use state::State;

/// The track of an asynchronous call.
pub const KIND: Kind = Kind { action: "email.test", is_alone: false, chunk: part };

/// How many addresses a part takes.
const CHUNK: usize = 1000;
/// How many it takes where mail servers are asked: the answers come together.
const ASKED: usize = 32;

/// What it takes beside whom it is about.
const PARAMETERS: [&str; 5] = ["delivery.error", "smtp.test", "smtp.timeout", "auto_group", "clean_group"];

/// Performs a request: `{"list": {as sent: …}, "count": {"ok", "bad"}, "group.id"?}`, or `{"track.id"}`; a track makes a report
/// and has the same answer in `param`, without the list where there are more than 10,000.
///
/// Errors: those of reading the request and of the selector, `error/result/unsupported`, `error/report/…`, `wrong_group_id`,
/// `error/worker/…` where mail servers are asked.
pub fn test(session: &Session, request: Value) -> Result<Encoded> {
    let opened = open(request)?;
    let selected = Selected::read(&opened)?;
    Checks::read(&opened)?;
    let returned = Returned::read(&opened)?;
    reported::check(session, &returned, &columns())?;
    let is_sync = selected.is_sync && returned == Returned::Reply;
    let into = asked_group(&opened)?.map(|(group, clean)| made(session, group, clean)).transpose()?;
    let list = if is_sync { gathered::at_once(session, &opened, &selected)? } else { None };
    // Later parts read it again: by then the group has a code, and is not emptied any more.
    let mut keys: Vec<(&str, Node)> = Vec::new();
    for name in SELECTORS.into_iter().chain(OPTIONS).chain(PARAMETERS) {
        let is_settled = ["auto_group", "clean_group"].contains(&name) || list.is_some() && SELECTORS.contains(&name);
        keys.extend(opened.value(name)?.filter(|_| !is_settled).map(|value| (name, Node::from(value))));
    }
    keys.extend(into.as_deref().map(|into| ("auto_group", Node::object([("id", Node::from(into))]))));
    keys.extend(list.map(|list| ("list", Node::array(list.into_iter().map(|raw| Node::from(raw.into_owned()))))));
    let work = encoded(&Node::object(keys))?;
    if is_sync {
        let result = job::run(session, &KIND, &work)?;
        return Encoded::new(&reply(job::keys_of(&result)?, &opened.warnings));
    }
    let track = mass::enlist(session, KIND.action, &selected, &open(root(&work)?)?, &PARAMETERS)?;
    Encoded::new(&reply(vec![("track.id", Node::from(track))], &opened.warnings))
}

fn open(request: Value) -> Result<Request> {
    Request::open(request, &[SELECTORS.as_slice(), &OPTIONS, &PARAMETERS, &gathered::KEYS].concat(), &[])
}

fn columns() -> [String; 5] {
    COLUMNS.map(str::to_owned)
}

/// The list group for addresses that mail does not reach, made where it is not there, emptied where that is asked for.
///
/// Errors: `error/group/id`, `wrong_group_id`.
fn made(session: &Session, wanted: AutoGroup, clean: bool) -> Result<String> {
    let gid = auto_group::of(session, wanted, AddrType::Email, &guc::now()?)?;
    if clean {
        group_fill::empty(session, &gid)?;
    }
    Ok(gid)
}

/// The next addresses: of a track with a report, in the call without one.
fn part(session: &Session, part: &Part) -> Result<Progress> {
    if part.track.is_some() {
        let returned = Returned::read(&open(part.request)?)?;
        let made = Made { action: KIND.action, phase: "testing", columns: &columns(), returned: &returned };
        return reported::part(session, part, &made, |at, report| {
            match gathered::step(session, part, &open(part.request)?, at)? {
                Some(at) => Ok(Work::More { done: part.done, at }),
                None => step(session, part, at, Some(report)),
            }
        });
    }
    Ok(match step(session, part, part.state, None)? {
        Work::More { done, at } => Progress::More { done, state: at },
        Work::Ask { at, question } => Progress::Ask { state: Some(at), question },
        Work::Done { done, answer } => Progress::Done { done, result: answer },
    })
}

fn step(session: &Session, part: &Part, at: Option<Value>, report: Option<i64>) -> Result<Work> {
    let request = open(part.request)?;
    let checks = Checks::read(&request)?;
    let mut state = at.map(State::read).transpose()?.unwrap_or_default();
    let size = match (checks.depth, part.track) {
        // Nobody is asked, and nothing is noted between: the call answers for all in one go.
        (Depth::None, None) => usize::MAX,
        (Depth::None, Some(_)) => CHUNK,
        _ => ASKED,
    };
    let page = match state.page.take() {
        Some(page) => page,
        None => Page::next(session, &request, part.track, state.place, size)?,
    };
    let looked = page.look(session, &checks)?;
    let emails = looked.emails();
    if checks.depth != Depth::None && part.answer.is_none() && !emails.is_empty() {
        let question = email_tests::question(&emails, &checks)?;
        state.page = Some(page);
        return Ok(Work::Ask { at: state.stored()?, question });
    }
    let is_last = page.raw.len() < size;
    state.place = page.behind;
    let failed = looked.with(part.told()?)?.note(session, &mut state, report)?;
    state.failed.extend(failed);
    let done = part.done + i64::try_from(page.raw.len()).unwrap_or_default();
    let into = asked_group(&request)?.and_then(|(group, _)| group.id);
    if let Some(into) = into
        && (is_last || part.track.is_some())
    {
        // In the caller's transaction at the end, so that no body is under lock while servers are asked.
        group_fill::add(session, into, AddrType::Email, &std::mem::take(&mut state.failed))?;
    }
    Ok(match is_last {
        true => Work::Done { done, answer: state.result(into, report.is_some())? },
        false => Work::More { done, at: state.stored()? },
    })
}
