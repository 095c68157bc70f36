//! `campaign_*`, `resource_*`, `sender_*`, `template_*`, `pixel_*`: the dictionaries behind filters and parameters
//! (shapes.md 8).

use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{self, EMPTY_OBJECT, Node, Value};
use crate::domain::reply::reply;
use crate::domain::request::{Request, wrong};
use crate::pg::jsonb::Encoded;
use crate::pg::perform::channel;
use crate::pg::spi::Session;
use crate::pg::store::dictionary::{Dictionary, Entry};
use crate::pg::store::sequence;

/// `…_set {id?, name, subid?, subject?, fields?}`: `{"id"}`. With an `id` that is there, keys not given stay.
///
/// Errors: `error/param/missing`, `error/param/wrong`, `error/dictionary/notexists`; `error/channel/field` for the value of a
/// channel's field that is not what the channel says.
pub fn set(session: &Session, request: Value, dictionary: &'static Dictionary) -> Result<Encoded> {
    let request = Request::open(request, &["id", "name", "subid", "subject", "fields"], &[])?;
    let old = match request.value("id")? {
        Some(_) => Some(named(session, &request, dictionary)?),
        None => None,
    };
    let fields =
        request.object("fields")?.map(|fields| json::encoded(&Node::from(Value::Object(fields)))).transpose()?;
    if let Some((place, fields)) = dictionary.place.zip(fields.as_deref()) {
        channel::check_values(session, place, json::root(fields)?)?;
    }
    let name = request.text("name")?.or(old.as_ref().map(|old| old.name));
    let entry = Entry {
        id: old.as_ref().map_or_else(sequence::next_dictionary_id, |old| old.id),
        name: request.required("name", name)?,
        subid: request.text("subid")?.or(old.as_ref().and_then(|old| old.subid)),
        subject: request.text("subject")?.or(old.as_ref().and_then(|old| old.subject)),
        fields: fields.as_deref().or(old.as_ref().map(|old| old.fields)).unwrap_or(&EMPTY_OBJECT),
    };
    dictionary.write(session, &entry);
    Encoded::new(&reply(vec![("id", Node::from(entry.id))], &request.warnings))
}

/// `…_get {id}`: `{"obj"}`. Errors: `error/param/missing`, `error/dictionary/notexists`.
pub fn get(session: &Session, request: Value, dictionary: &'static Dictionary) -> Result<Encoded> {
    let request = Request::open(request, &["id"], &[])?;
    let entry = named(session, &request, dictionary)?;
    Encoded::new(&reply(vec![("obj", node(&entry)?)], &request.warnings))
}

/// `…_list {}`: `{"list"}`. Errors: `error/param/wrong`.
pub fn list(session: &Session, request: Value, dictionary: &'static Dictionary) -> Result<Encoded> {
    let request = Request::open(request, &[], &[])?;
    let entries: Vec<Node> = dictionary.list(session).iter().map(node).collect::<Result<_>>()?;
    Encoded::new(&reply(vec![("list", Node::array(entries))], &request.warnings))
}

/// `…_delete {id}`: `{"id"}`. Errors: `error/param/missing`, `error/dictionary/notexists`.
pub fn delete(session: &Session, request: Value, dictionary: &'static Dictionary) -> Result<Encoded> {
    let request = Request::open(request, &["id"], &[])?;
    let id = named(session, &request, dictionary)?.id;
    dictionary.delete(session, id);
    Encoded::new(&reply(vec![("id", Node::from(id))], &request.warnings))
}

fn named<'s>(session: &'s Session, request: &Request, dictionary: &'static Dictionary) -> Result<Entry<'s>> {
    let id = request.required("id", request.identifier("id")?)?;
    let id = id.parse().map_err(|_| wrong("id", "a number"))?;
    dictionary.find(session, id).ok_or_else(|| Error::new(Id::DictionaryNotexists, "no entry has this id"))
}

fn node<'s>(entry: &Entry<'s>) -> Result<Node<'s>> {
    Ok(Node::object([
        ("id", Node::from(entry.id)),
        ("name", Node::from(entry.name)),
        ("subid", entry.subid.map_or(Node::Null, Node::from)),
        ("subject", entry.subject.map_or(Node::Null, Node::from)),
        ("fields", Node::from(json::root(entry.fields)?)),
    ]))
}
