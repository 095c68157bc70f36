//! A row of an import as what `member.set` would be asked for (members.md 10.4 and 10.5).

use super::caption::Caption;
use super::column::{Column, Datakey, Key, Meaning, quest_at, quest_of};
use super::record::{Cell, Fields, Record};
use crate::domain::anketa::answer::stored;
use crate::domain::anketa::format::Field;
use crate::domain::anketa::{Anketa, Kind as Answers, Quest};
use crate::domain::datakey::date::Now;
use crate::domain::datakey::{Limits, Op, Path, Program};
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Node, Value, encoded, root};
use crate::domain::member::special::{self, Parted};
use crate::domain::member::target::Kind;
use crate::domain::request::{identifier_of, wrong};
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// What a row asks for.
#[derive(Debug)]
pub struct Row<'r> {
    /// Its number.
    pub number: u64,
    /// The identifier as written; empty where there is none.
    pub email: Cow<'r, str>,
    /// Identifiers that are attached, in their order.
    pub attach: Vec<(Kind, Cow<'r, str>)>,
    /// Identifiers that are detached.
    pub detach: Vec<(Kind, Cow<'r, str>)>,
    /// Of a messenger: whether the head is active.
    pub is_active: bool,
    said: Vec<Said<'r>>,
}

/// What one cell says about the data or the head.
#[derive(Debug)]
struct Said<'r> {
    column: Rc<Prepared<'r>>,
    /// The datakey, where it is another in every row.
    key: Option<String>,
    what: What<'r>,
}

#[derive(Debug)]
enum What<'r> {
    /// It is written in this mode.
    Write(&'static str, Given<'r>),
    /// It is written in the mode and type of the column.
    AsStated(Given<'r>),
    /// It is added.
    Add(Value<'r>),
    /// What stands there goes.
    Delete,
    /// Operations as `member.set` takes them.
    Program(Value<'r>),
}

#[derive(Debug)]
enum Given<'r> {
    Value(Value<'r>),
    Made(Vec<u8>),
}

/// A column, ready for its cells.
#[derive(Debug)]
struct Prepared<'c> {
    column: Column,
    /// Its datakey; empty where it has none, or another in every row.
    key: String,
    /// The question at this datakey.
    quest: Option<&'c Quest<'c>>,
}

impl<'c> Prepared<'c> {
    fn new(column: Column, ankets: &'c [Anketa<'c>]) -> Prepared<'c> {
        let pair = |first: &str, second: &str| Path::of_keys([first, second].map(Cow::Borrowed)).to_string();
        let (key, quest) = match &column.meaning {
            Meaning::Answer { anketa, quest } => (pair(anketa, quest), quest_of(ankets, anketa, quest)),
            Meaning::Group(gid) => (pair("-group", gid), None),
            Meaning::Origin => ("member.origin".to_owned(), None),
            Meaning::Errors => ("member.error.error".to_owned(), None),
            Meaning::Confirm => ("member.lockconfirm".to_owned(), None),
            Meaning::Datakey(Datakey { key: Key::Fixed(text), autodetect, .. }) => {
                let quest = if *autodetect { quest_at(ankets, text) } else { None };
                (text.clone(), quest)
            }
            _ => (String::new(), None),
        };
        Prepared { column, key, quest }
    }
}

/// Reads rows by a caption.
pub struct Reader<'c> {
    caption: &'c Caption,
    ankets: &'c [Anketa<'c>],
    limits: &'c Limits,
    now: &'c Now,
    columns: Vec<Rc<Prepared<'c>>>,
    /// What keys of objects mean.
    keys: RefCell<HashMap<String, Rc<Prepared<'c>>>>,
    /// What every row gets before its own values.
    fill: Vec<(Rc<Prepared<'c>>, Value<'c>)>,
}

