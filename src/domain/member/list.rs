//! `member.list`: what a request asks for (members.md 9.9).

use super::list_column::{Column, Columns, Others};
use crate::domain::datakey::{Limits, Path};
use crate::domain::error::{Error, Result};
use crate::domain::group::system_key::{SYSTEM_KEYS, SystemKey, quest_key};
use crate::domain::json::Value;
use crate::domain::request::{Request, wrong};

/// The most rows that one answer has, and as many as it has without a page.
pub const MOST_ROWS: i64 = 1000;

/// What rows are sorted by.
#[derive(Clone, Debug)]
pub enum Sort<'a> {
    /// `member.id`, and where nothing is asked for: an order that pages can rely on.
    Number,
    /// Any other key of the system; `member.domain` and then the address.
    System(SystemKey),
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
    /// What in the columns means nothing.
    pub warnings: Vec<Error>,
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
        let columns = format.map(|format| Columns::read(format, limits)).transpose()?.unwrap_or_default();
        let (skip, first) = page(request)?;
        Ok(ListRequest {
            columns: columns.shown,
            others: columns.others,
            warnings: columns.warnings,
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
    let key = match request.text("sort")? {
        None | Some("" | "member.id") => return Ok(Sort::Number),
        Some(key) => key,
    };
    if let Some(quest) = key.strip_prefix("member.") {
        return quest_key(quest).map(Sort::System).ok_or_else(|| {
            let names: Vec<&str> = SYSTEM_KEYS.iter().map(|key| key.name).collect();
            wrong("sort", &format!("a datakey of the data, or one of {}", names.join(", ")))
        });
    }
    let path = Path::parse(key, limits)?;
    if path.special().is_some() || path.has_wildcard() {
        return Err(wrong("sort", "a datakey of the data without wildcards, or a question of member"));
    }
    Ok(Sort::Key(path))
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

#[cfg(test)]
mod tests {
    use super::super::list_column::OtherKey;
    use super::*;
    use crate::domain::address::AddrType;
    use crate::domain::error::Id;
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
    fn rows_are_sorted_by_every_key_of_the_system() {
        for key in SYSTEM_KEYS.iter().filter(|key| key.name != "member.id") {
            let sort = read(&format!(r#"{{"sort": "{}"}}"#, key.name), |list| format!("{:?}", list.sort)).unwrap();
            assert_eq!(sort, format!("{:?}", Sort::System(*key)));
        }
        let named = |name: &str| {
            read(&format!(r#"{{"sort": "{name}"}}"#), |list| match list.sort {
                Sort::System(key) => key.name.to_owned(),
                other => format!("{other:?}"),
            })
        };
        // As questionnaires name them.
        assert_eq!(named("member.error").unwrap(), "member.error.error");
        assert_eq!(named("member.lockconfirm").unwrap(), "member.confirm.lock");
        assert_eq!(named("member.id").unwrap(), "Number");
    }

    #[test]
    fn what_means_nothing_in_a_column_is_a_warning() {
        let request = r#"{"format": [{"datakey": "a", "title": "A", "outer": 1}, {"datakey": "member.head.id", "outer": "0"},
            {"anketa": "base", "quest": "city", "addr_type": "vk"}]}"#;
        let warnings = ["format 0: title", "format 0: outer", "format 2: addr_type"];
        read(request, |list| assert_eq!(list.warnings, warnings.map(|name| Error::new(Id::ParamUnknown, name))))
            .unwrap();
    }

    #[test]
    fn what_is_no_column_no_order_and_no_caption_is_refused() {
        for request in [
            r#"{"format": "a"}"#,
            r#"{"format": ["a"]}"#,
            r#"{"format": [{}]}"#,
            r#"{"format": [{"datakey": "a", "label": "b"}]}"#,
            r#"{"format": [{"datakey": 5}]}"#,
            r#"{"format": [{"datakey": "member.head.emial"}]}"#,
            r#"{"format": [{"datakey": "member.head"}]}"#,
            r#"{"format": [{"datakey": "member.head.email", "outer": 2}]}"#,
            r#"{"format": [{"datakey": "member.head.email", "outer": "yes"}]}"#,
            r#"{"sort": "member.emial"}"#,
            r#"{"sort": "member.confirm"}"#,
            r#"{"sort": "member.vk.5.sub"}"#,
            r#"{"sort": "-group.pl1"}"#,
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
