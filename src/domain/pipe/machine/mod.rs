//! A run: the event and where it is in its pipeline (pipelines-and-hooks.md 13.3, 13.4).
//!
//! [`Machine::go`] does what needs nothing from outside and stops where something is asked of the world; what came of that
//! goes back by [`Machine::take`]. Nothing here waits, and a run that ended says how.

mod render;
mod shown;

use self::render::{answer_of, body, happening, line, query, refused_text, request, seconds};
use self::shown::{given, shown};
use super::codec;
use super::data::Data;
use super::demand::{Answer, Demand, Effect};
use super::failure::{Code, Failure};
use super::graph::Graph;
use super::pipes::{Http, Pipe, PipeId, Work};
use super::scope::Scope;
use super::trace::{Secrets, Step, Trace};
use crate::domain::time;
use std::sync::Arc;

/// How much of an answer that is no success stands in `$error.message`, in bytes.
const SHOWN: usize = 512;

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Ending {
    /// Before it began: what it was for is no more.
    Stopped,
    /// At a pipe without an exit for what came of it; with the answer that a Result pipe set.
    Done(Option<Data>),
    /// By an Errors pipe.
    Refused {
        /// The code.
        code: i64,
        /// The text.
        message: String,
    },
    /// At a pipe that failed and has no exit for that.
    Failed {
        /// Why.
        failure: Failure,
        /// The pipe.
        pipe: PipeId,
    },
}

/// What a run does next.
#[derive(Debug)]
pub enum Move {
    /// It waits for this.
    Ask(Demand),
    /// It has ended.
    End(Ending),
}

/// What limits runs.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The most steps of one run.
    pub steps: u32,
    /// The largest body that a Pack pipe may make, in bytes.
    pub body: usize,
}

/// A run.
#[derive(Debug)]
pub struct Machine {
    graph: Arc<Graph>,
    scope: Scope,
    place: Option<PipeId>,
    steps: u32,
    limits: Limits,
    answer: Option<Data>,
    secrets: Secrets,
    /// By which receivers know its requests again, if it may be begun again.
    key: Option<String>,
    trace: Option<Trace>,
    /// What the pipe that waits worked with, and since when.
    asked: Option<(Data, i64)>,
}

/// Where the event goes from a pipe.
enum Exit {
    Success,
    To(PipeId),
}

/// What a pipe came to.
enum Passed {
    Exit(Exit),
    Ask(Demand),
    Refused { code: i64, message: String },
}

impl Machine {
    /// A run that enters at a pipe, or at the first one. What is secret does not show in its trace.
    pub fn new(graph: Arc<Graph>, entry: Option<PipeId>, scope: Scope, secrets: Secrets, limits: Limits) -> Machine {
        let place = Some(entry.unwrap_or_else(|| graph.entry()));
        let trace = Some(Trace::default());
        Machine { graph, scope, place, steps: 0, limits, answer: None, secrets, key: None, trace, asked: None }
    }

    /// Gives its requests keys: this, which is the same each time the run is begun, and the pipe.
    pub fn keyed(self, key: String) -> Machine {
        Machine { key: Some(key), ..self }
    }

    /// Goes on until it asks for something or has ended. `now` is the instant in microseconds, for the trace and `$now`.
    pub fn go(&mut self, now: i64) -> Move {
        loop {
            let graph = self.graph.clone();
            let Some(place) = self.place else { return Move::End(Ending::Done(self.answer.take())) };
            let Some(pipe) = graph.pipe(place) else {
                let failure = Failure::new(Code::Params, format!("there is no pipe {place}"));
                return Move::End(Ending::Failed { failure, pipe: place });
            };
            self.steps += 1;
            if self.steps > self.limits.steps {
                let failure = Failure::new(Code::Limit, format!("more than {} steps", self.limits.steps));
                return Move::End(Ending::Failed { failure, pipe: place });
            }
            self.scope.now = Some(Data::Text(time::rfc3339(now, 6)));
            match self.pass(pipe) {
                Ok(Passed::Ask(demand)) => {
                    self.asked = Some((shown(&demand), now));
                    return Move::Ask(demand);
                }
                Ok(Passed::Refused { code, message }) => {
                    self.note(pipe, (Data::Null, now), Data::from(message.as_str()), "error", now);
                    return Move::End(Ending::Refused { code, message });
                }
                Ok(Passed::Exit(exit)) => self.leave(pipe, exit, (Data::Null, now), now),
                Err(failure) => {
                    if let Some(ending) = self.fail(pipe, failure, (Data::Null, now), now) {
                        return Move::End(ending);
                    }
                }
            }
        }
    }

    /// Takes what came of what it asked for, and goes on.
    pub fn take(&mut self, effect: Result<Effect, Failure>, now: i64) -> Move {
        if matches!(effect, Ok(Effect::KeptBack)) {
            return Move::End(Ending::Stopped);
        }
        let graph = self.graph.clone();
        let asked = self.asked.take().unwrap_or_default();
        let Some(pipe) = self.place.and_then(|place| graph.pipe(place)) else { return self.go(now) };
        match effect.and_then(|effect| self.put(pipe, effect)) {
            Ok(exit) => self.leave(pipe, exit, asked, now),
            Err(failure) => {
                if let Some(ending) = self.fail(pipe, failure, asked, now) {
                    return Move::End(ending);
                }
            }
        }
        self.go(now)
    }

    /// Does not show this text.
    pub fn hide(&mut self, text: &str) {
        self.secrets.add(text);
    }

    /// The pipe where it is.
    pub fn place(&self) -> PipeId {
        self.place.unwrap_or_default()
    }

    /// What must not be shown.
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// What it did; only once.
    pub fn take_trace(&mut self) -> Data {
        self.trace.take().unwrap_or_default().into_data()
    }

