//! Data that are fetched for imports (members.md 10.2, shapes.md 9).
//!
//! A call asks the dispatcher to fetch, and gets a number; then it asks whether that has ended. The threads write what comes
//! into a temporary file of the server, and whoever asked reads it into an upload in its own transaction: so nothing of it is
//! ever in memory as a whole, the dispatcher writes no row, and a transaction that is rolled back leaves none. A dispatcher
//! that begins anew knows no numbers, and who asks for one asks to fetch again. Files that nobody took go after an hour, with
//! the dispatcher, and when the server starts.

use super::dispatcher::Done;
use super::queue::{self, Asked};
use super::runtime::Courier;
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Node, encoded, root};
use crate::domain::request::wrong;
use crate::pg::guc;
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
    let asked = encoded(&Node::object([("import_fetch", Node::object(keys))]))?;
    let answer = ask(&asked, guc::worker_timeout())?;
    let number = root(&answer)?.as_object().unwrap_or_default().get("fetch")?.and_then(|number| number.as_i64());
    number.ok_or_else(|| Error::new(Id::WorkerBusy, "the dispatcher gave no number"))
}

/// Waits for an address that is fetched, so long at most.
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
}

/// Those of this dispatcher.
pub struct Fetches {
    count: i64,
    open: HashMap<i64, Open>,
}

impl Fetches {
    /// None yet; what a dispatcher before left is removed.
    pub fn open() -> Fetches {
        let ours = prefix();
        let files = std::fs::read_dir(PLACE).into_iter().flatten().flatten();
        for file in files.filter(|file| file.file_name().to_string_lossy().starts_with(&ours)) {
            _ = std::fs::remove_file(file.path());
        }
        Fetches { count: 0, open: HashMap::new() }
    }

    /// Takes a call up; answers it at once, or when what it waits for has ended.
    pub fn answer(&mut self, ask: Ask, asked: Asked, courier: &Courier<Done>) {
        match ask {
            Ask::Begin { url, tries, pause } => {
                let begun = self.begin(&url, tries, pause, courier);
                let answer = begun.and_then(|number| encoded(&Node::object([("fetch", Node::from(number))])));
                asked.answer(&answer.unwrap_or_else(|error| queue::refused(&error)));
            }
            Ask::About(number) => match self.open.get_mut(&number) {
                None => asked.answer(&encoded(&Node::object([("unknown", Node::from(true))])).unwrap_or_default()),
                Some(open) => {
                    open.waiting = Some(asked);
                    self.hand_over(number);
                }
            },
        }
    }

    fn begin(&mut self, url: &str, tries: i64, pause: i64, courier: &Courier<Done>) -> Result<i64> {
        if self.open.values().filter(|open| open.fetched.is_none()).count() >= MOST {
            return Err(Error::new(Id::WorkerBusy, format!("{MOST} addresses are fetched already")));
        }
        self.count += 1;
        let number = self.count;
        let file: PathBuf = [PLACE, &format!("{}{}.{number}", prefix(), std::process::id())].iter().collect();
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
        self.open.insert(number, Open { file, fetched: None, waiting: None });
        Ok(number)
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
        let Some(open) = self.open.remove(&number) else { return };
        match (open.fetched, open.waiting) {
            (Some((Ok(fetched), _)), Some(asked)) => {
                let keys = [("file", Node::from(open.file.to_string_lossy())), ("request", fetched.request.into())];
                asked.answer(&encoded(&Node::object(keys)).unwrap_or_default());
            }
            (Some((Err(error), _)), Some(asked)) => {
                _ = std::fs::remove_file(&open.file);
                asked.answer(&queue::refused(&error));
            }
            (fetched, waiting) => _ = self.open.insert(number, Open { file: open.file, fetched, waiting }),
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

/// What names of files of this database begin with.
fn prefix() -> String {
    // SAFETY: reads a variable of the server's.
    format!("pgsql_tmp_import.{}.", unsafe { pg_sys::MyDatabaseId }.to_u32())
}
