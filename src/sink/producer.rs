//! A producer of Kafka: its settings, its life, and what its errors mean.

use super::failure::Failure;
use super::quiet::Quiet;
use crate::domain::hook::transport::{Acks, Compression, Kafka, Sasl, SaslMechanism, Tls};
use rdkafka::client::ClientContext;
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{FutureProducer, Producer as _};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

/// A producer with threads of its own.
pub(super) struct Producer {
    pub client: FutureProducer<Watch>,
    watch: Watch,
    limit: Duration,
}

/// What the producer last complained of: a message that was not delivered in time does not say why.
#[derive(Clone, Default)]
pub(super) struct Watch(Arc<Mutex<Option<(RDKafkaErrorCode, String)>>>);

impl ClientContext for Watch {
    /// Nothing is logged: all that matters comes back with a report.
    fn log(&self, _: RDKafkaLogLevel, _: &str, _: &str) {}

    fn error(&self, error: KafkaError, reason: &str) {
        if let (Some(code), Ok(mut last)) = (error.rdkafka_error_code(), self.0.lock()) {
            // That all brokers are down follows from what happened to each, and says less.
            if last.is_none() || code != RDKafkaErrorCode::AllBrokersDown {
                *last = Some((code, reason.to_owned()));
            }
        }
    }
}

impl Producer {
    /// Makes a producer; it connects by itself. Failures: `settings`.
    pub async fn new(settings: &Kafka) -> Result<Producer, Failure> {
        let config = config(settings);
        let watch = Watch::default();
        let of_client = watch.clone();
        let made = spawn_blocking(move || {
            let _quiet = Quiet::begin();
            config.create_with_context(of_client)
        });
        let limit = Duration::from_secs(settings.timeout_sec.into());
        match made.await {
            Ok(Ok(client)) => Ok(Producer { client, watch, limit }),
            Ok(Err(error)) => Err(Failure::settings(error.to_string())),
            Err(_) => Err(Failure::again("broken", "the runtime ends")),
        }
    }

    /// The brokers that the cluster of a topic names, `host:port`. Failures: as for a report.
    pub async fn brokers(producer: &Arc<Producer>, topic: String) -> Result<Vec<String>, Failure> {
        let asked = producer.clone();
        let answer = spawn_blocking(move || {
            let metadata = asked.client.client().fetch_metadata(Some(&topic), asked.limit)?;
            Ok(metadata.brokers().iter().map(|broker| format!("{}:{}", broker.host(), broker.port())).collect())
        });
        match answer.await {
            Ok(answer) => answer.map_err(|error: KafkaError| producer.failure(&error)),
            Err(_) => Err(Failure::again("broken", "the runtime ends")),
        }
    }

    /// What an error means. A message that was not delivered in time does not say why: the producer's last complaint
    /// does.
    pub fn failure(&self, error: &KafkaError) -> Failure {
        use RDKafkaErrorCode as Code;
        let complaint = self.watch.0.lock().ok().and_then(|last| last.clone());
        let code = error.rdkafka_error_code().unwrap_or(Code::Unknown);
        let in_vain = matches!(
            code,
            Code::MessageTimedOut | Code::OperationTimedOut | Code::BrokerTransportFailure | Code::AllBrokersDown
        );
        let (code, text) = match complaint {
            Some((cause, reason)) if in_vain => (cause, reason),
            _ => (code, error.to_string()),
        };
        // At which step a connection broke is said in the text alone.
        let in_handshake = code == Code::BrokerTransportFailure && text.contains("SSL_HANDSHAKE");
        Failure::again(if in_handshake { "tls" } else { state(code) }, text)
    }
}

/// The word for an error.
fn state(code: RDKafkaErrorCode) -> &'static str {
    use RDKafkaErrorCode as Code;
    match code {
        Code::MessageTimedOut | Code::OperationTimedOut | Code::RequestTimedOut => "timeout",
        Code::BrokerTransportFailure | Code::AllBrokersDown => "unreachable",
        Code::Resolve => "unresolved",
        Code::SSL => "tls",
        Code::Authentication | Code::SaslAuthenticationFailed => "user_refused",
        Code::TopicAuthorizationFailed | Code::ClusterAuthorizationFailed => "access_refused",
        Code::UnknownTopic | Code::UnknownTopicOrPartition | Code::InvalidTopic => "no_topic",
        Code::MessageSizeTooLarge | Code::MessageBatchTooLarge => "too_large",
        _ => "rejected",
    }
}

/// Ends a producer. That waits for its threads, which must not hold up the runtime.
pub(super) fn end(producer: Arc<Producer>) {
    if let Ok(runtime) = Handle::try_current() {
        runtime.spawn_blocking(move || drop(producer));
    }
}

/// The settings as librdkafka names them.
fn config(settings: &Kafka) -> ClientConfig {
    let limit = (u64::from(settings.timeout_sec) * 1000).to_string();
    let mut config = ClientConfig::new();
    config
        .set("client.id", "pg_member")
        .set("bootstrap.servers", settings.brokers.join(","))
        // All messages of a parcel are handed over at once: there is nothing to wait for.
        .set("linger.ms", "0")
        .set("message.timeout.ms", &limit)
        .set("request.timeout.ms", &limit)
        .set("acks", acks(settings.acks))
        .set("enable.idempotence", flag(settings.acks == Acks::All))
        .set("compression.type", compression(settings.compression))
        // Keys go to the partitions that they go to from other clients.
        .set("partitioner", "murmur2_random")
        .set("security.protocol", protocol(settings))
        // Brokers can ask clients for statistics of theirs; ours are nobody's business.
        .set("enable.metrics.push", "false");
    if let Some(tls) = &settings.tls {
        set_tls(&mut config, tls);
    }
    if let Some(Sasl { mechanism, username, password }) = &settings.sasl {
        config
            .set("sasl.mechanisms", sasl(*mechanism))
            .set("sasl.username", username)
            .set("sasl.password", &**password);
    }
    config
}

