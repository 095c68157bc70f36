//! `member.get` in the questionnaire format (members.md 9.6).

use crate::domain::anketa::read;
use crate::domain::error::{Error, Result};
use crate::domain::json::{self, Node, Value};
use crate::domain::member::target::Target;
use crate::domain::reply::reply;
use crate::pg::jsonb::Encoded;
use crate::pg::perform::{heads, subject};
use crate::pg::spi::Session;
use crate::pg::store::{address, anketa, body, head};

/// Answers a request: `{"obj"}`. Errors: `error/member/notexists`.
pub fn get(session: &Session, target: &Target, with_heads: bool, warnings: &[Error]) -> Result<Encoded> {
    let known = address::find(session, target)?.and_then(|known| Some((known.owner?.dataset, known.id)));
    let (dataset, id) = known.ok_or_else(heads::not_exists)?;
    let obj = obj(session, dataset, id, with_heads)?.ok_or_else(heads::not_exists)?;
    Encoded::new(&reply(vec![("obj", Node::from(json::root(obj.bytes())?))], warnings))
}

/// The answers of a body, with `-group` and the flat `member` of one head; nothing when it is gone.
///
/// Errors: `error/json/…`, `error/param/wrong`.
pub fn obj(session: &Session, dataset: i64, id: i64, with_heads: bool) -> Result<Option<Encoded>> {
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
            if with_heads {
                member.push(("heads".to_owned(), heads::cards(session, dataset)?));
            }
            keys.push(("member", Node::object(member)));
        }
    }
    Encoded::new(&Node::object(keys)).map(Some)
}