    /// Puts what came into `$in`; where the event goes.
    fn put(&mut self, pipe: &Pipe, effect: Effect) -> Result<Exit, Failure> {
        match (&pipe.work, effect) {
            (Work::Http(http), Effect::Answer(answer)) => return self.put_answer(http, answer),
            (Work::StoreGet { key, name, not_found, .. }, Effect::Found(found)) => {
                let Some(value) = found else {
                    return match not_found {
                        Some(pipe) => Ok(Exit::To(*pipe)),
                        None => Err(Failure::new(Code::Store, "there is no such record")),
                    };
                };
                let name = name.clone().map_or_else(|| key.render(&self.scope), Ok)?;
                self.scope.input.insert(name, value);
            }
            (Work::Sql(_), Effect::Rows(rows)) => {
                self.scope.input.insert("sql_query".to_owned(), rows);
            }
            _ => {}
        }
        Ok(Exit::Success)
    }

    fn put_answer(&mut self, http: &Http, answer: Answer) -> Result<Exit, Failure> {
        let is_success = http.success_codes.contains(&answer.code);
        let failure = (!is_success).then(|| refusal(&answer));
        self.scope.input.insert("http_code".to_owned(), Data::from(i64::from(answer.code)));
        self.scope.input.insert("headers".to_owned(), Data::Object(answer.headers));
        self.scope.input.insert("body".to_owned(), Data::Bytes(answer.body));
        failure.map_or(Ok(Exit::Success), Err)
    }

    /// Does what a pipe does, or says what it needs for that.
    fn pass(&mut self, pipe: &Pipe) -> Result<Passed, Failure> {
        let scope = &self.scope;
        Ok(match &pipe.work {
            Work::Result { path } => {
                self.answer = Some(answer_of(path.as_ref(), scope)?);
                Passed::Exit(Exit::Success)
            }
            Work::Error { code, message } => Passed::Refused { code: *code, message: refused_text(message, scope)? },
            Work::Log(log) => Passed::Ask(line(log, scope)?),
            Work::Pack { format, template } => {
                let bytes = codec::pack(*format, template.render(scope)?)?;
                if bytes.len() > self.limits.body {
                    return Err(Failure::new(
                        Code::Limit,
                        format!("the body is larger than {} bytes", self.limits.body),
                    ));
                }
                self.scope.input.insert("body".to_owned(), Data::Bytes(bytes.into()));
                Passed::Exit(Exit::Success)
            }
            Work::Unpack { format } => {
                let data = codec::unpack(*format, body(scope)?)?;
                self.scope.input.insert("data".to_owned(), data);
                Passed::Exit(Exit::Success)
            }
            Work::Http(http) => {
                Passed::Ask(Demand::Http(Box::new(request(pipe.id, http, self.key.as_deref(), scope)?)))
            }
            Work::StoreSet { table, key, value, ttl } => Passed::Ask(Demand::StoreSet {
                table: table.render(scope)?,
                key: key.render(scope)?,
                value: value.render(scope)?,
                ttl: seconds(ttl, scope)?,
            }),
            Work::StoreGet { table, key, delete, .. } => {
                Passed::Ask(Demand::StoreGet { table: table.render(scope)?, key: key.render(scope)?, delete: *delete })
            }
            Work::Selector { outs } => {
                for (query, out) in outs {
                    if query.matches(scope)? {
                        return Ok(Passed::Exit(Exit::To(*out)));
                    }
                }
                Passed::Exit(Exit::Success)
            }
            Work::Sql(sql) => Passed::Ask(Demand::Sql(Box::new(query(sql, scope)?))),
            Work::Event(event) => Passed::Ask(Demand::Event(Box::new(happening(event, scope)?))),
            Work::Scheduled { pipe, delay, template } => {
                Passed::Ask(Demand::Schedule { pipe: *pipe, delay: *delay, document: template.render(scope)? })
            }
        })
    }

    fn leave(&mut self, pipe: &Pipe, exit: Exit, asked: (Data, i64), now: i64) {
        let (next, name) = match exit {
            Exit::Success => (pipe.success, "success".to_owned()),
            Exit::To(next) => (Some(next), next.to_string()),
        };
        let output = given(pipe, &self.scope.input);
        self.note(pipe, asked, output, &name, now);
        self.place = next;
    }

    /// Leaves by the exit for failures; the end where there is none.
    fn fail(&mut self, pipe: &Pipe, failure: Failure, asked: (Data, i64), now: i64) -> Option<Ending> {
        let error = failure.data(pipe.id);
        self.note(pipe, asked, error.clone(), "error", now);
        self.scope.error = Some(error);
        self.place = pipe.error;
        pipe.error.is_none().then_some(Ending::Failed { failure, pipe: pipe.id })
    }

    fn note(&mut self, pipe: &Pipe, (input, since): (Data, i64), output: Data, exit: &str, now: i64) {
        if let Some(trace) = &mut self.trace {
            let step =
                Step { pipe: pipe.id, kind: pipe.work.name(), input, output, exit: exit.to_owned(), took: now - since };
            trace.add(step, &self.secrets);
        }
    }
}

/// What an answer that is no success means.
fn refusal(answer: &Answer) -> Failure {
    let status = http::StatusCode::from_u16(answer.code).ok();
    let reason = status.and_then(|status| status.canonical_reason()).unwrap_or_default();
    let end = SHOWN.min(answer.body.len());
    let shown = String::from_utf8_lossy(answer.body.get(..end).unwrap_or_default());
    let message = format!("{} {reason} {shown}", answer.code);
    Failure { code: answer.code.into(), message: message.trim_end().to_owned() }
}

#[cfg(test)]
mod tests;
