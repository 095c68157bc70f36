//! `http_request` (pipelines-and-hooks.md 3.6).

use super::params::Params;
use crate::domain::error::Id;
use crate::domain::pipe::data::Data;
use crate::domain::pipe::pipes::{Content, Http, Limit, Method, Work};
use crate::domain::pipe::template::{Form, Text};
use http::HeaderName;
use std::collections::BTreeMap;

const KEYS: &[&str] = &[
    "content_type",
    "method",
    "auth_type",
    "auth_username",
    "auth_password",
    "url",
    "timeout",
    "success_codes",
    "pool_size",
    "limit",
    "headers",
    "form",
];

/// The codes of success where none are stated.
const SUCCESS_CODES: [u16; 9] = [200, 201, 202, 203, 204, 205, 206, 207, 208];
/// Seconds that a request may take: shorter is a slip, longer is a connection that nobody ends.
const TIMEOUT: (f64, f64) = (0.001, 3600.0);
/// Connections to one host at most.
const MOST_CONNECTIONS: i64 = 1000;
/// The bounds of a limit: a day is the longest window.
const MOST_REQUESTS: i64 = 1_000_000;
const PERIOD: (f64, f64) = (0.001, 86_400.0);

const METHODS: [(&str, Method); 4] =
    [("GET", Method::Get), ("POST", Method::Post), ("DELETE", Method::Delete), ("PUT", Method::Put)];

#[derive(Clone, Copy, PartialEq)]
enum ContentType {
    Form,
    FormData,
    Xml,
    Json,
}

const CONTENT_TYPES: [(&str, ContentType); 4] = [
    ("form", ContentType::Form),
    ("form-data", ContentType::FormData),
    ("xml", ContentType::Xml),
    ("json", ContentType::Json),
];

/// Reads the parameters.
pub fn read(params: &mut Params) -> Option<Work> {
    params.check_keys(KEYS);
    let method = params.or("method", Method::Get, |params, key| params.choice(key, &METHODS));
    let content = content(params);
    if params.value("url").is_none() {
        params.warn(Id::PipelineParam, "params.url is missing: no request can be made".to_owned());
    }
    let url = params.text_or_empty("url");
    let headers = params.or("headers", Vec::new(), headers);
    let auth = auth(params);
    let timeout = params.optional("timeout", |params, key| params.seconds(key, TIMEOUT.0, TIMEOUT.1));
    let codes = params.or("success_codes", SUCCESS_CODES.to_vec(), success_codes);
    let pool_size = params.optional("pool_size", |params, key| within_u32(params, key, MOST_CONNECTIONS));
    let limit = params.optional("limit", |params, key| limit(&mut params.inner(key)?));
    Some(Work::Http(Box::new(Http {
        method: method?,
        content: content?,
        url: url?,
        headers: headers?,
        auth: auth?,
        timeout: timeout?,
        success_codes: codes?,
        pool_size: pool_size?,
        limit: limit?,
    })))
}

fn content(params: &mut Params) -> Option<Content> {
    let kind = params.or("content_type", ContentType::Form, |params, key| params.choice(key, &CONTENT_TYPES));
    let form = params.or("form", BTreeMap::new(), form);
    let (kind, form) = (kind?, form?);
    if matches!(kind, ContentType::Xml | ContentType::Json) && params.value("form").is_some() {
        params.warn(Id::PipelineUnknown, "params.form has no effect: json and xml send $in.body".to_owned());
    }
    Some(match kind {
        ContentType::Form => Content::Form(form),
        ContentType::FormData => Content::FormData(form),
        ContentType::Xml => Content::Xml,
        ContentType::Json => Content::Json,
    })
}

fn form(params: &mut Params, key: &str) -> Option<BTreeMap<String, Form>> {
    let mut form = params.inner(key)?;
    let read: Vec<Option<(String, Form)>> =
        form.pairs().iter().map(|(name, value)| form.pair_of(name, value)).collect();
    let mut pairs = BTreeMap::new();
    for (name, value) in read.into_iter().collect::<Option<Vec<_>>>()? {
        if pairs.contains_key(&name) {
            return form.refuse(Id::PipelineTemplate, format!("params.form has the key {name} twice"));
        }
        pairs.insert(name, value);
    }
    Some(pairs)
}

fn headers(params: &mut Params, key: &str) -> Option<Vec<(String, Text)>> {
    let mut headers = params.inner(key)?;
    let read: Vec<Option<(String, Text)>> = headers.pairs().keys().map(|name| header(&mut headers, name)).collect();
    read.into_iter().collect()
}

fn header(headers: &mut Params, name: &str) -> Option<(String, Text)> {
    if HeaderName::from_bytes(name.as_bytes()).is_err() {
        return headers.wrong(name, "under the name of a header");
    }
    Some((name.to_owned(), headers.text(name)?))
}

/// Name and password, if a name is given.
fn auth(params: &mut Params) -> Option<Option<(Text, Text)>> {
    let kind = params.or("auth_type", (), |params, key| params.choice(key, &[("basic", ())]));
    let is_given =
        |params: &Params, key| !matches!(params.value(key), None | Some(Data::Text(_))) || named(params, key);
    if !is_given(params, "auth_username") {
        return kind.map(|()| None);
    }
    let username = params.text("auth_username");
    let password = params.need("auth_password", Params::text);
    kind?;
    Some(Some((username?, password?)))
}

/// Whether there is a text that is not empty.
fn named(params: &Params, key: &str) -> bool {
    matches!(params.value(key), Some(Data::Text(text)) if !text.is_empty())
}

fn success_codes(params: &mut Params, key: &str) -> Option<Vec<u16>> {
    let code = |code: &Data| match code {
        Data::Number(number) => number.as_u64().and_then(|code| u16::try_from(code).ok()),
        _ => None,
    };
    let codes = match params.value(key) {
        Some(Data::List(codes)) if !codes.is_empty() => {
            codes.iter().map(|value| code(value).filter(|code| (100..=599).contains(code))).collect()
        }
        _ => None,
    };
    codes.or_else(|| params.wrong(key, "a list of codes from 100 to 599"))
}

fn limit(limit: &mut Params) -> Option<Limit> {
    limit.check_keys(&["count", "period"]);
    let count = limit.need("count", |limit, key| within_u32(limit, key, MOST_REQUESTS));
    let period = limit.need("period", |limit, key| limit.seconds(key, PERIOD.0, PERIOD.1));
    Some(Limit { count: count?, period: period? })
}

fn within_u32(params: &mut Params, key: &str, most: i64) -> Option<u32> {
    params.whole(key, 1..=most).and_then(|number| u32::try_from(number).ok())
}
