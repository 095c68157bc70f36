//! What a pipe does, by its type (pipelines-and-hooks.md 3).

use super::draft::Type;
use super::params::Params;
use super::{Around, event, http, sql};
use crate::domain::error::Id;
use crate::domain::pipe::data::Data;
use crate::domain::pipe::jsonql::Query;
use crate::domain::pipe::pipes::{Format, Level, Log, PipeId, Work};
use crate::domain::pipe::template::Form;

/// The code of an Errors pipe that states none.
const ERROR_CODE: i64 = 500;
/// The longest delay of a Scheduler: a year, in seconds.
const LONGEST_DELAY: f64 = 365.0 * 86_400.0;

/// The form of a lifetime.
const TTL: &str = "a number of seconds above 0, or a template of one";

const FORMATS: [(&str, Format); 2] = [("JSON", Format::Json), ("XML", Format::Xml)];

const LEVELS: [(&str, Level); 5] = [
    ("info", Level::Info),
    ("debug", Level::Debug),
    ("warn", Level::Warn),
    ("error", Level::Error),
    ("trace", Level::Trace),
];

/// Reads the parameters of a pipe of this type; none where something about them is wrong.
pub fn read(kind: Type, pipe: &mut Params, around: &Around) -> Option<Work> {
    let params = &mut pipe.inner_or_empty("params")?;
    match kind {
        Type::Result => result(params),
        Type::Error => error(params),
        Type::Log => log(params),
        Type::Pack => pack(params),
        Type::Unpack => unpack(params),
        Type::Http => http::read(params),
        Type::StoreSet => store_set(params),
        Type::StoreGet => store_get(params),
        Type::Selector => selector(params),
        Type::Sql => sql::read(params, around),
        Type::Event => event::read(params, around),
        Type::Scheduled => scheduled(params, around),
    }
}

fn result(params: &mut Params) -> Option<Work> {
    params.check_keys(&["path"]);
    let path = params.optional("path", |params, key| match params.plain(key)? {
        path if path.starts_with("$#") => params.form(key),
        // Anything else gives a text, which is no answer.
        _ => params.wrong(key, "one template that begins with $#"),
    });
    Some(Work::Result { path: path? })
}

fn error(params: &mut Params) -> Option<Work> {
    params.check_keys(&["code", "message"]);
    let code = params.or("code", ERROR_CODE, |params, key| params.whole(key, 1..=i64::MAX));
    let message = params.optional("message", |params, key| match params.plain(key)? {
        "" => params.wrong(key, "a text that is not empty"),
        _ => params.text(key),
    });
    Some(Work::Error { code: code?, message: message? })
}

fn log(params: &mut Params) -> Option<Work> {
    params.check_keys(&["prefix", "message", "level"]);
    let prefix = params.optional("prefix", Params::text);
    let message = params.text_or_empty("message");
    let level = params.or("level", Level::Info, |params, key| params.choice(key, &LEVELS));
    Some(Work::Log(Log { prefix: prefix?, message: message?, level: level? }))
}

fn format(params: &mut Params) -> Option<Format> {
    params.or("type", Format::Json, |params, key| params.choice(key, &FORMATS))
}

fn pack(params: &mut Params) -> Option<Work> {
    params.check_keys(&["type", "template"]);
    let format = format(params);
    let template = params.need("template", Params::document);
    let roots = match params.value("template") {
        Some(Data::Object(template)) => template.len(),
        _ => 1,
    };
    if format == Some(Format::Xml) && roots != 1 {
        return params.wrong("template", "an object of one key, which names the root of the XML document");
    }
    Some(Work::Pack { format: format?, template: template? })
}

fn unpack(params: &mut Params) -> Option<Work> {
    params.check_keys(&["type"]);
    Some(Work::Unpack { format: format(params)? })
}

fn store_set(params: &mut Params) -> Option<Work> {
    params.check_keys(&["key", "value", "table", "ttl"]);
    let key = params.need("key", Params::text);
    let value = params.need("value", Params::form);
    let table = params.text_or_empty("table");
    let ttl = params.need("ttl", ttl);
    Some(Work::StoreSet { table: table?, key: key?, value: value?, ttl: ttl? })
}

/// A number of seconds above 0, or a template of one.
fn ttl(params: &mut Params, key: &str) -> Option<Form> {
    match params.value(key) {
        Some(Data::Number(number)) if number.as_f64().is_some_and(|seconds| seconds > 0.0) => params.form(key),
        Some(Data::Text(_)) => match params.form(key)? {
            form if form.is_plain() => params.wrong(key, TTL),
            form => Some(form),
        },
        _ => params.wrong(key, TTL),
    }
}

fn store_get(params: &mut Params) -> Option<Work> {
    params.check_keys(&["key", "name", "delete", "table", "not_found"]);
    let key = params.need("key", Params::text);
    let name = params.optional("name", |params, key| match params.plain(key)? {
        "" => params.wrong(key, "a text that is not empty"),
        name => Some(name.to_owned()),
    });
    let delete = params.or("delete", false, Params::flag);
    let table = params.text_or_empty("table");
    let not_found = params.optional("not_found", Params::exit);
    Some(Work::StoreGet { table: table?, key: key?, name: name?, delete: delete?, not_found: not_found? })
}

fn selector(params: &mut Params) -> Option<Work> {
    params.check_keys(&["outs"]);
    let outs = params.need("outs", |params, key| match params.value(key) {
        Some(Data::List(outs)) if !outs.is_empty() => Some(outs),
        _ => params.wrong(key, "a list of at least one {query, out}"),
    })?;
    let mut read = Vec::with_capacity(outs.len());
    for (place, out) in outs.iter().enumerate() {
        let name = format!("outs[{place}]");
        read.push(match out {
            Data::Object(out) => condition(&mut params.within(&name, out)),
            _ => params.wrong(&name, "an object"),
        });
    }
    Some(Work::Selector { outs: read.into_iter().collect::<Option<_>>()? })
}

fn condition(out: &mut Params) -> Option<(Query, PipeId)> {
    out.check_keys(&["query", "out"]);
    let query = out.need("query", |out, key| {
        let text = out.plain(key)?;
        match Query::parse(text) {
            Ok(query) => {
                out.looks_at(query.paths());
                Some(query)
            }
            Err(error) => out.refuse(Id::PipelineQuery, format!("{}: {error}", out.named(key))),
        }
    });
    let to = out.need("out", Params::exit);
    query.zip(to)
}

fn scheduled(params: &mut Params, around: &Around) -> Option<Work> {
    params.check_keys(&["pipe_id", "delay", "template"]);
    let pipe = params.need("pipe_id", Params::pipe);
    if let (Some(pipe), Some(known)) = (pipe, around.schedule)
        && !known.contains(&pipe)
    {
        let explain = format!("params.pipe_id names pipe {pipe}, which the Schedule pipeline does not have");
        return params.refuse(Id::PipelineExit, explain);
    }
    let delay = params.optional("delay", |params, key| params.seconds(key, 0.0, LONGEST_DELAY));
    let template = params.need("template", Params::document);
    Some(Work::Scheduled { pipe: pipe?, delay: delay?, template: template? })
}
