//! The identifiers that a track is about, where no group and no filter tells them: written down when the track is made, or by
//! its first parts, which fetch a file or have a query run as the role that asked (members.md 9.1, shapes.md 2).
//!
//! All of them are written down before anything is done with the first, in one transaction: a worker that dies before asks
//! again, one that dies after goes through the same list.

use super::address_file;
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Node, Object, Value, encoded, root};
use crate::domain::member::selector::{Selected, Selector};
use crate::domain::request::Request;
use crate::pg::caller_query;
use crate::pg::perform::job::Part;
use crate::pg::perform::selection::{PARAMETERS as SELECTING, Selection};
use crate::pg::perform::upload::{self, GLANCE, Step};
use crate::pg::perform::{sql_role, stat};
use crate::pg::spi::Session;
use crate::pg::store::track_address;
use crate::pg::worker::fetches::{self, Fate};
use crate::pg::worker::process;
use crate::pg::worker::text_query::END;
use pgrx::pg_sys;
use std::borrow::Cow;
use std::ffi::CStr;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;

/// The keys of a track's work that say where its identifiers come from.
pub const KEYS: [&str; 5] = [URL, SQL, ROLE, SEARCH_PATH, WRITTEN];

const URL: &str = "url";
const SQL: &str = "sql";
/// As whom the query runs: the number of the role that made the call.
const ROLE: &str = "sql.role";
/// Where the query looks for names without a schema: as the call would have.
const SEARCH_PATH: &str = "sql.search_path";
/// Says that the identifiers were written down when the track was made.
const WRITTEN: &str = "written";

/// The key of where a track is while its identifiers are gathered.
const GATHERING: &str = "fetching";
/// How many identifiers are written down at a time.
const AT_ONCE: usize = 10_000;
/// How often a query is begun whose process, or whose server, ended before it did.
const TRIES: i64 = 5;

/// Whom a track is about.
pub struct Named<'a> {
    /// What its work says of that.
    pub keys: Vec<(&'static str, Node<'a>)>,
    /// How many that are, where it is known.
    pub total: Option<i64>,
    list: Vec<Cow<'a, str>>,
}

impl<'a> Named<'a> {
    /// What a selector says. A query is checked here, and runs later as the caller's role.
    ///
    /// Errors: `error/param/wrong`, `error/import/…`, `error/worker/nologin`, those of the group and of the question to the
    /// statistics; errors of the server for a query that cannot be understood.
    pub fn read(session: &Session, request: &Request<'a>, selected: &Selected<'a>) -> Result<Named<'a>> {
        let keys: Vec<(&str, Node)> = match &selected.selector {
            Selector::Heads => return Named::heads(session, request),
            Selector::Url(url) => {
                upload::check_url(session, url)?;
                vec![(URL, Node::from(*url))]
            }
            Selector::Query(sql) => {
                caller_query::check(session, sql)?;
                let role = Node::from(i64::from(sql_role::own(session)?.to_u32()));
                vec![(SQL, Node::from(*sql)), (ROLE, role), (SEARCH_PATH, Node::from(search_path()))]
            }
            Selector::Listed(_) | Selector::Statistics(_) => {
                let list = listed(session, selected)?.unwrap_or_default();
                let total = Some(i64::try_from(list.len()).unwrap_or(i64::MAX));
                let keys = [vec![(WRITTEN, Node::from(1))], selecting(request)?].concat();
                return Ok(Named { keys, total, list });
            }
        };
        Ok(Named { keys: [keys, selecting(request)?].concat(), total: None, list: Vec::new() })
    }

    /// What `group`, `group.filter` and what goes with them say. Errors: those of the group.
    pub fn heads(session: &Session, request: &Request<'a>) -> Result<Named<'a>> {
        let total = Selection::read(session, request)?.known_total(session);
        Ok(Named { keys: selecting(request)?, total, list: Vec::new() })
    }

    /// Writes down what is known now, for a track that was made.
    pub fn write(&self, track: i64) {
        track_address::write(track, 0, self.list.iter().map(Cow::as_ref));
    }
}

fn selecting<'a>(request: &Request<'a>) -> Result<Vec<(&'static str, Node<'a>)>> {
    let mut keys = Vec::new();
    for name in SELECTING {
        keys.extend(request.value(name)?.map(|value| (name, Node::from(value))));
    }
    Ok(keys)
}

/// The setting search_path, as the caller has it now.
fn search_path() -> String {
    // SAFETY: a setting that there is; copied before anything can change it.
    let text = unsafe { pg_sys::GetConfigOption(c"search_path".as_ptr(), false, false) };
    if text.is_null() {
        return String::new();
    }
    // SAFETY: terminated.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}

/// The identifiers that are told in the call: written out, or by a question to the statistics; none where a file, a query or a
/// group does.
fn listed<'a>(session: &Session, selected: &Selected<'a>) -> Result<Option<Vec<Cow<'a, str>>>> {
    match &selected.selector {
        Selector::Listed(list) => Ok(Some(list.clone())),
        Selector::Statistics(question) => {
            stat::addresses(session, *question).map(|list| Some(list.into_iter().map(Cow::Owned).collect()))
        }
        Selector::Heads | Selector::Url(_) | Selector::Query(_) => Ok(None),
    }
}

/// The identifiers that a selector names, all in the call; none where it selects heads. A query runs as the caller, a file is
/// waited for.
///
/// Errors: `error/param/wrong`, `error/import/…`, `error/worker/…`, those of the query and of the question to the statistics.
pub fn at_once<'a>(session: &Session, request: &Request, selected: &Selected<'a>) -> Result<Option<Vec<Cow<'a, str>>>> {
    let list = match &selected.selector {
        Selector::Query(sql) => caller_query::texts(session, sql)?,
        Selector::Url(url) => address_file::read(session, &upload::fetched(session, request, url)?)?,
        _ => return listed(session, selected),
    };
    Ok(Some(list.into_iter().map(Cow::Owned).collect()))
}

