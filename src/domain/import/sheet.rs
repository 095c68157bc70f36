//! What is looked at in a sheet before it is read: the reader keeps a cell in memory, so none may be endless.

use crate::domain::error::{Error, Id, Result};
use memchr::memchr_iter;

/// The longest way from one cell to the next, in octets: a cell holds at most 32,767 characters.
const CELL_MAX: u64 = 1 << 20;

/// Looks through the text of a sheet, piece by piece.
#[derive(Default)]
pub struct SheetCheck {
    /// How far before this piece the last cell began.
    since: u64,
    /// The last bytes of the piece before.
    tail: Vec<u8>,
}

impl SheetCheck {
    /// Looks at the next piece.
    ///
    /// Errors: `error/import/toolarge`; `error/import/xlsx` for remarks and declarations, which no program writes there and
    /// which would hide what lies between cells.
    pub fn look_at(&mut self, piece: &[u8]) -> Result<()> {
        let mut text = std::mem::take(&mut self.tail);
        text.extend_from_slice(piece);
        // What a bracket opens is told by the two bytes behind it, which may come with the next piece.
        let known = text.len().saturating_sub(2);
        let mut last = None;
        for place in memchr_iter(b'<', text.get(..known).unwrap_or_default()) {
            match text.get(place + 1..place + 3) {
                Some([b'!', _]) => return Err(Error::new(Id::ImportXlsx, "the sheet has remarks or declarations")),
                Some([b'c', b' ' | b'>' | b'/'] | [b'r', b'o']) => {
                    self.advance(place - last.unwrap_or_default())?;
                    (self.since, last) = (0, Some(place));
                }
                _ => {}
            }
        }
        self.advance(known - last.unwrap_or_default())?;
        self.tail = text.split_off(known);
        Ok(())
    }

    fn advance(&mut self, by: usize) -> Result<()> {
        self.since += by as u64;
        if self.since > CELL_MAX {
            return Err(Error::new(Id::ImportToolarge, "a cell has more than 1 MB"));
        }
        Ok(())
    }
}
