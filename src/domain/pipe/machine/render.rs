//! What a pipe asks for, its templates rendered.

use crate::domain::pipe::data::{Data, Object};
use crate::domain::pipe::demand::{Demand, Happening, Payload, Query, Request};
use crate::domain::pipe::failure::{Code, Failure};
use crate::domain::pipe::pipes::{Content, Event, Http, Log, Method, PipeId, Sql};
use crate::domain::pipe::scope::Scope;
use crate::domain::pipe::template::{Form, Text};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// The header by which receivers know a request that comes again.
const IDEMPOTENCY: &str = "idempotency-key";

/// The answer of an entity operation: an object or a list of objects; empty ones too.
pub fn answer_of(path: Option<&Form>, scope: &Scope) -> Result<Data, Failure> {
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

pub fn refused_text(message: &Option<Text>, scope: &Scope) -> Result<String, Failure> {
    let Some(message) = message else { return Ok("pipeline error".to_owned()) };
    let message = message.render(scope)?;
    if message.is_empty() { Err(Failure::new(Code::Template, "message is empty")) } else { Ok(message) }
}

pub fn line(log: &Log, scope: &Scope) -> Result<Demand, Failure> {
    Ok(Demand::Log {
        level: log.level,
        prefix: log.prefix.as_ref().map(|prefix| prefix.render(scope)).transpose()?,
        message: log.message.render(scope)?,
    })
}

/// The bytes in `$in.body`.
pub fn body(scope: &Scope) -> Result<&Arc<[u8]>, Failure> {
    match scope.input.get("body") {
        Some(Data::Bytes(bytes)) => Ok(bytes),
        Some(other) => Err(Failure::new(Code::Input, format!("$in.body is {}, not bytes", other.kind()))),
        None => Err(Failure::new(Code::Input, "there is no $in.body")),
    }
}

pub fn request(pipe: PipeId, http: &Http, key: Option<&str>, scope: &Scope) -> Result<Request, Failure> {
    let mut headers = http
        .headers
        .iter()
        .map(|(name, value)| Ok((name.clone(), value.render(scope)?)))
        .collect::<Result<Vec<_>, Failure>>()?;
    // The same request twice is one request to a receiver that knows the header. A run comes to a pipe once.
    if let Some(key) = key
        && !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(IDEMPOTENCY))
    {
        headers.push((IDEMPOTENCY.to_owned(), format!("{key}.{pipe}")));
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
        Content::Form(pairs) => Ok(Payload::Form(fields(pairs, scope)?)),
        Content::FormData(pairs) => Ok(Payload::Parts(fields(pairs, scope)?)),
        Content::Json => body_of("application/json"),
        Content::Xml => body_of("application/xml"),
    }
}

/// The fields of a form; one that spreads a list comes once for each item.
fn fields(pairs: &BTreeMap<String, Form>, scope: &Scope) -> Result<Vec<(String, Data)>, Failure> {
    let mut fields = Vec::with_capacity(pairs.len());
    for (key, form) in pairs {
        match form.render(scope)? {
            Data::List(items) if form.is_spread() => fields.extend(items.into_iter().map(|item| (key.clone(), item))),
            value => fields.push((key.clone(), value)),
        }
    }
    Ok(fields)
}

fn rendered(pairs: &BTreeMap<String, Form>, scope: &Scope) -> Result<Object, Failure> {
    pairs.iter().map(|(key, form)| Ok((key.clone(), form.render(scope)?))).collect()
}

pub fn query(sql: &Sql, scope: &Scope) -> Result<Query, Failure> {
    Ok(Query {
        connector: sql.connector,
        map: sql.map,
        text: sql.query.clone(),
        values: sql.values.iter().map(|value| value.render(scope)).collect::<Result<_, _>>()?,
        connection_timeout: sql.connection_timeout,
        query_timeout: sql.query_timeout,
    })
}

pub fn happening(event: &Event, scope: &Scope) -> Result<Happening, Failure> {
    Ok(Happening {
        code: event.code,
        channel: event.channel,
        action: event.action,
        send_message_id: event.send_message_id.render(scope)?,
        rest: rendered(&event.rest, scope)?,
    })
}

/// A positive number of seconds, written as a number or as a text.
pub fn seconds(form: &Form, scope: &Scope) -> Result<Duration, Failure> {
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
