//! What the columns of an import mean: stated by `caption`, or read from the first row (members.md 10.4, shapes.md 12).

use super::column::{Column, Datakey, Key, Meaning, main_name, named};
use super::fit::unfit;
use super::record::{Cell, Fields};
use crate::domain::address::AddrType;
use crate::domain::anketa::Anketa;
use crate::domain::datakey::{Limits, Op};
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Node, Value, root};
use crate::domain::request::{identifier_of, wrong};
use std::borrow::Cow;

/// All columns, in their order.
#[derive(Clone, Debug, PartialEq)]
pub struct Caption {
    /// The type of the identifiers that are imported.
    pub addr_type: AddrType,
    /// The columns; of objects those that are stated.
    pub columns: Vec<Column>,
    /// Of objects: what the keys of the first one mean.
    first: Option<Vec<Column>>,
}

impl Caption {
    /// What columns mean, by everything that says so: the caption of a request, the names in the first row, the first row of
    /// data, whose keys are names where it is an object. `addr_type` is the type of the identifiers as the request states it.
    ///
    /// Errors: those of [`type_of`] and of [`Caption::read`].
    pub fn of_data(
        stated: Option<Value>,
        addr_type: Option<&str>,
        names: Option<&[Cow<str>]>,
        first: Option<&Fields>,
        ankets: &[Anketa],
    ) -> Result<Caption> {
        let keys = match first {
            Some(Fields::Object(bytes)) => Some(keys_of(bytes)?),
            _ => None,
        };
        let told = told_names(stated, names.unwrap_or_default(), keys.as_deref().unwrap_or_default())?;
        let addr_type = type_of(addr_type, told.iter().map(Cow::as_ref))?;
        if let Some(keys) = keys {
            return Caption::of_objects(stated, &keys, addr_type, ankets);
        }
        let width = match first {
            Some(Fields::List(cells)) => cells.len(),
            _ => 1,
        };
        Caption::read(stated, names, width, addr_type, ankets)
    }

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
        Ok(Caption { addr_type, columns: columns?, first: None })
    }

    /// The caption of objects, whose keys name columns by themselves: what the request states of some of them, by name in a list
    /// or an object; and what the keys of the first one mean.
    fn of_objects(stated: Option<Value>, keys: &[&str], addr_type: AddrType, ankets: &[Anketa]) -> Result<Caption> {
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
        let stated = Caption { addr_type, columns: columns?, first: None };
        let first = stated.of_keys(keys.iter().copied(), ankets).columns;
        Ok(Caption { first: Some(first), ..stated })
    }

    /// What keys of objects mean, each a column: as it is stated of them, or by their names.
    pub fn of_keys<'k>(&self, keys: impl Iterator<Item = &'k str>, ankets: &[Anketa]) -> Caption {
        let column = |key: &str| {
            let stated = self.columns.iter().find(|column| column.source.as_deref() == Some(key)).cloned();
            stated.unwrap_or_else(|| Column::of_name(key, self.addr_type, ankets))
        };
        Caption { addr_type: self.addr_type, columns: keys.map(column).collect(), first: None }
    }

    /// The columns that rows have: of objects, those of the first one.
    fn there(&self) -> &[Column] {
        self.first.as_deref().unwrap_or(&self.columns)
    }

    /// Whether an import can go by it. Errors: `error/import/caption`, `error/datakey/…`.
    pub fn check(&self, limits: &Limits, ankets: &[Anketa]) -> Result<()> {
        let (one, main) =
            (if self.first.is_some() { "key of the first object" } else { "column" }, main_name(self.addr_type));
        match self.there().iter().filter(|column| column.meaning == Meaning::Main).count() {
            1 => {}
            0 => return Err(unfit(&format!("no {one} is {main}"))),
            _ => return Err(unfit(&format!("more than one {one} is {main}"))),
        }
        for column in self.columns.iter().chain(self.first.iter().flatten()) {
            if self.first.is_none() {
                column.check_in_lists()?;
            }
            column.check_calc(ankets)?;
            if let Meaning::Datakey(datakey) = &column.meaning {
                self.check_datakey(datakey, limits)?;
            }
        }
        Ok(())
    }

    /// Whether rows have the column of the identifiers alone, but for what the caption leaves out.
    pub fn is_bare(&self) -> bool {
        self.there().iter().all(|column| matches!(column.meaning, Meaning::Main | Meaning::Ignored))
    }

    fn check_datakey(&self, datakey: &Datakey, limits: &Limits) -> Result<()> {
        let Datakey { key, mode, date, .. } = datakey;
        let filled = match key {
            Key::Fixed(text) => text.clone(),
            Key::Dynamic(template) => {
                // Of objects, each has keys of its own.
                let is_unknown = |name: &&str| self.first.is_none() && self.place_of(name).is_none();
                if let Some(name) = template.places().find(is_unknown) {
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

    /// The columns that are left out because they mean nothing, or what the system keeps itself: `error/param/unknown`,
    /// `error/datakey/readonly`.
    pub fn left_out(&self) -> impl Iterator<Item = Error> {
        self.there().iter().zip(1..).filter_map(|(column, number)| column.left_out(number))
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

/// The names in a first row.
pub fn names_of(cells: &[Cell]) -> Vec<Cow<'_, str>> {
    let name = |cell| match cell {
        &Cell::Empty => Cow::Borrowed(""),
        Cell::Text(text) => Cow::Borrowed(text.as_str()),
        Cell::Json(bytes) => root(bytes).ok().and_then(identifier_of).unwrap_or_default(),
    };
    cells.iter().map(name).collect()
}

/// The keys of an object.
fn keys_of(object: &[u8]) -> Result<Vec<&str>> {
    let entries = root(object)?.as_object().unwrap_or_default();
    entries.iter().map(|entry| entry.map(|(key, _)| key)).collect()
}

/// The names that tell the type of the identifiers: those of the columns and keys, and those that the caption gives them.
fn told_names<'n>(stated: Option<Value<'n>>, names: &'n [Cow<str>], keys: &[&'n str]) -> Result<Vec<Cow<'n, str>>> {
    let mut told: Vec<Cow<str>> = names.iter().map(|name| Cow::Borrowed(name.as_ref())).collect();
    told.extend(keys.iter().map(|key| Cow::Borrowed(*key)));
    match stated {
        Some(Value::Array(items)) => {
            for item in items.iter() {
                told.extend(told_name(item?)?);
            }
        }
        Some(Value::Object(items)) => {
            for entry in items.iter() {
                told.extend(told_name(entry?.1)?);
            }
        }
        _ => {}
    }
    Ok(told)
}

/// The name that an item of a caption gives its column.
fn told_name(item: Value<'_>) -> Result<Option<Cow<'_, str>>> {
    let Some(item) = item.as_object() else { return Ok(item.as_str().map(Cow::Borrowed)) };
    let text = |name| Ok::<_, Error>(item.get(name)?.and_then(|value| value.as_str()));
    Ok(match (text("anketa")?, text("quest")?, text("datakey")?) {
        (Some("member"), Some(quest), _) => Some(Cow::Owned(format!("member.{quest}"))),
        (_, _, key) => key.map(Cow::Borrowed),
    })
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
