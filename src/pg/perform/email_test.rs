//! `email.test`: whether addresses are well formed, and whether mail reaches them (members.md 11.2).
//!
//! Mail servers are asked by the dispatcher, between two transactions of a track; a call that waits for the answer keeps
//! its transaction open meanwhile and no lock.

mod page;
mod state;

use crate::domain::address::AddrType;
use crate::domain::email_test::{AutoGroup, COLUMNS, Checks, Depth, Selector};
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Node, Value, encoded};
use crate::domain::reply::reply;
use crate::domain::report::Returned;
use crate::domain::request::Request;
use crate::domain::time::show_pg_micros;
use crate::pg::guc;
use crate::pg::jsonb::Encoded;
use crate::pg::perform::job::{self, Kind, Part, Progress};
use crate::pg::perform::{group, group_fill, members, track};
use crate::pg::spi::Session;
use crate::pg::store::report;
use crate::pg::store::track::New;
use crate::pg::worker::email_tests;
use page::Page;
use state::State;

/// The track of an asynchronous call.
pub const KIND: Kind = Kind { action: "email.test", is_alone: false, chunk: part };

/// How many addresses a part takes.
const CHUNK: usize = 1000;
/// How many it takes where mail servers are asked: the answers come together.
const ASKED: usize = 32;

const KNOWN: &[&str] = &[
    "email",
    "list",
    "group",
    "addr_type",
    "sync",
    "result",
    "delivery.error",
    "smtp.test",
    "smtp.timeout",
    "auto_group",
    "clean_group",
    "track.info",
];
const UNSUPPORTED: &[&str] = &["group.filter", "url", "stat.uni", "sql"];

/// Performs a request: `{"list": {as sent: …}, "count": {"ok", "bad"}, "group.id"?}`, or `{"track.id"}`; a track makes a report
/// and has the same answer in `param`, without the list where there are more than 10,000.
///
/// Errors: those of reading the request, `error/result/unsupported`, `group_id_not_exists`, `wrong_group_id`,
/// `error/worker/…` where mail servers are asked.
pub fn test(session: &Session, request: Value) -> Result<Encoded> {
    let opened = Request::open(request, KNOWN, UNSUPPORTED)?;
    let selector = Selector::read(&opened)?;
    Checks::read(&opened)?;
    let append = append_to(&Returned::read(&opened)?)?;
    let is_sync = selector.is_sync(&opened)? && append.is_none();
    let total = total(session, &selector)?;
    let into = AutoGroup::read(&opened)?.map(|group| made(session, &group)).transpose()?;
    let work = encoded(&Node::object([
        ("request", Node::from(request)),
        ("into", into.as_deref().map_or(Node::Null, Node::from)),
        ("append", Node::from(append.flatten())),
    ]))?;
    if is_sync {
        let result = job::run(session, &KIND, &work)?;
        return Encoded::new(&reply(job::keys_of(&result)?, &opened.warnings));
    }
    let info = opened.text("track.info")?;
    let track = track::begin(&New { action: KIND.action, info, request: &work, total })?;
    Encoded::new(&reply(vec![("track.id", Node::from(track))], &opened.warnings))
}

/// The report that rows are added to, or that one is to be made; nothing where the answer is the reply.
fn append_to(returned: &Returned) -> Result<Option<Option<i64>>> {
    match returned {
        Returned::Reply => Ok(None),
        Returned::Report { append, files } if files.is_empty() => Ok(Some(*append)),
        Returned::Report { .. } => {
            Err(Error::new(Id::ResultUnsupported, "url_file: supported are response, save, append"))
        }
    }
}

/// How many there are, where that is known. Errors: `group_id_not_exists`.
fn total(session: &Session, selector: &Selector) -> Result<Option<i64>> {
    match selector {
        Selector::Listed { list, .. } => Ok(i64::try_from(list.len()).ok()),
        Selector::Group(gid) => Ok(members::known_total(session, &group::find(session, gid)?)),
    }
}

/// The list group for addresses that mail does not reach, made where it is not there, emptied where that is asked for.
///
/// Errors: `error/group/id`, `wrong_group_id`.
fn made(session: &Session, wanted: &AutoGroup) -> Result<String> {
    let now = show_pg_micros(guc::statement_micros(), &guc::time_zone()?);
    let digits: String = now.chars().filter(char::is_ascii_digit).collect();
    let gid = wanted.id.map_or_else(|| format!("import{digits}"), str::to_owned);
    let name = wanted.name.map_or_else(|| format!("Entered {now}"), str::to_owned);
    let group = group::list_group_named(session, &gid, &name, AddrType::Email)?;
    if wanted.clean {
        group_fill::empty(session, group.gid)?;
    }
    Ok(group.gid.to_owned())
}

/// The next addresses.
fn part(session: &Session, part: &Part) -> Result<Progress> {
    let work = Request::open(part.request, &["request", "into", "append"], &[])?;
    let request = Request::open(work.required("request", work.value("request")?)?, KNOWN, UNSUPPORTED)?;
    let (selector, checks) = (Selector::read(&request)?, Checks::read(&request)?);
    let mut state = match part.state {
        Some(state) => State::read(state)?,
        None => State::new(report_of(part, work.number("append")?)?),
    };
    let size = if checks.depth == Depth::None { CHUNK } else { ASKED };
    let page = match state.page.take() {
        Some(page) => page,
        None => Page::next(session, &selector, state.place, size)?,
    };
    let tested = page.look(session, &checks)?;
    let emails = tested.emails();
    if checks.depth != Depth::None && part.answer.is_none() && !emails.is_empty() {
        let question = email_tests::question(&emails, &checks)?;
        state.page = Some(page);
        return Ok(Progress::Ask { state: Some(state.stored()?), question });
    }
    let is_last = page.raw.len() < size;
    state.place = page.behind;
    let answers = tested.with(part.told()?)?;
    let failed = answers.note(session, &mut state)?;
    let done = part.done + i64::try_from(page.raw.len()).unwrap_or_default();
    state.failed.extend(failed);
    if let Some(into) = work.text("into")?
        && (is_last || part.track.is_some())
    {
        // In the caller's transaction at the end, so that no body is under lock while servers are asked.
        group_fill::add(session, into, AddrType::Email, &std::mem::take(&mut state.failed))?;
    }
    if is_last {
        return Ok(Progress::Done { done, result: state.result(work.text("into")?)? });
    }
    Ok(Progress::More { done, state: state.stored()? })
}

/// The report of a track.
fn report_of(part: &Part, append: Option<i64>) -> Result<Option<i64>> {
    if append.is_some() || part.track.is_none() {
        return Ok(append);
    }
    let columns = encoded(&Node::array(COLUMNS.map(Node::from)))?;
    Ok(Some(report::create(&report::New { track: part.track, name: KIND.action, columns: &columns }, part.at)))
}
