//! Data that are to be imported: kept as they came, opened in any transaction (members.md 10.2).

mod fetch;
mod meter;
mod reader;

pub use fetch::{GLANCE, Step, check_url, fetched, step};
pub use meter::Meter;

use crate::domain::error::{Error, Id, Result};
use crate::domain::import::charset::Charset;
use crate::domain::import::given::{Given, READING, reading};
use crate::domain::import::open::{Opened, Reading, open as open_data};
use crate::domain::json::{Node, Value, encoded, root};
use crate::domain::request::Request;
use crate::pg::guc;
use crate::pg::spi::{Access, Session};
use crate::pg::store::upload;
use reader::Reader;
use std::io::Read;
use std::rc::Rc;

/// How long a part is, in octets.
pub const PART: usize = 256 * 1024;
/// The key of what goes with an upload that says that it is text, whatever charset is stated.
const IS_TEXT: &str = "is_text";

/// Keeps data with parameters that came with them, as jsonb; gives their uid.
///
/// Errors: `error/import/toolarge`, those of reading.
pub fn store(session: &Session, data: impl Read, request: &[u8]) -> Result<String> {
    let uid = upload::create(session, request, guc::statement_micros());
    let mut data = data.take(guc::import_max().saturating_add(1));
    let (mut part, mut length) = (Vec::with_capacity(PART), 0);
    loop {
        part.clear();
        let read = (&mut data).take(PART as u64).read_to_end(&mut part);
        read.map_err(|error| Error::new(Id::ImportBroken, error.kind().to_string()))?;
        if part.is_empty() {
            return Ok(uid);
        }
        length += part.len() as u64;
        if length > guc::import_max() {
            return Err(Error::new(Id::ImportToolarge, format!("more than {} MB", guc::import_max() >> 20)));
        }
        // In a session of its own, with which the copies that the server is given go: there may be gigabytes.
        upload::add_to(&Session::open(Access::Write), &uid, &part);
    }
}

/// The uid of data that are here: given in the request, which keeps them, or sent before. An address is to be fetched first:
/// none. Errors: `error/import/uid`, `error/import/toolarge`.
pub fn keep(session: &Session, request: &Request, given: &Given) -> Result<Option<String>> {
    match given {
        Given::Text(text) => store(session, text.as_bytes(), &stated(request, true)?).map(Some),
        Given::Octets(octets) => store(session, octets.as_slice(), &stated(request, false)?).map(Some),
        Given::Uid(uid) => parameters(session, uid).map(|_| Some((*uid).to_owned())),
        Given::Url(_) => Ok(None),
    }
}

/// What a request says of how its data are read, as jsonb: who names the upload later need not repeat it.
fn stated(request: &Request, is_text: bool) -> Result<Vec<u8>> {
    let mut keys = Vec::new();
    for name in READING {
        keys.extend(request.value(name)?.map(|value| (*name, Node::from(value))));
    }
    keys.extend(is_text.then_some((IS_TEXT, Node::from(true))));
    encoded(&Node::object(keys))
}

/// The parameters that go with an upload, as jsonb. Errors: `error/import/uid`.
pub fn parameters(session: &Session, uid: &str) -> Result<Vec<u8>> {
    let found = upload::find(session, uid).map(<[u8]>::to_vec);
    found.ok_or_else(|| Error::new(Id::ImportUid, "no upload has this uid, or it was forgotten"))
}

/// A request with the parameters that came with its data; its own go before.
pub fn merged(request: Value, came: &[u8]) -> Result<Vec<u8>> {
    let came = root(came)?.as_object().unwrap_or_default();
    let own = request.as_object().unwrap_or_default();
    let mut keys = Vec::new();
    for entry in came.iter() {
        let (name, value) = entry?;
        if own.get(name)?.is_none() && name != IS_TEXT {
            keys.push((name, Node::from(value)));
        }
    }
    for entry in own.iter() {
        let (name, value) = entry?;
        keys.push((name, Node::from(value)));
    }
    encoded(&Node::object(keys))
}

/// How an upload is read: as a request says that was merged with what came with it.
///
/// Errors: `error/import/charset`, `error/param/wrong`.
pub fn reading_of(request: &Request, came: &[u8]) -> Result<Reading> {
    let stated = reading(request, guc::xlsx_strings_max())?;
    let is_text = root(came)?.as_object().unwrap_or_default().get(IS_TEXT)?.is_some();
    Ok(Reading { charset: if is_text { Some(Charset::Utf8) } else { stated.charset }, ..stated })
}

/// Opens an upload. What is opened may be read in this transaction and in later ones.
///
/// Errors: `error/import/…` where nothing can be read.
pub fn open(session: &Session, uid: &str, reading: &Reading) -> Result<Opened> {
    open_data(Box::new(Reader::new(session, uid)), reading)
}

/// Opens an upload for an import: nothing is added to it from now on. With what tells how far it is read.
///
/// Errors: as [`open`].
pub fn open_for_good(session: &Session, uid: &str, reading: &Reading) -> Result<(Opened, Rc<Meter>)> {
    upload::close(session, uid, guc::statement_micros());
    let reader = Reader::new(session, uid);
    let meter = reader.meter();
    Ok((open_data(Box::new(reader), reading)?, meter))
}
