//! `campaign_*`, `resource_*`, `sender_*`, `template_*`, `pixel_*`: the dictionaries behind filters and parameters
//! (shapes.md 8).

use crate::domain::error::{Error, Id, Result};
use crate::domain::hook::MASK;
use crate::domain::json::{self, EMPTY_OBJECT, Node, Value};
use crate::domain::pipe::data::{Data, Object};
use crate::domain::pipe::field::unmask;
use crate::domain::reply::reply;
use crate::domain::request::{Request, wrong};
use crate::pg::jsonb::Encoded;
use crate::pg::perform::channel;
use crate::pg::spi::Session;
use crate::pg::store::dictionary::{Dictionary, Entry};
use crate::pg::store::sequence;
use std::collections::BTreeSet;

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
    let fields = match request.object("fields")? {
        Some(given) => Some(read_fields(session, dictionary, given, old.as_ref())?),
        None => None,
    };
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

/// The fields as they are stored. Those that channels define are checked, and masks of secret ones keep what is kept.
fn read_fields(
    session: &Session,
    dictionary: &Dictionary,
    given: json::Object,
    old: Option<&Entry>,
) -> Result<Vec<u8>> {
    let given = Value::Object(given);
    let Some(place) = dictionary.place else { return json::encoded(&Node::from(given)) };
    let mut values = object(given)?;
    let secret = channel::secret_fields(session, place)?;
    let kept = object(json::root(old.map_or(&EMPTY_OBJECT, |old| old.fields))?)?;
    let mut hidden: Object = secret.iter().filter_map(|name| values.remove_entry(name)).collect();
    unmask(&mut hidden, &kept)?;
    values.append(&mut hidden);
    channel::check_values(session, place, &values)?;
    Data::Object(values).stored()
}

fn object(value: Value) -> Result<Object> {
    match Data::open(value)? {
        Data::Object(pairs) => Ok(pairs),
        _ => Ok(Object::new()),
    }
}

/// The names of fields that are shown hidden.
fn secrets(session: &Session, dictionary: &Dictionary) -> Result<BTreeSet<String>> {
    dictionary.place.map_or_else(|| Ok(BTreeSet::new()), |place| channel::secret_fields(session, place))
}

/// `…_get {id}`: `{"obj"}`. Errors: `error/param/missing`, `error/dictionary/notexists`.
pub fn get(session: &Session, request: Value, dictionary: &'static Dictionary) -> Result<Encoded> {
    let request = Request::open(request, &["id"], &[])?;
    let entry = named(session, &request, dictionary)?;
    Encoded::new(&reply(vec![("obj", node(&entry, &secrets(session, dictionary)?)?)], &request.warnings))
}

/// `…_list {}`: `{"list"}`. Errors: `error/param/wrong`.
pub fn list(session: &Session, request: Value, dictionary: &'static Dictionary) -> Result<Encoded> {
    let request = Request::open(request, &[], &[])?;
    let secret = secrets(session, dictionary)?;
    let entries: Vec<Node> =
        dictionary.list(session).iter().map(|entry| node(entry, &secret)).collect::<Result<_>>()?;
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

fn node<'s>(entry: &Entry<'s>, secret: &BTreeSet<String>) -> Result<Node<'s>> {
    let mut fields = Vec::new();
    for pair in json::root(entry.fields)?.as_object().unwrap_or_default().iter() {
        let (name, value) = pair?;
        fields.push((name, if secret.contains(name) { Node::from(MASK) } else { Node::from(value) }));
    }
    Ok(Node::object([
        ("id", Node::from(entry.id)),
        ("name", Node::from(entry.name)),
        ("subid", entry.subid.map_or(Node::Null, Node::from)),
        ("subject", entry.subject.map_or(Node::Null, Node::from)),
        ("fields", Node::object(fields)),
    ]))
}
