//! `member.import.probe`: what an import thinks of its data; nothing is imported (members.md 10.1, 10.3).

use crate::domain::error::{Error, Result};
use crate::domain::import::caption::names_of;
use crate::domain::import::given::{self, Given};
use crate::domain::import::open::Opened;
use crate::domain::import::record::{Cell, Fields, Next};
use crate::domain::import::{Caption, Meaning, Options, PARAMETERS};
use crate::domain::json::{Node, Value, encoded, root};
use crate::domain::member::target::Kind;
use crate::domain::reply::problems;
use crate::domain::request::Request;
use crate::pg::guc;
use crate::pg::jsonb::Encoded;
use crate::pg::perform::{resolve, upload};
use crate::pg::spi::Session;
use crate::pg::store::anketa;

/// How many rows are shown.
const SHOWN: usize = 15;

/// What only an import needs.
const OTHERS: &[&str] = &["result", "track.info", "content_type"];

/// `member.import.probe`: `{"uid", "charset"?, "separator"?, "firstline", "caption", "rows", "cannot_import", "warnings"}`.
/// Trouble with the data is in `warnings`.
///
/// Errors: `error/import/source`, `uid`, `scheme`, `file`, `url`, `request`, `toolarge`; `error/worker/…`; `error/param/…`.
pub fn probe(session: &Session, request: Value) -> Result<Encoded> {
    let known: Vec<&str> = [PARAMETERS, given::PARAMETERS, OTHERS].concat();
    let asked = Request::open(request, &known, &[])?;
    let given = Given::read(&asked)?;
    let uid = match (upload::keep(session, &asked, &given)?, &given) {
        (Some(uid), _) => uid,
        (None, Given::Url(url)) => upload::fetched(session, &asked, url)?,
        (None, _) => String::new(),
    };
    let came = upload::parameters(session, &uid)?;
    let merged = upload::merged(request, &came)?;
    let merged = Request::open(root(&merged)?, &known, &[])?;
    let reading = upload::reading_of(&merged, &came)?;
    let mut found = Found { warnings: asked.warnings, ..Found::default() };
    let opened = upload::open(session, &uid, &reading);
    match opened.and_then(|opened| found.look_into(session, &merged, opened)) {
        Ok(()) => {}
        Err(error) => found.stop(error),
    }
    found.reply(&uid)
}

/// What a probe finds.
#[derive(Default)]
struct Found {
    charset: Option<&'static str>,
    separator: Option<&'static str>,
    has_names: bool,
    caption: Option<Vec<u8>>,
    rows: Vec<Vec<u8>>,
    cannot_import: bool,
    warnings: Vec<Error>,
}

impl Found {
    /// Notes what makes the import impossible.
    fn stop(&mut self, error: Error) {
        self.cannot_import = true;
        self.warnings.push(error);
    }

    /// Looks at the names of the columns and at the first rows, as the import will. Errors: those that make the import impossible.
    fn look_into(&mut self, session: &Session, request: &Request, opened: Opened) -> Result<()> {
        let Opened { charset, separator, names, mut source, .. } = opened;
        self.charset = charset.map(|charset| charset.name());
        self.separator = separator.map(|separator| separator.name());
        self.has_names = names.is_some();
        let mut rows = Vec::new();
        let mut broken = None;
        while rows.len() < SHOWN {
            match source.next() {
                Ok(Next::Row(record)) => rows.push(record.fields),
                Ok(Next::Bad { number, error }) => self.warnings.push(of_row(number, &error)),
                Ok(Next::End) => break,
                Err(error) => {
                    broken = Some(error);
                    break;
                }
            }
            if self.warnings.len() >= SHOWN {
                break;
            }
        }
        drop(source);
        let (limits, ankets) = (guc::limits(), anketa::all(session));
        let names = names.as_deref().map(names_of);
        let read = Options::read(request, &limits).and_then(|options| {
            let Options { caption, addr_type, .. } = options;
            Ok((Caption::of_data(caption, addr_type, names.as_deref(), rows.first(), &ankets)?, options))
        });
        let table = Table::of(rows)?;
        self.rows = table.rows.iter().map(|row| shown(row)).collect::<Result<_>>()?;
        let (caption, options) = read?;
        let verdict = caption.check(&limits, &ankets).and_then(|()| options.check_caption(&caption));
        let columns = match &table.keys {
            Some(keys) => caption.of_keys(keys.iter().map(String::as_str), &ankets),
            None => caption,
        };
        self.caption = Some(encoded(&columns.shown(&ankets))?);
        self.warnings.extend(columns.left_out());
        verdict.unwrap_or_else(|error| self.stop(error));
        self.try_identifiers(session, &columns, &table);
        broken.map_or(Ok(()), Err)
    }

