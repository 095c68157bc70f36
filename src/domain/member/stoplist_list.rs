//! `stoplist.get`: which records are shown, and in which order (members.md 4.2 and 14).

use super::selector::{OPTIONS, SELECTORS, Selected, Selector};
use super::set::writable;
use super::stoplist::{Record, Sender};
use super::target::Kind;
use crate::domain::datakey::Path;
use crate::domain::error::{Error, Id, Result};
use crate::domain::group::system_key::Column;
use crate::domain::group::{Compiled, Filter, Limits, Matcher, Target};
use crate::domain::json::Value;
use crate::domain::request::{Request, wrong};

/// How many records a page shows at most.
const PAGE: i64 = 50;

/// The fields of a record, over the aliases `s` (`member.stoplist`) and `a` (`member.address`).
const FIELDS: [(&str, Column); 7] = [
    ("email", Column::Text("s.value")),
    ("addr_type", Column::Text("s.addr_type")),
    ("id", Column::Integer("a.id")),
    ("type", Column::Text("s.kind")),
    ("sender", Column::Integer("s.sender")),
    ("dt", Column::Instant("s.at")),
    ("source", Column::Text("s.source")),
];

/// The parameters of the call.
pub fn parameters() -> Vec<&'static str> {
    let own = ["type", "sender", "filter", "order", "first", "skip"];
    [SELECTORS.as_slice(), OPTIONS.get(..2).unwrap_or_default(), &own].concat()
}

/// A valid request.
pub struct ListRequest<'a> {
    /// Whose records; none for everybody's.
    pub selected: Option<Selected<'a>>,
    /// The type of the identifiers.
    pub kind: Kind,
    /// Records of this type alone.
    pub record: Option<Record>,
    /// Records for this sender alone.
    pub sender: Option<Sender<'a>>,
    /// What records must meet.
    pub filter: Filter,
    /// What they go by: SQL, and whether the greatest comes first.
    pub order: Vec<(&'static str, bool)>,
    /// How many are shown; none for all.
    pub first: Option<i64>,
    /// Behind how many.
    pub skip: i64,
}