/// Whether a track's identifiers are written down, now or by its first parts.
pub fn is_written(request: &Request) -> bool {
    [WRITTEN, URL, SQL].iter().any(|name| request.has(name).unwrap_or_default())
}

/// Does the next part of gathering; gives where the track is then, nothing once the identifiers are there.
///
/// Errors: `error/import/…`, `error/selector/query`, `error/worker/role`, `error/worker/nologin`, `error/track/crashed`.
pub fn step(session: &Session, part: &Part, request: &Request, at: Option<Value>) -> Result<Option<Vec<u8>>> {
    let Some(track) = part.track else { return Ok(None) };
    let state = match at.and_then(|at| at.as_object()) {
        None => None,
        Some(at) => match at.get(GATHERING)? {
            None => return Ok(None),
            state => state,
        },
    };
    let (reached, phase) = match (request.text(URL)?, request.text(SQL)?) {
        (Some(url), _) => (of_file(session, request, url, state, track)?, "fetching"),
        (None, Some(sql)) => (of_query(request, sql, state, track)?, "asking the query"),
        (None, None) => return Ok(None),
    };
    match reached {
        Reached::Waiting(state) => {
            part.tell(session, phase, None);
            encoded(&Node::object([(GATHERING, Node::from(root(&state)?))])).map(Some)
        }
        Reached::There(total) => {
            part.tell(session, "running", Some(total));
            encoded(&Node::object([("behind", Node::from(0))])).map(Some)
        }
    }
}

/// How far gathering is.
enum Reached {
    /// It goes on; what the next part is told, as jsonb.
    Waiting(Vec<u8>),
    /// The identifiers are written down: how many.
    There(i64),
}

fn of_file(session: &Session, request: &Request, url: &str, state: Option<Value>, track: i64) -> Result<Reached> {
    match upload::step(session, request, url, state, GLANCE)? {
        Step::Waiting(state) => Ok(Reached::Waiting(state)),
        Step::Ready(uid) => {
            let list = address_file::read(session, &uid)?;
            Ok(Reached::There(track_address::write(track, 0, list.iter().map(String::as_str))))
        }
    }
}

/// Has the query run, or looks for a second whether it has.
fn of_query(request: &Request, sql: &str, state: Option<Value>, track: i64) -> Result<Reached> {
    let state = state.and_then(|state| state.as_object()).unwrap_or_default();
    let number = |state: &Object, key| Ok::<_, Error>(state.get(key)?.and_then(|number| number.as_i64()));
    let (query, begun) = (number(&state, "query")?, number(&state, "begun")?.unwrap_or_default());
    let waiting = |query: Option<i64>, begun: i64| {
        encoded(&Node::object([("query", query.into()), ("begun", Node::from(begun))])).map(Reached::Waiting)
    };
    let crashed = || Error::new(Id::TrackCrashed, format!("its query was begun {TRIES} times and never ended"));
    let Some(query) = query else {
        if begun >= TRIES {
            return Err(crashed());
        }
        let role = request.number(ROLE)?.and_then(|role| u32::try_from(role).ok()).unwrap_or_default();
        let path = request.text(SEARCH_PATH)?.unwrap_or_default();
        return match fetches::begin_query(role, sql, path) {
            Ok(number) => waiting(Some(number), begun + 1),
            Err(error) if is_passing(&error) => later(|| waiting(None, begun)),
            Err(error) => Err(error),
        };
    };
    match fetches::wait(query, GLANCE) {
        Ok(Fate::Here { file, .. }) => written(file, track).map(Reached::There),
        Ok(Fate::UnderWay) => waiting(Some(query), begun),
        Ok(Fate::Unknown) => waiting(None, begun),
        // No process was free for it: it was not begun.
        Err(error) if error.id == Id::WorkerBusy => later(|| waiting(None, begun - 1)),
        Err(error) if is_passing(&error) => later(|| waiting(Some(query), begun)),
        Err(error) if error.id == Id::TrackCrashed => later(|| waiting(None, begun)),
        Err(error) => Err(error),
    }
}

/// Whether the dispatcher is starting, or has too much to do.
fn is_passing(error: &Error) -> bool {
    matches!(error.id, Id::WorkerAbsent | Id::WorkerBusy | Id::WorkerTimeout)
}

fn later(reached: impl FnOnce() -> Result<Reached>) -> Result<Reached> {
    process::pause(GLANCE, None);
    reached()
}

/// Writes the texts of a file down, and removes it; gives how many there were.
fn written(file: PathBuf, track: i64) -> Result<i64> {
    let lost = |error: std::io::Error| Error::new(Id::SelectorQuery, format!("its answer was lost: {}", error.kind()));
    let opened = File::open(&file);
    // What is open can still be read.
    _ = std::fs::remove_file(&file);
    let mut texts = BufReader::new(opened.map_err(lost)?).split(END);
    let mut last = 0;
    loop {
        let some: Vec<Vec<u8>> = texts.by_ref().take(AT_ONCE).collect::<std::io::Result<_>>().map_err(lost)?;
        let some: Vec<Cow<str>> = some.iter().map(|text| String::from_utf8_lossy(text)).collect();
        if some.is_empty() {
            return Ok(last);
        }
        last = track_address::write(track, last, some.iter().map(Cow::as_ref));
    }
}
