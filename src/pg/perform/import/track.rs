//! `member.import`: the rows of an upload are imported by a track, chunk by chunk (members.md 10, shapes.md 12).
//!
//! A chunk and the note of how many rows are behind it are one transaction. Between two chunks the worker keeps the open data;
//! where it cannot, because another worker goes on or a chunk failed, the data are opened anew and the rows that are committed
//! are passed over.

use super::state::State;
use super::{Import, Seen, chunk, group, report};
use crate::domain::address::Address;
use crate::domain::datakey::Limits;
use crate::domain::datakey::date::Now;
use crate::domain::error::{Error, Id, Result};
use crate::domain::event::EventType;
use crate::domain::import::open::{Opened, Reading, open};
use crate::domain::import::record::{Cell, Fields, Next, Source};
use crate::domain::import::{Caption, Options, PARAMETERS, type_of};
use crate::domain::json::{Node, Value, encoded, root};
use crate::domain::member::target::Kind as TargetKind;
use crate::domain::request::{Request, identifier_of};
use crate::domain::time;
use crate::pg::guc;
use crate::pg::perform::job::{Kind, Part, Progress};
use crate::pg::perform::{group_fill, resolve};
use crate::pg::perform::upload::Reader;
use crate::pg::spi::Session;
use crate::pg::store::anketa;
use crate::pg::store::track::{self, Telling};
use std::borrow::Cow;
use std::cell::RefCell;

/// The track.
pub const KIND: Kind = Kind { action: "member.import", is_alone: false, chunk: part };

/// How many rows a chunk has, and how many octets they take, about.
const ROWS: usize = 2000;
const OCTETS: usize = 8 << 20;

/// What a track is asked beside what becomes of the rows.
const OF_TRACK: &[&str] = &["uid", "inline", "charset", "separator", "firstline", "track.info", "result"];

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

/// Does the next part.
fn part(session: &Session, part: &Part) -> Result<Progress> {
    let known: Vec<&str> = PARAMETERS.iter().chain(OF_TRACK).copied().collect();
    let request = Request::open(part.request, &known, &[])?;
    let limits = guc::limits();
    let options = Options::read(&request, &limits)?;
    let Some(state) = part.state else { return begin(session, part, &request, &options) };
    let mut state = State::read(state)?;
    if let Some(gid) = state.group.as_deref().filter(|_| state.is_cleaning) {
        state.is_cleaning = !cleaned(session, part, gid)?;
        return Ok(Progress::More { done: 0, state: state.stored()? });
    }
    let mut kept = match KEPT.take().filter(|kept| Some(kept.track) == part.track && kept.read == state.read) {
        Some(kept) => kept,
        None => reopened(session, part, &request, &options, state.read)?,
    };
    let lines = kept.next_lines()?;
    let now = now_of(state.at)?;
    let import = Import {
        options: &options,
        caption: &kept.caption,
        group: state.group.as_deref(),
        limits: &limits,
        now: &now,
        event: if request.flag("inline")? { EventType::ImportApi } else { EventType::ImportFile },
    };
    let done = chunk(session, &import, &lines, &mut kept.seen)?;
    state.counters.add(&done.counters);
    state.report = report::write(session, part.track, state.report, &done.refused)?;
    state.read += lines.len() as u64;
    let (rows, result) = (state.counters.rows, encoded(&Node::object(state.answer()))?);
    if lines.is_empty() {
        return Ok(Progress::Done { done: rows, result });
    }
    if let Some(track) = part.track {
        let telling = Telling { phase: Some("importing"), total: None, result: Some(&result) };
        track::tell(session, track, &telling);
    }
    kept.read = state.read;
    KEPT.set(Some(kept));
    Ok(Progress::More { done: rows, state: state.stored()? })
}

