//! `member.list`: heads, page by page, with what is known of them (members.md 9.9).

use crate::domain::address::AddrType;
use crate::domain::anketa::Anketa;
use crate::domain::anketa::format::{Field, Purpose};
use crate::domain::anketa::read::{listed, unrolled};
use crate::domain::datakey::{self, Path};
use crate::domain::error::{Error, Id, Result};
use crate::domain::group::Hits;
use crate::domain::import::express::Columns;
use crate::domain::json::{self, Node, Value, encoded};
use crate::domain::member::get::is_system;
use crate::domain::member::list::{Answers, Caption, ListRequest};
use crate::domain::member::list_column::{self, Column, OtherKey};
use crate::domain::reply::reply;
use crate::domain::report::Returned;
use crate::domain::request::{Request, wrong};
use crate::pg::guc;
use crate::pg::jsonb::Encoded;
use crate::pg::perform::job::{Kind, Part, Progress};
use crate::pg::perform::list_query::{Behind, Found, find};
use crate::pg::perform::reported::{self, Made, Work};
use crate::pg::perform::rules::Rule;
use crate::pg::perform::selection::{PARAMETERS, Selection, shows_hits};
use crate::pg::perform::statistics::Findings;
use crate::pg::perform::subject::{Read, types};
use crate::pg::perform::{express, heads, list_hits, track};
use crate::pg::spi::Session;
use crate::pg::store::report::Line;
use crate::pg::store::track::New;
use crate::pg::store::{anketa, format};

const SHOWN: [&str; 9] =
    ["format", "sort", "sort.order", "result", "caption", "answers", "track.info", "page", "pagesize"];

/// The track that writes a list into a report.
pub const KIND: Kind = Kind { action: "member.list", is_alone: false, chunk: part };

/// How many rows a part writes.
const CHUNK: i64 = 1000;

/// Performs a request: `{"order", "list", "save"?, "label"?}`; with another `result` than `response` `{"track.id"}`.
///
/// Errors: those of the request and of its rule, `error/result/unsupported`, `error/report/…`.
pub fn list(session: &Session, request: Value) -> Result<Encoded> {
    let work = request;
    let request = open(work)?;
    let returned = Returned::read(&request)?;
    if returned == Returned::Reply {
        return with_page(session, &request, |page, selection| {
            let found = find(session, selection, page.shown, None)?;
            page.answer(&found, &page.statistics(&found), &page.warnings(&request))
        });
    }
    let (total, warnings) = with_page(session, &request, |page, selection| {
        reported::check(session, &returned, &page.names())?;
        Ok((selection.known_total(session), page.warnings(&request)))
    })?;
    let work = encoded(&Node::from(work))?;
    let info = request.text("track.info")?;
    let track = track::begin(&New { action: KIND.action, info, request: &work, total })?;
    Encoded::new(&reply(vec![("track.id", Node::from(track))], &warnings))
}

