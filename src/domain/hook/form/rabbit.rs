//! `rabbitmq_queue` and `rabbitmq_exchange` (pipelines-and-hooks.md 10.2 and 10.3).

use super::section::{Pairs, Section, hidden, name_of, whole};
use crate::domain::error::Result;
use crate::domain::hook::transport::{Exchange, ExchangeKind, Queue, Rabbit, Tls};
use crate::domain::json::Node;
use url::Host;

/// The keys of a queue's object.
pub const QUEUE_KEYS: &[&str] =
    &["type", "host", "port", "user", "password", "vhost", "tls", "queue", "declare_queue", "max_batch", "timeout_sec"];

/// The keys of an exchange's object.
pub const EXCHANGE_KEYS: &[&str] = &[
    "type",
    "host",
    "port",
    "user",
    "password",
    "vhost",
    "tls",
    "exchange",
    "exchange_type",
    "durable",
    "auto_delete",
    "max_batch",
    "timeout_sec",
];

/// The ports of AMQP and of AMQP over TLS.
const PORT: u32 = 5672;
const TLS_PORT: u32 = 5671;
/// The longest short string of AMQP, in bytes.
const LONGEST: usize = 255;

const KINDS: [(&str, ExchangeKind); 2] = [("direct", ExchangeKind::Direct), ("topic", ExchangeKind::Topic)];

impl Rabbit {
    fn read(section: &mut Section, before: Option<&Rabbit>) -> Result<Rabbit> {
        let is_host = |text: &str| Host::parse(text).is_ok();
        let host = section.checked_text("host", before.map(|rabbit| rabbit.host.as_str()), is_host, "a host")?;
        let user = section.text("user", before.map(|rabbit| rabbit.user.as_str()), LONGEST)?;
        let fits = |text: &str| text.len() <= LONGEST;
        let kept = before.map(|rabbit| &rabbit.password);
        let password = section.secret("password", kept, fits, "a text of at most 255 bytes")?;
        let vhost = section.text("vhost", before.map(|rabbit| rabbit.vhost.as_str()), LONGEST)?;
        let tls = Tls::read(section, "transport.tls", before.and_then(|rabbit| rabbit.tls.as_ref()))?;
        // The usual port follows TLS when that is switched; one that was chosen stays.
        let usual = |tls: bool| if tls { TLS_PORT } else { PORT };
        let chosen = before.filter(|rabbit| u32::from(rabbit.port) != usual(rabbit.tls.is_some()));
        let port = section.number(
            "port",
            chosen.map(|rabbit| u32::from(rabbit.port)),
            usual(tls.is_some()),
            1..=u32::from(u16::MAX),
        )?;
        Ok(Rabbit {
            host: section.required("host", host)?,
            port: u16::try_from(port).unwrap_or(u16::MAX),
            user: section.required("user", user)?,
            password: section.required("password", password)?,
            vhost: vhost.unwrap_or_else(|| "/".into()),
            tls,
        })
    }

    fn write<'a>(&'a self, masked: bool, pairs: &mut Pairs<'a>) {
        pairs.extend([
            ("host", Node::from(self.host.as_str())),
            ("port", whole(u32::from(self.port))),
            ("user", Node::from(self.user.as_str())),
            ("password", hidden(&self.password, masked)),
            ("vhost", Node::from(self.vhost.as_str())),
            ("tls", self.tls.as_ref().map_or(Node::Null, |tls| tls.written(masked))),
        ]);
    }
}

impl Queue {
    /// Reads the object. Errors: `error/param/…`.
    pub fn read(section: &mut Section, before: Option<&Queue>) -> Result<Queue> {
        Ok(Queue {
            server: Rabbit::read(section, before.map(|queue| &queue.server))?,
            queue: section.text("queue", before.map(|queue| queue.queue.as_str()), LONGEST)?.unwrap_or_default(),
            declare: section.flag("declare_queue", before.map(|queue| queue.declare), true)?,
        })
    }

    /// Appends the object's own keys.
    pub fn write<'a>(&'a self, masked: bool, pairs: &mut Pairs<'a>) {
        self.server.write(masked, pairs);
        pairs.extend([("queue", Node::from(self.queue.as_str())), ("declare_queue", Node::from(self.declare))]);
    }
}

impl Exchange {
    /// Reads the object. Errors: `error/param/…`.
    pub fn read(section: &mut Section, before: Option<&Exchange>) -> Result<Exchange> {
        let name = section.text("exchange", before.map(|exchange| exchange.exchange.as_str()), LONGEST)?;
        let kind = before.map(|exchange| exchange.kind);
        Ok(Exchange {
            server: Rabbit::read(section, before.map(|exchange| &exchange.server))?,
            exchange: section.required("exchange", name)?,
            kind: section.choice("exchange_type", kind, ExchangeKind::Direct, &KINDS)?,
            durable: section.flag("durable", before.map(|exchange| exchange.durable), true)?,
            auto_delete: section.flag("auto_delete", before.map(|exchange| exchange.auto_delete), false)?,
        })
    }

    /// Appends the object's own keys.
    pub fn write<'a>(&'a self, masked: bool, pairs: &mut Pairs<'a>) {
        self.server.write(masked, pairs);
        pairs.extend([
            ("exchange", Node::from(self.exchange.as_str())),
            ("exchange_type", name_of(self.kind, &KINDS)),
            ("durable", Node::from(self.durable)),
            ("auto_delete", Node::from(self.auto_delete)),
        ]);
    }
}
