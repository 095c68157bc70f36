//! RabbitMQ: queues, exchanges, confirms, and every way it can refuse (pipelines-and-hooks.md 10.2, 10.3).

use super::*;
use lapin::message::BasicGetMessage;
use lapin::options::{BasicGetOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{Channel, Connection, ConnectionProperties};
use pg_member::domain::hook::transport::{Exchange, ExchangeKind, Queue, Rabbit, Tls};
use std::process::Command;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::sync::RwLock;

/// What concerns the whole broker is done while no other test uses it.
static BROKER: RwLock<()> = RwLock::const_new(());

fn server() -> Rabbit {
    Rabbit {
        host: "127.0.0.1".to_owned(),
        port: from_suite("PG_MEMBER_RABBIT_PORT").parse().unwrap(),
        user: "member".to_owned(),
        password: "secret".into(),
        vhost: "/".to_owned(),
        tls: None,
    }
}

fn queue(name: &str) -> Queue {
    Queue { server: server(), queue: name.to_owned(), declare: true }
}

fn exchange(name: &str, kind: ExchangeKind) -> Exchange {
    Exchange { server: server(), exchange: name.to_owned(), kind, durable: true, auto_delete: false }
}

/// A client of the test's own.
async fn client() -> Channel {
    let uri = format!("amqp://member:secret@127.0.0.1:{}/%2f", server().port);
    let connection = Connection::connect(&uri, ConnectionProperties::default()).await.unwrap();
    connection.create_channel().await.unwrap()
}

async fn make_queue(client: &Channel, name: &str, options: QueueDeclareOptions, arguments: FieldTable) {
    client.queue_declare(name.into(), options, arguments).await.unwrap();
}

/// The messages that lie in a queue.
async fn messages(client: &Channel, queue: &str) -> Vec<BasicGetMessage> {
    let mut all = Vec::new();
    while let Some(message) = client.basic_get(queue.into(), BasicGetOptions { no_ack: true }).await.unwrap() {
        all.push(message);
    }
    all
}

fn bodies(messages: &[BasicGetMessage]) -> Vec<&str> {
    messages.iter().map(|message| std::str::from_utf8(&message.data).unwrap()).collect()
}

/// Runs rabbitmqctl at the test's broker.
fn ctl(arguments: &[&str]) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/brokers/rabbit.sh");
    let directory = from_suite("PG_MEMBER_RABBIT_DIR");
    let done = Command::new(script).args(["ctl", &directory]).args(arguments).output().unwrap();
    assert!(done.status.success(), "{done:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_is_made_and_gets_each_event() {
    let _broker = BROKER.read().await;
    let client = client().await;
    assert_delivered(&send_once(Transport::Queue(queue("events")), &open()).await, 2);
    let got = messages(&client, "events").await;
    assert_eq!(bodies(&got), [r#"{"event_type":"click","n":1}"#, r#"{"event_type":"open","n":2}"#]);
    let properties = &got[0].properties;
    assert_eq!(properties.content_type().as_ref().map(|text| text.as_str()), Some("application/json"));
    assert_eq!(properties.message_id().as_ref().map(|text| text.as_str()), Some("1"));
    assert_eq!((*properties.delivery_mode(), *properties.timestamp()), (Some(2), Some(1_700_000_000)));
    // It is durable: the same declaration is no mismatch.
    let durable = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
    make_queue(&client, "events", durable, FieldTable::default()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_without_a_name_is_called_like_the_event() {
    let _broker = BROKER.read().await;
    let sent = parcel(&[("unnamed_a", None), ("unnamed_b", None), ("unnamed_a", None)]);
    let sinks = sinks();
    assert_delivered(&sinks.send(&endpoint(Transport::Queue(queue(""))), &sent, &open()).await, 3);
    let client = client().await;
    assert_eq!(messages(&client, "unnamed_a").await.len(), 2);
    assert_eq!(messages(&client, "unnamed_b").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_that_is_not_there_loses_nothing_silently() {
    let _broker = BROKER.read().await;
    let undeclared = Queue { declare: false, ..queue("nobody_made_this") };
    assert_failed(&send_once(Transport::Queue(undeclared), &open()).await, AGAIN, "no_queue", 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exchange_routes_by_database_and_event() {
    let _broker = BROKER.read().await;
    let client = client().await;
    let topic = || Transport::Exchange(exchange("by_topic", ExchangeKind::Topic));
    // That no queue takes a message is no failure.
    assert_delivered(&send_once(topic(), &open()).await, 2);
    make_queue(&client, "clicks", QueueDeclareOptions::default(), FieldTable::default()).await;
    let bind = QueueBindOptions::default();
    client.queue_bind("clicks".into(), "by_topic".into(), "*.click".into(), bind, FieldTable::default()).await.unwrap();
    assert_delivered(&send_once(topic(), &open()).await, 2);
    let got = messages(&client, "clicks").await;
    assert_eq!(bodies(&got), [r#"{"event_type":"click","n":1}"#]);
    assert_eq!(got[0].routing_key.as_str(), "7.click");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_exists_with_other_properties_stops_the_hook() {
    let _broker = BROKER.read().await;
    let client = client().await;
    make_queue(&client, "fleeting", QueueDeclareOptions::default(), FieldTable::default()).await;
    let outcome = send_once(Transport::Queue(queue("fleeting")), &open()).await;
    assert_failed(&outcome, Verdict::Stop, "mismatched", 0);
    assert!(outcome.answer.contains("durable"), "{outcome:?}");
    let direct = Transport::Exchange(exchange("is_direct", ExchangeKind::Direct));
    assert_delivered(&send_once(direct, &open()).await, 2);
    let topic = Transport::Exchange(exchange("is_direct", ExchangeKind::Topic));
    assert_failed(&send_once(topic, &open()).await, Verdict::Stop, "mismatched", 0);
    let temporary = Exchange { durable: false, auto_delete: true, ..exchange("is_direct", ExchangeKind::Direct) };
    assert_failed(&send_once(Transport::Exchange(temporary), &open()).await, Verdict::Stop, "mismatched", 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_not_taken_leaves_the_rest_to_be_sent_again() {
    let _broker = BROKER.read().await;
    let client = client().await;
    let mut full = FieldTable::default();
    full.insert("x-max-length".into(), AMQPValue::LongInt(1));
    full.insert("x-overflow".into(), AMQPValue::LongString("reject-publish".into()));
    make_queue(&client, "full", QueueDeclareOptions::default(), full).await;
    let transport = Transport::Queue(Queue { declare: false, ..queue("full") });
    let (sinks, endpoint) = (sinks(), endpoint(transport));
    // The first fills the queue; whether the second still fits depends on when the broker counts, the last never does.
    let outcome = sinks.send(&endpoint, &parcel(&[("a", None), ("b", None), ("c", None), ("d", None)]), &open()).await;
    assert_eq!((outcome.verdict, outcome.state), (AGAIN, "nacked"), "{outcome:?}");
    assert!((1..4).contains(&outcome.arrived), "{outcome:?}");
    let got = messages(&client, "full").await;
    assert!(bodies(&got)[0].contains(r#""n":1"#), "{got:?}");
    assert!(got.len() >= outcome.arrived, "what is said to have arrived is there");
}

#[tokio::test(flavor = "multi_thread")]
async fn users_and_hosts_that_are_refused_have_names() {
    let _broker = BROKER.read().await;
    let with = |change: fn(&mut Rabbit)| {
        let mut queue = queue("refused");
        change(&mut queue.server);
        Transport::Queue(queue)
    };
    let wrong_password = send_once(with(|server| server.password = "wr0ng".into()), &open()).await;
    assert_failed(&wrong_password, AGAIN, "user_refused", 0);
    assert!(!wrong_password.answer.contains("wr0ng"), "{wrong_password:?}");
    let missing = send_once(with(|server| server.vhost = "/missing".to_owned()), &open()).await;
    assert_failed(&missing, AGAIN, "vhost_refused", 0);
    // Port 1 is nobody's.
    assert_failed(&send_once(with(|server| server.port = 1), &open()).await, AGAIN, "refused", 0);
    let nowhere = send_once(with(|server| server.host = "no-such-host.invalid".to_owned()), &open()).await;
    assert_failed(&nowhere, AGAIN, "unresolved", 0);
    let outcome = send_once(Transport::Queue(queue(&"long".repeat(64))), &open()).await;
    assert_failed(&outcome, Verdict::Stop, "settings", 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn inner_addresses_are_not_reached_unless_allowed() {
    let _broker = BROKER.read().await;
    let closed = Reach::default();
    let literal = Transport::Queue(queue("guarded"));
    assert_failed(&send_once(literal, &closed).await, Verdict::Stop, "address_not_allowed", 0);
    let mut named = queue("guarded");
    named.server.host = "localhost".to_owned();
    assert_failed(&send_once(Transport::Queue(named), &closed).await, AGAIN, "address_not_allowed", 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_are_checked_against_ones_own_authority() {
    let _broker = BROKER.read().await;
    let ca = std::fs::read_to_string(from_suite("PG_MEMBER_RABBIT_CA")).unwrap();
    let with = |ca: Option<&str>, verify| {
        let mut queue = queue("encrypted");
        queue.server.port = from_suite("PG_MEMBER_RABBIT_TLS_PORT").parse().unwrap();
        queue.server.tls = Some(Tls { ca: ca.map(str::to_owned), cert: None, key: None, verify });
        Transport::Queue(queue)
    };
    assert_delivered(&send_once(with(Some(&ca), true), &open()).await, 2);
    assert_failed(&send_once(with(None, true), &open()).await, AGAIN, "tls", 0);
    assert_delivered(&send_once(with(None, false), &open()).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_says_nothing_is_hung_up_on() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut silent = queue("silence");
    silent.server.port = listener.local_addr().unwrap().port();
    let listening = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut said = Vec::new();
        stream.read_to_end(&mut said).await.unwrap();
        said
    });
    assert_failed(&send_once(Transport::Queue(silent), &open()).await, AGAIN, "timeout", 0);
    assert_eq!(listening.await.unwrap(), b"AMQP\0\0\x09\x01", "all that was said before we hung up");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_blocks_or_hangs_up_is_tried_again() {
    let _broker = BROKER.write().await;
    let (sinks, endpoint) = (sinks(), endpoint(Transport::Queue(queue("patience"))));
    let one = parcel(&[("click", None)]);
    assert_delivered(&sinks.send(&endpoint, &one, &open()).await, 1);

    ctl(&["close_all_connections", "for a test"]);
    let mut outcome = sinks.send(&endpoint, &one, &open()).await;
    if outcome.verdict != Verdict::Delivered {
        outcome = sinks.send(&endpoint, &one, &open()).await;
    }
    assert_delivered(&outcome, 1);

    ctl(&["set_vm_memory_high_watermark", "0.00001"]);
    let mut outcome = sinks.send(&endpoint, &one, &open()).await;
    while outcome.verdict == Verdict::Delivered {
        // The alarm is raised by the broker's next look at its memory.
        outcome = sinks.send(&endpoint, &one, &open()).await;
    }
    assert_failed(&outcome, AGAIN, "blocked", 0);
    assert_failed(&sinks.send(&endpoint, &one, &open()).await, AGAIN, "blocked", 0);

    ctl(&["set_vm_memory_high_watermark", "0.4"]);
    while outcome.verdict != Verdict::Delivered {
        assert_eq!(outcome.state, "blocked", "{outcome:?}");
        tokio::task::yield_now().await;
        outcome = sinks.send(&endpoint, &one, &open()).await;
    }
    assert_delivered(&outcome, 1);
}
