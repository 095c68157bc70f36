//! Whether a column may say what it says, and which columns are left out.

use super::column::{Column, Datakey, Key, Meaning, quest_at, quest_of};
use crate::domain::anketa::{Anketa, Kind as Answers};
use crate::domain::error::{Error, Id, Result};

/// The refusal of a caption.
#[cold]
pub fn unfit(explain: &str) -> Error {
    Error::new(Id::ImportCaption, explain)
}

impl Column {
    /// Whether a table may have it. Errors: `error/import/caption`.
    pub fn check_in_lists(&self) -> Result<()> {
        match self.meaning {
            Meaning::Program => Err(unfit("a column named datakey: only objects have one")),
            _ => Ok(()),
        }
    }

    /// Whether its cells may be added to what is stored: whole numbers and free answers are, and what is no answer. What is left
    /// out may say anything. Errors: `error/import/caption`.
    pub fn check_calc(&self, ankets: &[Anketa]) -> Result<()> {
        let quest = match &self.meaning {
            Meaning::Unknown | Meaning::Ignored | Meaning::Kept => return Ok(()),
            _ if !self.calc => return Ok(()),
            Meaning::Answer { anketa, quest } => quest_of(ankets, anketa, quest),
            Meaning::Datakey(Datakey { key: Key::Fixed(key), autodetect: true, .. }) => quest_at(ankets, key),
            Meaning::Datakey(_) => None,
            _ => return Err(unfit("calc: only a value of the data can be added to")),
        };
        match quest.map(|quest| &quest.kind) {
            None | Some(Answers::Int | Answers::Free(_)) => Ok(()),
            Some(_) => Err(unfit("calc: an answer to a choice, or a date, cannot be added to")),
        }
    }

    /// The warning that it is left out: it means nothing, or what the system keeps. `number` is its place, from 1.
    pub fn left_out(&self, number: usize) -> Option<Error> {
        let name = || self.source.clone().unwrap_or_else(|| number.to_string());
        match self.meaning {
            Meaning::Unknown => Some(Error::new(Id::ParamUnknown, format!("column {}", name()))),
            Meaning::Kept => Some(Error::new(Id::DatakeyReadonly, format!("column {}", name()))),
            _ => None,
        }
    }
}
