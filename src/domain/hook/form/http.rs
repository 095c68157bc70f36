//! `http_batch`: the receiver's address, what it is shown, and how its answer is read (pipelines-and-hooks.md 10.1).

use super::section::{MASK, Pairs, Section, hidden, nothing_kept, whole};
use crate::domain::error::{Error, Result};
use crate::domain::hook::Secret;
use crate::domain::hook::sign;
use crate::domain::hook::transport::{Auth, Http};
use crate::domain::json::{Node, Value};
use crate::domain::request::wrong;
use http::{HeaderName, HeaderValue, header};
use regex::{Regex, RegexBuilder};
use url::Url;

/// The keys of the object.
pub const KEYS: &[&str] = &[
    "type",
    "url",
    "auth",
    "headers",
    "max_batch",
    "timeout_sec",
    "success_regex",
    "request_timeout_sec",
    "signing_secret",
    "tls",
];

/// Seconds that a request may take unless it is told, and at most.
const REQUEST_SEC: (u32, u32) = (15, 300);
/// The longest address, in bytes: what receivers and proxies can be expected to take.
const LONGEST_URL: usize = 2048;
/// The longest expression, in bytes, and the room that it may take when compiled.
const LONGEST_REGEX: usize = 1000;
const REGEX_ROOM: usize = 1 << 20;
/// The longest secret, in bytes.
const LONGEST_SECRET: usize = 1024;
/// Headers, and bytes of one, that a hook may add.
const MOST_HEADERS: usize = 50;
const LONGEST_HEADER: usize = 4096;

/// Headers that are ours: they say what the body is and how the connection is used.
const OWN_HEADERS: [HeaderName; 7] = [
    header::CONTENT_TYPE,
    header::CONTENT_LENGTH,
    header::CONTENT_ENCODING,
    header::TRANSFER_ENCODING,
    header::CONNECTION,
    header::HOST,
    header::USER_AGENT,
];
/// What the names of our signature's headers begin with.
const OWN_PREFIX: &str = "webhook-";

/// Parts of the names of headers whose values let one in somewhere.
const SECRET_NAMES: [&str; 7] = ["auth", "token", "key", "secret", "password", "cookie", "signature"];

/// A header with its value.
type Header = (String, Secret);

const URL: &str = "an http or https address with a host and without a user, of at most 2048 bytes";
const SECRET: &str = "a text of at most 1024 bytes";
const SIGNING: &str = "one or two secrets: whsec_ and base64, or any text of at most 1024 bytes";

/// The expression that a successful answer matches, anywhere in it. None if it is none, or takes too much room.
pub fn success_pattern(expression: &str) -> Option<Regex> {
    let short = Some(expression).filter(|expression| expression.len() <= LONGEST_REGEX)?;
    RegexBuilder::new(short).size_limit(REGEX_ROOM).dfa_size_limit(REGEX_ROOM).build().ok()
}

impl Http {
    /// Reads the object. Errors: `error/param/…`.
    pub fn read(section: &mut Section, before: Option<&Http>) -> Result<Http> {
        let url = section.checked_text("url", before.map(|http| http.url.as_str()), is_url, URL)?;
        let regex = section.checked_text(
            "success_regex",
            before.and_then(|http| http.success_regex.as_deref()),
            |text| success_pattern(text).is_some(),
            "a regular expression of at most 1000 bytes that is not too large",
        )?;
        let timeout = before.map(|http| http.request_timeout_sec);
        let read = Http {
            url: section.required("url", url)?,
            auth: read_auth(section, before.map(|http| &http.auth))?,
            headers: read_headers(section, before.map(|http| http.headers.as_slice()))?,
            success_regex: regex,
            request_timeout_sec: section.number("request_timeout_sec", timeout, REQUEST_SEC.0, 1..=REQUEST_SEC.1)?,
            signing_secrets: read_signing(section, before.map(|http| http.signing_secrets.as_slice()))?,
            ca: read_authority(section, before.and_then(|http| http.ca.as_deref()))?,
        };
        let is_authorization = |(name, _): &Header| name == header::AUTHORIZATION.as_str();
        if read.auth != Auth::None && read.headers.iter().any(is_authorization) {
            return Err(wrong("transport.headers", "without authorization, which auth gives"));
        }
        Ok(read)
    }

    /// Appends the object's own keys.
    pub fn write<'a>(&'a self, masked: bool, pairs: &mut Pairs<'a>) {
        let headers = self.headers.iter().map(|(name, value)| (name.as_str(), shown_header(name, value, masked)));
        let secrets: Vec<_> = self.signing_secrets.iter().map(|secret| hidden(secret, masked)).collect();
        pairs.extend([
            ("url", Node::from(self.url.as_str())),
            ("auth", written_auth(&self.auth, masked)),
            ("headers", Node::object(headers)),
            ("success_regex", Node::from(self.success_regex.as_deref().unwrap_or_default())),
            ("request_timeout_sec", whole(self.request_timeout_sec)),
            ("signing_secret", if secrets.is_empty() { Node::Null } else { Node::array(secrets) }),
            ("tls", Node::object([("ca", Node::from(self.ca.as_deref()))])),
        ]);
    }
}

fn is_url(text: &str) -> bool {
    let is_sound = |url: Url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
    };
    text.len() <= LONGEST_URL && Url::parse(text).is_ok_and(is_sound)
}

/// The value of a header, hidden if it lets one in somewhere.
pub fn shown_header<'a>(name: &str, value: &'a str, masked: bool) -> Node<'a> {
    hidden(value, masked && is_secret_header(name))
}

/// Whether the value of the header of this name is a secret.
pub fn is_secret_header(name: &str) -> bool {
    SECRET_NAMES.iter().any(|part| name.contains(part))
}

