//! Fetching data that an address names: at the call of a probe, when an import begins (shapes.md 12).

use super::store;
use crate::domain::error::{Error, Id, Result};
use crate::domain::import::place::{Places, Scheme, ending, filled, parse};
use crate::domain::json::{self, Node, Value, encoded, root};
use crate::domain::request::{Request, wrong};
use crate::pg::guc;
use crate::pg::spi::{Session, Statement};
use crate::pg::worker::fetches::{self, Fate};
use crate::pg::worker::process;
use pgrx::pg_sys::{self, OIDOID};
use std::fs::File;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use url::Url;

/// How long a part of a track that keeps its worker waits before it looks around: whether it was stopped, say.
pub const GLANCE: Duration = Duration::from_secs(1);

static MAY_READ_FILES: Statement =
    Statement::new(c"SELECT pg_catalog.pg_has_role($1, 'pg_read_server_files', 'USAGE')", &[OIDOID]);

/// Checks an address when it is given: what kind it is, and whether the caller may read files of the server.
///
/// Errors: `error/import/scheme`, `error/import/file`, `error/param/wrong`.
pub fn check_url(session: &Session, url: &str) -> Result<Scheme> {
    let (scheme, _) = parse(&now_filled(url)?)?;
    let caller = crate::pg::spi::Arg::datum(session.caller().into());
    let may = || session.run(&MAY_READ_FILES, &[caller]).first().is_some_and(|row| row.truth());
    if scheme == Scheme::File && !may() {
        return Err(Error::new(Id::ImportFile, "the caller may not read files of the server"));
    }
    Ok(scheme)
}

/// Fetches what an address names into an upload, waiting for it for `pg_member.worker_timeout` at most; gives its uid.
///
/// Errors: `error/import/…`, `error/worker/…`.
pub fn fetched(session: &Session, request: &Request, url: &str) -> Result<String> {
    check_url(session, url)?;
    let url = now_filled(url)?;
    if let (Scheme::File, place) = parse(&url)? {
        return read_file(session, &place);
    }
    let (tries, pause) = attempts(request)?;
    let (limit, begun) = (guc::worker_timeout(), Instant::now());
    let number = fetches::begin(&url, tries, pause)?;
    match fetches::wait(number, limit.saturating_sub(begun.elapsed()))? {
        Fate::Here { file, request } => taken(session, file, request),
        Fate::UnderWay => Err(Error::new(Id::WorkerTimeout, format!("no data within {} s", limit.as_secs()))),
        Fate::Unknown => Err(Error::new(Id::WorkerAbsent, "the dispatcher ended while it fetched")),
    }
}

/// What a part of a track that fetches came to.
pub enum Step {
    /// It goes on; what the next part is told, as jsonb.
    Waiting(Vec<u8>),
    /// The data are here: their uid.
    Ready(String),
}

/// Does the next part of fetching what an address names for a track, whose caller was checked by [`check_url`]. Nothing waits
/// in it for longer than `glance`. `state` is what the part before gave.
///
/// Errors: `error/import/…`.
pub fn step(session: &Session, request: &Request, url: &str, state: Option<Value>, glance: Duration) -> Result<Step> {
    let state = state.and_then(|state| state.as_object()).unwrap_or_default();
    let url = match state.get("url")?.and_then(|url| url.as_str()) {
        // Marks are filled once: each try asks for the same.
        Some(url) => url.to_owned(),
        None => now_filled(url)?,
    };
    if let (Scheme::File, place) = parse(&url)? {
        return read_file(session, &place).map(Step::Ready);
    }
    let number = match state.get("fetch")?.and_then(|number| number.as_i64()) {
        Some(number) => Ok(number),
        None => {
            let (tries, pause) = attempts(request)?;
            fetches::begin(&url, tries, pause)
        }
    };
    let fate = number.clone().and_then(|number| fetches::wait(number, glance));
    match fate {
        Ok(Fate::Here { file, request }) => taken(session, file, request).map(Step::Ready),
        Ok(Fate::UnderWay) => waiting(&url, number.ok()),
        Ok(Fate::Unknown) => waiting(&url, None),
        // The dispatcher is starting, or has too much to do.
        Err(error) if matches!(error.id, Id::WorkerAbsent | Id::WorkerBusy | Id::WorkerTimeout) => {
            process::pause(glance, None);
            waiting(&url, number.ok())
        }
        Err(error) => Err(error),
    }
}

