//! The rows of an express import: kept as they came, made a document when a message is filled (members.md 10.7).

use super::column::Key;
use super::record::{Cell, Fields};
use crate::domain::datakey::date::Now;
use crate::domain::datakey::{self, Context, CopySource, Limits, Mode, Op, Path, Step};
use crate::domain::error::{Error, Result};
use crate::domain::json::{EMPTY_OBJECT, Node, Value, encoded, root};
use crate::domain::request::identifier_of;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::borrow::Cow;

/// What the columns of an express import mean: where their cells stand in the data of a message.
pub struct Columns(Vec<Column>);

struct Column {
    /// Its name in the first row, or the key of an object.
    source: Option<String>,
    /// Where its cells stand; none for the identifier and for what is no part of the data.
    key: Option<Key>,
    /// Whether its cells are parts of the datakeys of others.
    is_part: bool,
}

impl Columns {
    /// Reads a caption as [`Caption::shown`](super::Caption::shown) writes it. Errors: `error/json/corrupt`.
    pub fn read(caption: Value) -> Result<Columns> {
        let items = caption.as_array().into_iter().flat_map(|items| items.iter());
        let mut columns = Columns(items.map(|item| Column::read(item?)).collect::<Result<_>>()?);
        let parts: Vec<usize> =
            columns.0.iter().flat_map(Column::parts).filter_map(|name| columns.place_of(name)).collect();
        for (place, column) in columns.0.iter_mut().enumerate() {
            column.is_part = parts.contains(&place);
        }
        Ok(columns)
    }

    /// A row as it is kept, as jsonb: what is part of the data, a list in the order of the columns or an object.
    ///
    /// Errors: `error/json/limit`, `error/json/corrupt`.
    pub fn stored(&self, fields: &Fields) -> Result<Vec<u8>> {
        match fields {
            Fields::List(cells) => {
                let kept = self.0.iter().zip(cells).map(|(column, cell)| match cell {
                    _ if column.key.is_none() && !column.is_part => Ok(Node::Null),
                    Cell::Empty => Ok(Node::Null),
                    Cell::Text(text) => Ok(Node::from(text.as_str())),
                    Cell::Json(bytes) => root(bytes).map(Node::from),
                });
                encoded(&Node::array(kept.collect::<Result<Vec<_>>>()?))
            }
            Fields::Object(bytes) => {
                let mut kept = Vec::new();
                for entry in root(bytes)?.as_object().unwrap_or_default().iter() {
                    let (name, value) = entry?;
                    if is_own(name) {
                        kept.push((name, Node::from(value)));
                    }
                }
                encoded(&Node::object(kept))
            }
        }
    }

    /// The data that a message is filled with, as jsonb, from a row as it is kept. A cell that has no place beside the others,
    /// or whose place another cell leaves unnamed, is left out.
    ///
    /// Errors: `error/json/…`.
    pub fn document(&self, row: Value) -> Result<Vec<u8>> {
        let mut written: Vec<(String, Value)> = Vec::new();
        match row {
            Value::Array(cells) => {
                let cells = cells.iter().collect::<Result<Vec<_>>>()?;
                let cell = |name: &str| cells.get(self.place_of(name)?).copied().and_then(identifier_of);
                for (column, value) in self.0.iter().zip(&cells) {
                    written.extend(column.key.as_ref().and_then(|key| filled(key, &cell)).map(|key| (key, *value)));
                }
            }
            Value::Object(object) => {
                let cell = |name: &str| object.get(name).ok().flatten().and_then(identifier_of);
                for entry in object.iter() {
                    let (name, value) = entry?;
                    written.extend(self.key_of(name).and_then(|key| filled(&key, &cell)).map(|key| (key, value)));
                }
            }
            _ => {}
        }
        written.retain(|(_, value)| !value.is_null());
        built(&written)
    }

    /// Where the cells of a key of objects stand.
    fn key_of(&self, name: &str) -> Option<Cow<'_, Key>> {
        match self.0.iter().find(|column| column.source.as_deref() == Some(name)) {
            Some(column) => column.key.as_ref().map(Cow::Borrowed),
            None => data_key(name).map(Cow::Owned),
        }
    }

    /// The column that a place in a datakey names: by its name, or by its number from 1.
    fn place_of(&self, name: &str) -> Option<usize> {
        let named = self.0.iter().position(|column| column.source.as_deref() == Some(name));
        named.or_else(|| name.parse::<usize>().ok()?.checked_sub(1))
    }
}

impl Column {
    /// The names of the columns that its datakey has parts of.
    fn parts(&self) -> impl Iterator<Item = &str> {
        let template = match &self.key {
            Some(Key::Dynamic(template)) => Some(template),
            _ => None,
        };
        template.into_iter().flat_map(|template| template.places())
    }

    fn read(item: Value) -> Result<Column> {
        let item = item.as_object().unwrap_or_default();
        let text = |name| Ok::<_, Error>(item.get(name)?.and_then(|value| value.as_str()));
        let key = match (text("anketa")?, text("quest")?, text("datakey")?) {
            (Some(anketa), Some(quest), _) => {
                Some(Key::Fixed(Path::of_keys([anketa, quest].map(Cow::Borrowed)).to_string()))
            }
            (_, _, Some(key)) => data_key(key),
            _ => None,
        };
        // A column that names nothing has its own name alone.
        let source = text("source")?.or(text("name")?.filter(|_| key.is_none()));
        Ok(Column { source: source.map(str::to_owned), key, is_part: false })
    }
}

