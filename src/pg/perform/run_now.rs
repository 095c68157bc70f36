//! `pipeline_run_now`: a run in the caller's own transaction, requests answered by mocks (pipelines-and-hooks.md 13.7).

use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Node, Value, root};
use crate::domain::pipe::data::{Data, Object};
use crate::domain::pipe::demand::{Answer, Demand, Effect};
use crate::domain::pipe::failure::{Code, Failure};
use crate::domain::pipe::kind::Kind;
use crate::domain::pipe::machine::{Ending, Machine, Move};
use crate::domain::request::wrong;
use crate::pg::guc;
use crate::pg::jsonb::Encoded;
use crate::pg::perform::channel;
use crate::pg::perform::entity;
use crate::pg::perform::pipe_effect::{self, Asker};
use crate::pg::perform::run::Ready;
use crate::pg::spi::Session;

/// The keys of an input that are objects of the message rather than of `$in`.
const OBJECTS: &str = "$objects";

/// Runs a pipeline of a channel, or `entity.operation`, here and now. What `$template` and the like hold stands in the
/// input under `$objects`. `mocks` holds answers by address, or by query for SQL.
///
/// `{"state": "done" | "failed", "answer"?, "error"?, "steps"}`.
///
/// Errors: `error/channel/notexists`, `error/pipeline/notexists`, `error/entity/…`.
pub fn run_now(session: &Session, name: &str, kind: &str, input: Value, mocks: Option<Value>) -> Result<Encoded> {
    let mut ready = Ready::of(channel::open(session, name)?);
    let (input, objects) = split(Data::open(input)?)?;
    let (graph, answers) = match kind.split_once('.') {
        Some((shortname, operation)) => {
            let (operation, answers) = entity::operation(session, &ready.channel, shortname, operation)?;
            (operation.graph, Some(answers))
        }
        None => {
            let kind = Kind::parse(kind).ok_or_else(|| Error::new(Id::PipelineKind, "no pipeline has this kind"))?;
            (ready.graph(session, kind)?, None)
        }
    };
    let asker = Asker { channel: ready.channel.id, kind: kind.to_owned(), ..Asker::default() };
    let mut mocks = Mocks::read(mocks)?;
    let mut machine = ready.machine(graph, None, input, objects);
    let ending = go(session, &mut machine, asker, &mut mocks);
    let ending = match answers {
        Some(answers) => answers.check(ending),
        None => ending,
    };
    let reply = reply(ending, machine.take_trace());
    Encoded::new(&Node::from(root(&reply.stored()?)?))
}

fn go(session: &Session, machine: &mut Machine, mut asker: Asker, mocks: &mut Mocks) -> Ending {
    let now = guc::statement_micros();
    let mut next = machine.go(now);
    loop {
        next = match next {
            Move::End(ending) => return ending,
            Move::Ask(demand) => {
                asker.pipe = machine.place();
                let effect = match mocks.answer(&demand) {
                    Some(effect) => effect,
                    None => pipe_effect::carry_out(session, &asker, demand, machine.secrets(), now),
                };
                machine.take(effect, now)
            }
        }
    }
}

/// The input without the objects, and the objects.
fn split(input: Data) -> Result<(Data, Object)> {
    let Data::Object(mut pairs) = input else { return Err(wrong("input", "an object")) };
    match pairs.remove(OBJECTS) {
        None => Ok((Data::Object(pairs), Object::new())),
        Some(Data::Object(objects)) => Ok((Data::Object(pairs), objects)),
        Some(_) => Err(wrong(OBJECTS, "an object")),
    }
}

fn reply(ending: Ending, steps: Data) -> Data {
    let error =
        |code: i64, message: String| Data::object([("code", Data::from(code)), ("message", Data::from(message))]);
    let (state, key, value) = match ending {
        Ending::Done(answer) => ("done", "answer", answer.unwrap_or_default()),
        Ending::Stopped => ("stopped", "answer", Data::Null),
        Ending::Refused { code, message } => ("failed", "error", error(code, message)),
        Ending::Failed { failure, pipe } => ("failed", "error", failure.data(pipe)),
    };
    Data::object([("state", Data::from(state)), (key, value), ("steps", steps)])
}

/// What comes of a demand.
type Outcome = std::result::Result<Effect, Failure>;

/// Answers that stand for the world outside.
struct Mocks(Object);

impl Mocks {
    fn read(mocks: Option<Value>) -> Result<Mocks> {
        match mocks.map(Data::open).transpose()? {
            None | Some(Data::Null) => Ok(Mocks(Object::new())),
            Some(Data::Object(pairs)) => Ok(Mocks(pairs)),
            Some(_) => Err(wrong("mocks", "an object")),
        }
    }

    /// What comes for a request or a query; of a list one after the other, the last one again and again.
    fn answer(&mut self, demand: &Demand) -> Option<Outcome> {
        let (key, is_request) = match demand {
            Demand::Http(request) => (request.url.as_str(), true),
            Demand::Sql(query) => (query.text.as_str(), false),
            _ => return None,
        };
        let Some(mock) = self.0.get_mut(key) else {
            let explain = format!("there is no mock for {key}");
            return Some(Err(Failure::new(if is_request { Code::Transport } else { Code::Query }, explain)));
        };
        if !is_request {
            return Some(Ok(Effect::Rows(mock.clone())));
        }
        let mock = match mock {
            Data::List(answers) if answers.len() > 1 => answers.remove(0),
            Data::List(answers) => answers.first().cloned().unwrap_or_default(),
            one => one.clone(),
        };
        Some(answer_of(mock))
    }
}

/// `{"code", "headers", "body"}`, or `{"error"}` for a request that fails. A body that is no text is sent as JSON.
fn answer_of(mock: Data) -> Outcome {
    if let Some(Data::Text(error)) = mock.get("error") {
        return Err(Failure::new(Code::Transport, error.as_str()));
    }
    let code = match mock.get("code") {
        Some(Data::Number(code)) => code.as_u64().and_then(|code| u16::try_from(code).ok()).unwrap_or(200),
        _ => 200,
    };
    let headers = match mock.get("headers") {
        Some(Data::Object(headers)) => headers.clone(),
        _ => Object::new(),
    };
    let body = mock.get("body").cloned().map(bytes_of).unwrap_or_default();
    Ok(Effect::Answer(Answer { code, headers, body: body.into() }))
}

/// The bytes of a body: a text as it is, bytes as they are, anything else as JSON.
pub fn bytes_of(body: Data) -> Vec<u8> {
    match body {
        Data::Null => Vec::new(),
        Data::Text(text) => text.into_bytes(),
        Data::Bytes(bytes) => bytes.to_vec(),
        other => other.into_json().to_string().into_bytes(),
    }
}
