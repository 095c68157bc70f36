//! `member.import`: the rows of an upload are imported by a track, chunk by chunk (members.md 10, shapes.md 12).
//!
//! A chunk and the note of how many rows are behind it are one transaction. Between two chunks the worker keeps the open data;
//! where it cannot, because another worker goes on or a chunk failed, the data are opened anew and the rows that are committed
//! are passed over.

use super::kept::{self, Kept, Opening, ROWS};
use super::state::State;
use super::{Import, Seen, chunk, group, report, wanted};
use crate::domain::datakey::date::Now;
use crate::domain::error::{Error, Id, Result};
use crate::domain::event::EventType;
use crate::domain::import::given::{self, Given};
use crate::domain::import::{Options, PARAMETERS};
use crate::domain::json::{Node, Value, encoded, root};
use crate::domain::reply::reply;
use crate::domain::report::Returned;
use crate::domain::request::Request;
use crate::domain::time;
use crate::pg::guc;
use crate::pg::jsonb::Encoded;
use crate::pg::perform::job::{Kind, Part, Progress};
use crate::pg::perform::upload::{self, Step};
use crate::pg::perform::{group_fill, reported, sequence, track as tracks};
use crate::pg::spi::Session;
use crate::pg::store::event::Only;
use crate::pg::store::track::{self, New, Telling};
use std::time::Duration;

/// The track.
pub const KIND: Kind = Kind { action: "member.import", is_alone: false, chunk: part };

/// How many rows a chunk has; of an express import, which locks nobody.
const EXPRESS_ROWS: usize = 20_000;

/// How long an import waits for its address before the worker does other tracks.
const GLANCE: Duration = Duration::from_millis(100);

/// What a call is asked beside what becomes of the rows.
const OF_CALL: &[&str] = &["track.info", "result", "content_type"];

/// What only its track knows: that the rows came with the call.
const INLINE: &str = "inline";

/// `member.import`: `{"queue_position", "track.id", "warnings"?}`. What was sent is kept until the track reads it; what an address
/// names is fetched when it begins.
///
/// Errors: those of the parameters; `error/import/source`, `uid`, `scheme`, `file`, `toolarge`.
pub fn import(session: &Session, request: Value) -> Result<Encoded> {
    let asked = Request::open(request, &known(), &[])?;
    let options = Options::read(&asked, &guc::limits())?;
    report::appended(session, &Returned::read(&asked)?)?;
    // What is told at once would end the track later.
    options.stop.iter().chain(&options.start).try_for_each(|id| sequence::find(session, *id).map(drop))?;
    let given = Given::read(&asked)?;
    let uid = upload::keep(session, &asked, &given)?;
    if let Given::Url(url) = &given {
        upload::check_url(session, url)?;
    }
    let mut keys = Vec::new();
    for entry in request.as_object().unwrap_or_default().iter() {
        let (name, value) = entry?;
        if !matches!(name, "users.list" | "encoding" | "uid") {
            keys.push((name, Node::from(value)));
        }
    }
    let is_inline = matches!(given, Given::Text(_) | Given::Octets(_));
    keys.extend(uid.map(|uid| ("uid", Node::from(uid))));
    keys.push((INLINE, Node::from(i64::from(is_inline))));
    let (work, info) = (encoded(&Node::object(keys))?, asked.text("track.info")?);
    let position = track::waiting(session, KIND.action);
    let id = tracks::begin(&New { action: KIND.action, info, request: &work, total: None })?;
    let keys = vec![("queue_position", Node::from(position + 1)), ("track.id", Node::from(id))];
    Encoded::new(&reply(keys, &asked.warnings))
}

/// Every parameter.
fn known() -> Vec<&'static str> {
    [PARAMETERS, given::PARAMETERS, OF_CALL, &[INLINE]].concat()
}

/// Does the next part.
fn part(session: &Session, part: &Part) -> Result<Progress> {
    let returned = Returned::read(&Request::open(part.request, &known(), &[])?)?;
    if let Some(progress) = reported::sent(session, part, &returned)? {
        return Ok(progress);
    }
    let mut state = part.state.map(State::read).transpose()?.unwrap_or_default();
    if state.uid.is_empty() {
        let own = Request::open(part.request, &known(), &[])?;
        match (own.text("uid")?, own.text("users.url")?) {
            (Some(uid), _) => state.uid = uid.to_owned(),
            (None, Some(url)) => {
                part.tell(session, "fetching", None);
                match upload::step(session, &own, url, state.fetch.as_deref().map(root).transpose()?, GLANCE)? {
                    Step::Ready(uid) => state.uid = uid,
                    Step::Waiting(fetch) => {
                        state.fetch = Some(fetch);
                        return Ok(Progress::Later { state: state.stored()? });
                    }
                }
                return Ok(Progress::More { done: 0, state: state.stored()? });
            }
            (None, None) => return Err(Error::new(Id::ImportSource, "no data are given")),
        }
    }
    let came = upload::parameters(session, &state.uid)?;
    let merged = upload::merged(part.request, &came)?;
    let request = Request::open(root(&merged)?, &known(), &[])?;
    let options = Options::read(&request, &guc::limits())?;
    let work = Work { session, part, request, came: &came, options, returned };
    match &state.group {
        _ if !state.has_begun => work.begin(state),
        Some(gid) if state.is_cleaning => {
            state.is_cleaning = !cleaned(session, part, gid, &work.options)?;
            Ok(Progress::More { done: 0, state: state.stored()? })
        }
        _ => work.rows(state),
    }
}