/// Whether a key of an object is one that the sender named, or a part of one: not the identifier or what the system keeps.
fn is_own(name: &str) -> bool {
    data_key(name).is_some() || (!name.contains('.') && !name.starts_with(['/', '-']))
}

/// A name as a place in the data; none for what the system keeps, and for words that name nothing.
fn data_key(name: &str) -> Option<Key> {
    let key = Key::read(name);
    let shown = match &key {
        Key::Fixed(text) => Cow::Borrowed(text.as_str()),
        Key::Dynamic(template) => Cow::Owned(template.fill(|_| Some(Cow::Borrowed("x"))).ok()?),
    };
    let is_of_system = |first: &str| first == "member" || first == "-group";
    let path = Path::parse(&shown, &Limits::WIDEST).ok()?.into_owned();
    matches!(path.steps(), [Step::Key(first), _, ..] if !is_of_system(first)).then_some(key)
}

/// The datakey of one row.
fn filled<'c>(key: &Key, cell: &impl Fn(&str) -> Option<Cow<'c, str>>) -> Option<String> {
    match key {
        Key::Fixed(text) => Some(text.clone()),
        Key::Dynamic(template) => template.fill(cell).ok(),
    }
}

/// A document with these values at their places.
fn built(written: &[(String, Value)]) -> Result<Vec<u8>> {
    let limits = Limits { max_result_size: usize::MAX, ..Limits::WIDEST };
    let now = Now { instant: Timestamp::UNIX_EPOCH, zone: TimeZone::UTC };
    let context = Context { limits: &limits, now: &now, copy: CopySource::Own, system: None };
    let path = |key| Path::parse(key, &limits).ok().map(Path::into_owned);
    let ops = written.iter().filter_map(|(key, value)| Some(Op::of_value(path(key)?, Mode::Set, *value)));
    let ops: Vec<Op> = ops.collect();
    if let Ok(applied) = datakey::apply(root(&EMPTY_OBJECT)?, &ops, &context) {
        return applied.encode();
    }
    // Two of them have no place beside one another: the first one stays.
    let mut document = EMPTY_OBJECT.to_vec();
    for op in &ops {
        let next = datakey::apply(root(&document)?, std::slice::from_ref(op), &context).and_then(|done| done.encode());
        if let Ok(next) = next {
            document = next;
        }
    }
    Ok(document)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::address::AddrType;
    use crate::domain::import::Caption;
    use crate::domain::json::parse;
    use crate::domain::json::tests::text;

    fn columns(names: &[&str]) -> Columns {
        let names: Vec<Cow<str>> = names.iter().map(|name| Cow::Borrowed(*name)).collect();
        let caption = Caption::read(None, Some(&names), names.len(), AddrType::Email, &[]).unwrap();
        Columns::read(root(&encoded(&caption.shown(&[])).unwrap()).unwrap()).unwrap()
    }

    fn cells(texts: &[&str]) -> Fields {
        let cell = |text: &&str| if text.is_empty() { Cell::Empty } else { Cell::Text((*text).to_owned()) };
        Fields::List(texts.iter().map(cell).collect())
    }

    #[test]
    fn a_row_becomes_a_document() {
        let columns =
            columns(&["member.email", "base.firstName", "order", "orders.{order}.sum", "member.origin", "a.b"]);
        let kept = columns.stored(&cells(&["a@example.com", "Anna", "17.5", "20", "3", ""])).unwrap();
        assert_eq!(text(&kept), r#"[null, "Anna", "17.5", "20", null, null]"#);
        let document = columns.document(root(&kept).unwrap()).unwrap();
        assert_eq!(text(&document), r#"{"base": {"firstName": "Anna"}, "orders": {"17.5": {"sum": "20"}}}"#);
        let kept = columns.stored(&cells(&["a@example.com", "Anna"])).unwrap();
        assert_eq!(text(&columns.document(root(&kept).unwrap()).unwrap()), r#"{"base": {"firstName": "Anna"}}"#);
    }

    #[test]
    fn an_object_keeps_what_is_part_of_the_data() {
        let columns = Columns::read(root(&parse("[]").unwrap()).unwrap()).unwrap();
        let row =
            r#"{"member.email": "a@example.com", "base.firstName": "Anna", "shop.{n}.paid": 1.50, "n": 7, "word": 1}"#;
        let kept = columns.stored(&Fields::Object(parse(row).unwrap())).unwrap();
        assert_eq!(text(&kept), r#"{"n": 7, "word": 1, "shop.{n}.paid": 1.50, "base.firstName": "Anna"}"#);
        let document = columns.document(root(&kept).unwrap()).unwrap();
        assert_eq!(text(&document), r#"{"base": {"firstName": "Anna"}, "shop": {"7": {"paid": 1.50}}}"#);
    }

    #[test]
    fn what_has_no_place_is_left_out() {
        let columns = columns(&["member.email", "a.b", "a.b.c", "a.d"]);
        let kept = columns.stored(&cells(&["x@example.com", "1", "2", "3"])).unwrap();
        assert_eq!(text(&columns.document(root(&kept).unwrap()).unwrap()), r#"{"a": {"b": "1", "d": "3"}}"#);
    }
}
