//! `member.list`: what a request asks for (members.md 9.9).

use crate::domain::address::AddrType;
use crate::domain::datakey::{Limits, Path};
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Object, Value};
use crate::domain::request::{Request, wrong};

/// The most rows that one answer has, and as many as it has without a page.
pub const MOST_ROWS: i64 = 1000;

/// What the head of a row's neighbour shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtherKey {
    /// `member.head.email`.
    Email,
    /// `member.head.id`.
    Id,
    /// `member.head.addr_type`.
    AddrType,
    /// `member.head.origin`.
    Origin,
}

/// A column of the answer.
#[derive(Clone, Debug)]
pub enum Column<'a> {
    /// A datakey, of the data or of what the system knows.
    Key(&'a str, Path<'a>),
    /// `{anketa, quest}`.
    Answer {
        /// The questionnaire.
        anketa: &'a str,
        /// The question.
        quest: &'a str,
        /// Where the answer stands in the data.
        path: Path<'a>,
    },
    /// All heads of the subscriber, as `member.head.list` shows them; whether it was asked for as an answer.
    Heads {
        /// Whether the column was written as `{anketa, quest}`.
        as_answer: bool,
    },
    /// The values at a key relative to each place that a `has` saved.
    Saved(&'a str, &'a str, Path<'a>),
    /// The value of a label of the filter.
    Label(&'a str),
    /// Something of another head of the same subscriber; of which of [`ListRequest::others`].
    Other(OtherKey, &'a str, usize),
}

/// Other heads of the same subscriber, beside which a row stands: one row for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Others {
    /// Their type; none for any.
    pub addr_type: Option<AddrType>,
    /// Whether a subscriber without such a head has a row too.
    pub outer: bool,
}

/// What rows are sorted by.
#[derive(Clone, Debug)]
pub enum Sort<'a> {
    /// `member.id`, and where nothing is asked for: an order that pages can rely on.
    Number,
    /// `member.email`.
    Value,
    /// `member.domain`: the domain, then the address.
    Domain,
    /// `member.create.time`.
    Created,
    /// `member.update.time`.
    Updated,
    /// `member.import.time`.
    Imported,
    /// A datakey of the data.
    Key(Path<'a>),
}

/// The first row.
#[derive(Clone, Debug)]
pub enum Caption<'a> {
    /// None.
    None,
    /// The codes of the columns.
    Codes,
    /// Their titles.
    Titles,
    /// Titles of the caller's own.
    Own(Vec<&'a str>),
}

/// How the answers to choice questions are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answers {
    /// As they are stored.
    Stored,
    /// `unroll`: a code, or a list of codes.
    Codes,
    /// `decode`: the texts of the answers.
    Texts,
}

/// How a list is to be shown.
#[derive(Clone, Debug)]
pub struct ListRequest<'a> {
    /// The columns; none for the identifiers alone.
    pub columns: Option<Vec<Column<'a>>>,
    /// Which other heads rows stand beside.
    pub others: Vec<Others>,
    /// What rows are sorted by.
    pub sort: Sort<'a>,
    /// Whether from the greatest.
    pub is_descending: bool,
    /// The first row.
    pub caption: Caption<'a>,
    /// How answers are written.
    pub answers: Answers,
    /// How many rows to pass over.
    pub skip: i64,
    /// How many rows to show.
    pub first: i64,
}

impl<'a> ListRequest<'a> {
    /// Whether rows go by number, one for each head: then a row says where the next begins.
    pub fn is_by_number(&self) -> bool {
        matches!(self.sort, Sort::Number) && !self.is_descending && self.others.is_empty()
    }

    /// Reads `format` (as columns), `sort`, `sort.order`, `caption`, `answers`, `page` and `pagesize`.
    ///
    /// Errors: `error/param/wrong`, `error/datakey/syntax`.
    pub fn read(request: &Request<'a>, format: Option<Value<'a>>, limits: &Limits) -> Result<ListRequest<'a>> {
        let mut others = Vec::new();
        let columns = format.map(|format| columns(format, limits, &mut others)).transpose()?;
        let (skip, first) = page(request)?;
        Ok(ListRequest {
            columns,
            others,
            sort: sort(request, limits)?,
            is_descending: is_descending(request)?,
            caption: caption(request)?,
            answers: answers(request)?,
            skip,
            first,
        })
    }
}

fn page(request: &Request) -> Result<(i64, i64)> {
    match (request.number("page")?, request.number("pagesize")?) {
        (None, None) => Ok((0, MOST_ROWS)),
        (Some(page @ 1..), Some(size @ 1..=MOST_ROWS)) => {
            let skip = (page - 1).checked_mul(size).ok_or_else(|| wrong("page", "a smaller number"))?;
            Ok((skip, size))
        }
        (Some(_), Some(_)) => Err(wrong("page", "from 1, and pagesize from 1 to 1000")),
        _ => Err(wrong("page", "given with pagesize, or neither")),
    }
}

