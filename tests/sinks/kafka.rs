//! Kafka: what is sent, what a real broker and a faulty cluster make of it (pipelines-and-hooks.md 10.4).

use super::front::Front;
use super::receiver::{Authority, Receiver};
use super::*;
use pg_member::domain::hook::transport::{Acks, Compression, Kafka, Sasl, SaslMechanism, Tls};
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::{Headers, Message, OwnedMessage};
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
use std::time::Duration;

fn kafka(brokers: &str, topic: &str) -> Kafka {
    Kafka {
        brokers: brokers.split(',').map(str::to_owned).collect(),
        topic: topic.to_owned(),
        key: String::new(),
        acks: Acks::All,
        compression: Compression::None,
        tls: None,
        sasl: None,
        timeout_sec: 10,
    }
}

fn real(topic: &str) -> Kafka {
    kafka(&from_suite("PG_MEMBER_KAFKA"), topic)
}

/// How a client of the tests reaches these brokers.
fn reaching(brokers: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", brokers);
    config
}

async fn make_topic(name: &str) {
    make_topic_at(&reaching(&from_suite("PG_MEMBER_KAFKA")), name).await;
}

async fn make_topic_at(config: &ClientConfig, name: &str) {
    let admin: AdminClient<DefaultClientContext> = config.create().unwrap();
    let topic = NewTopic::new(name, 1, TopicReplication::Fixed(1));
    let made = admin.create_topics([&topic], &AdminOptions::new()).await.unwrap();
    assert_eq!(made, [Ok(name.to_owned())]);
}

/// The first messages of a topic with one partition.
fn messages(brokers: &str, topic: &str, count: usize) -> Vec<OwnedMessage> {
    messages_at(reaching(brokers), topic, count)
}

fn messages_at(mut config: ClientConfig, topic: &str, count: usize) -> Vec<OwnedMessage> {
    let consumer: BaseConsumer = config.set("group.id", "nobody").create().unwrap();
    let mut partitions = TopicPartitionList::new();
    partitions.add_partition_offset(topic, 0, Offset::Beginning).unwrap();
    consumer.assign(&partitions).unwrap();
    let next = || consumer.poll(Duration::from_secs(20)).expect("a message").map(|message| message.detach());
    (0..count).map(|_| next().unwrap()).collect()
}

fn text(octets: Option<&[u8]>) -> &str {
    octets.map_or("", |octets| std::str::from_utf8(octets).unwrap())
}

/// A cluster inside librdkafka whose faults are ordered.
struct Faulty {
    cluster: MockCluster<'static, DefaultProducerContext>,
}

impl Faulty {
    fn new(topics: &[&str]) -> Faulty {
        let cluster = MockCluster::new(1).unwrap();
        for topic in topics {
            cluster.create_topic(topic, 1, 1).unwrap();
        }
        Faulty { cluster }
    }

