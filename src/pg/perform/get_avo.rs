//! `member.get` in the questionnaire format (members.md 9.6).

use crate::domain::anketa::read;
use crate::domain::error::Result;
use crate::domain::json::{self, Node, Object, Value};
use crate::pg::jsonb::Encoded;
use crate::pg::perform::subject;
use crate::pg::spi::Session;
use crate::pg::store::{anketa, body, head};

/// The answers of a body, with `-group` and the flat `member` of one head; `more` are further keys of `member`. Nothing when
/// it is gone.
///
/// Errors: `error/json/…`, `error/param/wrong`.
pub fn obj(session: &Session, dataset: i64, id: i64, more: Vec<(&'static str, Node)>) -> Result<Option<Encoded>> {
    let (Some((body, data)), Some(head)) = (body::read(session, dataset)?, head::read(session, dataset, id)?) else {
        return Ok(None);
    };
    let document = subject::document(session, &body, &head)?;
    let ankets = anketa::all(session);
    let mut keys = read::answers(data, &ankets)?;
    if let Value::Object(system) = json::root(&document)? {
        keys.push(("-group", system.get("-group")?.map_or(Node::Null, Node::from)));
        if let Some(Value::Object(member)) = system.get("member")? {
            let mut member = read::flat(member)?;
            member.extend(more.into_iter().map(|(key, node)| (key.to_owned(), node)));
            keys.push(("member", Node::object(member)));
        }
    }
    Encoded::new(&Node::object(keys)).map(Some)
}

/// What is left of an identifier without a subscriber, in this format. Errors: `error/json/corrupt`.
pub fn remainder(system: Object<'_>) -> Result<Node<'_>> {
    let member = system.get("member")?.and_then(|member| member.as_object()).unwrap_or_default();
    Ok(Node::object([("member", Node::object(read::flat(member)?))]))
}