fn open(request: Value<'_>) -> Result<Request<'_>> {
    let known: Vec<&str> = PARAMETERS.into_iter().chain(SHOWN).collect();
    Request::open(request, &known, &[])
}

/// Reads what a request shows, and of which heads.
fn with_page<T>(session: &Session, request: &Request, work: impl FnOnce(&Page, &Selection) -> Result<T>) -> Result<T> {
    let selection = Selection::read(session, request)?;
    let stored = stored_format(session, request)?;
    let format = match &stored {
        Some(columns) => Some(json::root(columns)?),
        None => request.value("format")?,
    };
    let shown = ListRequest::read(request, format, &guc::limits())?;
    if !shown.others.is_empty() && selection.addr_type.is_none() {
        return Err(Error::new(Id::ParamMissing, "addr_type: columns member.head.* need the type of the heads"));
    }
    let rule = selection.rule().filter(|rule| shows_hits(&rule.filter));
    let ankets = if needs_questions(&shown) { anketa::all(session) } else { Vec::new() };
    list_column::check(shown.columns.as_deref().unwrap_or_default(), &ankets)?;
    let express = selection.express().map(|group| express::columns(session, group)).transpose()?;
    work(&Page { session, shown: &shown, rule, ankets, express, addr_type: selection.addr_type }, &selection)
}

/// Writes the next rows: by number a thousand at a time; in any other order all of them at once, since only one look at the
/// members has one order.
fn part(session: &Session, part: &Part) -> Result<Progress> {
    let request = open(part.request)?;
    let returned = Returned::read(&request)?;
    with_page(session, &request, |page, selection| {
        let names = page.names();
        let made = Made { action: KIND.action, phase: "listing", columns: &names, returned: &returned };
        reported::part(session, part, &made, |at, report| {
            let is_plain = page.shown.is_by_number();
            let behind = match selection.express() {
                Some(_) => Behind::Value(at.and_then(|at| at.as_str()).unwrap_or_default()),
                None => Behind::Number(at.and_then(|at| at.as_i64()).unwrap_or_default()),
            };
            let whole = ListRequest { skip: 0, first: if is_plain { CHUNK } else { i64::MAX }, ..page.shown.clone() };
            let found = find(session, selection, &whole, is_plain.then_some(behind))?;
            let statistics = page.statistics(&found);
            let numbered = |row: &Found| Some(row.id).filter(|id| *id != 0);
            let line = |row: &Found| Ok(Line { address_id: numbered(row), row: page.line(row, &statistics)? });
            reported::add(session, report, &found.iter().map(line).collect::<Result<Vec<_>>>()?)?;
            let done = part.done + i64::try_from(found.len()).unwrap_or(i64::MAX);
            match found.last().filter(|_| is_plain && found.len() as i64 >= CHUNK) {
                Some(last) => Ok(Work::More { done, at: encoded(&last.place())? }),
                None => Ok(Work::Done { done, answer: encoded(&Node::object([("rows", Node::from(done))]))? }),
            }
        })
    })
}

/// The columns of the stored format that `format` names, as jsonb.
///
/// Errors: `error/format/notexists`, `error/param/wrong` for one that only fills in.
fn stored_format(session: &Session, request: &Request) -> Result<Option<Vec<u8>>> {
    let Some(Value::String(id)) = request.value("format")? else { return Ok(None) };
    let format = format::find(session, id).ok_or_else(|| Error::new(Id::FormatNotexists, "format"))?;
    if Purpose::parse(format.code) == Some(Purpose::Fill) {
        return Err(wrong("format", "one of the types view and uni"));
    }
    let fields = json::root(format.fields)?.as_array().map(Field::read_all).transpose()?.unwrap_or_default();
    let columns =
        fields.iter().map(|field| Node::object([("anketa", Node::from(field.aid)), ("quest", Node::from(field.qid))]));
    encoded(&Node::array(columns)).map(Some)
}

/// Whether the page needs the questions: to name them, or to write their answers.
fn needs_questions(shown: &ListRequest) -> bool {
    let mut columns = shown.columns.iter().flatten();
    shown.answers != Answers::Stored
        || matches!(shown.caption, Caption::Titles)
        || columns.any(|column| matches!(column, Column::Answer { .. }))
}

/// A page that is being written.
struct Page<'p> {
    session: &'p Session,
    shown: &'p ListRequest<'p>,
    /// The rule, where its hits are to be shown.
    rule: Option<&'p Rule>,
    /// The questionnaires, where they are needed.
    ankets: Vec<Anketa<'p>>,
    /// What the columns of an express import mean, if the group is one.
    express: Option<Columns>,
    /// The type of the heads, where they have one type.
    addr_type: Option<AddrType>,
}