    /// A hook that gives up after a second.
    fn kafka(&self, topic: &str) -> Kafka {
        Kafka { timeout_sec: 1, ..kafka(&self.cluster.bootstrap_servers(), topic) }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_event_is_a_message_with_headers_and_a_key() {
    make_topic("events-click").await;
    make_topic("events-open").await;
    let settings = real("events-{{event_type}}");
    assert_delivered(&send_once(Transport::Kafka(settings.clone()), &open()).await, 2);
    let clicks = messages(&settings.brokers[0], "events-click", 1);
    assert_eq!(text(clicks[0].payload()), r#"{"event_type":"click","n":1}"#);
    assert_eq!(text(clicks[0].key()), "p1", "the profile");
    let headers = clicks[0].headers().unwrap();
    let headers: Vec<_> = headers.iter().map(|header| (header.key, text(header.value))).collect();
    assert_eq!(headers, [("event_type", "click"), ("event_id", "1"), ("content-type", "application/json")]);
    let opens = messages(&settings.brokers[0], "events-open", 1);
    assert_eq!(text(opens[0].key()), "2", "the event, when it is about nobody");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_and_topics_are_filled() {
    make_topic("of-7").await;
    let settings = Kafka { key: "{{db_id}}/{{profile_id}}/{{event_id}}".to_owned(), ..real("of-{{db_id}}") };
    assert_delivered(&send_once(Transport::Kafka(settings.clone()), &open()).await, 2);
    let got = messages(&settings.brokers[0], "of-7", 2);
    assert_eq!([text(got[0].key()), text(got[1].key())], ["7/p1/1", "7//2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_compression_and_every_acks_arrives() {
    make_topic("packed").await;
    use Compression::{Gzip, Lz4, None, Snappy, Zstd};
    let all = [
        (None, Acks::None),
        (None, Acks::Leader),
        (Gzip, Acks::All),
        (Snappy, Acks::All),
        (Lz4, Acks::All),
        (Zstd, Acks::All),
    ];
    let many = parcel(&vec![("click", Some("p1")); 50]);
    for (compression, acks) in all {
        let transport = Transport::Kafka(Kafka { compression, acks, ..real("packed") });
        assert_delivered(&sinks().send(&endpoint(transport), &many, &open()).await, 50);
    }
    let got = messages(&from_suite("PG_MEMBER_KAFKA"), "packed", 300);
    let order: Vec<_> = got.iter().map(|message| text(message.payload()).to_owned()).collect();
    let expected: Vec<_> = many.items.iter().map(|item| item.json.clone()).collect();
    assert!(order.chunks(50).all(|chunk| chunk == expected), "each parcel in its order");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_allowed_brokers_are_talked_to() {
    let faulty = Faulty::new(&["guarded"]);
    let broker = faulty.cluster.bootstrap_servers();
    let port = broker.rsplit_once(':').unwrap().1.to_owned();
    let named = format!("localhost:{port}");
    let allowing =
        |brokers: &[&str]| Reach { private: false, kafka: brokers.iter().map(|&one| one.to_owned()).collect() };
    let hook = |broker: &str| Transport::Kafka(Kafka { timeout_sec: 10, ..kafka(broker, "guarded") });
    for reach in [Reach::default(), allowing(&["elsewhere:9092"])] {
        assert_failed(&send_once(hook(&broker), &reach).await, Verdict::Stop, "broker_not_allowed", 0);
    }
    // The cluster names its broker by address: that one is not on the list.
    let advertised = send_once(hook(&named), &allowing(&[&named])).await;
    assert_failed(&advertised, Verdict::Stop, "broker_not_allowed", 0);
    assert!(advertised.answer.starts_with(&broker), "{advertised:?}");
    assert_delivered(&send_once(hook(&named), &allowing(&[&named, &broker])).await, 2);
    assert_eq!(messages(&broker, "guarded", 2).len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_before_a_fault_has_arrived() {
    let faulty = Faulty::new(&["part-good", "part-bad"]);
    let denied = RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
    faulty.cluster.topic_error("part-bad", denied).unwrap();
    let transport = Transport::Kafka(faulty.kafka("part-{{event_type}}"));
    let sent = parcel(&[("good", None), ("good", None), ("bad", None), ("good", None)]);
    let outcome = sinks().send(&endpoint(transport), &sent, &open()).await;
    assert_failed(&outcome, AGAIN, "access_refused", 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_of_the_broker_have_names() {
    use RDKafkaRespErr as Error;
    let faults = [
        (Error::RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, "too_large"),
        (Error::RD_KAFKA_RESP_ERR_INVALID_REQUIRED_ACKS, "rejected"),
        (Error::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, "access_refused"),
    ];
    for (fault, state) in faults {
        let faulty = Faulty::new(&["faults"]);
        faulty.cluster.request_errors(RDKafkaApiKey::Produce, &[fault]);
        let (sinks, endpoint) =
            (sinks(), endpoint(Transport::Kafka(Kafka { timeout_sec: 10, ..faulty.kafka("faults") })));
        let one = parcel(&[("click", None)]);
        assert_failed(&sinks.send(&endpoint, &one, &open()).await, AGAIN, state, 0);
        assert_delivered(&sinks.send(&endpoint, &one, &open()).await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passing_fault_is_mended_within_the_attempt() {
    let faulty = Faulty::new(&["passing"]);
    let moved = RDKafkaRespErr::RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION;
    faulty.cluster.request_errors(RDKafkaApiKey::Produce, &[moved, moved]);
    let settings = Kafka { timeout_sec: 10, ..faulty.kafka("passing") };
    assert_delivered(&send_once(Transport::Kafka(settings), &open()).await, 2);
    assert_eq!(messages(&faulty.cluster.bootstrap_servers(), "passing", 2).len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_down_is_tried_again() {
    let faulty = Faulty::new(&["down"]);
    faulty.cluster.broker_down(1).unwrap();
    let (sinks, endpoint) = (sinks(), endpoint(Transport::Kafka(faulty.kafka("down"))));
    let one = parcel(&[("click", None)]);
    assert_failed(&sinks.send(&endpoint, &one, &open()).await, AGAIN, "unreachable", 0);
    faulty.cluster.broker_up(1).unwrap();
    let mut outcome = sinks.send(&endpoint, &one, &open()).await;
    while outcome.verdict != Verdict::Delivered {
        outcome = sinks.send(&endpoint, &one, &open()).await;
    }
    assert_delivered(&outcome, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_slow_is_a_timeout() {
    let faulty = Faulty::new(&["slow"]);
    faulty.cluster.broker_round_trip_time(1, Duration::from_secs(5)).unwrap();
    let outcome = send_once(Transport::Kafka(faulty.kafka("slow")), &open()).await;
    assert_failed(&outcome, AGAIN, "timeout", 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_are_checked_against_ones_own_authority() {
    let authority = Authority::new();
    let receiver = Receiver::start_tls(&authority).await;
    let with = |ca: Option<String>, verify| {
        let tls = Some(Tls { ca, cert: None, key: None, verify });
        Transport::Kafka(Kafka { tls, timeout_sec: 1, ..kafka(&format!("localhost:{}", receiver.port()), "encrypted") })
    };
    assert_failed(&send_once(with(None, true), &open()).await, AGAIN, "tls", 0);
    // Once it is trusted it turns out to be no broker.
    for trusting in [with(Some(authority.pem()), true), with(None, false)] {
        let outcome = send_once(trusting, &open()).await;
        assert_eq!((outcome.verdict, outcome.arrived), (AGAIN, 0), "{outcome:?}");
        assert_ne!(outcome.state, "tls", "{outcome:?}");
    }
    let plain = Faulty::new(&["plain"]);
    let tls = Some(Tls { ca: None, cert: None, key: None, verify: true });
    let encrypted = Kafka { tls, ..plain.kafka("plain") };
    assert_failed(&send_once(Transport::Kafka(encrypted), &open()).await, AGAIN, "tls", 0);
    let no_pem = with(Some("no PEM".to_owned()), true);
    assert_failed(&send_once(no_pem, &open()).await, Verdict::Stop, "settings", 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_behind_tls_takes_what_comes_with_a_certificate() {
    let authority = Authority::new();
    let port: u16 = from_suite("PG_MEMBER_KAFKA_FRONT").parse().unwrap();
    let _front = Front::start(&authority, port, from_suite("PG_MEMBER_KAFKA_BEHIND")).await;
    let brokers = format!("localhost:{port}");
    let (cert, key) = authority.issue_pem();
    let with = |own: Option<(&String, &String)>| {
        let (cert, key) = own.map(|(cert, key)| (cert.clone(), key.as_str().into())).unzip();
        let tls = Some(Tls { ca: Some(authority.pem()), cert, key, verify: true });
        Kafka { tls, ..kafka(&brokers, "behind") }
    };
    let mut config = reaching(&brokers);
    config.set("security.protocol", "ssl").set("ssl.ca.pem", authority.pem());
    config.set("ssl.certificate.pem", &cert).set("ssl.key.pem", &key);
    make_topic_at(&config, "behind").await;
    assert_delivered(&send_once(Transport::Kafka(with(Some((&cert, &key)))), &open()).await, 2);
    let got = messages_at(config, "behind", 2);
    assert_eq!([text(got[0].key()), text(got[1].key())], ["p1", "2"]);
    let nobody = Kafka { timeout_sec: 1, ..with(None) };
    let outcome = send_once(Transport::Kafka(nobody), &open()).await;
    assert_eq!((outcome.verdict, outcome.arrived), (AGAIN, 0), "{outcome:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_is_refused_has_a_name() {
    let faulty = Faulty::new(&["plain"]);
    let sasl = |mechanism| Some(Sasl { mechanism, username: "u".to_owned(), password: "s3cret".into() });
    for mechanism in [SaslMechanism::Plain, SaslMechanism::ScramSha256, SaslMechanism::ScramSha512] {
        let known = Kafka { sasl: sasl(mechanism), ..faulty.kafka("plain") };
        let outcome = send_once(Transport::Kafka(known), &open()).await;
        assert_failed(&outcome, AGAIN, "user_refused", 0);
        assert!(!outcome.answer.contains("s3cret"), "{outcome:?}");
    }
}
