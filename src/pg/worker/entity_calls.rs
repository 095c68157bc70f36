//! Operations of entities that somebody waits for (pipelines-and-hooks.md 6.4, 13.7).

use super::queue::{self, Asked};
use crate::domain::error::{Error, Result};
use crate::domain::json::{Node, Object, Value, encoded, root};
use crate::domain::pipe::data::{self, Data};
use crate::domain::pipe::entity::Answers;
use crate::domain::pipe::machine::Machine;
use crate::pg::guc;
use crate::pg::perform::pipe_effect::Asker;
use crate::pg::perform::run::Ready;
use crate::pg::perform::{channel, entity};
use crate::pg::spi::Session;
use std::time::Duration;

/// How much longer the caller waits than the operation may take: the answer says that it took too long.
const GRACE: Duration = Duration::from_secs(5);

/// Has the dispatcher run an operation of an entity, and waits for its answer.
///
/// Errors: `error/worker/…`, `error/channel/notexists`, `error/entity/…`, `error/channel/field` for an input of the wrong form.
pub fn call(name: &str, entity: &str, operation: &str, input: Value) -> Result<Vec<u8>> {
    let asked = Node::object([
        ("channel", Node::from(name)),
        ("entity", Node::from(entity)),
        ("operation", Node::from(operation)),
        ("input", Node::from(input)),
    ]);
    let request = encoded(&Node::object([("entity_call", asked)]))?;
    let answer = queue::ask(&request, guc::entity_timeout() + GRACE)?;
    match queue::refusal_in(&answer)? {
        Some(refusal) => Err(refusal),
        None => Ok(answer),
    }
}

/// What a call asks for, if it is for an operation of an entity.
pub fn asked(asked: &Asked) -> Option<Object<'_>> {
    root(asked.request()).ok()?.as_object()?.get("entity_call").ok()??.as_object()
}

/// Who asks, the machine of the operation, and what it may answer.
pub fn machine(session: &Session, request: Object) -> Result<(Asker, Machine, Answers)> {
    let text = |key: &str| Ok::<_, Error>(request.get(key)?.and_then(|text| text.as_str()).unwrap_or_default());
    let (entity, name) = (text("entity")?, text("operation")?);
    let ready = Ready::of(channel::open(session, text("channel")?)?);
    let (operation, answers) = entity::operation(session, &ready.channel, entity, name)?;
    let input = match request.get("input")?.map(Data::open).transpose()? {
        Some(Data::Object(input)) => input,
        _ => data::Object::new(),
    };
    let input = operation.input.complete(input)?;
    let machine = ready.machine(operation.graph, None, Data::Object(input), data::Object::new());
    // Pipes of two operations may have the same number: each has a cap, and a name in the log, of its own.
    let asker = Asker { channel: ready.channel.id, kind: format!("{entity}.{name}"), ..Asker::default() };
    Ok((asker, machine, answers))
}