/// The first part: everything that may keep the import from beginning is looked at, then its group is made.
fn begin(session: &Session, part: &Part, request: &Request, options: &Options) -> Result<Progress> {
    let now = guc::now()?;
    let kept = reopened(session, part, request, options, 0)?;
    let addr_type = kept.caption.addr_type;
    let group = group::of(session, options, addr_type, &now)?;
    let limits = guc::limits();
    let (caption, event) = (&kept.caption, EventType::ImportFile);
    let import = Import { options, caption, group: group.as_deref(), limits: &limits, now: &now, event };
    chunk(session, &import, &[], &mut Seen::default())?;
    let is_cleaning = options.clean_group && group.is_some();
    let state = State { at: part.at, group, is_cleaning, ..State::default() };
    KEPT.set(Some(kept));
    Ok(Progress::More { done: 0, state: state.stored()? })
}

/// Empties the group by one part; whether it is empty.
fn cleaned(session: &Session, part: &Part, gid: &str) -> Result<bool> {
    part.tell(session, "emptying the group", None);
    let work = encoded(&Node::object([("id", Node::from(gid))]))?;
    let next = Part { track: part.track, request: root(&work)?, state: None, done: 0, at: part.at };
    Ok(matches!((group_fill::CLEAN.chunk)(session, &next)?, Progress::Done { .. }))
}

/// The instant of all rows.
fn now_of(at: i64) -> Result<Now> {
    let instant = time::from_pg_micros(at);
    let instant = instant.ok_or_else(|| Error::new(Id::DatakeyDate, "the clock is beyond the calendar"))?;
    Ok(Now { instant, zone: guc::time_zone()? })
}

/// Opens the data and passes over the rows that are behind already; their identifiers are noted, because repeats are counted.
fn reopened(session: &Session, part: &Part, request: &Request, options: &Options, read: u64) -> Result<Kept> {
    let uid = request.required("uid", request.text("uid")?)?;
    let ankets = anketa::all(session);
    let reading: Reading = crate::domain::import::given::reading(request, guc::xlsx_strings_max())?;
    let Opened { names, mut source, .. } = open(Box::new(Reader::new(session, uid)), &reading)?;
    let mut waiting = Vec::new();
    match source.next()? {
        Next::End => {}
        line => waiting.push(line),
    }
    let limits = guc::limits();
    let caption = caption_of(options, names.as_deref(), waiting.first(), &ankets, &limits)?;
    options.check_type(caption.addr_type)?;
    let track = part.track.unwrap_or_default();
    let mut kept = Kept { track, read: 0, source, waiting, caption, seen: Seen::default() };
    let now = guc::now()?;
    while kept.read < read {
        let lines = kept.next_lines_of((read - kept.read) as usize)?;
        if lines.is_empty() {
            break;
        }
        kept.read += lines.len() as u64;
        let addr_type = kept.caption.addr_type;
        let reader = crate::domain::import::Reader::new(&kept.caption, &ankets, &[], &limits, &now);
        let mut passed: Vec<Address> = Vec::new();
        for line in &lines {
            let Next::Row(record) = line else { continue };
            let Ok(row) = reader.read(record) else { continue };
            let target = resolve::target(session, &row.email, TargetKind::Type(addr_type), &mut Vec::new());
            passed.extend(target.ok().and_then(|target| target.address().cloned()));
        }
        passed.iter().for_each(|address| drop(kept.seen.note(address)));
    }
    Ok(kept)
}

impl Kept {
    fn next_lines(&mut self) -> Result<Vec<Next>> {
        self.next_lines_of(ROWS)
    }

    /// The next rows, at most so many and not much more than [`OCTETS`].
    fn next_lines_of(&mut self, most: usize) -> Result<Vec<Next>> {
        let mut lines: Vec<Next> = self.waiting.drain(..).collect();
        let mut octets = 0;
        while lines.len() < most.min(ROWS) && octets < OCTETS {
            match self.source.next()? {
                Next::End => break,
                line => {
                    octets += size(&line);
                    lines.push(line);
                }
            }
        }
        Ok(lines)
    }
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
    ankets: &[crate::domain::anketa::Anketa],
    limits: &Limits,
) -> Result<Caption> {
    let names: Option<Vec<Cow<str>>> = names.map(|cells| cells.iter().map(name_of).collect());
    let told = super::from::told_names(options.caption, names.as_deref().unwrap_or_default())?;
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
