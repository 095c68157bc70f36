//! `member.import`: the rows of an upload are imported by a track, chunk by chunk (members.md 10, shapes.md 12).
//!
//! A chunk and the note of how many rows are behind it are one transaction. Between two chunks the worker keeps the open data;
//! where it cannot, because another worker goes on or a chunk failed, the data are opened anew and the rows that are committed
//! are passed over.

use super::from::told_names;
use super::state::State;
use super::{Import, Seen, chunk, group, report, wanted};
use crate::domain::anketa::Anketa;
use crate::domain::datakey::Limits;
use crate::domain::datakey::date::Now;
use crate::domain::error::{Error, Id, Result};
use crate::domain::event::EventType;
use crate::domain::import::given::{self, Given};
use crate::domain::import::open::Opened;
use crate::domain::import::record::{Cell, Fields, Next, Source};
use crate::domain::import::{Caption, Options, PARAMETERS, Reader, type_of};
use crate::domain::json::{Node, Value, encoded, root};
use crate::domain::member::target::{Kind as TargetKind, Target};
use crate::domain::reply::reply;
use crate::domain::report::Returned;
use crate::domain::request::{Request, identifier_of};
use crate::domain::time;
use crate::pg::guc;
use crate::pg::jsonb::Encoded;
use crate::pg::perform::job::{Kind, Part, Progress};
use crate::pg::perform::upload::{self, Step};
use crate::pg::perform::{group_fill, reported, resolve, sequence, track as tracks};
use crate::pg::spi::Session;
use crate::pg::store::anketa;
use crate::pg::store::event::Only;
use crate::pg::store::track::{self, New, Telling};
use std::borrow::Cow;
use std::cell::RefCell;

/// The track.
pub const KIND: Kind = Kind { action: "member.import", is_alone: false, chunk: part };

/// How many rows a chunk has, of an express import, which locks nobody, and how many octets they take, about.
const ROWS: usize = 2000;
const EXPRESS_ROWS: usize = 20_000;
const OCTETS: usize = 8 << 20;

/// What a call is asked beside what becomes of the rows.
const OF_CALL: &[&str] = &["track.info", "result", "content_type"];

/// What only its track knows: that the rows came with the call.
const INLINE: &str = "inline";

/// Data that are open, and where they are.
struct Kept {
    track: i64,
    /// How many rows were read.
    read: u64,
    source: Box<dyn Source>,
    /// Rows that were read to find out what the data are.
    waiting: Vec<Next>,
    caption: Caption,
    seen: Seen,
}

