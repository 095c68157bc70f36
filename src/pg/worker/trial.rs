//! Events that `hook_test` has sent: one attempt each, past filters and batches; the answer goes back to the call.

use super::queue::Asked;
use crate::domain::error::Result;
use crate::domain::json::{Node, Value, encoded, root};
use crate::domain::request::wrong;
use crate::pg::guc;
use crate::pg::perform::hook_test::Trial;
use crate::pg::perform::outgoing::Base;
use crate::pg::spi::Session;
use crate::pg::worker::queue;
use crate::sink::Outcome;
use std::collections::HashMap;

/// Has the dispatcher send a made-up event, and waits for what became of it, for `pg_member.worker_timeout` at most.
///
/// Errors: `error/worker/…`, and those of [`Trial::of_sample`].
pub fn ask(hook: i64, event_type: &str) -> Result<Vec<u8>> {
    let request = encoded(&Node::object([("hook", Node::from(hook)), ("event_type", Node::from(event_type))]))?;
    let answer = queue::ask(&request, guc::worker_timeout())?;
    match queue::refusal_in(&answer)? {
        Some(refusal) => Err(refusal),
        None => Ok(answer),
    }
}

/// The trials under way.
#[derive(Default)]
pub struct Trials {
    count: u64,
    open: HashMap<u64, (Asked, Trial)>,
}

impl Trials {
    /// Takes a call up; what is to be sent for it has the number that is given. A refusal is answered at once.
    pub fn begin(&mut self, session: &Session, asked: Asked, base: &Base, at: i64) -> Option<u64> {
        match trial_of(session, &asked, base, at) {
            Ok(trial) => {
                self.count += 1;
                self.open.insert(self.count, (asked, trial));
                Some(self.count)
            }
            Err(error) => {
                asked.answer(&queue::refused(&error));
                None
            }
        }
    }

    /// The trial of this number.
    pub fn get(&self, number: u64) -> Option<&Trial> {
        self.open.get(&number).map(|(_, trial)| trial)
    }

    /// Answers the call with what became of it.
    pub fn end(&mut self, number: u64, outcome: &Outcome) {
        if let Some((asked, trial)) = self.open.remove(&number) {
            asked.answer(&trial.reply(outcome).unwrap_or_else(|error| queue::refused(&error)));
        }
    }
}

fn trial_of(session: &Session, asked: &Asked, base: &Base, at: i64) -> Result<Trial> {
    let Value::Object(request) = root(asked.request())? else { return Err(wrong("the request", "an object")) };
    let hook = request.get("hook")?.and_then(|hook| hook.as_i64()).unwrap_or_default();
    let event_type = request.get("event_type")?.and_then(|code| code.as_str()).unwrap_or_default();
    Trial::of_sample(session, hook, event_type, base, at)
}
