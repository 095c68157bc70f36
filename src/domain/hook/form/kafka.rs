//! `kafka` (pipelines-and-hooks.md 10.4).

use super::section::{Pairs, Section, hidden, name_of, number_in, one_of, whole};
use crate::domain::error::Result;
use crate::domain::hook::transport::{Acks, Compression, Kafka, Sasl, SaslMechanism, Tls};
use crate::domain::json::{Node, Value};
use crate::domain::request::wrong;
use url::Host;

/// The keys of the object.
pub const KEYS: &[&str] =
    &["type", "brokers", "topic", "key", "acks", "compression", "security", "sasl", "tls", "timeout_sec", "max_batch"];

/// Seconds that the broker may take unless it is told, and at most.
const TIMEOUT_SEC: (u32, u32) = (10, 300);
/// Brokers to begin with.
const MOST_BROKERS: usize = 20;
/// The longest name of a topic, in bytes, as brokers have it.
const LONGEST_TOPIC: usize = 249;
/// The longest key, user or password, in bytes.
const LONGEST: usize = 1024;

const BROKERS: &str = "a list of 1 to 20 texts host:port";
const TOPIC: &str = "a name of at most 249 letters, digits, dots, underscores and hyphens, with {{event_type}} and {{db_id}} as its only parameters";
const KEY: &str = "a text of at most 1024 bytes with {{profile_id}}, {{event_id}}, {{event_type}} and {{db_id}} as its only parameters";

const ACKS: [(&str, Acks); 3] = [("0", Acks::None), ("1", Acks::Leader), ("all", Acks::All)];

const COMPRESSIONS: [(&str, Compression); 5] = [
    ("none", Compression::None),
    ("gzip", Compression::Gzip),
    ("snappy", Compression::Snappy),
    ("lz4", Compression::Lz4),
    ("zstd", Compression::Zstd),
];

const MECHANISMS: [(&str, SaslMechanism); 3] = [
    ("plain", SaslMechanism::Plain),
    ("scram-sha-256", SaslMechanism::ScramSha256),
    ("scram-sha-512", SaslMechanism::ScramSha512),
];

/// Whether a connection is encrypted, and whether we say who we are.
#[derive(Clone, Copy, PartialEq)]
struct Security {
    tls: bool,
    sasl: bool,
}

const PLAINTEXT: Security = Security { tls: false, sasl: false };

const SECURITIES: [(&str, Security); 4] = [
    ("plaintext", PLAINTEXT),
    ("ssl", Security { tls: true, sasl: false }),
    ("sasl_plaintext", Security { tls: false, sasl: true }),
    ("sasl_ssl", Security { tls: true, sasl: true }),
];

impl Kafka {
    /// Reads the object. Errors: `error/param/…`.
    pub fn read(section: &mut Section, before: Option<&Kafka>) -> Result<Kafka> {
        let kept = before.map(|kafka| kafka.brokers.clone());
        let brokers = section.take("brokers", Some(kept), None, |value| read_brokers(value).map(Some), BROKERS)?;
        let topic = section.checked_text("topic", before.map(|kafka| kafka.topic.as_str()), is_topic, TOPIC)?;
        let key = section.checked_text("key", before.map(|kafka| kafka.key.as_str()), is_key, KEY)?;
        let security = section.choice("security", before.map(Kafka::security), PLAINTEXT, &SECURITIES)?;
        let compression = before.map(|kafka| kafka.compression);
        let timeout = before.map(|kafka| kafka.timeout_sec);
        Ok(Kafka {
            brokers: section.required("brokers", brokers)?,
            topic: section.required("topic", topic)?,
            key: key.unwrap_or_default(),
            acks: section.take("acks", before.map(|kafka| kafka.acks), Acks::All, read_acks, "0, 1 or all")?,
            compression: section.choice("compression", compression, Compression::None, &COMPRESSIONS)?,
            tls: read_tls(section, security, before.and_then(|kafka| kafka.tls.as_ref()))?,
            sasl: read_sasl(section, security, before.and_then(|kafka| kafka.sasl.as_ref()))?,
            timeout_sec: section.number("timeout_sec", timeout, TIMEOUT_SEC.0, 1..=TIMEOUT_SEC.1)?,
        })
    }

    fn security(&self) -> Security {
        Security { tls: self.tls.is_some(), sasl: self.sasl.is_some() }
    }

