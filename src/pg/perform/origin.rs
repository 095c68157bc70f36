//! `origin.*`: the sources that heads come from (members.md 15).

use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Node, Value};
use crate::domain::list::{Column, PARAMETERS, Scalar, keys_of};
use crate::domain::member::special::OriginRef;
use crate::domain::reply::reply;
use crate::domain::request::{Request, wrong};
use crate::pg::jsonb::Encoded;
use crate::pg::spi::Session;
use crate::pg::store::origin::{self, Origin};
use crate::pg::store::sequence;

/// What a list may be filtered and sorted by.
fn columns<'s>() -> [Column<Origin<'s>>; 3] {
    [
        Column { name: "id", value: |origin| Scalar::Number(i64::from(origin.id)) },
        Column { name: "label", value: |origin| Scalar::Text(origin.label) },
        Column { name: "name", value: |origin| Scalar::Text(origin.name) },
    ]
}

/// `origin.list {filter?, order?, skip?, first?}`: `{"list": [{"id", "label", "name"}], "last_page"?}`; without any of them
/// every origin, by number. Errors: `error/param/wrong`.
pub fn list(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &PARAMETERS, &[])?;
    let keys = keys_of(&request, &columns(), origin::list(session), node)?;
    Encoded::new(&reply(keys, &request.warnings))
}

/// `origin.get {id}`: `{"obj": {"id", "label", "name"}}`; `id` is a number or a label.
/// Errors: `error/param/missing`, `error/origin/notexists`.
pub fn get(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &["id"], &[])?;
    let origin = named(session, &request)?;
    Encoded::new(&reply(vec![("obj", node(&origin))], &request.warnings))
}

/// `origin.create {label, name?}`: `{"id"}`. Errors: `error/param/missing`, `error/origin/label`,
/// `error/origin/exists`.
pub fn create(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &["label", "name"], &[])?;
    let label = checked(request.required("label", request.text("label")?)?)?;
    let name = request.text("name")?.unwrap_or(label);
    let id = i32::try_from(sequence::next_origin_id()).map_err(|_| wrong("id", "a number of 32 bits"))?;
    if !origin::create(session, &Origin { id, label, name }) {
        return Err(taken());
    }
    Encoded::new(&reply(vec![("id", Node::from(i64::from(id)))], &request.warnings))
}

/// `origin.set {id, label?, name?}`: `{"id"}`. Errors: `error/origin/notexists`, `error/origin/label`,
/// `error/origin/exists`.
pub fn set(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &["id", "label", "name"], &[])?;
    let old = named(session, &request)?;
    let label = request.text("label")?.map(checked).transpose()?.unwrap_or(old.label);
    let name = request.text("name")?.unwrap_or(old.name);
    let owner = origin::find(session, &OriginRef::Label(label.to_owned()));
    if owner.is_some_and(|owner| owner.id != old.id) {
        return Err(taken());
    }
    origin::change(session, &Origin { id: old.id, label, name });
    Encoded::new(&reply(vec![("id", Node::from(i64::from(old.id)))], &request.warnings))
}

/// `origin.delete {id}`: `{"id"}`; heads keep the number. Errors: `error/origin/notexists`.
pub fn delete(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &["id"], &[])?;
    let old = named(session, &request)?.id;
    origin::delete(session, old);
    Encoded::new(&reply(vec![("id", Node::from(i64::from(old)))], &request.warnings))
}

fn named<'s>(session: &'s Session, request: &Request) -> Result<Origin<'s>> {
    let named = OriginRef::read(request.required("id", request.value("id")?)?)?;
    origin::find(session, &named).ok_or_else(|| Error::new(Id::OriginNotexists, "there is no such origin"))
}

/// A label that cannot be mistaken for a number.
fn checked(label: &str) -> Result<&str> {
    if label.is_empty() || label.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Error::new(Id::OriginLabel, "label"));
    }
    Ok(label)
}

fn taken() -> Error {
    Error::new(Id::OriginExists, "the label belongs to another origin")
}

fn node<'s>(origin: &Origin<'s>) -> Node<'s> {
    Node::object([
        ("id", Node::from(i64::from(origin.id))),
        ("label", Node::from(origin.label)),
        ("name", Node::from(origin.name)),
    ])
}