impl<'a> ListRequest<'a> {
    /// Reads [`parameters`]. Of identifiers that are written out all records are shown unless the request says how many.
    ///
    /// Errors: `error/param/…`, `error/addr_type/…`, `error/filter/…`.
    pub fn read(request: &Request<'a>, limits: &Limits) -> Result<ListRequest<'a>> {
        let selected = if Selector::is_given(request)? { Some(Selected::read(request)?) } else { None };
        let is_listed = selected.as_ref().is_some_and(|selected| matches!(selected.selector, Selector::Listed(_)));
        let given = request.number("first")?;
        let skip = request.number("skip")?.unwrap_or_default();
        if given.is_some_and(|first| !(1..=PAGE).contains(&first)) || skip < 0 {
            return Err(wrong("first", "from 1 to 50, and skip not below 0"));
        }
        let kind = match &selected {
            Some(selected) => selected.kind,
            None => writable(Kind::of(request, "addr_type")?)?,
        };
        Ok(ListRequest {
            selected,
            kind,
            record: Record::read(request)?,
            sender: Sender::read_one(request)?,
            filter: filter(request, limits)?,
            order: order(request)?,
            first: given.or((!is_listed).then_some(PAGE)),
            skip,
        })
    }
}

fn filter(request: &Request, limits: &Limits) -> Result<Filter> {
    let Some(list) = request.list("filter")? else { return Ok(Filter::default()) };
    let filter = Filter::read(Value::Array(list), limits)?;
    let mentions = filter.mentions();
    let shows_hits = !mentions.saves.is_empty() || !mentions.labels.is_empty();
    if filter.searches_elements() || mentions.asks_statistics || !mentions.groups.is_empty() || shows_hits {
        let explain =
            "records have no lists and objects, are in no group and show no hits: no has, in_group, label, save";
        return Err(Error::new(Id::FilterUnsupported, explain));
    }
    if !mentions.paths.iter().all(|name| field(name).is_some()) {
        return Err(unknown_field());
    }
    Ok(filter)
}

/// Conditions on records as SQL, over the aliases `s` and `a`. Errors: `error/filter/attribute`, `error/json/limit`.
pub fn compile(filter: &Matcher, target: &Target) -> Result<Compiled> {
    let compiled = filter.compile_with(target, &|path: &Path| field(&path.to_string()))?;
    if compiled.reads_body() { Err(unknown_field()) } else { Ok(compiled) }
}

fn order(request: &Request) -> Result<Vec<(&'static str, bool)>> {
    let Some(list) = request.list("order")? else { return Ok(Vec::new()) };
    let read = |item: Result<Value>| {
        let name = item?.as_str().unwrap_or_default();
        let (name, is_descending) = name.strip_prefix('-').map_or((name, false), |name| (name, true));
        let (Column::Text(sql) | Column::Integer(sql) | Column::Instant(sql)) =
            field(name).ok_or_else(|| wrong("order", &format!("a list of {}", names())))?;
        Ok((sql, is_descending))
    };
    list.iter().map(read).collect()
}

fn field(name: &str) -> Option<Column> {
    FIELDS.iter().find(|(known, _)| *known == name).map(|(_, column)| *column)
}

fn names() -> String {
    FIELDS.map(|(name, _)| name).join(", ")
}

fn unknown_field() -> Error {
    Error::new(Id::FilterAttribute, format!("records have {}", names()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::datakey::date::Now;
    use crate::domain::group::NoGroups;
    use crate::domain::json::{parse, root};
    use jiff::Timestamp;
    use jiff::tz::TimeZone;
    use std::collections::BTreeSet;

    fn read<T>(text: &str, check: impl FnOnce(ListRequest) -> T) -> Result<T> {
        let bytes = parse(text).unwrap();
        let request = Request::open(root(&bytes).unwrap(), &parameters(), &[]).unwrap();
        assert_eq!(request.warnings, [], "{text}");
        ListRequest::read(&request, &Limits::default()).map(check)
    }

    #[test]
    fn a_page_has_fifty_and_what_is_written_out_is_shown_whole() {
        for (text, first, skip, is_selected) in [
            ("{}", Some(50), 0, false),
            (r#"{"first": "7", "skip": 3, "group": "", "addr_type": "vk"}"#, Some(7), 3, false),
            (r#"{"email": "a"}"#, None, 0, true),
            (r#"{"list": ["a"], "first": 1}"#, Some(1), 0, true),
            (r#"{"group": "g", "addr_type": "email", "member.haslock": 1}"#, Some(50), 0, true),
            (r#"{"stat.uni": {"filter": []}}"#, Some(50), 0, true),
        ] {
            let read = read(text, |read| (read.first, read.skip, read.selected.is_some())).unwrap();
            assert_eq!(read, (first, skip, is_selected), "{text}");
        }
    }

    #[test]
    fn records_are_asked_by_their_fields() {
        let text = r#"{"filter": [{"a": "dt:YD", "op": ">=", "v": "current - 7 days"}, {"a": "sender", "op": "==", "v": 7},
            {"op": "or", "v": [{"a": "email", "op": "$=", "v": "@test.ru"}, {"a": "source", "op": "is_null"}]}],
            "order": ["-dt", "email"]}"#;
        let now = Now { instant: Timestamp::UNIX_EPOCH, zone: TimeZone::UTC };
        let (sql, order) = read(text, |read| {
            let target = Target { attributes: &BTreeSet::new(), groups: &NoGroups, zone: "UTC", first: 1 };
            (compile(&read.filter.at(&now).unwrap(), &target).unwrap().sql, read.order)
        })
        .unwrap();
        for part in
            ["member.filter_time($1, s.at, $2)", "s.sender OPERATOR(pg_catalog.=) $3::bigint", "s.value", "s.source"]
        {
            assert!(sql.contains(part), "{sql}");
        }
        assert_eq!(order, [("s.at", true), ("s.value", false)]);
    }

    #[test]
    fn what_records_do_not_have_is_refused() {
        for (text, id) in [
            (r#"{"first": 51}"#, Id::ParamWrong),
            (r#"{"first": 0, "email": "a"}"#, Id::ParamWrong),
            (r#"{"skip": -1}"#, Id::ParamWrong),
            (r#"{"order": ["name"]}"#, Id::ParamWrong),
            (r#"{"order": [1]}"#, Id::ParamWrong),
            (r#"{"email": "a", "group": "g"}"#, Id::ParamWrong),
            (r#"{"filter": [1]}"#, Id::FilterSyntax),
            (r#"{"filter": [{"a": "base.city", "op": "exists"}]}"#, Id::FilterAttribute),
            (r#"{"filter": [{"a": "member.email", "op": "exists"}]}"#, Id::FilterAttribute),
            (r#"{"filter": [{"op": "in_group", "v": "g"}]}"#, Id::FilterUnsupported),
            (r#"{"filter": [{"a": "email", "op": "has", "v": []}]}"#, Id::FilterUnsupported),
            (r#"{"filter": [{"a": "email", "op": "exists", "label": "x"}]}"#, Id::FilterUnsupported),
        ] {
            assert_eq!(read(text, |_| ()).unwrap_err().id, id, "{text}");
        }
        // A place within a field is no field.
        let within = read(r#"{"filter": [{"a": "email[0]", "op": "exists"}]}"#, |read| {
            let target = Target { attributes: &BTreeSet::new(), groups: &NoGroups, zone: "UTC", first: 1 };
            compile(&read.filter.timeless().unwrap(), &target).unwrap_err().id
        });
        assert_eq!(within.unwrap(), Id::FilterAttribute);
    }
}
