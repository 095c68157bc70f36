//! `member.list`: heads, page by page, with what is known of them (members.md 9.9).

use crate::domain::datakey::{self, Path};
use crate::domain::error::{Error, Id, Result};
use crate::domain::group::Hits;
use crate::domain::json::{self, Node, Value, encoded};
use crate::domain::member::get::is_system;
use crate::domain::member::list::{Answers, Caption, Column, ListRequest, OtherKey, Others, Sort};
use crate::domain::reply::reply;
use crate::domain::request::Request;
use crate::pg::guc;
use crate::pg::jsonb::Encoded;
use crate::pg::perform::selection::{Joins, PARAMETERS, Selection, Source};
use crate::pg::perform::subjects::Subjects;
use crate::pg::perform::{heads, subject};
use crate::pg::spi::{Query, Session};
use crate::pg::store::{body, group_count, head};
use pgrx::pg_sys::{INT8OID, TEXTARRAYOID, TEXTOID};

const SHOWN: [&str; 9] =
    ["format", "sort", "sort.order", "result", "caption", "answers", "track.info", "page", "pagesize"];

/// Performs a request: `{"order", "list", "save"?, "label"?}`.
///
/// Errors: those of the request and of its rule, `error/param/unsupported` for another `result` than `response`.
pub fn list(session: &Session, request: Value) -> Result<Encoded> {
    let known: Vec<&str> = PARAMETERS.into_iter().chain(SHOWN).collect();
    let request = Request::open(request, &known, &[])?;
    if !matches!(request.value("result")?, None | Some(Value::String("" | "response"))) {
        return Err(Error::new(Id::ParamUnsupported, "result: anything but response"));
    }
    let selection = Selection::read(session, &request)?;
    let shown = ListRequest::read(&request, request.value("format")?, &guc::limits())?;
    if !shown.others.is_empty() && selection.addr_type.is_none() {
        return Err(Error::new(Id::ParamMissing, "addr_type: columns member.head.* need the type of the heads"));
    }
    let found = find(session, &selection, &shown)?;
    let page = Page { session, shown: &shown, subjects: subjects(session, &selection)? };
    page.answer(&found, &request.warnings)
}

/// A row of the page: a head, and the other heads that it stands beside.
struct Found<'s> {
    dataset: i64,
    id: i64,
    value: &'s str,
    others: Vec<Other<'s>>,
}

/// Another head of the same subscriber; nothing of it where there is none.
struct Other<'s> {
    id: Option<i64>,
    addr_type: Option<&'s str>,
    value: Option<&'s str>,
    origin: Option<i32>,
}

/// Finds the heads of the page, in their order.
fn find<'s>(session: &'s Session, selection: &Selection, shown: &ListRequest) -> Result<Vec<Found<'s>>> {
    let mut query = Query::default();
    query.push("SELECT h.dataset, h.id, h.value");
    let mut joins = String::new();
    for (place, others) in shown.others.iter().enumerate() {
        query.push(&format!(", o{place}.id, o{place}.addr_type, o{place}.value, o{place}.origin"));
        joins.push_str(&join_of(&mut query, place, others));
    }
    let (mut skip, mut behind) = (shown.skip, None);
    if let (Source::Members(group), true) = (&selection.source, goes_by_stretches(selection, shown)) {
        (behind, skip) = stretch_of(session, group.gid, shown.skip);
    }
    let joined = Joins { bodies: reads_body(&shown.sort), by_number: matches!(shown.sort, Sort::Number), more: &joins };
    selection.add_to(session, &mut query, joined)?;
    if let Some(behind) = behind {
        let behind = query.bind(INT8OID, behind);
        query.push(&format!(" AND m.id OPERATOR(pg_catalog.>=) {behind}"));
    }
    add_order(&mut query, selection, shown);
    let (limit, offset) = (query.bind(INT8OID, shown.first), query.bind(INT8OID, skip));
    query.push(&format!(" LIMIT {limit} OFFSET {offset}"));
    let rows = session.query(&query);
    Ok(rows
        .iter()
        .map(|row| Found {
            dataset: row.bigint().unwrap_or_default(),
            id: row.bigint().unwrap_or_default(),
            value: row.text().unwrap_or_default(),
            others: shown
                .others
                .iter()
                .map(|_| Other { id: row.bigint(), addr_type: row.text(), value: row.text(), origin: row.integer() })
                .collect(),
        })
        .collect())
}