fn waiting(url: &str, number: Option<i64>) -> Result<Step> {
    encoded(&Node::object([("url", Node::from(url)), ("fetch", number.into())])).map(Step::Waiting)
}

/// How often, and with how many seconds between.
fn attempts(request: &Request) -> Result<(i64, i64)> {
    let tries = request.number("users.url.tries")?.unwrap_or(1);
    let pause = request.number("users.url.pause")?.unwrap_or(60);
    if !(1..=100).contains(&tries) {
        return Err(wrong("users.url.tries", "a number from 1 to 100"));
    }
    if !(0..=86_400).contains(&pause) {
        return Err(wrong("users.url.pause", "a number of seconds, a day at most"));
    }
    Ok((tries, pause))
}

/// Keeps a file that the dispatcher wrote, and removes it.
fn taken(session: &Session, file: PathBuf, request: Option<String>) -> Result<String> {
    let opened = File::open(&file);
    // What is open can still be read.
    _ = std::fs::remove_file(&file);
    let opened = opened.map_err(|error| Error::new(Id::ImportUrl, error.kind().to_string()))?;
    store(session, opened, &parsed(request.as_deref().unwrap_or("{}"))?)
}

/// Keeps a file of the server, or what lies in a directory.
fn read_file(session: &Session, url: &Url) -> Result<String> {
    let Some(place) = Places::of(url, "csv")?.request else { return store(session, opened(url)?, &parsed("{}")?) };
    let text = std::io::read_to_string(opened(&place).map_err(|error| Error::new(Id::ImportRequest, error.explain))?);
    let request = parsed(&text.map_err(|_| Error::new(Id::ImportRequest, "request.json: no text in utf-8"))?)?;
    let keys = root(&request)?.as_object().unwrap_or_default();
    let kind = ending(keys.get("content_type")?.and_then(|kind| kind.as_str()))?;
    let found = Places::of(url, kind)?.data.iter().map(opened).reduce(Result::or);
    let file = found.unwrap_or_else(|| Err(Error::new(Id::ImportFile, "no file")))?;
    store(session, file, &request)
}

fn opened(url: &Url) -> Result<File> {
    let bad = |why: &str| Error::new(Id::ImportFile, why);
    let path = url.to_file_path().map_err(|()| bad("no path"))?;
    // Neither devices nor pipes: opening one may wait for ever.
    match std::fs::metadata(&path) {
        Ok(known) if !known.is_file() => Err(bad("not a plain file")),
        Ok(_) => File::open(&path).map_err(|error| bad(&error.kind().to_string())),
        Err(error) => Err(bad(&error.kind().to_string())),
    }
}

/// What `request.json` holds, as jsonb. Errors: `error/import/request`.
fn parsed(text: &str) -> Result<Vec<u8>> {
    let bad = || Error::new(Id::ImportRequest, "request.json: no object");
    let parameters = json::parse(text).map_err(|_| bad())?;
    root(&parameters)?.as_object().ok_or_else(bad)?;
    Ok(parameters)
}

/// An address with its marks filled as of this statement.
fn now_filled(url: &str) -> Result<String> {
    let now = guc::now()?;
    let mut random = [0_u8; 8];
    // SAFETY: the array is as long as stated.
    if !unsafe { pg_sys::pg_strong_random(random.as_mut_ptr().cast(), random.len()) } {
        return Err(wrong("users.url", "filled: the server has no random numbers"));
    }
    Ok(filled(url, &now.instant.to_zoned(now.zone), u64::from_ne_bytes(random)))
}
