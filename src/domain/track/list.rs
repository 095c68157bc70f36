//! Which tracks `track.list` shows, and in which order: `filter` in the language of filters, over the fields of tracks
//! (members.md 4.1 and 4.2).

use crate::domain::datakey::Path;
use crate::domain::datakey::date::Now;
use crate::domain::error::{Error, Id, Result};
use crate::domain::group::system_key::Column;
use crate::domain::group::{Compiled, Filter, Limits, MEMBER_HEADS, NoGroups, Target};
use crate::domain::json::Value;
use crate::domain::request::{Request, wrong};
use std::collections::BTreeSet;

/// The parameters.
pub const PARAMETERS: [&str; 6] = ["filter", "order", "skip", "first", "status", "action.name"];

/// How many tracks a list shows at most (members.md, limits).
const MOST: i64 = 50;

/// What conditions and orders name, and where SQL reads it of `member.track t`.
const FIELDS: [(&str, Column); 9] = [
    ("track.id", Column::Integer("t.id")),
    ("track.action", Column::Text("t.action")),
    ("track.status", Column::Integer("t.status")),
    ("track.dt", Column::Instant("t.created_at")),
    ("track.dt_status", Column::Instant("t.status_at")),
    ("track.error", Column::Text("t.error")),
    ("track.info", Column::Text("t.info")),
    ("track.done", Column::Integer("t.done")),
    ("track.total", Column::Integer("t.total")),
];

/// What a list is asked for.
#[derive(Clone, Debug)]
pub struct TrackList<'a> {
    /// Only those of these states; empty for all.
    pub statuses: Vec<Option<i32>>,
    /// Only those of this call.
    pub action: Option<&'a str>,
    /// How many are left out from the beginning.
    pub skip: i64,
    /// How many are shown at most.
    pub first: i64,
    filter: Filter,
    order: Vec<(Column, bool)>,
}