impl<'c> Reader<'c> {
    /// A reader; `now` is the instant of the whole import, `fill` are the fields of a format that every row gets.
    pub fn new(
        caption: &'c Caption,
        ankets: &'c [Anketa<'c>],
        fill: &[Field<'c>],
        limits: &'c Limits,
        now: &'c Now,
    ) -> Reader<'c> {
        let prepared = |column: Column| Rc::new(Prepared::new(column, ankets));
        let columns = caption.columns.iter().cloned().map(prepared).collect();
        let field = |field: &Field<'c>| {
            let name = Path::of_keys([field.aid, field.qid].map(Cow::Borrowed)).to_string();
            Some((prepared(Column::of_name(&name, caption.addr_type, ankets)), field.value?))
        };
        let fill = fill.iter().filter_map(field).collect();
        Reader { caption, ankets, limits, now, columns, keys: RefCell::default(), fill }
    }

    /// Reads a row. Errors: `error/quest/answer`, `error/quest/value`, `error/import/key`, `error/param/wrong`.
    pub fn read<'r>(&self, record: &'r Record) -> Result<Row<'r>>
    where
        'c: 'r,
    {
        let email = Cow::Borrowed("");
        let (attach, detach) = (Vec::new(), Vec::new());
        let said = Vec::with_capacity(self.columns.len());
        let mut row = Row { number: record.number, email, attach, detach, is_active: true, said };
        for (column, value) in &self.fill {
            self.take(&mut row, column, *value, &|_| None)?;
        }
        match &record.fields {
            Fields::List(cells) => {
                let place = |name: &str| text_of(cells.get(self.caption.place_of(name)?)?);
                for (column, cell) in self.columns.iter().zip(cells) {
                    if let Some(value) = value_of(cell)? {
                        self.take(&mut row, column, value, &place)?;
                    }
                }
            }
            Fields::Object(bytes) => {
                let object = root(bytes)?.as_object().ok_or_else(|| wrong("a row", "an object"))?;
                let place = |name: &str| object.get(name).ok().flatten().and_then(identifier_of);
                for entry in object.iter() {
                    let (key, value) = entry?;
                    self.take(&mut row, &self.column_of(key), value, &place)?;
                }
            }
        }
        Ok(row)
    }

    /// The identifier of a row as written, also where something else of it cannot be read; empty where there is none.
    pub fn address<'r>(&self, record: &'r Record) -> Cow<'r, str> {
        let is_main = |column: &Prepared| column.column.meaning == Meaning::Main;
        let found = match &record.fields {
            Fields::List(cells) => {
                let main = self.columns.iter().zip(cells).find(|(column, _)| is_main(column));
                main.and_then(|(_, cell)| text_of(cell))
            }
            Fields::Object(bytes) => root(bytes).ok().and_then(|value| value.as_object()).and_then(|object| {
                let main = object.iter().flatten().find(|(key, _)| is_main(&self.column_of(key)));
                main.and_then(|(_, value)| text_in(value))
            }),
        };
        found.unwrap_or_default()
    }

    /// The keys of objects so far that are left out, as [`Caption::left_out`] tells of columns.
    pub fn left_out(&self) -> Vec<Error> {
        self.keys.borrow().values().filter_map(|column| column.column.left_out(0)).collect()
    }

    /// What a key of an object means.
    fn column_of(&self, key: &str) -> Rc<Prepared<'c>> {
        if let Some(known) = self.keys.borrow().get(key) {
            return known.clone();
        }
        let stated = self.columns.iter().find(|known| known.column.source.as_deref() == Some(key)).cloned();
        let named = || Rc::new(Prepared::new(Column::of_name(key, self.caption.addr_type, self.ankets), self.ankets));
        let column = stated.unwrap_or_else(named);
        self.keys.borrow_mut().insert(key.to_owned(), column.clone());
        column
    }

    /// Takes what a cell says into its row.
    fn take<'r>(
        &self,
        row: &mut Row<'r>,
        column: &Rc<Prepared<'r>>,
        value: Value<'r>,
        place: &dyn Fn(&str) -> Option<Cow<'r, str>>,
    ) -> Result<()> {
        let mut key = None;
        let what = match &column.column.meaning {
            Meaning::Main => {
                row.email = identifier_of(value).ok_or_else(|| wrong(&column.key_shown(), "a text or a number"))?;
                None
            }
            Meaning::Attach(kind) => {
                add_identifiers(&mut row.attach, *kind, value)?;
                None
            }
            Meaning::Detach(kind) => {
                add_identifiers(&mut row.detach, *kind, value)?;
                None
            }
            Meaning::Status => {
                row.is_active = matches!(text_in(value).as_deref(), None | Some("" | "1" | "active"));
                None
            }
            Meaning::Kept | Meaning::Ignored | Meaning::Unknown => None,
            _ if column.column.calc => {
                // Keys that only later objects have were not seen when the import began.
                column.column.check_calc(self.ankets)?;
                Some(What::Add(value))
            }
            Meaning::Answer { .. } => Some(self.answer(column, value)?),
            Meaning::Datakey(datakey) => {
                if let Key::Dynamic(template) = &datakey.key {
                    key = Some(template.fill(place)?);
                }
                Some(What::AsStated(match column.quest {
                    Some(quest) if is_choice(quest) && !matches!(value, Value::Null | Value::Object(_)) => {
                        Given::Made(self.chosen(quest, value).map_err(|error| at(&column.key, error))?)
                    }
                    _ => Given::Value(value),
                }))
            }
            Meaning::Origin => text_in(value).filter(|text| !text.is_empty()).map(|_| set(value)),
            Meaning::Errors => is_digit(value, "0").then_some(What::Delete),
            Meaning::Confirm => is_digit(value, "1").then(|| set(value)),
            Meaning::Group(_) if is_digit(value, "1") => Some(set(value)),
            Meaning::Group(_) if is_digit(value, "0") => Some(What::Delete),
            Meaning::Group(_) => return Err(wrong(&column.key, "0 or 1")),
            Meaning::Program => Some(What::Program(value)),
        };
        row.said.extend(what.map(|what| Said { column: column.clone(), key, what }));
        Ok(())
    }

    /// The answer to a question.
    fn answer<'r>(&self, column: &Prepared<'r>, value: Value<'r>) -> Result<What<'r>> {
        let Some(quest) = column.quest else {
            return Err(Error::new(Id::QuestNotexists, format!("{}: there is no such question", column.key)));
        };
        let located = |error| at(&column.key, error);
        if value.is_null() {
            return Ok(What::Delete);
        }
        if is_choice(quest) {
            return Ok(What::Write("set", Given::Made(self.chosen(quest, value).map_err(located)?)));
        }
        let checked = stored(quest, value, self.now).map_err(located)?;
        Ok(match (checked, &quest.kind, value) {
            (None, ..) => What::Delete,
            // A text stands as it is.
            (_, Answers::Free(_), Value::String(_)) => set(value),
            (Some(node), ..) => What::Write("set", Given::Made(encoded(&node)?)),
        })
    }

    /// What stands for answers, given by their codes or their texts, several of them with a bar between.
    fn chosen(&self, quest: &Quest, value: Value) -> Result<Vec<u8>> {
        let mut written: Vec<Cow<str>> = Vec::new();
        match value {
            Value::Array(items) => {
                for item in items.iter() {
                    written.extend(identifier_of(item?));
                }
            }
            other => {
                let text = text_in(other).unwrap_or_default().into_owned();
                written.extend(text.split('|').map(|part| Cow::Owned(part.trim().to_owned())));
            }
        }
        let code = |written: &Cow<str>| {
            let choices = quest.choices();
            let found = choices.iter().find(|choice| choice.code == *written);
            let found = found.or_else(|| choices.iter().find(|choice| choice.name == *written));
            let found = found.map(|choice| Node::from(choice.code));
            found.ok_or_else(|| Error::new(Id::QuestAnswer, "unknown answer"))
        };
        let codes: Vec<Node> = written.iter().filter(|written| !written.is_empty()).map(code).collect::<Result<_>>()?;
        let codes = encoded(&Node::array(codes))?;
        encoded(&stored(quest, root(&codes)?, self.now)?.unwrap_or_else(|| Node::object::<&str>([])))
    }

    /// The operations that a row asks for. Errors: `error/datakey/…`, `error/origin/notexists`.
    pub fn program<'r>(&self, row: &'r Row) -> Result<Parted<'r>> {
        let mut ops = Vec::with_capacity(row.said.len());
        for (index, said) in row.said.iter().enumerate() {
            let key = said.key.as_deref().unwrap_or(&said.column.key);
            let new = |mode, value, date| Op::new(index, key, Value::String(mode), value, date, self.limits);
            match &said.what {
                What::Program(list) => ops.extend(Program::parse(*list, self.limits)?.into_ops()),
                What::Add(value) => ops.push(Op::calc(index, key, *value, self.limits)?),
                What::Delete => ops.push(new("delete", None, None)?),
                What::Write(mode, given) => ops.push(new(mode, Some(given.value()?), None)?),
                What::AsStated(given) => {
                    let Meaning::Datakey(Datakey { mode, date, .. }) = &said.column.column.meaning else { continue };
                    let value = if mode == "delete" { None } else { Some(given.value()?) };
                    let date = Some(Value::String(date)).filter(|_| mode != "delete");
                    ops.push(new(mode, value, date)?);
                }
            }
        }
        special::part(Program::from(ops))
    }
}

