//! The data of an import that are open: kept by the worker between two chunks, opened anew where that is not possible.

use super::{Seen, wanted};
use crate::domain::address::Address;
use crate::domain::error::Result;
use crate::domain::event::EventType;
use crate::domain::import::caption::names_of;
use crate::domain::import::open::Opened;
use crate::domain::import::record::{Cell, Fields, Next, Source};
use crate::domain::import::{Caption, Options, Reader};
use crate::domain::member::target::{Kind, Target};
use crate::domain::request::Request;
use crate::pg::guc;
use crate::pg::perform::resolve;
use crate::pg::perform::upload::{self, Meter};
use crate::pg::spi::Session;
use crate::pg::store::{address, anketa};
use std::cell::RefCell;
use std::rc::Rc;

/// How many rows a chunk has, and how many octets they take, about.
pub const ROWS: usize = 2000;
const OCTETS: usize = 8 << 20;

/// Data that are open, and where they are.
pub struct Kept {
    track: Option<i64>,
    /// How many rows were read.
    pub read: u64,
    /// How many there are in all, about.
    pub total: Option<i64>,
    /// What the columns mean.
    pub caption: Caption,
    /// Whom the rows before named.
    pub seen: Seen,
    meter: Rc<Meter>,
    source: Box<dyn Source>,
    /// Rows that were read to find out what the data are.
    waiting: Vec<Next>,
}

thread_local! {
    static KEPT: RefCell<Option<Kept>> = const { RefCell::new(None) };
}

/// What data are opened with.
pub struct Opening<'a> {
    /// The session of the chunk.
    pub session: &'a Session,
    /// The track.
    pub track: Option<i64>,
    /// What was asked, with what came with the data.
    pub request: &'a Request<'a>,
    /// What came with the data, as jsonb.
    pub came: &'a [u8],
    /// What becomes of the rows.
    pub options: &'a Options<'a>,
    /// The event of a person who is imported.
    pub event: EventType,
}

/// What the worker has kept of a track whose chunks have read so many rows.
pub fn take(track: Option<i64>, read: u64) -> Option<Kept> {
    KEPT.take().filter(|kept| kept.track == track && kept.read == read)
}

impl Kept {
    /// Opens the data and passes over the rows that are behind already; their identifiers are noted, because repeats are counted,
    /// and whose they are, because the log hears once of each person.
    ///
    /// Errors: `error/import/…` where nothing can be read, those of the caption.
    pub fn open(opening: &Opening, uid: &str, read: u64) -> Result<Kept> {
        let Opening { session, track, request, came, options, .. } = *opening;
        let (ankets, limits) = (anketa::all(session), guc::limits());
        let reading = upload::reading_of(request, came)?;
        let (Opened { names, mut source, .. }, meter) = upload::open_for_good(session, uid, &reading)?;
        let waiting = up_to_a_row(source.as_mut())?;
        let first = match waiting.last() {
            Some(Next::Row(record)) => Some(&record.fields),
            _ => None,
        };
        let names = names.as_deref().map(names_of);
        let caption = Caption::of_data(options.caption, options.addr_type, names.as_deref(), first, &ankets)?;
        caption.check(&limits, &ankets)?;
        options.check_caption(&caption)?;
        let seen = Seen::default();
        let mut kept = Kept { track, read: 0, total: None, caption, seen, meter, source, waiting };
        kept.pass_over(opening, read)?;
        Ok(kept)
    }

    fn pass_over(&mut self, opening: &Opening, read: u64) -> Result<()> {
        let Opening { session, options, event, .. } = *opening;
        let (ankets, limits, now) = (anketa::all(session), guc::limits(), guc::now()?);
        let is_told = !options.express && wanted(session, options).has(event);
        let reader = Reader::new(&self.caption, &ankets, &[], &limits, &now);
        let kind = Kind::Type(self.caption.addr_type);
        while self.read < read {
            let most = usize::try_from(read - self.read).unwrap_or(ROWS).min(ROWS);
            let lines = next_lines(&mut self.waiting, self.source.as_mut(), most)?;
            if lines.is_empty() {
                break;
            }
            self.read += lines.len() as u64;
            let mut named: Vec<Address> = Vec::new();
            for line in &lines {
                let Next::Row(record) = line else { continue };
                let target = resolve::target(session, &reader.address(record), kind, &mut Vec::new());
                let Ok(Target::Address(address)) = target else { continue };
                self.seen.note(&address);
                named.push(address);
            }
            if is_told {
                let known = address::by_addresses(session, &named.iter().collect::<Vec<_>>());
                let owners = known.iter().flatten().filter_map(|known| known.owner);
                owners.for_each(|owner| self.seen.told.add(owner.dataset));
            }
        }
        Ok(())
    }

    /// Has the worker keep it for the next chunk.
    pub fn put(self) {
        KEPT.set(Some(self));
    }

    /// The next rows, at most so many and not much more than [`OCTETS`]. Errors: `error/import/…`.
    pub fn next_lines(&mut self, most: usize) -> Result<Vec<Next>> {
        next_lines(&mut self.waiting, self.source.as_mut(), most)
    }

    /// Notes how many rows are read, and estimates how many there are.
    pub fn note(&mut self, read: u64) {
        self.read = read;
        let least = i64::try_from(read).unwrap_or(i64::MAX);
        self.total = self.meter.rows(read).or(self.total).map(|total| total.max(least));
    }
}

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

/// The first row that can be read, and the bad ones before it.
fn up_to_a_row(source: &mut dyn Source) -> Result<Vec<Next>> {
    let mut lines = Vec::new();
    while lines.len() < ROWS {
        match source.next()? {
            Next::End => break,
            line => {
                let is_row = matches!(line, Next::Row(_));
                lines.push(line);
                if is_row {
                    break;
                }
            }
        }
    }
    Ok(lines)
}
