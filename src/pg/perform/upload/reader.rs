//! Reading an upload from any place, in whatever transaction comes: nothing of a session is kept between two reads.

use super::meter::Meter;
use crate::domain::error::{Error, Id};
use crate::pg::spi::{Access, Session};
use crate::pg::store::upload;
use std::collections::VecDeque;
use std::io::{self, Read, Seek, SeekFrom};
use std::rc::Rc;

/// How many parts are kept in memory.
const KEPT: usize = 4;

/// An upload that is read.
pub struct Reader {
    uid: String,
    /// The number of each part, and where it ends.
    parts: Vec<(i64, u64)>,
    /// What was read last: places in `parts`, and octets.
    kept: VecDeque<(usize, Vec<u8>)>,
    place: u64,
    meter: Rc<Meter>,
}

impl Reader {
    /// The upload of this uid, as it is now.
    pub fn new(session: &Session, uid: &str) -> Reader {
        let mut end = 0_u64;
        let ends = |(id, length): (i64, i64)| {
            end += length.unsigned_abs();
            (id, end)
        };
        let parts = upload::parts(session, uid).into_iter().map(ends).collect();
        let meter = Rc::new(Meter::new(end));
        Reader { uid: uid.to_owned(), parts, kept: VecDeque::new(), place: 0, meter }
    }

    /// What tells how far it is read.
    pub fn meter(&self) -> Rc<Meter> {
        self.meter.clone()
    }

    fn length(&self) -> u64 {
        self.parts.last().map_or(0, |(_, end)| *end)
    }

    /// Makes a part be the last one that is kept.
    fn fetch(&mut self, part: usize, id: i64) -> io::Result<()> {
        if let Some(known) = self.kept.iter().position(|(kept, _)| *kept == part) {
            self.kept.swap(known, self.kept.len() - 1);
            return Ok(());
        }
        let session = Session::open(Access::Write);
        let bytes = upload::part(&session, &self.uid, id).map(<[u8]>::to_vec);
        drop(session);
        let gone = || io::Error::other(Error::new(Id::ImportUid, "the data were forgotten while they were read"));
        let bytes = bytes.ok_or_else(gone)?;
        if self.kept.len() == KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back((part, bytes));
        Ok(())
    }
}

impl Read for Reader {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let part = self.parts.partition_point(|(_, end)| *end <= self.place);
        let Some(&(id, end)) = self.parts.get(part) else { return Ok(0) };
        self.fetch(part, id)?;
        let Some((_, bytes)) = self.kept.back() else { return Ok(0) };
        let rest = usize::try_from(end - self.place).unwrap_or(usize::MAX);
        let read = bytes.get(bytes.len().saturating_sub(rest)..).unwrap_or_default().read(room)?;
        self.place += read as u64;
        self.meter.note(self.place);
        Ok(read)
    }
}

impl Seek for Reader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(place) => Some(place),
            SeekFrom::Current(by) => self.place.checked_add_signed(by),
            SeekFrom::End(by) => self.length().checked_add_signed(by),
        };
        self.place = target.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.place)
    }
}