impl<'a> TrackList<'a> {
    /// Reads [`PARAMETERS`]; `order` is a list of fields, `-field` from the greatest, or `asc` or `desc` by number.
    ///
    /// Errors: `error/param/wrong`, `error/filter/…`.
    pub fn read(request: &Request<'a>, limits: &Limits) -> Result<TrackList<'a>> {
        let first = request.number("first")?.unwrap_or(MOST);
        let skip = request.number("skip")?.unwrap_or_default();
        if !(1..=MOST).contains(&first) || skip < 0 {
            return Err(wrong("first", "from 1 to 50, and skip not below 0"));
        }
        let filter = request.list("filter")?.map(|list| Filter::read(Value::Array(list), limits)).transpose()?;
        let filter = filter.unwrap_or_default();
        check(&filter)?;
        let (statuses, action) = (statuses(request)?, request.text("action.name")?);
        Ok(TrackList { statuses, action, skip, first, filter, order: order(request)? })
    }

    /// The condition, over the alias `t`; `first` is the number of its first parameter, `zone` the zone that dates are shown in.
    ///
    /// Errors: `error/filter/value` for a moment beyond the calendar, `error/filter/attribute`, `error/json/limit`.
    pub fn condition(&self, now: &Now, zone: &str, first: usize) -> Result<Compiled> {
        let target = Target { attributes: &BTreeSet::new(), groups: &NoGroups, zone, first };
        let compiled = self.filter.at(now)?.compile_with(&target, &|path: &Path| field(&path.to_string()))?;
        // What lies inside a field: no field has anything inside.
        if compiled.reads_body() { Err(unknown()) } else { Ok(compiled) }
    }

    /// What the rows go by; of equal ones the newest first.
    pub fn order(&self) -> String {
        let mut order = String::new();
        for (column, is_descending) in &self.order {
            let (Column::Text(sql) | Column::Integer(sql) | Column::Instant(sql)) = column;
            order.push_str(sql);
            order.push_str(if *is_descending { " DESC NULLS LAST, " } else { " ASC NULLS LAST, " });
        }
        order.push_str("t.id DESC");
        order
    }
}

fn field(name: &str) -> Option<Column> {
    FIELDS.iter().find(|(field, _)| *field == name).map(|(_, column)| *column)
}

fn names() -> String {
    FIELDS.map(|(field, _)| field).join(", ")
}

/// Refuses what tracks do not have. Errors: `error/filter/attribute`, `error/filter/unsupported`.
fn check(filter: &Filter) -> Result<()> {
    let mentions = filter.mentions();
    let is_of_people = !mentions.groups.is_empty() || mentions.paths.contains(MEMBER_HEADS);
    if filter.searches_elements() || !mentions.saves.is_empty() || !mentions.labels.is_empty() || is_of_people {
        return Err(Error::new(Id::FilterUnsupported, "tracks have no groups, heads and lists: no has, save, label"));
    }
    match mentions.paths.iter().all(|path| field(path).is_some()) {
        true => Ok(()),
        false => Err(unknown()),
    }
}

#[cold]
fn unknown() -> Error {
    Error::new(Id::FilterAttribute, format!("of tracks a is one of {}", names()))
}

fn order(request: &Request) -> Result<Vec<(Column, bool)>> {
    let form = || wrong("order", &format!("a list of {}, each with - before it for the greatest first", names()));
    let list = match request.value("order")? {
        None | Some(Value::String("desc")) => return Ok(Vec::new()),
        Some(Value::String("asc")) => return Ok(vec![(Column::Integer("t.id"), false)]),
        Some(Value::Array(list)) => list,
        Some(_) => return Err(form()),
    };
    let read = |item: Result<Value>| {
        let name = item?.as_str().ok_or_else(form)?;
        let (name, is_descending) = name.strip_prefix('-').map_or((name, false), |name| (name, true));
        Ok((field(name).ok_or_else(form)?, is_descending))
    };
    list.iter().map(read).collect()
}

/// `status`: one number or a list of them.
fn statuses(request: &Request) -> Result<Vec<Option<i32>>> {
    let code = |value: Value| value.as_i64().and_then(|code| i32::try_from(code).ok());
    let form = || wrong("status", "a number or a list of numbers");
    match request.value("status")? {
        None => Ok(Vec::new()),
        Some(Value::Array(list)) => list.iter().map(|item| code(item?).map(Some).ok_or_else(form)).collect(),
        Some(one) => Ok(vec![Some(code(one).ok_or_else(form)?)]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::json::{parse, root};
    use jiff::Timestamp;
    use jiff::tz::TimeZone;

    fn read<T>(text: &str, check: impl FnOnce(TrackList) -> T) -> Result<T> {
        let bytes = parse(text).unwrap();
        let request = Request::open(root(&bytes).unwrap(), &PARAMETERS, &[]).unwrap();
        TrackList::read(&request, &Limits { max_depth: 16, max_usage: 1000 }).map(check)
    }

    #[test]
    fn fields_are_columns_of_the_table() {
        let text = r#"{"filter": [{"a": "track.status", "op": "==", "v": -2}, {"a": "track.action", "op": "eq", "v": "x'y"}],
                       "order": ["-track.dt", "track.action"]}"#;
        let now = Now { instant: Timestamp::UNIX_EPOCH, zone: TimeZone::UTC };
        let (condition, order) = read(text, |list| (list.condition(&now, "UTC", 3).unwrap(), list.order())).unwrap();
        assert!(condition.sql.contains("t.status OPERATOR(pg_catalog.=) $3"), "{}", condition.sql);
        assert!(!condition.sql.contains("x'y") && condition.params.len() == 2, "{condition:?}");
        assert_eq!(order, "t.created_at DESC NULLS LAST, t.action ASC NULLS LAST, t.id DESC");
        let inside = r#"{"filter": [{"a": "track.error[0]", "op": "==", "v": "x"}]}"#;
        let refused = read(inside, |list| list.condition(&now, "UTC", 1).map(|_| ())).and_then(|inner| inner);
        assert_eq!(refused.unwrap_err().id, Id::FilterAttribute);
    }

    #[test]
    fn what_tracks_have_not_is_refused() {
        for (text, id) in [
            (r#"{"filter": [{"a": "track.pid", "op": "==", "v": 1}]}"#, Id::FilterAttribute),
            (r#"{"filter": [{"a": "base.city", "op": "==", "v": 1}]}"#, Id::FilterAttribute),
            (r#"{"filter": [{"a": "member.email", "op": "==", "v": 1}]}"#, Id::FilterAttribute),
            (r#"{"filter": [{"op": "in_group", "v": "g"}]}"#, Id::FilterUnsupported),
            (r#"{"filter": [{"a": "track.error", "op": "exists", "label": "x"}]}"#, Id::FilterUnsupported),
            (r#"{"order": ["track.pid"]}"#, Id::ParamWrong),
            (r#"{"order": "up"}"#, Id::ParamWrong),
            (r#"{"first": 51}"#, Id::ParamWrong),
            (r#"{"status": "x"}"#, Id::ParamWrong),
        ] {
            assert_eq!(read(text, |_| ()).unwrap_err().id, id, "{text}");
        }
    }
}
