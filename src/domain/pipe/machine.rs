//! A run: the event and where it is in its pipeline (pipelines-and-hooks.md 13.3, 13.4).
//!
//! [`Machine::go`] does what needs nothing from outside and stops where something is asked of the world; what came of that
//! goes back by [`Machine::take`]. Nothing here waits, and a run that ended says how.

use super::codec;
use super::data::{Data, Object};
use super::demand::{Answer, Demand, Effect, Happening, Payload, Query, Request};
use super::failure::{Code, Failure};
use super::graph::Graph;
use super::pipe::{Content, Event, Http, Log, Method, Pipe, PipeId, Sql, Work};
use super::scope::Scope;
use super::template::{Form, Text};
use super::trace::{Secrets, Step, Trace};
use crate::domain::time;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// How much of an answer that is no success stands in `$error.message`, in bytes.
const SHOWN: usize = 512;

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Ending {
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
        Machine { graph, scope, place, steps: 0, limits, answer: None, secrets, trace, asked: None }
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
            Work::Http(http) => Passed::Ask(Demand::Http(Box::new(request(pipe.id, http, scope)?))),
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

/// The answer of an entity operation: an object or a list of objects; empty ones too.
fn answer_of(path: Option<&Form>, scope: &Scope) -> Result<Data, Failure> {
    let answer = match path {
        Some(path) => path.render(scope)?,
        None => scope.input.get("data").cloned().ok_or_else(|| Failure::new(Code::Input, "$in has no data"))?,
    };
    let is_object = |data: &Data| matches!(data, Data::Object(_));
    match &answer {
        Data::Null | Data::Object(_) => Ok(answer),
        Data::List(items) if items.iter().all(is_object) => Ok(answer),
        other => {
            let explain = format!("an answer is an object or a list of objects, not {}", other.kind());
            Err(Failure::new(Code::Input, explain))
        }
    }
}

fn refused_text(message: &Option<Text>, scope: &Scope) -> Result<String, Failure> {
    let Some(message) = message else { return Ok("pipeline error".to_owned()) };
    let message = message.render(scope)?;
    if message.is_empty() { Err(Failure::new(Code::Template, "message is empty")) } else { Ok(message) }
}

fn line(log: &Log, scope: &Scope) -> Result<Demand, Failure> {
    Ok(Demand::Log {
        level: log.level,
        prefix: log.prefix.as_ref().map(|prefix| prefix.render(scope)).transpose()?,
        message: log.message.render(scope)?,
    })
}

/// The bytes in `$in.body`.
fn body(scope: &Scope) -> Result<&Arc<[u8]>, Failure> {
    match scope.input.get("body") {
        Some(Data::Bytes(bytes)) => Ok(bytes),
        Some(other) => Err(Failure::new(Code::Input, format!("$in.body is {}, not bytes", other.kind()))),
        None => Err(Failure::new(Code::Input, "there is no $in.body")),
    }
}

fn request(pipe: PipeId, http: &Http, scope: &Scope) -> Result<Request, Failure> {
    let mut headers = http
        .headers
        .iter()
        .map(|(name, value)| Ok((name.clone(), value.render(scope)?)))
        .collect::<Result<Vec<_>, Failure>>()?;
    // The same message twice is one message to a receiver that knows the header.
    if let Some(Data::Text(message)) = scope.origin.get("send_message_id")
        && !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(IDEMPOTENCY))
    {
        headers.push((IDEMPOTENCY.to_owned(), format!("{message}.{pipe}")));
    }
    let auth = match &http.auth {
        None => None,
        Some((name, password)) => {
            Some((name.render(scope)?, password.render(scope)?)).filter(|(name, _)| !name.is_empty())
        }
    };
    Ok(Request {
        pipe,
        method: http.method,
        url: http.url.render(scope)?,
        headers,
        content: payload(http, scope)?,
        auth,
        timeout: http.timeout,
        pool_size: http.pool_size,
        limit: http.limit,
    })
}

/// The header by which receivers know a request that comes again.
const IDEMPOTENCY: &str = "idempotency-key";

