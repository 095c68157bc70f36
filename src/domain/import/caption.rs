//! What the columns of an import mean: stated by `caption`, or read from the first row (members.md 10.4, shapes.md 12).

use super::column::{Column, Datakey, Key, Meaning, main_name, named, refuse_in_lists};
use crate::domain::address::AddrType;
use crate::domain::anketa::Anketa;
use crate::domain::datakey::{Limits, Op};
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Node, Value};
use crate::domain::request::wrong;
use std::borrow::Cow;

/// All columns, in their order.
#[derive(Clone, Debug, PartialEq)]
pub struct Caption {
    /// The type of the identifiers that are imported.
    pub addr_type: AddrType,
    /// The columns.
    pub columns: Vec<Column>,
}

impl Caption {
    /// The caption that a request states, or else the first row, or else nothing: then the first column holds identifiers and
    /// the others mean nothing. `stated` is a list of items by order, or an object of items by name; `first` are the names in
    /// the first row; `width` is how many columns a row has where there are none.
    ///
    /// Errors: `error/param/wrong`, `error/anketa/notexists`, `error/quest/notexists`.
    pub fn read(
        stated: Option<Value>,
        first: Option<&[Cow<str>]>,
        width: usize,
        addr_type: AddrType,
        ankets: &[Anketa],
    ) -> Result<Caption> {
        let columns: Result<Vec<Column>> = match (stated, first) {
            (Some(Value::Array(items)), first) => {
                let source = |place: usize| first.and_then(|first| first.get(place)).map(|name| name.to_string());
                let item =
                    |(place, item): (usize, Result<Value>)| Column::of_item(item?, source(place), addr_type, ankets);
                items.iter().enumerate().map(item).collect()
            }
            (Some(Value::Object(items)), Some(first)) => {
                first.iter().map(|name| named(Some(items), name, addr_type, ankets)).collect()
            }
            (Some(_), _) => return Err(wrong("caption", "a list, or an object by names of columns")),
            (None, Some(first)) => Ok(first.iter().map(|name| Column::of_name(name, addr_type, ankets)).collect()),
            (None, None) => Ok((0..width.max(1)).map(bare).collect()),
        };
        Ok(Caption { addr_type, columns: columns? })
    }

    /// The caption of objects, whose keys name columns by themselves: what the request states of some of them, by name in a list
    /// or an object.
    ///
    /// Errors: as [`Caption::read`].
    pub fn of_objects(stated: Option<Value>, addr_type: AddrType, ankets: &[Anketa]) -> Result<Caption> {
        let columns: Result<Vec<Column>> = match stated {
            None => Ok(Vec::new()),
            Some(Value::Array(items)) => items
                .iter()
                .map(|item| Column::of_item(item?, None, addr_type, ankets).map(Column::named_by_key))
                .collect(),
            Some(Value::Object(items)) => {
                let item = |(name, item): (&str, Value)| {
                    Column::of_item(item, Some(name.to_owned()), addr_type, ankets)
                        .map(|column| Column { source: Some(name.to_owned()), ..column })
                };
                items.iter().map(|entry| entry.and_then(item)).collect()
            }
            Some(_) => return Err(wrong("caption", "a list, or an object by names of columns")),
        };
        Ok(Caption { addr_type, columns: columns? })
    }

    /// Whether an import can go by it. Errors: `error/import/caption`, `error/datakey/…`.
    pub fn check(&self, limits: &Limits) -> Result<()> {
        match self.columns.iter().filter(|column| column.meaning == Meaning::Main).count() {
            1 => {}
            0 => return Err(unfit(&format!("no column is {}", main_name(self.addr_type)))),
            _ => return Err(unfit(&format!("more than one column is {}", main_name(self.addr_type)))),
        }
        for column in &self.columns {
            refuse_in_lists(column)?;
            self.check_column(column, limits)?;
        }
        Ok(())
    }

    fn check_column(&self, column: &Column, limits: &Limits) -> Result<()> {
        match &column.meaning {
            Meaning::Datakey(datakey) => self.check_datakey(datakey, limits),
            Meaning::Answer { .. } => Ok(()),
            _ if column.calc => Err(unfit("only a value of the data can be added to")),
            _ => Ok(()),
        }
    }

    fn check_datakey(&self, datakey: &Datakey, limits: &Limits) -> Result<()> {
        let Datakey { key, mode, date, .. } = datakey;
        let filled = match key {
            Key::Fixed(text) => text.clone(),
            Key::Dynamic(template) => {
                if let Some(name) = template.places().find(|name| self.place_of(name).is_none()) {
                    return Err(unfit(&format!("{}: no column is named {name}", template.text())));
                }
                template.fill(|_| Some(Cow::Borrowed("x")))?
            }
        };
        let is_delete = mode == "delete";
        let value = (!is_delete).then_some(Value::String("x"));
        Op::new(0, &filled, Value::String(mode), value, Some(Value::String(date)), limits).map(drop)
    }

    /// The column that a place of a datakey names: by its name in the first row, or by its number from 1.
    pub fn place_of(&self, name: &str) -> Option<usize> {
        let named = self.columns.iter().position(|column| column.source.as_deref() == Some(name));
        let numbered = || name.parse::<usize>().ok()?.checked_sub(1).filter(|place| *place < self.columns.len());
        named.or_else(numbered)
    }

    /// The names that mean nothing; their columns are left out.
    pub fn unknown(&self) -> impl Iterator<Item = &str> {
        let unknown = self.columns.iter().filter(|column| column.meaning == Meaning::Unknown);
        unknown.filter_map(|column| column.source.as_deref())
    }

    /// The caption as probe shows it, and as `caption` takes it: a list with an object for each column.
    pub fn shown<'n>(&'n self, ankets: &'n [Anketa]) -> Node<'n> {
        Node::array(self.columns.iter().map(|column| column.shown(self.addr_type, ankets)))
    }
}

/// The column of this place where nothing says what it is.
fn bare(place: usize) -> Column {
    Column { source: None, meaning: if place == 0 { Meaning::Main } else { Meaning::Unknown }, calc: false }
}

fn unfit(explain: &str) -> Error {
    Error::new(Id::ImportCaption, explain)
}

/// The type of the identifiers: stated, or told by the names of the columns, or e-mail.
///
/// Errors: `error/addr_type/unknown`, `error/addr_type/unusable`.
pub fn type_of<'n>(stated: Option<&str>, names: impl Iterator<Item = &'n str>) -> Result<AddrType> {
    match stated {
        None | Some("") => {
            let names: Vec<&str> = names.map(str::trim).collect();
            let told = AddrType::ALL.iter().find(|addr_type| names.contains(&main_name(**addr_type).as_str()));
            Ok(told.copied().unwrap_or(AddrType::Email))
        }
        Some("id" | "dataset") => Err(Error::new(Id::AddrTypeUnusable, "an import is of identifiers")),
        Some(word) => AddrType::parse(word)
            .ok_or_else(|| Error::new(Id::AddrTypeUnknown, "addr_type is not one of the known types")),
    }
}

#[cfg(test)]
mod tests;