/// The join with the other heads of one column's type.
fn join_of(query: &mut Query, place: usize, others: &Others) -> String {
    let kind = if others.outer { "LEFT JOIN" } else { "JOIN" };
    let mut join = format!(
        " {kind} member.head o{place} ON o{place}.dataset OPERATOR(pg_catalog.=) h.dataset
             AND o{place}.id OPERATOR(pg_catalog.<>) h.id"
    );
    if let Some(addr_type) = others.addr_type {
        let named = query.bind(TEXTOID, addr_type.as_str());
        join.push_str(&format!(" AND o{place}.addr_type OPERATOR(pg_catalog.=) {named}"));
    }
    join
}

fn reads_body(sort: &Sort) -> bool {
    matches!(sort, Sort::Created | Sort::Updated | Sort::Imported | Sort::Key(_))
}

/// Whether the page begins where the counted stretches of numbers say: a list group by number, one row for each member.
fn goes_by_stretches(selection: &Selection, shown: &ListRequest) -> bool {
    use crate::domain::member::lock_state::LockState;
    matches!(shown.sort, Sort::Number)
        && !shown.is_descending
        && shown.others.is_empty()
        && shown.skip > 0
        && selection.lock == LockState::Any
}

/// The first number of the stretch that a page begins in, and how many members to pass over from there.
fn stretch_of(session: &Session, gid: &str, skip: i64) -> (Option<i64>, i64) {
    let mut left = skip;
    for (bucket, n) in group_count::buckets(session, gid) {
        if left < n {
            return (Some(bucket << 12), left);
        }
        left -= n;
    }
    // Behind the last member: nothing is found there.
    (Some(i64::MAX), 0)
}

/// Rows that are equal by what was asked for go by number, so that pages fit together.
fn add_order(query: &mut Query, selection: &Selection, shown: &ListRequest) {
    let number = match selection.source {
        Source::Members(_) => "m.id",
        _ => "h.id",
    };
    let direction = if shown.is_descending { "DESC NULLS LAST" } else { "ASC NULLS LAST" };
    let keys: Vec<String> = match &shown.sort {
        Sort::Number => vec![],
        Sort::Value => vec!["h.value".to_owned()],
        Sort::Domain => vec!["pg_catalog.split_part(h.value, '@', 2)".to_owned(), "h.value".to_owned()],
        Sort::Created => vec!["b.create_time".to_owned()],
        Sort::Updated => vec!["b.update_time".to_owned()],
        Sort::Imported => vec!["b.import_time".to_owned()],
        Sort::Key(path) => by_key(query, path),
    };
    query.push(" ORDER BY ");
    for key in keys {
        query.push(&format!("{key} {direction}, "));
    }
    query.push(&format!("{number} {}", if shown.is_descending { "DESC" } else { "ASC" }));
    for place in 0..shown.others.len() {
        query.push(&format!(", o{place}.id"));
    }
}

/// By what stands at a datakey: numbers first, then texts by their bytes, then the rest.
fn by_key(query: &mut Query, path: &Path) -> Vec<String> {
    let steps: Vec<String> = path.steps().iter().map(step_of).collect();
    let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
    let steps = query.bind(TEXTARRAYOID, crate::pg::spi::Arg::texts(&steps));
    let at = format!("(b.data OPERATOR(pg_catalog.#>) {steps})");
    vec![
        format!(
            "(CASE WHEN pg_catalog.jsonb_typeof({at}) OPERATOR(pg_catalog.=) 'number' THEN {at}::pg_catalog.numeric END)"
        ),
        format!("((b.data OPERATOR(pg_catalog.#>>) {steps}) COLLATE pg_catalog.\"C\")"),
    ]
}