    /// Tries the identifiers of the first rows.
    fn try_identifiers(&mut self, session: &Session, caption: &Caption, table: &Table) {
        let Some(main) = caption.columns.iter().position(|column| column.meaning == Meaning::Main) else { return };
        let kind = Kind::Type(caption.addr_type);
        for (row, number) in table.rows.iter().zip(1..) {
            let tried = match row.get(main) {
                Some(Cell::Text(text)) => resolve::target(session, text, kind, &mut Vec::new()),
                Some(Cell::Json(_)) => continue,
                _ => resolve::target(session, "", kind, &mut Vec::new()),
            };
            self.warnings.extend(tried.err().map(|error| of_row(number, &error)));
        }
    }

    fn reply(&self, uid: &str) -> Result<Encoded> {
        let mut keys = vec![("uid", Node::from(uid))];
        keys.extend(self.charset.map(|name| ("charset", Node::from(name))));
        keys.extend(self.separator.map(|name| ("separator", Node::from(name))));
        keys.push(("firstline", Node::from(i64::from(self.has_names))));
        let caption = self.caption.as_deref().map(root).transpose()?;
        keys.push(("caption", caption.map_or_else(|| Node::array([]), Node::from)));
        let rows = self.rows.iter().map(|row| Ok(Node::from(root(row)?))).collect::<Result<Vec<_>>>()?;
        keys.push(("rows", Node::array(rows)));
        keys.push(("cannot_import", Node::from(i64::from(self.cannot_import))));
        keys.push(("warnings", problems(&self.warnings)));
        Encoded::new(&Node::object(keys))
    }
}

/// The first rows in columns.
struct Table {
    /// Of objects: their keys, in the order in which they first come.
    keys: Option<Vec<String>>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// Rows of cells as they are; of objects the keys are columns.
    fn of(rows: Vec<Fields>) -> Result<Table> {
        let mut keys: Vec<String> = Vec::new();
        for row in &rows {
            if let Fields::Object(bytes) = row {
                for entry in root(bytes)?.as_object().unwrap_or_default().iter() {
                    let (key, _) = entry?;
                    if !keys.iter().any(|known| known == key) {
                        keys.push(key.to_owned());
                    }
                }
            }
        }
        let has_objects = matches!(rows.first(), Some(Fields::Object(_)));
        let cells = rows.into_iter().map(|row| match row {
            Fields::List(cells) => Ok(cells),
            Fields::Object(bytes) => keys.iter().map(|key| cell_of(&bytes, key)).collect::<Result<Vec<_>>>(),
        });
        let rows = cells.collect::<Result<Vec<_>>>()?;
        Ok(Table { keys: Some(keys).filter(|_| has_objects), rows })
    }
}

/// What an object has under a key.
fn cell_of(object: &[u8], key: &str) -> Result<Cell> {
    match root(object)?.as_object().unwrap_or_default().get(key)? {
        None => Ok(Cell::Empty),
        Some(Value::String(text)) => Ok(Cell::Text(text.to_owned())),
        Some(value) => encoded(&Node::from(value)).map(Cell::Json),
    }
}

/// A row as it is shown: a list.
fn shown(row: &[Cell]) -> Result<Vec<u8>> {
    let node = |cell| {
        Ok::<Node, Error>(match cell {
            &Cell::Empty => Node::from(""),
            Cell::Text(text) => Node::from(text.as_str()),
            Cell::Json(bytes) => Node::from(root(bytes)?),
        })
    };
    encoded(&Node::array(row.iter().map(node).collect::<Result<Vec<_>>>()?))
}

/// A warning about a row.
fn of_row(number: u64, error: &Error) -> Error {
    Error::new(error.id, format!("row {number}: {}", error.explain))
}