/// A part at work.
struct Work<'a> {
    session: &'a Session,
    part: &'a Part<'a>,
    /// What was asked, with what came with the data.
    request: Request<'a>,
    /// What came with the data, as jsonb.
    came: &'a [u8],
    options: Options<'a>,
    /// What becomes of the report.
    returned: Returned,
}

impl Work<'_> {
    /// The first part: everything that may keep the import from beginning is looked at, then its group is made.
    fn begin(&self, mut state: State) -> Result<Progress> {
        let (now, limits) = (guc::now()?, guc::limits());
        let kept = Kept::open(&self.data()?, &state.uid, 0)?;
        state.group = group::of(self.session, &self.options, &kept.caption, &now)?;
        let (caption, group) = (&kept.caption, state.group.as_deref());
        let (options, event) = (&self.options, self.event()?);
        let import = Import { options, caption, group, limits: &limits, now: &now, event };
        chunk(self.session, &import, &[], &mut Seen::default())?;
        state.report = report::appended(self.session, &self.returned)?;
        state.warnings.add(self.request.warnings.iter().cloned().chain(caption.left_out()));
        state.is_cleaning = self.options.clean_group && state.group.is_some();
        (state.at, state.has_begun) = (self.part.at, true);
        kept.put();
        Ok(Progress::More { done: 0, state: state.stored()? })
    }

    /// The next rows.
    fn rows(&self, mut state: State) -> Result<Progress> {
        let Work { session, part, .. } = *self;
        let mut kept = match kept::take(part.track, state.read) {
            Some(kept) => kept,
            None => Kept::open(&self.data()?, &state.uid, state.read)?,
        };
        let lines = kept.next_lines(if self.options.express { EXPRESS_ROWS } else { ROWS })?;
        let (now, limits) = (now_of(state.at)?, guc::limits());
        let import = Import {
            options: &self.options,
            caption: &kept.caption,
            group: state.group.as_deref(),
            limits: &limits,
            now: &now,
            event: self.event()?,
        };
        let done = chunk(session, &import, &lines, &mut kept.seen)?;
        state.counters.add(&done.counters);
        state.report = report::write(session, part.track, state.report, &done.refused)?;
        state.warnings.add(done.warnings);
        state.read += lines.len() as u64;
        if lines.is_empty() {
            return self.ended(state);
        }
        let (rows, result) = (state.counters.rows, encoded(&Node::object(state.answer()))?);
        kept.note(state.read);
        if let Some(track) = part.track {
            let telling = Telling { phase: Some("importing"), total: kept.total, result: Some(&result) };
            track::tell(session, track, &telling);
        }
        kept.put();
        Ok(Progress::More { done: rows, state: state.stored()? })
    }

    /// The event of a person who is imported.
    fn event(&self) -> Result<EventType> {
        Ok(if self.request.flag(INLINE)? { EventType::ImportApi } else { EventType::ImportFile })
    }

    /// What its data are opened with.
    fn data(&self) -> Result<Opening<'_>> {
        let Work { session, part, request, came, options, .. } = self;
        Ok(Opening { session, track: part.track, request, came, options, event: self.event()? })
    }

    /// The rows are done: now its report goes out, where the call says so.
    fn ended(&self, mut state: State) -> Result<Progress> {
        let rows = state.counters.rows;
        self.part.tell(self.session, "importing", Some(rows));
        // A file says that no row was refused, too.
        let is_sent = matches!(&self.returned, Returned::Report { files, .. } if !files.is_empty());
        if is_sent && state.report.is_none() {
            state.report = Some(report::begin(self.part.track)?);
        }
        let answer = encoded(&Node::object(state.answer()))?;
        match state.report {
            Some(report) => reported::finish(self.session, self.part, &self.returned, report, rows, answer),
            None => Ok(Progress::Done { done: rows, result: answer }),
        }
    }
}

/// Empties the group by one part; whether it is empty.
fn cleaned(session: &Session, part: &Part, gid: &str, options: &Options) -> Result<bool> {
    part.tell(session, "emptying the group", None);
    let _events = Only::of(&wanted(session, options));
    let work = encoded(&Node::object([("id", Node::from(gid))]))?;
    let next = Part { track: part.track, request: root(&work)?, state: None, done: 0, at: part.at, answer: None };
    Ok(matches!((group_fill::CLEAN.chunk)(session, &next)?, Progress::Done { .. }))
}

/// The instant of all rows.
fn now_of(at: i64) -> Result<Now> {
    let instant = time::from_pg_micros(at);
    let instant = instant.ok_or_else(|| Error::new(Id::DatakeyDate, "the clock is beyond the calendar"))?;
    Ok(Now { instant, zone: guc::time_zone()? })
}
