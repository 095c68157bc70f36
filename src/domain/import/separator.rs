//! What separates the columns of CSV (members.md 10.2).

use super::limit::SAMPLE;
use crate::domain::error::Result;
use crate::domain::request::wrong;

/// A separator of columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Separator {
    /// `,`.
    Comma,
    /// `;`.
    Semicolon,
    /// `|`.
    Bar,
    /// A tab, written `t`.
    Tab,
}

/// How many rows of the beginning tell the separator.
const ROWS: usize = 20;

impl Separator {
    /// All of them; the first ones are the likelier ones.
    pub const ALL: [Separator; 4] = [Separator::Comma, Separator::Semicolon, Separator::Tab, Separator::Bar];

    /// The separator that a caller names. Errors: `error/param/wrong`.
    pub fn parse(name: &str) -> Result<Separator> {
        match name {
            "," => Ok(Separator::Comma),
            ";" => Ok(Separator::Semicolon),
            "|" => Ok(Separator::Bar),
            "t" | "\t" => Ok(Separator::Tab),
            _ => Err(wrong("separator", "one of , ; | t")),
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Separator::Comma => ",",
            Separator::Semicolon => ";",
            Separator::Bar => "|",
            Separator::Tab => "t",
        }
    }

    /// What stands in the data.
    pub fn byte(self) -> u8 {
        match self {
            Separator::Comma => b',',
            Separator::Semicolon => b';',
            Separator::Bar => b'|',
            Separator::Tab => b'\t',
        }
    }

    /// The separator that cuts the rows of a beginning into equally many columns, and into more than the others do; a comma
    /// where none does.
    pub fn detect(head: &[u8]) -> Separator {
        let best = Separator::ALL.into_iter().rev().max_by_key(|separator| separator.fit(head));
        best.filter(|best| best.fit(head).1 > 1).unwrap_or(Separator::Comma)
    }

    /// How many rows in a hundred have as many columns as the first one, and how many columns those are; nothing for one
    /// column. Rows of a quoted text that hold separators count as the text is quoted.
    fn fit(self, head: &[u8]) -> (usize, usize) {
        let mut builder = csv::ReaderBuilder::new();
        builder.delimiter(self.byte()).comment(Some(b'#')).flexible(true).has_headers(false);
        let widths: Vec<usize> = builder
            .from_reader(head)
            .byte_records()
            .take(ROWS)
            .map_while(|row| row.ok().map(|row| row.len()))
            .collect();
        // The last row of a sample may be cut off.
        let is_cut = head.len() >= SAMPLE && widths.len() < ROWS;
        let whole = widths.len().saturating_sub(usize::from(is_cut && widths.len() > 1));
        let Some(first) = widths.first().copied().filter(|first| *first > 1) else { return (0, 0) };
        let same = widths.iter().take(whole).filter(|width| **width == first).count();
        (same * 100 / whole.max(1), first)
    }
}