fn is_secret(text: &str) -> bool {
    text.len() <= LONGEST_SECRET
}

fn read_authority(section: &mut Section, kept: Option<&str>) -> Result<Option<String>> {
    let Some(mut tls) = section.open("transport.tls")? else { return Ok(kept.map(str::to_owned)) };
    // A certificate of its own is a matter of brokers so far; a check that is left out is never one.
    tls.check_keys(&["ca"], &["cert", "key", "verify"])?;
    tls.certificate("ca", kept)
}

#[derive(Clone, Copy, PartialEq)]
enum AuthType {
    None,
    OAuth2,
}

const AUTH_TYPES: [(&str, AuthType); 2] = [("none", AuthType::None), ("oauth2", AuthType::OAuth2)];

fn read_auth(section: &mut Section, before: Option<&Auth>) -> Result<Auth> {
    const KEYS: &[&str] = &["type", "token_url", "client_id", "client_secret", "scope"];
    let Some(inner) = section.inner("transport.auth", KEYS)? else {
        return Ok(before.cloned().unwrap_or(Auth::None));
    };
    let (kept, old) = match before {
        Some(Auth::OAuth2 { token_url, client_id, client_secret, scope }) => {
            (Some(AuthType::OAuth2), Some((token_url, client_id, client_secret, scope)))
        }
        Some(Auth::None) | None => (None, None),
    };
    if inner.choice("type", kept, AuthType::None, &AUTH_TYPES)? == AuthType::None {
        return Ok(Auth::None);
    }
    let token_url = inner.checked_text("token_url", old.map(|old| old.0.as_str()), is_url, URL)?;
    let client_id = inner.text("client_id", old.map(|old| old.1.as_str()), LONGEST_SECRET)?;
    let client_secret = inner.secret("client_secret", old.map(|old| old.2), is_secret, SECRET)?;
    Ok(Auth::OAuth2 {
        token_url: inner.required("token_url", token_url)?,
        client_id: inner.required("client_id", client_id)?,
        client_secret: inner.required("client_secret", client_secret)?,
        scope: inner.text("scope", old.and_then(|old| old.3.as_deref()), LONGEST_SECRET)?,
    })
}

fn written_auth(auth: &Auth, masked: bool) -> Node<'_> {
    match auth {
        Auth::None => Node::object([("type", Node::from("none"))]),
        Auth::OAuth2 { token_url, client_id, client_secret, scope } => Node::object([
            ("type", Node::from("oauth2")),
            ("token_url", Node::from(token_url.as_str())),
            ("client_id", Node::from(client_id.as_str())),
            ("client_secret", hidden(client_secret, masked)),
            ("scope", Node::from(scope.as_deref())),
        ]),
    }
}

/// A text, or a list of at most two. The first mask among them stands for the first secret that is kept, the second
/// for the second.
fn read_signing(section: &Section, kept: Option<&[Secret]>) -> Result<Vec<Secret>> {
    let texts = |value| match value {
        Value::String("") => Some(Vec::new()),
        Value::String(text) => Some(vec![text.into()]),
        Value::Array(list) if list.len() <= 2 => {
            list.iter().map(|text| Some(text.ok()?.as_str()?.into())).collect::<Option<Vec<_>>>()
        }
        _ => None,
    };
    let mut given = section.take("signing_secret", kept.map(<[Secret]>::to_vec), Vec::new(), texts, SIGNING)?;
    let name = || section.named("signing_secret");
    let mut old = kept.unwrap_or_default().iter();
    for secret in &mut given {
        if **secret == *MASK {
            *secret = old.next().ok_or_else(|| nothing_kept(&name()))?.clone();
        }
        if !is_secret(secret) || sign::key(secret).is_none() {
            return Err(wrong(&name(), SIGNING));
        }
    }
    Ok(given)
}

/// The headers that are given take the place of all that were before; a mask keeps the value of the same name.
fn read_headers(section: &Section, kept: Option<&[Header]>) -> Result<Vec<Header>> {
    const FORM: &str = "an object of at most 50 texts";
    let name = section.named("headers");
    let kept = kept.unwrap_or_default();
    let object = match section.value("headers")? {
        None => return Ok(kept.to_vec()),
        Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Object(object)) if object.len() <= MOST_HEADERS => object,
        Some(_) => return Err(wrong(&name, FORM)),
    };
    let mut headers: Vec<Header> = Vec::with_capacity(object.len());
    for pair in object.iter() {
        let (key, value) = pair?;
        let value = value.as_str().ok_or_else(|| wrong(&name, FORM))?;
        let (key, value) = read_header(key, value, kept, &name)?;
        if headers.iter().any(|(other, _)| *other == key) {
            return Err(wrong(&name, &format!("without {key} twice")));
        }
        headers.push((key, value));
    }
    Ok(headers)
}

/// A header with its name in small letters.
fn read_header(key: &str, value: &str, kept: &[Header], name: &str) -> Result<Header> {
    let refused = |form: &str| -> Error { wrong(name, form) };
    let key = HeaderName::from_bytes(key.as_bytes()).map_err(|_| refused("an object of valid header names"))?;
    if OWN_HEADERS.contains(&key) || key.as_str().starts_with(OWN_PREFIX) {
        return Err(refused(&format!("without {key}, which is set by the hook itself")));
    }
    let key = key.as_str().to_owned();
    if value == MASK && is_secret_header(&key) {
        let old = kept.iter().find(|(other, _)| *other == key).ok_or_else(|| nothing_kept(name))?;
        return Ok(old.clone());
    }
    match HeaderValue::from_str(value) {
        Ok(_) if value.is_ascii() && value.len() <= LONGEST_HEADER => Ok((key, value.into())),
        _ => Err(refused("an object of visible ASCII texts of at most 4096 bytes")),
    }
}
