//! The row that `member.attr_value` holds for a value: what compiled SQL reads instead of the document.

use super::number::is_number;
use super::operand::Operand;
use crate::domain::error::Result;
use crate::domain::json::{Value, View};

/// The most octets of a text that is kept in the row; a longer one is asked for in the document.
const LONGEST: usize = 512;

/// What kind of value stands at the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowKind {
    /// A text, a number or a boolean, which stands in the row.
    Scalar,
    /// Null.
    Null,
    /// A list, an object, or a text longer than 512 octets: only the document has it.
    Container,
}

impl RowKind {
    /// The letter in the column `kind`.
    pub const fn letter(self) -> &'static str {
        match self {
            RowKind::Scalar => "s",
            RowKind::Null => "n",
            RowKind::Container => "c",
        }
    }
}

/// A row for a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttrRow {
    /// The column `kind`.
    pub kind: RowKind,
    /// The column `value`: the scalar as a text.
    pub value: Option<String>,
}

impl AttrRow {
    /// The column `number`: the text of the scalar where it looks like a number.
    pub fn number(&self) -> Option<&str> {
        self.value.as_deref().filter(|text| is_number(text))
    }
}

/// The row for the value at a path; none where nothing stands there. Errors: `error/json/corrupt`.
pub fn attr_of(value: Option<Value>) -> Result<Option<AttrRow>> {
    let Some(value) = value else { return Ok(None) };
    let operand = Operand::of(View::from(value))?;
    let text = operand.text().map(|text| text.into_owned());
    let kind = match (&operand, &text) {
        (Operand::Null, _) => RowKind::Null,
        (_, Some(text)) if text.len() <= LONGEST => RowKind::Scalar,
        _ => RowKind::Container,
    };
    Ok(Some(AttrRow { kind, value: text.filter(|_| kind == RowKind::Scalar) }))
}
