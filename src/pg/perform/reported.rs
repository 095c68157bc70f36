//! Tracks whose answer is a report: it is begun with their first part, and sent where the request says so (members.md 4.3).

use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Node, Value, encoded, root};
use crate::domain::pipe::pipes::Method;
use crate::domain::report::{File, Returned};
use crate::pg::perform::job::{Answered, Part, Progress, Question};
use crate::pg::perform::report::not_exists;
use crate::pg::spi::Session;
use crate::pg::store::report::{self, Line, New};
use crate::pg::store::track::{self, Telling};
use crate::sink::request::{Asking, Content, Request};
use std::sync::Arc;
use std::time::Duration;

/// How many rows are read at a time when a file is made.
const READ: i64 = 1000;
/// How long sending a file may take.
const LIMIT: Duration = Duration::from_secs(10 * 60);
/// How much of an answer to a file is read: its status is what counts.
const ANSWER: usize = 64 * 1024;

/// What a track makes.
pub struct Made<'a> {
    /// The call.
    pub action: &'a str,
    /// What it is doing, in a word.
    pub phase: &'a str,
    /// The columns of its report.
    pub columns: &'a [String],
    /// What becomes of it.
    pub returned: &'a Returned,
}

/// What a part of the work came to.
pub enum Work {
    /// There is more to do.
    More {
        /// How much is done now.
        done: i64,
        /// Where it stopped, as jsonb.
        at: Vec<u8>,
    },
    /// The world outside is asked first.
    Ask {
        /// Where it stopped, as jsonb.
        at: Vec<u8>,
        /// What is asked.
        question: Question,
    },
    /// All is done.
    Done {
        /// How much that was.
        done: i64,
        /// The call's own answer, as a jsonb object; the number of the report is added.
        answer: Vec<u8>,
    },
}

/// Refuses a report that nothing can be appended to. Errors: `error/report/notexists`, `error/report/columns`.
pub fn check(session: &Session, returned: &Returned, columns: &[String]) -> Result<()> {
    let Returned::Report { append: Some(id), .. } = returned else { return Ok(()) };
    let report = report::find(session, *id).ok_or_else(not_exists)?;
    let mut there = Vec::new();
    for name in report.columns.iter() {
        there.push(name?.as_str().unwrap_or_default());
    }
    if there == columns { Ok(()) } else { Err(Error::new(Id::ReportColumns, "append: the report has other columns")) }
}

/// Adds rows to the report of a track; gives how many it has. Errors: `error/report/notexists` where somebody deleted it.
pub fn add(session: &Session, report: i64, lines: &[Line]) -> Result<i64> {
    report::append(session, report, lines).ok_or_else(not_exists)
}

/// Has the files of a report sent, or ends the track where it has none: its work is done, and `answer` is the call's own, as
/// jsonb, which names the report.
///
/// Errors: `error/json/…`.
pub fn finish(
    session: &Session,
    part: &Part,
    returned: &Returned,
    report: i64,
    done: i64,
    answer: Vec<u8>,
) -> Result<Progress> {
    match files(returned).is_empty() {
        true => Ok(Progress::Done { done, result: answer }),
        false => Ok(Progress::More { done, state: sending(session, part, report, 0, root(&answer)?)? }),
    }
}

/// Goes on sending the files of a track whose work is done; nothing where it is not. Errors: `error/report/…`.
pub fn sent(session: &Session, part: &Part, returned: &Returned) -> Result<Option<Progress>> {
    match State::read(part.state)? {
        State::Sending { report, file, answer } => send(session, part, returned, report, file, answer).map(Some),
        State::New | State::Working { .. } => Ok(None),
    }
}

/// Does the next part of a track: what the work gives, then the sending of its files. The work is told where it stopped, and
/// its report.
///
/// Errors: those of the work, `error/report/…`.
pub fn part(
    session: &Session,
    part: &Part,
    made: &Made,
    work: impl FnOnce(Option<Value>, i64) -> Result<Work>,
) -> Result<Progress> {
    if let Some(progress) = sent(session, part, made.returned)? {
        return Ok(progress);
    }
    let (report, at) = match State::read(part.state)? {
        State::Working { report, at } => (report, Some(at)),
        _ => (begin(session, part, made)?, None),
    };
    match work(at, report)? {
        Work::More { done, at } => Ok(Progress::More { done, state: working(report, root(&at)?)? }),
        Work::Ask { at, question } => Ok(Progress::Ask { state: Some(working(report, root(&at)?)?), question }),
        Work::Done { done, answer } => {
            let mut keys = vec![("report.id", Node::from(report))];
            for entry in root(&answer)?.as_object().unwrap_or_default().iter() {
                let (key, value) = entry?;
                keys.push((key, Node::from(value)));
            }
            finish(session, part, made.returned, report, done, encoded(&Node::object(keys))?)
        }
    }
}

