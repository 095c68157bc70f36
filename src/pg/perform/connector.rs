//! `connector_*`: other databases that pipelines ask (pipelines-and-hooks.md 3.10).

use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Node, Value, encoded, root};
use crate::domain::pipe::connector::Connector;
use crate::domain::reply::reply;
use crate::domain::request::Request;
use crate::pg::guc;
use crate::pg::jsonb::Encoded;
use crate::pg::spi::Session;
use crate::pg::store::sequence;
use crate::pg::store::sql_connector::{self as store, Kept};
use crate::pg::worker::wake;
use std::collections::BTreeSet;

/// Makes a connector, or with an `id` changes one: keys not given keep their value. `{"id", "warnings"}`.
///
/// Errors: those of the settings, `error/connector/notexists`.
pub fn set(session: &Session, request: Value) -> Result<Encoded> {
    let keys = Request::open(request, &[], &[])?;
    let old = match keys.number("id")? {
        Some(id) => Some(store::find(session, id).ok_or_else(not_exists)?),
        None => None,
    };
    let before = old.as_ref().map(|old| Connector::open(root(old.settings)?)).transpose()?;
    let (connector, warnings) = Connector::read(request, before.as_ref())?;
    let id = old.map_or_else(sequence::next_sql_connector_id, |old| old.id);
    let stored = encoded(&connector.written(false))?;
    store::write(session, id, sequence::next_channel_revision(), guc::statement_micros(), &stored);
    wake::at_commit();
    Encoded::new(&reply(vec![("id", Node::from(id))], &warnings))
}

/// The connector of this number, with its revision. Errors: `error/connector/notexists`.
pub fn open(session: &Session, id: i64) -> Result<(i64, Connector)> {
    let kept = store::find(session, id).ok_or_else(not_exists)?;
    Ok((kept.revision, Connector::open(root(kept.settings)?)?))
}

/// The numbers of all connectors.
pub fn ids(session: &Session) -> BTreeSet<i64> {
    store::list(session).iter().map(|kept| kept.id).collect()
}

/// One connector, its secrets hidden: `{"obj"}`. Errors: `error/connector/notexists`.
pub fn get(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &["id"], &[])?;
    let kept = asked(session, &request)?;
    let connector = Connector::open(root(kept.settings)?)?;
    Encoded::new(&reply(vec![("obj", shown(kept.id, &connector)?)], &request.warnings))
}

/// Every connector, secrets hidden: `{"list"}`. Errors: `error/json/corrupt`.
pub fn list(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &[], &[])?;
    let kept = store::list(session);
    let connectors: Vec<(i64, Connector)> =
        kept.iter().map(|kept| Ok((kept.id, Connector::open(root(kept.settings)?)?))).collect::<Result<_>>()?;
    let list: Vec<Node> = connectors.iter().map(|(id, connector)| shown(*id, connector)).collect::<Result<_>>()?;
    Encoded::new(&reply(vec![("list", Node::array(list))], &request.warnings))
}

/// Deletes a connector: `{"id"}`. Errors: `error/connector/notexists`, `error/connector/used`.
pub fn delete(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &["id"], &[])?;
    let id = asked(session, &request)?.id;
    let users = store::users(session, id);
    if !users.is_empty() {
        return Err(Error::new(Id::ConnectorUsed, users.join(", ")));
    }
    store::delete(session, id);
    wake::at_commit();
    Encoded::new(&reply(vec![("id", Node::from(id))], &request.warnings))
}

fn asked<'s>(session: &'s Session, request: &Request) -> Result<Kept<'s>> {
    let id = request.required("id", request.number("id")?)?;
    store::find(session, id).ok_or_else(not_exists)
}

fn shown(id: i64, connector: &Connector) -> Result<Node<'_>> {
    let mut shown = connector.written(true);
    if let Node::Object(fields) = &mut shown {
        fields.set(vec![("id".into(), Node::from(id))])?;
    }
    Ok(shown)
}

#[cold]
fn not_exists() -> Error {
    Error::new(Id::ConnectorNotexists, "there is no such connector")
}
