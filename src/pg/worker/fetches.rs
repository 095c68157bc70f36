//! Data that are fetched for imports and calls on many: from addresses, and from queries that run as a role (members.md 9.1
//! and 10.2, shapes.md 2 and 9).
//!
//! A call asks the dispatcher to fetch, and gets a number; then it asks whether that has ended. The threads, or a runner, write
//! what comes into a temporary file of the server, and whoever asked reads it in its own transaction: so nothing of it is ever
//! in memory as a whole, the dispatcher writes no row, and a transaction that is rolled back leaves none. A dispatcher that
//! begins anew knows no numbers, and who asks for one asks to fetch again. Files that nobody took go after an hour, with the
//! dispatcher, and when the server starts; a query that nobody asks about is ended.

use super::dispatcher::Done;
use super::process;
use super::queue::{self, Asked};
use super::runners::{Form, Query, UNCONNECTED};
use super::runtime::Courier;
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Node, encoded, root};
use crate::domain::pipe::data::Data;
use crate::domain::pipe::failure::{Code, Failure};
use crate::domain::request::wrong;
use crate::pg::guc;
use crate::pg::perform::sql_role;
use crate::pg::spi::Session;
use crate::sink::download::{Download, Fetched};
use pgrx::pg_sys;
use std::collections::HashMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use url::Url;

/// Where files lie; the server itself empties this place of files of such names when it starts.
const PLACE: &str = "base/pgsql_tmp";
/// How many addresses are fetched at once.
const MOST: usize = 16;
/// How long a file waits for somebody to take it.
const KEPT: Duration = Duration::from_secs(3600);
/// How long a query goes on that nobody asks about: a track asks every second until it is stopped, or its worker died.
const FORLORN: Duration = Duration::from_secs(30);

/// What becomes of an address that is fetched.
pub enum Fate {
    /// It goes on.
    UnderWay,
    /// Nobody knows it any more.
    Unknown,
    /// It has come; whoever reads this takes the file.
    Here {
        /// Where.
        file: PathBuf,
        /// The parameters beside it, as JSON text.
        request: Option<String>,
    },
}

/// Has the dispatcher fetch an address; gives a number. Errors: `error/worker/…`.
pub fn begin(url: &str, tries: i64, pause: i64) -> Result<i64> {
    let keys = [("url", Node::from(url)), ("tries", Node::from(tries)), ("pause", Node::from(pause))];
    number_of(&encoded(&Node::object([("import_fetch", Node::object(keys))]))?)
}

fn number_of(asked: &[u8]) -> Result<i64> {
    let answer = ask(asked, guc::worker_timeout())?;
    let number = root(&answer)?.as_object().unwrap_or_default().get("fetch")?.and_then(|number| number.as_i64());
    number.ok_or_else(|| Error::new(Id::WorkerBusy, "the dispatcher gave no number"))
}

/// Has the dispatcher run a query of one text column as a role; gives a number. The texts come as a file, each with
/// [`super::text_query::END`] behind it. Errors: `error/worker/…`.
pub fn begin_query(role: u32, sql: &str, search_path: &str) -> Result<i64> {
    let keys =
        [("role", Node::from(i64::from(role))), ("sql", Node::from(sql)), ("search_path", Node::from(search_path))];
    number_of(&encoded(&Node::object([("query_fetch", Node::object(keys))]))?)
}

/// Waits for what is fetched, so long at most.
///
/// Errors: `error/import/…` for what it came to; `error/worker/absent`, `error/worker/busy`.
pub fn wait(number: i64, limit: Duration) -> Result<Fate> {
    let asked = encoded(&Node::object([("import_fetched", Node::from(number))]))?;
    let answer = match ask(&asked, limit) {
        Err(error) if error.id == Id::WorkerTimeout => return Ok(Fate::UnderWay),
        answer => answer?,
    };
    let answer = root(&answer)?.as_object().unwrap_or_default();
    let text = |key: &str| Ok::<_, Error>(answer.get(key)?.and_then(|text| text.as_str()).map(str::to_owned));
    Ok(match text("file")? {
        Some(file) => Fate::Here { file: file.into(), request: text("request")? },
        None => Fate::Unknown,
    })
}