fn set_tls(config: &mut ClientConfig, tls: &Tls) {
    config.set("enable.ssl.certificate.verification", flag(tls.verify));
    let key = tls.key.as_deref();
    let pems = [("ssl.ca.pem", tls.ca.as_deref()), ("ssl.certificate.pem", tls.cert.as_deref()), ("ssl.key.pem", key)];
    for (name, pem) in pems {
        if let Some(pem) = pem {
            config.set(name, pem);
        }
    }
}

fn flag(set: bool) -> &'static str {
    if set { "true" } else { "false" }
}

fn protocol(settings: &Kafka) -> &'static str {
    match (&settings.tls, &settings.sasl) {
        (None, None) => "plaintext",
        (Some(_), None) => "ssl",
        (None, Some(_)) => "sasl_plaintext",
        (Some(_), Some(_)) => "sasl_ssl",
    }
}

fn acks(acks: Acks) -> &'static str {
    match acks {
        Acks::None => "0",
        Acks::Leader => "1",
        Acks::All => "all",
    }
}

fn compression(compression: Compression) -> &'static str {
    match compression {
        Compression::None => "none",
        Compression::Gzip => "gzip",
        Compression::Snappy => "snappy",
        Compression::Lz4 => "lz4",
        Compression::Zstd => "zstd",
    }
}

fn sasl(mechanism: SaslMechanism) -> &'static str {
    match mechanism {
        SaslMechanism::Plain => "PLAIN",
        SaslMechanism::ScramSha256 => "SCRAM-SHA-256",
        SaslMechanism::ScramSha512 => "SCRAM-SHA-512",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn plain() -> Kafka {
        Kafka {
            brokers: vec!["127.0.0.1:1".to_owned(), "b:2".to_owned()],
            topic: "t".to_owned(),
            key: String::new(),
            acks: Acks::All,
            compression: Compression::None,
            tls: None,
            sasl: None,
            timeout_sec: 3,
        }
    }

    #[test]
    fn settings_are_named_as_librdkafka_does() {
        let tls = || Some(Tls { ca: Some("CA".to_owned()), cert: None, key: None, verify: false });
        let sasl = |mechanism| Some(Sasl { mechanism, username: "u".to_owned(), password: "p".into() });
        let cases = [
            (plain(), "security.protocol", Some("plaintext")),
            (plain(), "bootstrap.servers", Some("127.0.0.1:1,b:2")),
            (plain(), "message.timeout.ms", Some("3000")),
            (plain(), "enable.idempotence", Some("true")),
            (Kafka { acks: Acks::Leader, ..plain() }, "enable.idempotence", Some("false")),
            (Kafka { acks: Acks::None, ..plain() }, "acks", Some("0")),
            (Kafka { compression: Compression::Lz4, ..plain() }, "compression.type", Some("lz4")),
            (plain(), "enable.ssl.certificate.verification", None),
            (Kafka { tls: tls(), ..plain() }, "security.protocol", Some("ssl")),
            (Kafka { tls: tls(), ..plain() }, "ssl.ca.pem", Some("CA")),
            (Kafka { tls: tls(), ..plain() }, "enable.ssl.certificate.verification", Some("false")),
            (Kafka { sasl: sasl(SaslMechanism::Plain), ..plain() }, "security.protocol", Some("sasl_plaintext")),
            (Kafka { sasl: sasl(SaslMechanism::ScramSha512), ..plain() }, "sasl.mechanisms", Some("SCRAM-SHA-512")),
            (Kafka { sasl: sasl(SaslMechanism::Plain), tls: tls(), ..plain() }, "security.protocol", Some("sasl_ssl")),
        ];
        for (settings, name, expected) in cases {
            assert_eq!(config(&settings).get(name), expected, "{name}");
        }
    }

    /// Of the threads that librdkafka and its wrapper started: the signals that they block, in hexadecimal.
    fn masks() -> Vec<String> {
        let tasks = fs::read_dir("/proc/self/task").unwrap().map(|task| task.unwrap().path());
        let statuses = tasks.filter_map(|task| fs::read_to_string(task.join("status")).ok());
        let field = |status: &str, name: &str| {
            status.lines().find_map(|line| Some(line.strip_prefix(name)?.trim().to_owned())).unwrap()
        };
        let ours = statuses.filter(|status| {
            let name = field(status, "Name:");
            name.starts_with("rdk:") || name.starts_with("producer pol")
        });
        ours.map(|status| field(&status, "SigBlk:")).collect()
    }

    #[tokio::test]
    async fn threads_of_the_client_take_no_signals() {
        let producer = Arc::new(Producer::new(&plain()).await.ok().unwrap());
        let masks = masks();
        assert!(masks.len() >= 2, "{masks:?}");
        // All but the two that cannot be blocked (9, 19) and the two that the C library keeps (32, 33).
        assert!(masks.iter().all(|mask| mask == "fffffffe7ffbfeff"), "{masks:?}");
        end(producer);
    }
}
