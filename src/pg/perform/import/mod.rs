//! Import: rows become subscribers, by chunks (members.md 10).
//!
//! A chunk is planned in memory and written by a handful of statements over arrays ([`people`]). What that cannot do, or what
//! meets another transaction, is done row by row as `member.set` does it ([`by_row`]), with the same outcome.

mod by_row;
mod chunk;
mod express;
pub mod from;
mod group;
mod kept;
mod lists;
mod people;
mod register;
mod report;
mod seen;
mod state;
pub mod track;
mod warnings;

pub use chunk::{Refused, chunk};
pub use seen::Seen;

use crate::domain::address::AddrType;
use crate::domain::anketa::Anketa;
use crate::domain::anketa::format::Field;
use crate::domain::datakey::Limits;
use crate::domain::datakey::date::Now;
use crate::domain::error::{Error, Id, Result};
use crate::domain::event::EventType;
use crate::domain::import::{Caption, Meaning, Options, Reader};
use crate::domain::json::{Value, root};
use crate::pg::guc;
use crate::pg::perform::newbie::Letters;
use crate::pg::perform::sequence;
use crate::pg::perform::set::origin_number;
use crate::pg::spi::Session;
use crate::pg::store::event::Wanted;
use crate::pg::store::{format, hook};
use lists::Lists;
use std::rc::Rc;

/// What all chunks of an import share.
pub struct Import<'a> {
    /// What becomes of the rows.
    pub options: &'a Options<'a>,
    /// What the columns mean.
    pub caption: &'a Caption,
    /// The group of this import.
    pub group: Option<&'a str>,
    /// How far data may grow.
    pub limits: &'a Limits,
    /// The instant of all rows.
    pub now: &'a Now,
    /// The event of a person who is imported.
    pub event: EventType,
}

/// An import, open for one chunk.
struct Open<'a> {
    import: &'a Import<'a>,
    session: &'a Session,
    reader: Reader<'a>,
    addr_type: AddrType,
    /// The origin of who is new.
    origin: Option<i32>,
    lists: Lists<'a>,
    letters: Letters,
    wanted: Rc<Wanted>,
    /// When rows are written.
    at: i64,
}

/// Which events an import writes: all, or those that active hooks take, and those of live groups.
pub fn wanted(session: &Session, options: &Options) -> Rc<Wanted> {
    let of_groups = [EventType::SegmentEnter, EventType::SegmentLeave].map(|code| code.as_str().to_owned());
    let codes = || hook::wanted(session).into_iter().chain(of_groups).collect();
    Rc::new(if options.events { Wanted::All } else { Wanted::Codes(codes()) })
}

impl<'a> Import<'a> {
    /// Opens it. Errors: those of its parameters.
    fn open(&'a self, session: &'a Session, ankets: &'a [Anketa<'a>]) -> Result<Open<'a>> {
        let Import { options, caption, limits, now, .. } = *self;
        let addr_type = caption.addr_type;
        options.stop.iter().chain(&options.start).try_for_each(|id| sequence::find(session, *id).map(drop))?;
        let asked = (options.letter_confirm, options.letter_other);
        Ok(Open {
            import: self,
            session,
            reader: Reader::new(caption, ankets, &self.fill(session)?, limits, now),
            addr_type,
            origin: options.origin.as_ref().map(|origin| origin_number(session, origin)).transpose()?,
            lists: Lists::open(session, options, self.group, addr_type)?,
            letters: Letters::open(session, asked, Some(addr_type), &mut Vec::new())?,
            wanted: wanted(session, options),
            at: guc::statement_micros(),
        })
    }

    /// The fields of the format; none for rows in the datakey format.
    fn fill(&self, session: &'a Session) -> Result<Vec<Field<'a>>> {
        let is_datakeys = self.caption.columns.iter().any(|column| matches!(column.meaning, Meaning::Datakey(_)));
        let Some(id) = self.options.format.filter(|_| !is_datakeys) else { return Ok(Vec::new()) };
        let known = format::find(session, id).ok_or_else(|| Error::new(Id::FormatNotexists, "format"))?;
        match root(known.fields)? {
            Value::Array(fields) => Field::read_all(fields),
            _ => Ok(Vec::new()),
        }
    }
}

impl Open<'_> {
    /// Ends and begins the sequences that the import names, for heads whose bodies are under lock. Errors: those of the sequences.
    fn sequences(&self, heads: &[lists::HeadOf]) -> Result<()> {
        let Options { stop, start, .. } = self.import.options;
        if !stop.is_empty() {
            sequence::stop(self.session, stop, heads)?;
        }
        if !start.is_empty() {
            sequence::start(self.session, start, heads)?;
        }
        Ok(())
    }
}