fn ask(asked: &[u8], limit: Duration) -> Result<Vec<u8>> {
    let answer = queue::ask(asked, limit)?;
    match queue::refusal_in(&answer)? {
        Some(refusal) => Err(refusal),
        None => Ok(answer),
    }
}

/// What a call asks for.
pub enum Ask {
    /// To run a query.
    Query {
        /// As whom.
        role: u32,
        /// The query.
        sql: String,
        /// Where it looks for names without a schema.
        search_path: String,
    },
    /// To fetch an address.
    Begin {
        /// The address.
        url: String,
        /// How often it may be tried.
        tries: i64,
        /// How many seconds lie between.
        pause: i64,
    },
    /// What became of one.
    About(i64),
}

/// What a call asks for, if it is about an address to fetch.
pub fn asked(asked: &Asked) -> Option<Ask> {
    let request = root(asked.request()).ok()?.as_object()?;
    if let Some(number) = request.get("import_fetched").ok()? {
        return number.as_i64().map(Ask::About);
    }
    if let Some(query) = request.get("query_fetch").ok()? {
        let query = query.as_object()?;
        let text = |key| query.get(key).ok()??.as_str().map(str::to_owned);
        let role = u32::try_from(query.get("role").ok()??.as_i64()?).ok()?;
        return Some(Ask::Query { role, sql: text("sql")?, search_path: text("search_path")? });
    }
    let begin = request.get("import_fetch").ok()??.as_object()?;
    let number = |key| begin.get(key).ok()??.as_i64();
    let url = begin.get("url").ok()??.as_str()?.to_owned();
    Some(Ask::Begin { url, tries: number("tries")?, pause: number("pause")? })
}

/// One that is under way or has come.
struct Open {
    file: PathBuf,
    /// What it came to, and when.
    fetched: Option<(Result<Fetched>, Instant)>,
    /// Who waits for it.
    waiting: Option<Asked>,
    /// When somebody asked about it last, if it is a query.
    asked_at: Option<Instant>,
}

/// Those of this dispatcher.
pub struct Fetches {
    last: i64,
    open: HashMap<i64, Open>,
    /// Queries that are to be run.
    queries: Vec<(i64, Query)>,
}

impl Fetches {
    /// None yet; what a dispatcher before left is removed.
    pub fn open() -> Fetches {
        let ours = prefix();
        let files = std::fs::read_dir(PLACE).into_iter().flatten().flatten();
        for file in files.filter(|file| file.file_name().to_string_lossy().starts_with(&ours)) {
            _ = std::fs::remove_file(file.path());
        }
        // Numbers of a dispatcher before must not be taken for ours.
        Fetches { last: process::now(), open: HashMap::new(), queries: Vec::new() }
    }

    /// Takes a call up; answers it at once, or when what it waits for has ended.
    pub fn answer(&mut self, session: &Session, ask: Ask, asked: Asked, courier: &Courier<Done>) {
        let begun = match ask {
            Ask::Begin { url, tries, pause } => self.begin(&url, tries, pause, courier),
            Ask::Query { role, sql, search_path } => self.begin_query(session, role, sql, search_path),
            Ask::About(number) => {
                match self.open.get_mut(&number) {
                    None => {
                        asked.answer(&encoded(&Node::object([("unknown", Node::from(true))])).unwrap_or_default());
                    }
                    Some(open) => {
                        open.waiting = Some(asked);
                        open.asked_at = open.asked_at.map(|_| Instant::now());
                        self.hand_over(number);
                    }
                }
                return;
            }
        };
        let answer = begun.and_then(|number| encoded(&Node::object([("fetch", Node::from(number))])));
        asked.answer(&answer.unwrap_or_else(|error| queue::refused(&error)));
    }

    /// A number and a file of what is to be fetched. Errors: `error/worker/busy`.
    fn place(&mut self) -> Result<(i64, PathBuf)> {
        if self.open.values().filter(|open| open.fetched.is_none()).count() >= MOST {
            return Err(Error::new(Id::WorkerBusy, format!("{MOST} addresses and queries are fetched already")));
        }
        self.last += 1;
        let name = format!("{}{}.{}", prefix(), std::process::id(), self.last);
        Ok((self.last, [PLACE, &name].iter().collect()))
    }