    /// Appends the object's own keys.
    pub fn write<'a>(&'a self, masked: bool, pairs: &mut Pairs<'a>) {
        pairs.extend([
            ("brokers", Node::array(self.brokers.iter().map(|broker| Node::from(broker.as_str())))),
            ("topic", Node::from(self.topic.as_str())),
            ("key", Node::from(self.key.as_str())),
            ("acks", name_of(self.acks, &ACKS)),
            ("compression", name_of(self.compression, &COMPRESSIONS)),
            ("security", name_of(self.security(), &SECURITIES)),
            ("tls", self.tls.as_ref().map_or(Node::Null, |tls| tls.written(masked))),
            ("sasl", self.sasl.as_ref().map_or(Node::Null, |sasl| sasl.written(masked))),
            ("timeout_sec", whole(self.timeout_sec)),
        ]);
    }
}

impl Sasl {
    fn written(&self, masked: bool) -> Node<'_> {
        Node::object([
            ("mechanism", name_of(self.mechanism, &MECHANISMS)),
            ("username", Node::from(self.username.as_str())),
            ("password", hidden(&self.password, masked)),
        ])
    }
}

/// What `security` does not provide for is refused where it is given, and dropped where it was kept.
fn read_tls(section: &mut Section, security: Security, before: Option<&Tls>) -> Result<Option<Tls>> {
    match (Tls::read(section, "transport.tls", before.filter(|_| security.tls))?, security.tls) {
        (tls, true) => Ok(Some(tls.unwrap_or_else(Tls::usual))),
        (None, false) => Ok(None),
        (Some(_), false) => Err(wrong("transport.tls", "left out unless security is ssl or sasl_ssl")),
    }
}

fn read_sasl(section: &mut Section, security: Security, before: Option<&Sasl>) -> Result<Option<Sasl>> {
    if !security.sasl {
        let is_given = section.value("sasl")?.is_some_and(|value| !value.is_null());
        return match is_given {
            true => Err(wrong("transport.sasl", "left out unless security is sasl_plaintext or sasl_ssl")),
            false => Ok(None),
        };
    }
    let Some(inner) = section.inner("transport.sasl", &["mechanism", "username", "password"])? else {
        return section.required("sasl", before.cloned()).map(Some);
    };
    let mechanism = before.map(|sasl| sasl.mechanism);
    let username = inner.text("username", before.map(|sasl| sasl.username.as_str()), LONGEST)?;
    let kept = before.map(|sasl| &sasl.password);
    let password = inner.secret("password", kept, |text| text.len() <= LONGEST, "a text of at most 1024 bytes")?;
    Ok(Some(Sasl {
        mechanism: inner.choice("mechanism", mechanism, SaslMechanism::Plain, &MECHANISMS)?,
        username: inner.required("username", username)?,
        password: inner.required("password", password)?,
    }))
}

fn read_brokers(value: Value) -> Option<Vec<String>> {
    let list = value.as_array().filter(|list| (1..=MOST_BROKERS).contains(&list.len()))?;
    list.iter().map(|broker| broker.ok()?.as_str().filter(|broker| is_broker(broker)).map(str::to_owned)).collect()
}

/// `host:port`; an address of IPv6 stands in brackets.
fn is_broker(text: &str) -> bool {
    let Some((host, port)) = text.rsplit_once(':') else { return false };
    Host::parse(host).is_ok() && port.parse::<u16>().is_ok_and(|port| port > 0)
}

fn read_acks(value: Value) -> Option<Acks> {
    match number_in(value, &(0..=1)) {
        Some(0) => Some(Acks::None),
        Some(_) => Some(Acks::Leader),
        None => one_of(value, &ACKS),
    }
}

fn is_topic(text: &str) -> bool {
    let fixed = ["{{event_type}}", "{{db_id}}"].iter().fold(text.to_owned(), |text, param| text.replace(param, "x"));
    let is_sound = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    text.len() <= LONGEST_TOPIC && fixed.bytes().all(is_sound) && !matches!(text, "." | "..")
}

fn is_key(text: &str) -> bool {
    let params = ["{{profile_id}}", "{{event_id}}", "{{event_type}}", "{{db_id}}"];
    let fixed = params.iter().fold(text.to_owned(), |text, param| text.replace(param, ""));
    text.len() <= LONGEST && !fixed.contains("{{")
}
