//! `format.*`: stored formats (members.md 15).

use crate::domain::anketa::format::{Field, Purpose};
use crate::domain::anketa::id;
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{self, Node, Value};
use crate::domain::list::{Column, List, PARAMETERS, Scalar};
use crate::domain::reply::reply;
use crate::domain::request::{Request, wrong};
use crate::pg::guc;
use crate::pg::jsonb::Encoded;
use crate::pg::perform::anketa::{answer, numbered};
use crate::pg::spi::Session;
use crate::pg::store::format::{self, Format};
use crate::pg::store::{anketa, sequence};

/// What a list may be filtered and sorted by.
fn columns<'s>() -> [Column<Format<'s>>; 3] {
    [
        Column { name: "id", value: |format| Scalar::Text(format.id) },
        Column { name: "name", value: |format| Scalar::Text(format.name) },
        Column { name: "type", value: |format| Scalar::Text(format.code) },
    ]
}

/// `format.list {filter?, order?, skip?, first?}`: `{"list": [{"id", "name", "type"}], "last_page"?}`.
///
/// Errors: `error/param/missing`, `error/param/wrong`.
pub fn list(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &PARAMETERS, &[])?;
    let page = List::read(&request, &columns())?.apply(format::list(session));
    Encoded::new(&reply(page.keys(|format| Node::object(keys(format))), &request.warnings))
}

/// `format.get {id}`: `{"obj": {"id", "name", "type", "fields"}}`.
///
/// Errors: `error/param/missing`, `error/format/notexists`.
pub fn get(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &["id"], &[])?;
    let format = named(session, &request)?;
    let fields = ("fields", Node::from(json::root(format.fields)?));
    let obj = Node::object(keys(&format).into_iter().chain([fields]));
    Encoded::new(&reply(vec![("obj", obj)], &request.warnings))
}

/// `format.set {id?, obj: {name?, type?, fields?}}`: `{"id"}`. With an `id` that is there, what is not given stays; one
/// that is not is made.
///
/// Errors: `error/param/missing`, `error/param/wrong`, `error/anketa/id`, `error/format/field`,
/// `error/anketa/notexists`, `error/quest/notexists`, `error/quest/answer`, `error/quest/value`.
pub fn set(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &["id", "obj"], &[])?;
    let given = request.text("id")?.map(|given| id::checked("id", given)).transpose()?;
    let old = given.and_then(|id| format::find(session, id));
    let obj = request.required("obj", request.object("obj")?)?;
    let obj = Request::open(Value::Object(obj), &["id", "name", "type", "fields"], &[])?;
    let name = obj.text("name")?.or(old.map(|old| old.name));
    let code = obj.text("type")?.or(old.map(|old| old.code));
    let purpose = obj.required("obj.type", code)?;
    let purpose = Purpose::parse(purpose).ok_or_else(|| wrong("obj.type", "view, fill or uni"))?;
    let fields = match (obj.list("fields")?, old) {
        (Some(fields), _) => Field::read_all(fields)?,
        (None, Some(old)) => json::root(old.fields)?.as_array().map_or(Ok(Vec::new()), Field::read_all)?,
        (None, None) => return Err(Error::new(Id::ParamMissing, "obj.fields")),
    };
    let fields = checked(session, purpose, &fields)?;
    let id = match given {
        Some(id) => id.to_owned(),
        None => numbered("f", sequence::next_format_id, |id| format::find(session, id).is_none()),
    };
    let name = obj.required("obj.name", name)?;
    format::write(session, &Format { id: &id, name, code: purpose.as_str(), fields: &fields });
    answer(&id, &[request.warnings, obj.warnings].concat())
}

/// The fields as they are kept, once each fits its question.
fn checked(session: &Session, purpose: Purpose, fields: &[Field]) -> Result<Vec<u8>> {
    let now = guc::now()?;
    let ankets = anketa::named(session, &fields.iter().map(|field| field.aid).collect::<Vec<_>>());
    for (index, field) in fields.iter().enumerate() {
        field.check(index, purpose, &ankets, &now)?;
    }
    json::encoded(&Node::array(fields.iter().map(Field::node)))
}

/// `format.delete {id}`: `{"id"}`. Errors: `error/param/missing`, `error/format/notexists`.
pub fn delete(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &["id"], &[])?;
    let format = named(session, &request)?;
    format::delete(session, format.id);
    answer(format.id, &request.warnings)
}

fn named<'s>(session: &'s Session, request: &Request) -> Result<Format<'s>> {
    let found = format::find(session, request.required("id", request.text("id")?)?);
    found.ok_or_else(|| Error::new(Id::FormatNotexists, "there is no such format"))
}

fn keys<'s>(format: &Format<'s>) -> [(&'static str, Node<'s>); 3] {
    [("id", Node::from(format.id)), ("name", Node::from(format.name)), ("type", Node::from(format.code))]
}