fn step_of(step: &datakey::Step) -> String {
    match step {
        datakey::Step::Key(key) => key.clone().into_owned(),
        datakey::Step::Index(index) => index.to_string(),
        datakey::Step::FromEnd(index) => format!("-{index}"),
        datakey::Step::AnyKey | datakey::Step::AnyIndex => "*".to_owned(),
    }
}

/// The rule to be asked of each row, where its hits are to be shown.
fn subjects(session: &Session, selection: &Selection) -> Result<Option<Subjects>> {
    let Some(filter) = selection.filter() else { return Ok(None) };
    let mentions = filter.mentions();
    if mentions.saves.is_empty() && mentions.labels.is_empty() {
        return Ok(None);
    }
    Subjects::of(session, filter, selection.addr_type).map(Some)
}

/// A page that is being written.
struct Page<'p> {
    session: &'p Session,
    shown: &'p ListRequest<'p>,
    subjects: Option<Subjects>,
}

impl Page<'_> {
    fn answer(&self, found: &[Found], warnings: &[Error]) -> Result<Encoded> {
        let mut rows = Vec::with_capacity(found.len() + 1);
        let (mut saves, mut labels) = (Vec::new(), Vec::new());
        rows.extend(self.caption()?);
        for row in found {
            let hits = self.hits(row)?;
            rows.push(self.row(row, hits.as_ref())?);
            if let Some(hits) = hits {
                saves.push((row.value, saves_of(&hits)));
                labels.push((row.value, encoded(&labels_of(&hits)?)?));
            }
        }
        let list: Result<Vec<Node>> = rows.iter().map(|row| Ok(Node::from(json::root(row)?))).collect();
        let mut keys = vec![("order", Node::array(self.columns().iter().map(described))), ("list", Node::array(list?))];
        if self.subjects.is_some() {
            let labels: Result<Vec<_>> =
                labels.iter().map(|(who, label)| Ok((*who, json::root(label)?.into()))).collect();
            keys.push(("save", Node::object(saves)));
            keys.push(("label", Node::object(labels?)));
        }
        Encoded::new(&reply(keys, warnings))
    }

    fn columns(&self) -> &[Column<'_>] {
        self.shown.columns.as_deref().unwrap_or_default()
    }

    fn hits(&self, row: &Found) -> Result<Option<Hits>> {
        let asked = self.subjects.as_ref().map(|subjects| subjects.hits_of(self.session, row.dataset, row.id));
        Ok(asked.transpose()?.flatten())
    }

    /// The first row, where one is wanted.
    fn caption(&self) -> Result<Option<Vec<u8>>> {
        let columns = self.columns();
        let titles = match &self.shown.caption {
            Caption::None => return Ok(None),
            Caption::Own(titles) => Node::array(titles.iter().map(|title| Node::from(*title))),
            _ if self.shown.columns.is_none() => Node::from("member.email"),
            Caption::Codes | Caption::Titles => Node::array(columns.iter().map(|column| Node::from(code(column)))),
        };
        encoded(&titles).map(Some)
    }

    /// One row: its columns, or the identifier alone.
    fn row(&self, row: &Found, hits: Option<&Hits>) -> Result<Vec<u8>> {
        let Some(columns) = &self.shown.columns else { return encoded(&Node::from(row.value)) };
        let read = body::read(self.session, row.dataset)?.zip(head::read(self.session, row.dataset, row.id)?);
        let Some(((body, data), head)) = read else { return encoded(&Node::array([])) };
        let system = subject::document(self.session, &body, &head)?;
        let documents = Documents { data, system: json::root(&system)? };
        let values: Result<Vec<Node>> =
            columns.iter().map(|column| self.value(column, row, hits, &documents)).collect();
        encoded(&Node::array(values?))
    }

    fn value<'n>(
        &'n self,
        column: &'n Column,
        row: &'n Found,
        hits: Option<&'n Hits>,
        documents: &Documents<'n>,
    ) -> Result<Node<'n>> {
        match column {
            Column::Key(_, path) | Column::Answer { path, .. } => documents.at(path),
            Column::Heads { .. } => heads::cards(self.session, row.dataset),
            Column::Label(name) => match hits.and_then(|hits| hits.labels.get(*name)) {
                Some(value) => Ok(Node::from(json::root(value)?)),
                None => Ok(Node::Null),
            },
            Column::Saved(code, key, _) => match hits.and_then(|hits| hits.saves.get(*code)) {
                Some(places) => documents.below(places, key),
                None => Ok(Node::Null),
            },
            Column::Other(key, _, place) => Ok(row.others.get(*place).map_or(Node::Null, |other| match key {
                OtherKey::Email => Node::from(other.value),
                OtherKey::Id => Node::from(other.id),
                OtherKey::AddrType => Node::from(other.addr_type),
                OtherKey::Origin => Node::from(other.origin.map(i64::from)),
            })),
        }
    }
}

