//! Where a hook's events go: the four kinds of transport and their settings (pipelines-and-hooks.md 10).

use super::Secret;

/// One of the four.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Batches as a JSON array, by POST.
    Http(Http),
    /// Single events to a queue of RabbitMQ.
    Queue(Queue),
    /// Single events to an exchange of RabbitMQ.
    Exchange(Exchange),
    /// Single events to a topic of Kafka.
    Kafka(Kafka),
}

impl Transport {
    /// Whether each event goes as a message of its own.
    pub fn sends_singly(&self) -> bool {
        !matches!(self, Transport::Http(_))
    }
}

/// `http_batch`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Http {
    /// The receiver: http or https.
    pub url: String,
    /// How it knows us.
    pub auth: Auth,
    /// Headers that every request carries, beside our own; some of them let one in.
    pub headers: Vec<(String, Secret)>,
    /// What the answer must match; without it, any answer with status 200 is a success.
    pub success_regex: Option<String>,
    /// How long a request may take, in seconds.
    pub request_timeout_sec: u32,
    /// The secrets that requests are signed with: none, one, or two while one is being replaced.
    pub signing_secrets: Vec<Secret>,
    /// A certificate authority of one's own, PEM.
    pub ca: Option<String>,
}

/// How a receiver over HTTP knows us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Auth {
    /// It does not ask.
    None,
    /// OAuth 2.0, client credentials.
    OAuth2 {
        /// Where tokens are given.
        token_url: String,
        /// The client's name.
        client_id: String,
        /// Its secret.
        client_secret: Secret,
        /// What is asked for, if anything.
        scope: Option<String>,
    },
}

/// The server that both kinds of RabbitMQ transports talk to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rabbit {
    /// Its host.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The user.
    pub user: String,
    /// The password.
    pub password: Secret,
    /// The virtual host.
    pub vhost: String,
    /// TLS, if it is to be used.
    pub tls: Option<Tls>,
}

/// How a broker's certificate is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tls {
    /// A certificate authority of one's own, PEM.
    pub ca: Option<String>,
    /// A client certificate, PEM.
    pub cert: Option<String>,
    /// Its key, PEM.
    pub key: Option<Secret>,
    /// Whether it is checked at all.
    pub verify: bool,
}

/// `rabbitmq_queue`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    /// The server.
    pub server: Rabbit,
    /// The queue; empty for the name of the event.
    pub queue: String,
    /// Whether it is declared, durable, before the first message.
    pub declare: bool,
}

/// `rabbitmq_exchange`. The routing key is `<db_id>.<event_type>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// The server.
    pub server: Rabbit,
    /// Its name.
    pub exchange: String,
    /// How it routes.
    pub kind: ExchangeKind,
    /// Whether it survives a restart of the broker.
    pub durable: bool,
    /// Whether it goes with its last queue.
    pub auto_delete: bool,
}

/// How an exchange routes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExchangeKind {
    /// To queues bound with exactly this routing key.
    Direct,
    /// To queues whose pattern matches it.
    Topic,
}

/// `kafka`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kafka {
    /// `host:port` of the brokers to begin with.
    pub brokers: Vec<String>,
    /// The topic; may hold `{{event_type}}` and `{{db_id}}`.
    pub topic: String,
    /// The key; empty for the profile's id, without one the event's. May hold `{{profile_id}}`, `{{event_id}}`,
    /// `{{event_type}}` and `{{db_id}}`.
    pub key: String,
    /// How many brokers must have it.
    pub acks: Acks,
    /// How batches are compressed.
    pub compression: Compression,
    /// Whether the connection is encrypted.
    pub tls: Option<Tls>,
    /// Who we are, if the broker asks.
    pub sasl: Option<Sasl>,
    /// How long the broker may take to acknowledge, in seconds.
    pub timeout_sec: u32,
}

/// How many brokers must have a message before it counts as sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acks {
    /// None: sent is delivered.
    None,
    /// The leader.
    Leader,
    /// All in-sync replicas.
    All,
}

/// How Kafka batches are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// gzip.
    Gzip,
    /// snappy.
    Snappy,
    /// lz4.
    Lz4,
    /// zstd.
    Zstd,
}

/// Who we are to a Kafka broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sasl {
    /// How it is proved.
    pub mechanism: SaslMechanism,
    /// The user.
    pub username: String,
    /// The password.
    pub password: Secret,
}

/// How a user proves who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaslMechanism {
    /// In clear.
    Plain,
    /// SCRAM-SHA-256.
    ScramSha256,
    /// SCRAM-SHA-512.
    ScramSha512,
}