thread_local! {
    static KEPT: RefCell<Option<Kept>> = const { RefCell::new(None) };
}

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
                match upload::step(session, &own, url, state.fetch.as_deref().map(root).transpose()?)? {
                    Step::Ready(uid) => state.uid = uid,
                    Step::Waiting(fetch) => state.fetch = Some(fetch),
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
        let kept = self.reopened(&state.uid, 0)?;
        state.group = group::of(self.session, &self.options, &kept.caption, &now)?;
        let (caption, group) = (&kept.caption, state.group.as_deref());
        let import =
            Import { options: &self.options, caption, group, limits: &limits, now: &now, event: EventType::ImportFile };
        chunk(self.session, &import, &[], &mut Seen::default())?;
        state.report = report::appended(self.session, &self.returned)?;
        state.is_cleaning = self.options.clean_group && state.group.is_some();
        (state.at, state.has_begun) = (self.part.at, true);
        KEPT.set(Some(kept));
        Ok(Progress::More { done: 0, state: state.stored()? })
    }

    /// The next rows.
    fn rows(&self, mut state: State) -> Result<Progress> {
        let Work { session, part, .. } = *self;
        let mut kept = match KEPT.take().filter(|kept| Some(kept.track) == part.track && kept.read == state.read) {
            Some(kept) => kept,
            None => self.reopened(&state.uid, state.read)?,
        };
        let lines = kept.next_lines(if self.options.express { EXPRESS_ROWS } else { ROWS })?;
        let (now, limits) = (now_of(state.at)?, guc::limits());
        let import = Import {
            options: &self.options,
            caption: &kept.caption,
            group: state.group.as_deref(),
            limits: &limits,
            now: &now,
            event: if self.request.flag(INLINE)? { EventType::ImportApi } else { EventType::ImportFile },
        };
        let done = chunk(session, &import, &lines, &mut kept.seen)?;
        state.counters.add(&done.counters);
        state.report = report::write(session, part.track, state.report, &done.refused)?;
        state.read += lines.len() as u64;
        if lines.is_empty() {
            return self.ended(state);
        }
        let (rows, result) = (state.counters.rows, encoded(&Node::object(state.answer()))?);
        if let Some(track) = part.track {
            track::tell(session, track, &Telling { phase: Some("importing"), total: None, result: Some(&result) });
        }
        kept.read = state.read;
        KEPT.set(Some(kept));
        Ok(Progress::More { done: rows, state: state.stored()? })
    }

    /// The rows are done: now its report goes out, where the call says so.
    fn ended(&self, mut state: State) -> Result<Progress> {
        let rows = state.counters.rows;
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

    /// Opens the data and passes over the rows that are behind already; their identifiers are noted, because repeats are counted.
    fn reopened(&self, uid: &str, read: u64) -> Result<Kept> {
        let session = self.session;
        let (ankets, limits, now) = (anketa::all(session), guc::limits(), guc::now()?);
        let reading = upload::reading_of(&self.request, self.came)?;
        let Opened { names, mut source, .. } = upload::open_for_good(session, uid, &reading)?;
        let waiting = match source.next()? {
            Next::End => Vec::new(),
            line => vec![line],
        };
        let caption = caption_of(&self.options, names.as_deref(), waiting.first(), &ankets, &limits)?;
        self.options.check_type(caption.addr_type)?;
        let track = self.part.track.unwrap_or_default();
        let mut kept = Kept { track, read: 0, source, waiting, caption, seen: Seen::default() };
        let reader = Reader::new(&kept.caption, &ankets, &[], &limits, &now);
        let kind = TargetKind::Type(kept.caption.addr_type);
        while kept.read < read {
            let most = usize::try_from(read - kept.read).unwrap_or(ROWS).min(ROWS);
            let lines = next_lines(&mut kept.waiting, kept.source.as_mut(), most)?;
            if lines.is_empty() {
                break;
            }
            kept.read += lines.len() as u64;
            for line in &lines {
                let Next::Row(record) = line else { continue };
                if let Ok(Target::Address(address)) =
                    resolve::target(session, &reader.address(record), kind, &mut Vec::new())
                {
                    kept.seen.note(&address);
                }
            }
        }
        drop(reader);
        Ok(kept)
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

impl Kept {
    fn next_lines(&mut self, most: usize) -> Result<Vec<Next>> {
        next_lines(&mut self.waiting, self.source.as_mut(), most)
    }
}

/// The next rows, at most so many and not much more than [`OCTETS`].
fn next_lines(waiting: &mut Vec<Next>, source: &mut dyn Source, most: usize) -> Result<Vec<Next>> {
    let mut lines = std::mem::take(waiting);
    let mut octets = 0;
    while lines.len() < most && octets < OCTETS {
        match source.next()? {
            Next::End => break,
            line => {
                octets += size(&line);
                lines.push(line);
            }
        }
    }
    Ok(lines)
}

fn size(line: &Next) -> usize {
    let Next::Row(record) = line else { return 0 };
    match &record.fields {
        Fields::Object(bytes) => bytes.len(),
        Fields::List(cells) => cells
            .iter()
            .map(|cell| match cell {
                Cell::Empty => 0,
                Cell::Text(text) => text.len(),
                Cell::Json(bytes) => bytes.len(),
            })
            .sum(),
    }
}

/// What the columns mean: by the caption of the call, by the first row, or, of objects, by their keys.
fn caption_of(
    options: &Options,
    names: Option<&[Cell]>,
    first: Option<&Next>,
    ankets: &[Anketa],
    limits: &Limits,
) -> Result<Caption> {
    let names: Option<Vec<Cow<str>>> = names.map(|cells| cells.iter().map(name_of).collect());
    let told = told_names(options.caption, names.as_deref().unwrap_or_default())?;
    let told = || told.iter().map(String::as_str);
    let fields = match first {
        Some(Next::Row(record)) => Some(&record.fields),
        _ => None,
    };
    if let Some(Fields::Object(bytes)) = fields {
        let keys: Vec<&str> = match root(bytes)? {
            Value::Object(object) => object.iter().filter_map(|entry| entry.ok().map(|(key, _)| key)).collect(),
            _ => Vec::new(),
        };
        let addr_type = type_of(options.addr_type, told().chain(keys))?;
        return Caption::of_objects(options.caption, addr_type, ankets);
    }
    let width = match fields {
        Some(Fields::List(cells)) => cells.len(),
        _ => 1,
    };
    let addr_type = type_of(options.addr_type, told())?;
    let caption = Caption::read(options.caption, names.as_deref(), width, addr_type, ankets)?;
    caption.check(limits)?;
    Ok(caption)
}

fn name_of(cell: &Cell) -> Cow<'_, str> {
    match cell {
        Cell::Empty => Cow::Borrowed(""),
        Cell::Text(text) => Cow::Borrowed(text),
        Cell::Json(bytes) => root(bytes).ok().and_then(identifier_of).unwrap_or_default(),
    }
}