fn sort<'a>(request: &Request<'a>, limits: &Limits) -> Result<Sort<'a>> {
    Ok(match request.text("sort")? {
        None | Some("" | "member.id") => Sort::Number,
        Some("member.email") => Sort::Value,
        Some("member.domain") => Sort::Domain,
        Some("member.create.time") => Sort::Created,
        Some("member.update.time") => Sort::Updated,
        Some("member.import.time") => Sort::Imported,
        Some(key) => {
            let path = Path::parse(key, limits)?;
            if path.special().is_some() || path.has_wildcard() {
                return Err(wrong(
                    "sort",
                    "a datakey of the data, or member.id, email, domain, create.time, update.time, import.time",
                ));
            }
            Sort::Key(path)
        }
    })
}

fn is_descending(request: &Request) -> Result<bool> {
    match request.text("sort.order")? {
        None | Some("" | "asc") => Ok(false),
        Some("desc") => Ok(true),
        Some(_) => Err(wrong("sort.order", "asc or desc")),
    }
}

fn caption<'a>(request: &Request<'a>) -> Result<Caption<'a>> {
    let form = || wrong("caption", "id, name, or a list of titles");
    Ok(match request.value("caption")? {
        None | Some(Value::String("")) => Caption::None,
        Some(Value::String("id")) => Caption::Codes,
        Some(Value::String("name")) => Caption::Titles,
        Some(Value::Array(titles)) => {
            let title = |title: Result<Value<'a>>| title?.as_str().ok_or_else(form);
            Caption::Own(titles.iter().map(title).collect::<Result<_>>()?)
        }
        Some(_) => return Err(form()),
    })
}

fn answers(request: &Request) -> Result<Answers> {
    match request.text("answers")? {
        None | Some("") => Ok(Answers::Stored),
        Some("unroll") => Ok(Answers::Codes),
        Some("decode") => Ok(Answers::Texts),
        Some(_) => Err(wrong("answers", "unroll or decode")),
    }
}

fn columns<'a>(format: Value<'a>, limits: &Limits, others: &mut Vec<Others>) -> Result<Vec<Column<'a>>> {
    let Value::Array(list) = format else { return Err(wrong("format", "a list of columns")) };
    let columns = list.iter().enumerate().map(|(place, column)| {
        let Value::Object(column) = column? else { return Err(form(place)) };
        read_column(column, limits, others)
            .map_err(|error| Error::new(error.id, format!("format {place}: {}", error.explain)))
    });
    columns.collect()
}

fn read_column<'a>(column: Object<'a>, limits: &Limits, others: &mut Vec<Others>) -> Result<Column<'a>> {
    let text = |name: &str| -> Result<Option<&'a str>> {
        match column.get(name)? {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(wrong(name, "a text")),
        }
    };
    match (text("datakey")?, text("save")?, text("label")?, text("anketa")?, text("quest")?) {
        (Some("member.head.list"), None, None, None, None) => Ok(Column::Heads { as_answer: false }),
        (Some(key), None, None, None, None) => match other_key(key) {
            Some(other) => {
                let named = text("addr_type")?.filter(|name| !name.is_empty());
                let addr_type = named.map(known_type).transpose()?;
                let outer = matches!(column.get("outer")?, Some(value) if value.as_i64() == Some(1) || value.as_str() == Some("1"));
                Ok(Column::Other(other, key, place_among(others, Others { addr_type, outer })?))
            }
            None => Ok(Column::Key(key, Path::parse(key, limits)?)),
        },
        (Some(key), Some(save), None, None, None) => Ok(Column::Saved(save, key, Path::parse(key, limits)?)),
        (None, None, Some(label), None, None) => Ok(Column::Label(label)),
        (None, None, None, Some("member"), Some("head.list")) => Ok(Column::Heads { as_answer: true }),
        (None, None, None, Some(anketa), Some(quest)) => {
            let keys = std::iter::once(anketa).chain(system_parts(anketa, quest));
            Ok(Column::Answer { anketa, quest, path: Path::of_keys(keys.map(Into::into)) })
        }
        _ => Err(wrong("a column", "{datakey}, {save, datakey}, {label} or {anketa, quest}")),
    }
}

/// The keys of a question: those of the questionnaire `member` are paths, as AVO writes them flat.
fn system_parts<'a>(anketa: &str, quest: &'a str) -> impl Iterator<Item = &'a str> {
    // The counter of errors has a name of its own there.
    let quest = if (anketa, quest) == ("member", "error") { "error.error" } else { quest };
    let whole = (anketa != "member").then_some(quest);
    let parts = (anketa == "member").then(|| quest.split('.'));
    whole.into_iter().chain(parts.into_iter().flatten())
}