/// What a row's columns are read from.
struct Documents<'d> {
    data: Value<'d>,
    system: Value<'d>,
}

impl<'d> Documents<'d> {
    fn at(&self, path: &Path) -> Result<Node<'d>> {
        let document = if is_system(path) { self.system } else { self.data };
        Ok(datakey::get(document, path)?.unwrap_or(Node::Null))
    }

    /// The values at a key below each of these places.
    fn below(&self, places: &[String], key: &str) -> Result<Node<'d>> {
        let value = |place: &String| {
            let whole = if key.starts_with('[') { format!("{place}{key}") } else { format!("{place}.{key}") };
            self.at(&Path::parse(&whole, &datakey::Limits::WIDEST)?)
        };
        Ok(Node::array(places.iter().map(value).collect::<Result<Vec<_>>>()?))
    }
}

fn saves_of<'n>(hits: &Hits) -> Node<'n> {
    Node::object(
        hits.saves
            .iter()
            .map(|(code, places)| (code.clone(), Node::array(places.iter().map(|place| Node::from(place.clone()))))),
    )
}

fn labels_of(hits: &Hits) -> Result<Node<'_>> {
    let labels = hits.labels.iter().map(|(name, value)| Ok((name.as_str(), Node::from(json::root(value)?))));
    Ok(Node::object(labels.collect::<Result<Vec<_>>>()?))
}

/// A column in `order`.
fn described<'n>(column: &'n Column) -> Node<'n> {
    let one = |name: &'static str, text: &'n str| Node::object([(name, Node::from(text))]);
    match column {
        Column::Key(key, _) | Column::Other(_, key, _) => one("datakey", key),
        Column::Heads { as_answer: false } => one("datakey", "member.head.list"),
        Column::Heads { as_answer: true } => answer_column("member", "head.list"),
        Column::Answer { anketa, quest, .. } => answer_column(anketa, quest),
        Column::Label(name) => one("label", name),
        Column::Saved(code, key, _) => Node::object([("save", Node::from(*code)), ("datakey", Node::from(*key))]),
    }
}

fn answer_column<'n>(anketa: &'n str, quest: &'n str) -> Node<'n> {
    Node::object([("anketa", Node::from(anketa)), ("quest", Node::from(quest))])
}

/// The code of a column.
fn code(column: &Column) -> String {
    match column {
        Column::Key(key, _) | Column::Other(_, key, _) => (*key).to_owned(),
        Column::Heads { .. } => "member.head.list".to_owned(),
        Column::Answer { anketa, quest, .. } => format!("{anketa}.{quest}"),
        Column::Label(name) => (*name).to_owned(),
        Column::Saved(save, key, _) => format!("{save}.{key}"),
    }
}
