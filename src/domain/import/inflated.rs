//! A file of an archive, unpacked while it is read, and from any place: going back means unpacking again from the beginning.
//!
//! Sizes that an archive states are not believed; what comes out is counted.

use super::limit::carried;
use super::open::Data;
use crate::domain::error::{Error, Id};
use flate2::Crc;
use flate2::bufread::DeflateDecoder;
use std::collections::VecDeque;
use std::io::{self, BufReader, Read, Seek, SeekFrom};

/// The most that may come out of an archive.
const UNPACKED_MAX: u64 = 16 << 30;
/// So much may come out of anything, however little of it there was.
const UNPACKED_ALWAYS: u64 = 64 << 20;
/// How many octets may come out of one, beyond that: tables pack well, and nothing honest packs better.
const RATIO_MAX: u64 = 250;
/// How often unpacking begins again. Whoever reads data looks at them a few times; an archive within the archive whose list of
/// files goes to and fro would have it unpacked once for each of them.
const AGAIN: u32 = 32;
/// What was unpacked is kept in blocks, the last ones.
const BLOCK: usize = 64 * 1024;
const BLOCKS: usize = 32;

/// Refuses what grows as no honest data do. Errors: `error/import/toolarge`.
pub fn check_growth(packed: u64, unpacked: u64) -> Result<(), Error> {
    if unpacked > UNPACKED_MAX {
        return Err(Error::new(Id::ImportToolarge, "more than 16 GB come out of the archive"));
    }
    if unpacked > UNPACKED_ALWAYS && unpacked / RATIO_MAX > packed {
        return Err(Error::new(Id::ImportToolarge, format!("the archive grows more than {RATIO_MAX} times")));
    }
    Ok(())
}

/// A stretch of data.
pub struct Window {
    data: Box<dyn Data>,
    start: u64,
    length: u64,
    place: u64,
}

impl Window {
    /// So much from there.
    pub fn new(data: Box<dyn Data>, start: u64, length: u64) -> Window {
        Window { data, start, length, place: 0 }
    }
}

impl Read for Window {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        self.data.seek(SeekFrom::Start(self.start.saturating_add(self.place)))?;
        let rest = self.length.saturating_sub(self.place);
        let read = (&mut self.data).take(rest).read(room)?;
        self.place += read as u64;
        Ok(read)
    }
}

impl Seek for Window {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.place = target(to, self.place, self.length)?;
        Ok(self.place)
    }
}

/// A packed file.
pub struct Inflated {
    unpacker: DeflateDecoder<BufReader<Window>>,
    packed: u64,
    checksum: u32,
    /// Of what was unpacked since the beginning; its length is how far the unpacker is.
    sum: Crc,
    unpacked: u64,
    /// How often it began again.
    again: u32,
    /// How long the whole is; unknown until the end was seen.
    length: Option<u64>,
    blocks: VecDeque<(u64, Vec<u8>)>,
    /// Where the reader is.
    place: u64,
}

impl Inflated {
    /// What comes out of a stretch, of this length and checksum.
    pub fn new(window: Window, packed: u64, checksum: u32) -> Inflated {
        let unpacker = DeflateDecoder::new(BufReader::with_capacity(BLOCK, window));
        let blocks = VecDeque::with_capacity(BLOCKS);
        Inflated { unpacker, packed, checksum, sum: Crc::new(), unpacked: 0, again: 0, length: None, blocks, place: 0 }
    }

    /// Makes a block be the last one that is kept; nothing behind the end.
    fn fetch(&mut self, number: u64) -> io::Result<()> {
        if let Some(known) = self.blocks.iter().position(|(block, _)| *block == number) {
            if let Some(block) = self.blocks.remove(known) {
                self.blocks.push_back(block);
            }
            return Ok(());
        }
        if self.unpacked > number.saturating_mul(BLOCK as u64) {
            self.begin_again()?;
        }
        while self.unpacked <= number.saturating_mul(BLOCK as u64) {
            if !self.unpack()? {
                break;
            }
        }
        Ok(())
    }

    fn begin_again(&mut self) -> io::Result<()> {
        self.again += 1;
        if self.again > AGAIN {
            let explain = "the file in the archive would be unpacked again and again";
            return Err(carried(Error::new(Id::ImportToolarge, explain)));
        }
        self.unpacker.get_mut().rewind()?;
        self.unpacker.reset_data();
        (self.sum, self.unpacked) = (Crc::new(), 0);
        Ok(())
    }

    /// Unpacks and keeps the next block; false at the end.
    fn unpack(&mut self) -> io::Result<bool> {
        let number = self.unpacked / BLOCK as u64;
        let mut block = match self.blocks.len() {
            BLOCKS => self.blocks.pop_front().map(|(_, block)| block).unwrap_or_default(),
            _ => Vec::with_capacity(BLOCK),
        };
        block.clear();
        (&mut self.unpacker).take(BLOCK as u64).read_to_end(&mut block)?;
        self.sum.update(&block);
        self.unpacked += block.len() as u64;
        check_growth(self.packed, self.unpacked).map_err(carried)?;
        if block.len() < BLOCK {
            self.length = Some(self.unpacked);
            if self.sum.sum() != self.checksum {
                return Err(carried(Error::new(Id::ImportBroken, "the file in the archive is damaged")));
            }
        }
        let is_more = block.len() == BLOCK;
        self.blocks.push_back((number, block));
        Ok(is_more)
    }
}

impl Read for Inflated {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        if self.length.is_some_and(|length| self.place >= length) {
            return Ok(0);
        }
        let number = self.place / BLOCK as u64;
        self.fetch(number)?;
        let Some((_, block)) = self.blocks.back().filter(|(block, _)| *block == number) else { return Ok(0) };
        let within = usize::try_from(self.place % BLOCK as u64).unwrap_or(BLOCK);
        let read = block.get(within..).unwrap_or_default().read(room)?;
        self.place += read as u64;
        Ok(read)
    }
}

impl Seek for Inflated {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        if matches!(to, SeekFrom::End(_)) {
            while self.length.is_none() {
                // From where the unpacker is to the end.
                self.unpack()?;
            }
        }
        self.place = target(to, self.place, self.length.unwrap_or_default())?;
        Ok(self.place)
    }
}

fn target(to: SeekFrom, place: u64, length: u64) -> io::Result<u64> {
    let target = match to {
        SeekFrom::Start(target) => Some(target),
        SeekFrom::Current(by) => place.checked_add_signed(by),
        SeekFrom::End(by) => length.checked_add_signed(by),
    };
    target.ok_or_else(|| io::ErrorKind::InvalidInput.into())
}