/// The report of a track that begins: one of its own, or the one that is appended to. The track names it from then on.
fn begin(session: &Session, part: &Part, made: &Made) -> Result<i64> {
    check(session, made.returned, made.columns)?;
    let report = match made.returned {
        Returned::Report { append: Some(report), .. } => *report,
        _ => {
            let columns = encoded(&Node::array(made.columns.iter().map(|name| Node::from(name.as_str()))))?;
            report::create(&New { track: part.track, name: made.action, columns: &columns }, part.at)
        }
    };
    tell(session, part, Some(made.phase), &encoded(&Node::object([("report.id", Node::from(report))]))?);
    Ok(report)
}

fn tell(session: &Session, part: &Part, phase: Option<&str>, result: &[u8]) {
    if let Some(track) = part.track {
        track::tell(session, track, &Telling { phase, total: None, result: Some(result) });
    }
}

fn files(returned: &Returned) -> &[File] {
    match returned {
        Returned::Reply => &[],
        Returned::Report { files, .. } => files,
    }
}

/// Where such a track is.
enum State<'a> {
    New,
    Working { report: i64, at: Value<'a> },
    Sending { report: i64, file: usize, answer: Value<'a> },
}

impl<'a> State<'a> {
    fn read(state: Option<Value<'a>>) -> Result<State<'a>> {
        let Some(state) = state.and_then(|state| state.as_object()) else { return Ok(State::New) };
        let number = |key: &str| Ok::<_, Error>(state.get(key)?.and_then(|number| number.as_i64()));
        let Some(report) = number("report")? else { return Ok(State::New) };
        Ok(match (state.get("answer")?, state.get("at")?) {
            (Some(answer), _) => State::Sending {
                report,
                file: usize::try_from(number("file")?.unwrap_or_default()).unwrap_or_default(),
                answer,
            },
            (None, at) => State::Working { report, at: at.unwrap_or(Value::Null) },
        })
    }
}

fn working(report: i64, at: Value) -> Result<Vec<u8>> {
    encoded(&Node::object([("report", Node::from(report)), ("at", Node::from(at))]))
}

/// The state while a file is sent. The track shows its answer already: it is there whatever becomes of the file.
fn sending(session: &Session, part: &Part, report: i64, file: usize, answer: Value) -> Result<Vec<u8>> {
    tell(session, part, Some("sending the report"), &encoded(&Node::from(answer))?);
    let file = i64::try_from(file).unwrap_or(i64::MAX);
    encoded(&Node::object([("report", Node::from(report)), ("file", Node::from(file)), ("answer", Node::from(answer))]))
}

/// Has the next file sent, or judges what came of it.
fn send(
    session: &Session,
    part: &Part,
    returned: &Returned,
    report: i64,
    file: usize,
    answer: Value,
) -> Result<Progress> {
    let Some(next) = files(returned).get(file) else {
        return Ok(Progress::Done { done: part.done, result: encoded(&Node::from(answer))? });
    };
    match part.answer {
        Some(Answered::Http(Ok(received))) if (200..300).contains(&received.code) => {
            Ok(Progress::More { done: part.done, state: sending(session, part, report, file + 1, answer)? })
        }
        Some(Answered::Http(Ok(received))) => {
            Err(Error::new(Id::ReportUnsent, format!("the receiver answered {}", received.code)))
        }
        Some(Answered::Http(Err(failure))) => Err(Error::new(Id::ReportUnsent, failure.message.clone())),
        _ => Ok(Progress::Ask { state: None, question: Question::Http(Box::new(request(session, report, next)?)) }),
    }
}

/// The request that carries a file.
fn request(session: &Session, report: i64, file: &File) -> Result<Request> {
    let found = report::find(session, report).ok_or_else(not_exists)?;
    let mut writer = file.format.begin(found.columns)?;
    let mut behind = 0;
    loop {
        let rows = report::next(session, report, behind, READ);
        for (n, row) in &rows {
            root(row)?.as_array().map(|values| writer.row(values)).transpose()?;
            behind = *n;
        }
        if (rows.len() as i64) < READ {
            break;
        }
    }
    Ok(Request {
        asking: Asking { channel: 0, pipeline: Arc::from("report"), pipe: 0 },
        method: Method::Post,
        url: file.to.clone(),
        headers: vec![("Content-Disposition".to_owned(), format!("attachment; filename=\"{}\"", file.name))],
        auth: None,
        content: Content::Body { kind: file.format.media_type(), bytes: writer.end()?.into() },
        timeout: LIMIT,
        pool_size: 1,
        limit: None,
        room: ANSWER,
    })
}