impl Given<'_> {
    fn value(&self) -> Result<Value<'_>> {
        match self {
            Given::Value(value) => Ok(*value),
            Given::Made(bytes) => root(bytes),
        }
    }
}

impl Prepared<'_> {
    fn key_shown(&self) -> String {
        self.column.source.clone().unwrap_or_else(|| "the identifier".to_owned())
    }
}

fn set(value: Value<'_>) -> What<'_> {
    What::Write("set", Given::Value(value))
}

fn is_choice(quest: &Quest) -> bool {
    matches!(quest.kind, Answers::One(_) | Answers::Many(_))
}

fn at(key: &str, error: Error) -> Error {
    Error::new(error.id, format!("{key}: {}", error.explain))
}

/// What a cell holds; nothing where it changes nothing.
fn value_of(cell: &Cell) -> Result<Option<Value<'_>>> {
    Ok(match cell {
        Cell::Empty => None,
        Cell::Text(text) => Some(Value::String(text)),
        Cell::Json(bytes) => Some(root(bytes)?),
    })
}

fn text_of(cell: &Cell) -> Option<Cow<'_, str>> {
    value_of(cell).ok().flatten().and_then(text_in)
}

/// A scalar as a text.
fn text_in(value: Value<'_>) -> Option<Cow<'_, str>> {
    match value {
        Value::Bool(truth) => Some(Cow::Borrowed(if truth { "1" } else { "0" })),
        other => identifier_of(other),
    }
}

fn is_digit(value: Value, digit: &str) -> bool {
    text_in(value).as_deref() == Some(digit)
}

/// One identifier, several with a bar between, or a list of them.
fn add_identifiers<'r>(to: &mut Vec<(Kind, Cow<'r, str>)>, kind: Kind, value: Value<'r>) -> Result<()> {
    let mut add = |text: Cow<'r, str>| to.extend((!text.trim().is_empty()).then_some((kind, text)));
    match value {
        Value::Null => {}
        Value::String(text) => text.split('|').for_each(|part| add(Cow::Borrowed(part))),
        Value::Array(items) => {
            for item in items.iter() {
                add(identifier_of(item?).ok_or_else(|| wrong("member.head.attach", "a list of identifiers"))?);
            }
        }
        other => add(identifier_of(other).ok_or_else(|| wrong("member.head.attach", "an identifier"))?),
    }
    Ok(())
}

#[cfg(test)]
mod tests;
