//! `entity_*`: objects in outside systems that channels work with (pipelines-and-hooks.md 6.4).

use super::channel::{self, Opened};
use super::{connector, pipeline};
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Node, Value, root};
use crate::domain::pipe::entity::{Answers, Entity, Operation, OperationName};
use crate::domain::pipe::form::Around;
use crate::domain::pipe::problem::nodes;
use crate::domain::reply::reply;
use crate::domain::request::Request;
use crate::pg::guc;
use crate::pg::jsonb::Encoded;
use crate::pg::spi::Session;
use crate::pg::store::entity as store;
use crate::pg::store::sequence;

/// Makes an entity of a channel, or changes the one of this shortname: keys not given keep their value, operations each by
/// itself. `{"channel", "shortname", "problems", "warnings"}`, where the problems are warnings of its pipelines.
///
/// Errors: those of the settings, `error/pipeline/invalid` with every error of its operations,
/// `error/channel/notexists`, `error/worker/role`, `error/worker/nologin`.
pub fn set(session: &Session, request: Value) -> Result<Encoded> {
    let keys = Request::open(request, &[], &[])?;
    let named = channel::parameter(session, &keys)?;
    let channel = pipeline::held(session, &named.id.to_string())?;
    let shortname = keys.required("shortname", keys.text("shortname")?)?;
    let old = store::find(session, channel.id, shortname);
    let around = channel.settings.around(channel.id);
    let before = old.map(|(_, settings)| Entity::open(root(settings)?, &around)).transpose()?;
    let connectors = connector::ids(session);
    let around = Around { connectors: Some(&connectors), ..around };
    let (entity, warnings, problems) = Entity::read(request, before.as_ref(), &around)?;
    for operation in entity.operations.values() {
        pipeline::check_role(session, &channel, &operation.graph)?;
    }
    let stored = entity.document().stored()?;
    let revision = sequence::next_channel_revision();
    store::write(session, channel.id, &entity.shortname, revision, guc::statement_micros(), &stored);
    let keys = vec![
        ("channel", Node::from(channel.id)),
        ("shortname", Node::from(entity.shortname.as_str())),
        ("problems", nodes(&problems)),
    ];
    Encoded::new(&reply(keys, &warnings))
}

/// An operation of an entity of a channel, ready to run, and what it may answer.
///
/// Errors: `error/entity/notexists`, `error/entity/operation`.
pub fn operation(session: &Session, channel: &Opened, shortname: &str, name: &str) -> Result<(Operation, Answers)> {
    let (_, settings) = store::find(session, channel.id, shortname).ok_or_else(not_exists)?;
    let entity = Entity::open(root(settings)?, &channel.settings.around(channel.id))?;
    let name = OperationName::parse(name)?;
    Ok((entity.operation(name)?.clone(), entity.answers(name)))
}

/// `entity_get {channel, shortname}`: `{"obj"}`. Errors: `error/channel/notexists`, `error/entity/notexists`.
pub fn get(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &["channel", "shortname"], &[])?;
    let (channel, shortname) = asked(session, &request)?;
    let (_, settings) = store::find(session, channel, shortname).ok_or_else(not_exists)?;
    Encoded::new(&reply(vec![("obj", shown(channel, settings)?)], &request.warnings))
}

/// `entity_list {channel}`: `{"list"}`. Errors: `error/channel/notexists`.
pub fn list(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &["channel"], &[])?;
    let channel = channel::parameter(session, &request)?.id;
    let kept = store::list(session, channel);
    let list: Vec<Node> = kept.iter().map(|settings| shown(channel, settings)).collect::<Result<_>>()?;
    Encoded::new(&reply(vec![("list", Node::array(list))], &request.warnings))
}

/// `entity_delete {channel, shortname}`: the same. Errors: `error/channel/notexists`, `error/entity/notexists`.
pub fn delete(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &["channel", "shortname"], &[])?;
    let (channel, shortname) = asked(session, &request)?;
    channel::touch(session, channel)?;
    if !store::delete(session, channel, shortname) {
        return Err(not_exists());
    }
    let keys = vec![("channel", Node::from(channel)), ("shortname", Node::from(shortname))];
    Encoded::new(&reply(keys, &request.warnings))
}

fn asked<'a>(session: &Session, request: &Request<'a>) -> Result<(i64, &'a str)> {
    let channel = channel::parameter(session, request)?.id;
    Ok((channel, request.required("shortname", request.text("shortname")?)?))
}

fn shown(channel: i64, settings: &[u8]) -> Result<Node<'_>> {
    let mut obj = Node::from(root(settings)?);
    if let Node::Object(fields) = obj.open()? {
        fields.set(vec![("channel".into(), Node::from(channel))])?;
    }
    Ok(obj)
}

#[cold]
fn not_exists() -> Error {
    Error::new(Id::EntityNotexists, "the channel has no such entity")
}
