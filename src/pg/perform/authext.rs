//! `authext.*`: credentials of other systems, whose secrets no call shows (members.md 15).

use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{self, Node, Object, Value};
use crate::domain::list::{Column, List, PARAMETERS, Scalar};
use crate::domain::reply::reply;
use crate::domain::request::{Request, wrong};
use crate::pg::jsonb::Encoded;
use crate::pg::spi::Session;
use crate::pg::store::authext::{self, Authext};
use crate::pg::store::sequence;

fn columns<'s>() -> [Column<Authext<'s>>; 6] {
    [
        Column { name: "id", value: |authext| Scalar::Number(authext.id) },
        Column { name: "type", value: |authext| Scalar::Number(authext.kind.into()) },
        Column { name: "login", value: |authext| Scalar::Text(authext.login) },
        Column { name: "status", value: |authext| Scalar::Number(authext.status.into()) },
        Column { name: "reltype", value: |authext| authext.reltype.map_or(Scalar::Absent, Scalar::Text) },
        Column { name: "relref", value: |authext| authext.relref.map_or(Scalar::Absent, Scalar::Text) },
    ]
}

/// `authext.list {filter?, order?, skip?, first?}`: `{"list": [{"id", "type", "login", "status", "reltype", "relref"}],
/// "last_page"?}`; all of them where it asks for nothing.
///
/// Errors: `error/param/wrong`.
pub fn list(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &PARAMETERS, &[])?;
    let all = authext::list(session);
    if !List::<Authext>::is_asked(&request)? {
        let list = Node::array(all.iter().map(node));
        return Encoded::new(&reply(vec![("list", list)], &request.warnings));
    }
    let page = List::read(&request, &columns())?.apply(all);
    Encoded::new(&reply(page.keys(node), &request.warnings))
}

/// `authext.get {id}`: `{"obj"}`. Errors: `error/param/missing`, `error/authext/notexists`.
pub fn get(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &["id"], &[])?;
    let found = named(session, &request)?;
    Encoded::new(&reply(vec![("obj", node(&found))], &request.warnings))
}

/// `authext.create {login, type, auth, status?, reltype?, relref?}`: `{"id"}`. Errors: `error/param/…`.
pub fn create(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &["login", "type", "auth", "status", "reltype", "relref"], &[])?;
    let new = Authext {
        id: 0,
        kind: request.required("type", kind(&request)?)?,
        login: request.required("login", request.text("login")?)?,
        status: status(&request)?.unwrap_or(1),
        reltype: request.text("reltype")?,
        relref: request.text("relref")?,
    };
    let auth = secret(request.required("auth", request.object("auth")?)?)?;
    let new = Authext { id: sequence::next_authext_id(), ..new };
    authext::create(session, &new, &auth);
    Encoded::new(&reply(vec![("id", Node::from(new.id))], &request.warnings))
}

/// `authext.set {id, login?, type?, auth?, status?, reltype?, relref?}`: `{"id"}`; what is not given stays.
/// Errors: `error/param/…`, `error/authext/notexists`.
pub fn set(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &["id", "login", "type", "auth", "status", "reltype", "relref"], &[])?;
    let old = named(session, &request)?;
    let new = Authext {
        id: old.id,
        kind: kind(&request)?.unwrap_or(old.kind),
        login: request.text("login")?.unwrap_or(old.login),
        status: status(&request)?.unwrap_or(old.status),
        reltype: request.text("reltype")?.or(old.reltype),
        relref: request.text("relref")?.or(old.relref),
    };
    let auth = request.object("auth")?.map(secret).transpose()?;
    authext::change(session, &new, auth.as_deref());
    Encoded::new(&reply(vec![("id", Node::from(new.id))], &request.warnings))
}

/// `authext.delete {id}`: `{"id"}`; identifiers of the type pushapp keep the number.
/// Errors: `error/param/missing`, `error/authext/notexists`.
pub fn delete(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &["id"], &[])?;
    let id = named(session, &request)?.id;
    authext::delete(session, id);
    Encoded::new(&reply(vec![("id", Node::from(id))], &request.warnings))
}

fn named<'s>(session: &'s Session, request: &Request) -> Result<Authext<'s>> {
    let id = request.required("id", request.number("id")?)?;
    authext::find(session, id).ok_or_else(|| Error::new(Id::AuthextNotexists, "there are no such credentials"))
}

fn kind(request: &Request) -> Result<Option<i32>> {
    let kind = request.number("type")?;
    kind.map(|number| i32::try_from(number).map_err(|_| wrong("type", "a number of 32 bits"))).transpose()
}

fn status(request: &Request) -> Result<Option<i16>> {
    Ok(request.value("status")?.is_some().then(|| request.flag("status")).transpose()?.map(i16::from))
}

/// The secret as it is stored.
fn secret(auth: Object) -> Result<Vec<u8>> {
    json::encoded(&Node::from(Value::Object(auth)))
}

fn node<'s>(authext: &Authext<'s>) -> Node<'s> {
    let text = |text: Option<&'s str>| text.map_or(Node::Null, Node::from);
    Node::object([
        ("id", Node::from(authext.id)),
        ("type", Node::from(i64::from(authext.kind))),
        ("login", Node::from(authext.login)),
        ("status", Node::from(i64::from(authext.status))),
        ("reltype", text(authext.reltype)),
        ("relref", text(authext.relref)),
    ])
}