impl Page<'_> {
    /// What means nothing in a request and in its columns.
    fn warnings(&self, request: &Request) -> Vec<Error> {
        [request.warnings.as_slice(), &self.shown.warnings].concat()
    }

    /// What the statistics answer about the heads of these rows.
    fn statistics(&self, found: &[Found]) -> Findings<'_> {
        Findings::about_all(self.session, found.iter().map(|row| row.id).collect())
    }

    fn answer(&self, found: &[Found], statistics: &Findings, warnings: &[Error]) -> Result<Encoded> {
        let mut rows = Vec::with_capacity(found.len() + 1);
        let (mut saves, mut labels) = (Vec::new(), Vec::new());
        rows.extend(self.caption()?);
        for row in found {
            let hits = self.hits(row, statistics)?;
            rows.push(self.row(row, hits.as_ref())?);
            if let Some(hits) = hits {
                saves.push((row.value, encoded(&list_hits::saves(&hits)?)?));
                labels.push((row.value, encoded(&list_hits::labels(&hits)?)?));
            }
        }
        let list: Result<Vec<Node>> = rows.iter().map(|row| Ok(Node::from(json::root(row)?))).collect();
        let mut keys = vec![
            ("order", Node::array(self.columns().iter().map(|column| column.described(&self.ankets)))),
            ("list", Node::array(list?)),
        ];
        if self.rule.is_some() {
            let labels: Result<Vec<_>> =
                labels.iter().map(|(who, label)| Ok((*who, json::root(label)?.into()))).collect();
            let saves: Result<Vec<_>> = saves.iter().map(|(who, save)| Ok((*who, json::root(save)?.into()))).collect();
            keys.push(("save", Node::object(saves?)));
            keys.push(("label", Node::object(labels?)));
        }
        Encoded::new(&reply(keys, warnings))
    }

    /// The names of the columns of a report.
    fn names(&self) -> Vec<String> {
        let columns = self.columns();
        match &self.shown.caption {
            Caption::Own(titles) => titles.iter().map(|title| (*title).to_owned()).collect(),
            _ if self.shown.columns.is_none() => vec!["member.email".to_owned()],
            Caption::Titles => columns.iter().map(|column| column.title(&self.ankets)).collect(),
            Caption::None | Caption::Codes => columns.iter().map(Column::code).collect(),
        }
    }

    /// A row of a report: its columns, or the identifier alone, as a list.
    fn line(&self, row: &Found, statistics: &Findings) -> Result<Vec<u8>> {
        match &self.shown.columns {
            None => encoded(&Node::array([Node::from(row.value)])),
            Some(_) => self.row(row, self.hits(row, statistics)?.as_ref()),
        }
    }

    fn columns(&self) -> &[Column<'_>] {
        self.shown.columns.as_deref().unwrap_or_default()
    }

    fn hits(&self, row: &Found, statistics: &Findings) -> Result<Option<Hits>> {
        let Some(rule) = self.rule else { return Ok(None) };
        let Some(read) = Read::head(self.session, row.dataset, row.id)? else { return Ok(None) };
        rule.hits(&read.who(&types(self.session, row.dataset)?, &statistics.about(row.id))?)
    }

    /// The first row, where one is wanted.
    fn caption(&self) -> Result<Option<Vec<u8>>> {
        let columns = self.columns();
        let titles = match &self.shown.caption {
            Caption::None => return Ok(None),
            Caption::Own(titles) => Node::array(titles.iter().map(|title| Node::from(*title))),
            _ if self.shown.columns.is_none() => Node::from("member.email"),
            Caption::Codes => Node::array(columns.iter().map(|column| Node::from(column.code()))),
            Caption::Titles => Node::array(columns.iter().map(|column| Node::from(column.title(&self.ankets)))),
        };
        encoded(&titles).map(Some)
    }

    /// One row: its columns, or the identifier alone.
    fn row(&self, row: &Found, hits: Option<&Hits>) -> Result<Vec<u8>> {
        let Some(columns) = &self.shown.columns else { return encoded(&Node::from(row.value)) };
        let read;
        let own;
        let documents = match (row.row, &self.express) {
            (Some(stored), Some(express)) => {
                own = self.own_documents(row, stored, express)?;
                Documents { data: json::root(&own.0)?, system: json::root(&own.1)? }
            }
            _ => match Read::head(self.session, row.dataset, row.id)? {
                Some(found) => {
                    read = found;
                    Documents { data: read.data, system: read.system()? }
                }
                None => return encoded(&Node::array([])),
            },
        };
        let values: Result<Vec<Node>> =
            columns.iter().map(|column| self.value(column, row, hits, &documents)).collect();
        encoded(&Node::array(values?))
    }

    /// The data of a row of an express import, and what is known of its identifier, as jsonb.
    fn own_documents(&self, row: &Found, stored: &[u8], express: &Columns) -> Result<(Vec<u8>, Vec<u8>)> {
        let member = Node::object([
            ("email", Node::from(row.value)),
            ("addr_type", self.addr_type.map_or(Node::Null, |addr_type| Node::from(addr_type.as_str()))),
        ]);
        Ok((express.document(json::root(stored)?)?, encoded(&Node::object([("member", member)]))?))
    }

    fn value<'n>(
        &'n self,
        column: &'n Column,
        row: &'n Found,
        hits: Option<&'n Hits>,
        documents: &Documents<'n>,
    ) -> Result<Node<'n>> {
        match column {
            Column::Key(_, path) => match (self.shown.answers, column.question(&self.ankets)) {
                (Answers::Stored, _) | (_, None) => documents.at(path),
                (answers, Some((_, quest))) => match datakey::read(documents.data, path)? {
                    Some(value) => unrolled(quest, value, answers == Answers::Texts),
                    None => Ok(Node::Null),
                },
            },
            Column::Answer { path, .. } => match column.question(&self.ankets) {
                None => documents.at(path),
                Some((_, quest)) => match datakey::read(documents.data, path)? {
                    Some(value) => listed(quest, value, self.shown.answers == Answers::Texts),
                    None => Ok(Node::Null),
                },
            },
            Column::Heads { .. } => heads::cards(self.session, row.dataset),
            Column::Label(name) => match hits.and_then(|hits| hits.labels.get(*name)) {
                Some(value) => Ok(Node::from(json::root(value)?)),
                None => Ok(Node::Null),
            },
            Column::Saved(code, key, _) => match hits {
                Some(hits) => list_hits::saved(hits, code, key, |place| documents.below(place, key)),
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

    /// The value at a key below a place.
    fn below(&self, place: &str, key: &str) -> Result<Node<'d>> {
        let whole = if key.starts_with('[') { format!("{place}{key}") } else { format!("{place}.{key}") };
        self.at(&Path::parse(&whole, &datakey::Limits::WIDEST)?)
    }
}
