//! What a run sends: a request or a query as the pipe rendered it becomes one that can go out (pipelines-and-hooks.md 3.6,
//! 3.10).

use super::pipelines::Errand;
use super::runners::{self, Form};
use crate::domain::pipe::data::Data;
use crate::domain::pipe::demand::{self, Demand, Payload};
use crate::domain::pipe::failure::{Code, Failure};
use crate::domain::pipe::pipes::Method;
use crate::domain::pipe::template::print;
use crate::pg::guc;
use crate::pg::perform::connector;
use crate::pg::spi::Session;
use crate::pg::store::channel;
use crate::sink::request::{Answer, Asking, Content, Part, Request};
use crate::sink::sql::{self, Target};
use std::sync::Arc;

/// What can go out.
pub enum Prepared {
    /// A request.
    Http(Box<Request>),
    /// A query of this database.
    Here(runners::Query),
    /// A query of another.
    There(Box<(Target, sql::Query)>),
}

/// Makes ready what leaves the database, by the ticket of its run. Failures: `query` for a role
/// that is gone, `params` for a connector that is.
pub fn prepare(session: &Session, errand: Errand) -> (u64, Result<Prepared, Failure>) {
    let Errand { ticket, channel, pipeline, passage, demand } = errand;
    let prepared = match demand {
        Demand::Http(asked) => Ok(Prepared::Http(Box::new(request(channel, &pipeline, *asked)))),
        Demand::Sql(asked) => query(session, channel, passage, *asked),
        _ => Err(Failure::new(Code::Params, "this is done in the database")),
    };
    (ticket, prepared)
}

/// A query of this database as the role of its channel, or of the one that its connector names.
fn query(session: &Session, channel: i64, passage: i64, asked: demand::Query) -> Result<Prepared, Failure> {
    let limit = asked.query_timeout.unwrap_or_else(guc::pipe_sql_query_timeout);
    if asked.connector != 0 {
        let found = connector::open(session, asked.connector);
        let (revision, settings) = found.map_err(|error| Failure::new(Code::Params, error.id.as_str()))?;
        let target = Target { id: asked.connector, revision, connector: settings };
        let query = sql::Query {
            text: asked.text,
            values: asked.values,
            map: asked.map,
            connection_timeout: asked.connection_timeout.unwrap_or_else(guc::pipe_sql_connection_timeout),
            query_timeout: limit,
            room: guc::pipe_body_max(),
        };
        return Ok(Prepared::There(Box::new((target, query))));
    }
    let role = channel::sql_role(session, channel);
    let role = role.ok_or_else(|| Failure::new(Code::Query, "the role of the channel is gone"))?;
    let form = Form::Rows { values: asked.values, map: asked.map, passage, room: guc::pipe_body_max() };
    Ok(Prepared::Here(runners::Query { role, text: asked.text, limit, form }))
}

/// The request of a run of a channel, with the settings for what its pipe leaves open.
fn request(channel: i64, pipeline: &str, asked: demand::Request) -> Request {
    let in_address = matches!(asked.method, Method::Get | Method::Delete);
    Request {
        asking: Asking { channel, pipeline: Arc::from(pipeline), pipe: asked.pipe },
        method: asked.method,
        url: asked.url,
        headers: asked.headers,
        auth: asked.auth,
        content: match asked.content {
            Payload::Form(fields) if fields.is_empty() => Content::None,
            Payload::Form(fields) if in_address => Content::Query(pairs(fields)),
            Payload::Form(fields) => Content::Form(pairs(fields)),
            Payload::Parts(fields) => Content::Parts(parts(fields)),
            Payload::Body { bytes: None, .. } => Content::None,
            Payload::Body { content_type, bytes: Some(bytes) } => Content::Body { kind: content_type, bytes },
        },
        timeout: asked.timeout.unwrap_or_else(guc::pipe_http_timeout),
        pool_size: asked.pool_size.unwrap_or_else(guc::pipe_http_max_conn) as usize,
        limit: asked.limit,
        room: guc::pipe_body_max(),
    }
}

/// The answer as `$in` takes it.
pub fn answer(answer: Answer) -> demand::Answer {
    demand::Answer {
        code: answer.code,
        headers: answer.headers.into_iter().map(|(name, value)| (name, Data::Text(value))).collect(),
        body: answer.body.into(),
    }
}

fn pairs(fields: Vec<(String, Data)>) -> Vec<(String, String)> {
    fields.into_iter().map(|(name, value)| (name, printed(&value))).collect()
}

/// A field each; of a list of files one for each file.
fn parts(fields: Vec<(String, Data)>) -> Vec<(String, Part)> {
    let mut parts = Vec::new();
    for (name, value) in fields {
        match value {
            Data::List(items) if items.iter().all(|item| file(item).is_some()) => {
                parts.extend(items.iter().filter_map(file).map(|part| (name.clone(), part)));
            }
            value => parts.push((name, file(&value).unwrap_or_else(|| Part::Text(printed(&value))))),
        }
    }
    parts
}

/// The file that this describes (pipelines-and-hooks.md 6.2).
fn file(value: &Data) -> Option<Part> {
    let text = |key| match value.get(key) {
        Some(Data::Text(text)) => Some(text.clone()),
        _ => None,
    };
    let size = match value.get("size") {
        Some(Data::Number(size)) => size.as_u64(),
        _ => None,
    };
    Some(Part::File { name: text("name")?, mime: text("mime"), size, url: text("url")? })
}

fn printed(value: &Data) -> String {
    let mut text = String::new();
    print(value, &mut text);
    text
}