fn other_key(key: &str) -> Option<OtherKey> {
    match key {
        "member.head.email" => Some(OtherKey::Email),
        "member.head.id" => Some(OtherKey::Id),
        "member.head.addr_type" => Some(OtherKey::AddrType),
        "member.head.origin" => Some(OtherKey::Origin),
        _ => None,
    }
}

fn known_type(name: &str) -> Result<AddrType> {
    AddrType::parse(name).ok_or_else(|| Error::new(Id::AddrTypeUnknown, "addr_type"))
}

/// The place of these heads among those of the columns before: of one type once, all with a type or all without.
fn place_among(others: &mut Vec<Others>, wanted: Others) -> Result<usize> {
    if others.iter().any(|known| known.addr_type.is_some() != wanted.addr_type.is_some()) {
        return Err(wrong("addr_type", "given in all columns member.head.*, or in none"));
    }
    match others.iter().position(|known| known.addr_type == wanted.addr_type) {
        Some(place) if others.get(place) == Some(&wanted) => Ok(place),
        Some(_) => Err(wrong("outer", "the same in all columns of one addr_type")),
        None => {
            others.push(wanted);
            Ok(others.len() - 1)
        }
    }
}

#[cold]
fn form(place: usize) -> Error {
    wrong(&format!("format {place}"), "an object")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::json::{parse, root};

    fn read<T>(text: &str, check: impl FnOnce(ListRequest) -> T) -> Result<T> {
        let bytes = parse(text).unwrap();
        let names = ["format", "sort", "sort.order", "caption", "answers", "page", "pagesize"];
        let request = Request::open(root(&bytes).unwrap(), &names, &[]).unwrap();
        let format = request.value("format").unwrap();
        ListRequest::read(&request, format, &Limits::default()).map(check)
    }

    #[test]
    fn pages_go_by_two_numbers_and_no_further_than_a_thousand() {
        for (request, range) in [
            ("{}", (0, 1000)),
            (r#"{"page": 1, "pagesize": 10}"#, (0, 10)),
            (r#"{"page": "3", "pagesize": "1000"}"#, (2000, 1000)),
        ] {
            assert_eq!(read(request, |list| (list.skip, list.first)).unwrap(), range, "{request}");
        }
        for request in [
            r#"{"page": 1}"#,
            r#"{"pagesize": 1}"#,
            r#"{"page": 0, "pagesize": 1}"#,
            r#"{"page": 1, "pagesize": 1001}"#,
            r#"{"page": 9223372036854775807, "pagesize": 1000}"#,
        ] {
            assert_eq!(read(request, |_| ()).unwrap_err().id, Id::ParamWrong, "{request}");
        }
    }

    #[test]
    fn columns_of_other_heads_agree_on_types_and_outer() {
        let request = r#"{"format": [{"datakey": "member.email"}, {"datakey": "member.head.id", "addr_type": "pushapp"},
            {"datakey": "member.head.email", "addr_type": "pushapp"}, {"datakey": "member.head.id", "addr_type": "umid", "outer": 1}]}"#;
        read(request, |list| {
            let pushapp = Others { addr_type: Some(AddrType::Pushapp), outer: false };
            assert_eq!(list.others, [pushapp, Others { addr_type: Some(AddrType::Umid), outer: true }]);
            let places = list.columns.unwrap().into_iter().filter_map(|column| match column {
                Column::Other(key, _, place) => Some((key, place)),
                _ => None,
            });
            assert_eq!(places.collect::<Vec<_>>(), [(OtherKey::Id, 0), (OtherKey::Email, 0), (OtherKey::Id, 1)]);
        })
        .unwrap();
        for format in [
            r#"[{"datakey": "member.head.id"}, {"datakey": "member.head.email", "addr_type": "vk"}]"#,
            r#"[{"datakey": "member.head.id", "outer": 1}, {"datakey": "member.head.email"}]"#,
            r#"[{"datakey": "member.head.id", "addr_type": "fax"}]"#,
        ] {
            assert!(read(&format!(r#"{{"format": {format}}}"#), |_| ()).is_err(), "{format}");
        }
    }

    #[test]
    fn what_is_no_column_no_order_and_no_caption_is_refused() {
        for request in [
            r#"{"format": "a"}"#,
            r#"{"format": ["a"]}"#,
            r#"{"format": [{}]}"#,
            r#"{"format": [{"datakey": "a", "label": "b"}]}"#,
            r#"{"format": [{"datakey": 5}]}"#,
            r#"{"sort": "member.haslock"}"#,
            r#"{"sort": "a.*"}"#,
            r#"{"sort.order": "up"}"#,
            r#"{"caption": "title"}"#,
            r#"{"caption": [1]}"#,
            r#"{"answers": "text"}"#,
        ] {
            assert_eq!(read(request, |_| ()).unwrap_err().id, Id::ParamWrong, "{request}");
        }
        assert_eq!(read(r#"{"format": [{"datakey": "a..b"}]}"#, |_| ()).unwrap_err().id, Id::DatakeySyntax);
    }
}