fn payload(http: &Http, scope: &Scope) -> Result<Payload, Failure> {
    let body_of = |content_type| {
        let is_optional = matches!(http.method, Method::Get | Method::Delete);
        let bytes = match body(scope) {
            Ok(bytes) => Some(bytes.clone()),
            Err(_) if is_optional => None,
            Err(failure) => return Err(failure),
        };
        Ok(Payload::Body { content_type, bytes })
    };
    match &http.content {
        Content::Form(pairs) => Ok(Payload::Form(rendered(pairs, scope)?)),
        Content::FormData(pairs) => Ok(Payload::Parts(rendered(pairs, scope)?)),
        Content::Json => body_of("application/json"),
        Content::Xml => body_of("application/xml"),
    }
}

fn rendered(pairs: &BTreeMap<String, Form>, scope: &Scope) -> Result<Object, Failure> {
    pairs.iter().map(|(key, form)| Ok((key.clone(), form.render(scope)?))).collect()
}

fn query(sql: &Sql, scope: &Scope) -> Result<Query, Failure> {
    Ok(Query {
        connector: sql.connector,
        map: sql.map,
        text: sql.query.clone(),
        values: sql.values.iter().map(|value| value.render(scope)).collect::<Result<_, _>>()?,
        connection_timeout: sql.connection_timeout,
        query_timeout: sql.query_timeout,
    })
}

fn happening(event: &Event, scope: &Scope) -> Result<Happening, Failure> {
    Ok(Happening {
        code: event.code,
        channel: event.channel,
        action: event.action,
        send_message_id: event.send_message_id.render(scope)?,
        rest: rendered(&event.rest, scope)?,
    })
}

/// A positive number of seconds, written as a number or as a text.
fn seconds(form: &Form, scope: &Scope) -> Result<Duration, Failure> {
    let seconds = match form.render(scope)? {
        Data::Number(number) => number.as_str().parse::<f64>().ok(),
        Data::Text(text) => text.trim().parse::<f64>().ok(),
        _ => None,
    };
    let seconds = seconds.filter(|seconds| *seconds > 0.0);
    seconds
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .ok_or_else(|| Failure::new(Code::Template, "ttl is no positive number of seconds"))
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

/// What a demand shows in the trace.
fn shown(demand: &Demand) -> Data {
    match demand {
        Demand::Http(request) => Data::object([
            ("url", Data::from(request.url.as_str())),
            ("headers", Data::object(request.headers.iter().map(|(name, value)| (name, Data::from(value.as_str()))))),
            (
                "content",
                match &request.content {
                    Payload::Form(pairs) | Payload::Parts(pairs) => Data::Object(pairs.clone()),
                    Payload::Body { bytes, .. } => bytes.clone().map_or(Data::Null, Data::Bytes),
                },
            ),
        ]),
        Demand::Sql(query) => {
            Data::object([("query", Data::from(query.text.as_str())), ("values", Data::List(query.values.clone()))])
        }
        Demand::StoreSet { table, key, value, .. } => Data::object([
            ("table", Data::from(table.as_str())),
            ("key", Data::from(key.as_str())),
            ("value", value.clone()),
        ]),
        Demand::StoreGet { table, key, .. } => {
            Data::object([("table", Data::from(table.as_str())), ("key", Data::from(key.as_str()))])
        }
        Demand::Log { message, .. } => Data::object([("message", Data::from(message.as_str()))]),
        Demand::Event(event) => Data::object([
            ("event_type", Data::from(event.code.name())),
            ("send_message_id", Data::from(event.send_message_id.as_str())),
            ("rest", Data::Object(event.rest.clone())),
        ]),
        Demand::Schedule { document, .. } => document.clone(),
    }
}

/// What a pipe gave, for the trace.
fn given(pipe: &Pipe, input: &Object) -> Data {
    let keys: &[&str] = match &pipe.work {
        Work::Pack { .. } => &["body"],
        Work::Unpack { .. } => &["data"],
        Work::Http(_) => &["http_code", "body"],
        Work::Sql(_) => &["sql_query"],
        Work::StoreGet { name: Some(name), .. } => return input.get(name).cloned().unwrap_or_default(),
        _ => &[],
    };
    if keys.is_empty() {
        return Data::Null;
    }
    Data::object(keys.iter().filter_map(|key| input.get(*key).map(|value| (*key, value.clone()))))
}