    fn begin_query(&mut self, session: &Session, role: u32, sql: String, search_path: String) -> Result<i64> {
        let role = pg_sys::Oid::from(role);
        sql_role::check_still(session, role)?;
        let (number, file) = self.place()?;
        let form = Form::Texts { search_path, file: file.clone(), most: guc::import_max() };
        self.queries.push((number, Query { role, text: sql, limit: guc::sql_selector_timeout(), form }));
        self.open.insert(number, Open { file, fetched: None, waiting: None, asked_at: Some(Instant::now()) });
        Ok(number)
    }

    /// The queries that are to be run since the last time.
    pub fn queries(&mut self) -> Vec<(i64, Query)> {
        std::mem::take(&mut self.queries)
    }

    /// Forgets the queries that nobody asks about any more; gives their numbers.
    pub fn forlorn(&mut self) -> Vec<i64> {
        let is_forlorn =
            |open: &Open| open.fetched.is_none() && open.asked_at.is_some_and(|asked_at| asked_at.elapsed() > FORLORN);
        self.open
            .extract_if(|_, open| is_forlorn(open))
            .map(|(number, open)| {
                _ = std::fs::remove_file(&open.file);
                number
            })
            .collect()
    }

    fn begin(&mut self, url: &str, tries: i64, pause: i64, courier: &Courier<Done>) -> Result<i64> {
        let (number, file) = self.place()?;
        let download = Download {
            url: Url::parse(url).map_err(|_| wrong("users.url", "an address"))?,
            file: file.clone(),
            room: guc::import_max(),
            silence: guc::import_url_timeout(),
            tries: u32::try_from(tries).unwrap_or(1),
            pause: Duration::from_secs(pause.unsigned_abs()),
        };
        let reach = guc::reach();
        courier.run(async move { Done::Fetched(number, download.fetch(&reach).await) });
        self.open.insert(number, Open { file, fetched: None, waiting: None, asked_at: None });
        Ok(number)
    }

    /// Takes what became of a query.
    pub fn end_query(&mut self, number: i64, answer: std::result::Result<Data, Failure>) {
        self.end(number, answer.map(|_| Fetched { request: None }).map_err(|failure| refusal_of(&failure)));
    }

    /// Takes what became of one.
    pub fn end(&mut self, number: i64, fetched: Result<Fetched>) {
        if let Some(open) = self.open.get_mut(&number) {
            open.fetched = Some((fetched, Instant::now()));
            self.hand_over(number);
        }
    }

    /// Gives it to who waits, if it has come and somebody does.
    fn hand_over(&mut self, number: i64) {
        let Some(Open { file, fetched: Some((fetched, _)), waiting, .. }) = self.open.get_mut(&number) else { return };
        let Some(asked) = waiting.take() else { return };
        let answer = match fetched {
            Ok(fetched) => {
                let request = fetched.request.as_deref();
                let keys = [("file", Node::from(file.to_string_lossy())), ("request", request.into())];
                encoded(&Node::object(keys)).unwrap_or_default()
            }
            Err(error) => queue::refused(error),
        };
        // Whoever went away meanwhile asks again.
        if asked.try_answer(&answer) {
            if fetched.is_err() {
                _ = std::fs::remove_file(file);
            }
            self.open.remove(&number);
        }
    }

    /// Removes what nobody took.
    pub fn tidy(&mut self) {
        self.open.retain(|_, open| {
            let is_old = open.fetched.as_ref().is_some_and(|(_, at)| at.elapsed() > KEPT);
            if is_old {
                _ = std::fs::remove_file(&open.file);
            }
            !is_old
        });
    }
}

/// Why there is no answer to a query: it failed, its process ended, or there was none for it.
fn refusal_of(failure: &Failure) -> Error {
    let is = |code: Code| failure.code == code as i64;
    let id = match () {
        () if is(Code::Limit) => Id::WorkerBusy,
        () if is(Code::Transport) && failure.message.starts_with(UNCONNECTED) => Id::WorkerRole,
        () if is(Code::Transport) => Id::TrackCrashed,
        () => Id::SelectorQuery,
    };
    Error::new(id, failure.message.as_str())
}

/// What names of files of this database begin with.
fn prefix() -> String {
    // SAFETY: reads a variable of the server's.
    format!("pgsql_tmp_import.{}.", unsafe { pg_sys::MyDatabaseId }.to_u32())
}
