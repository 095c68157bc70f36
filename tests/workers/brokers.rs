//! RabbitMQ and Kafka behind the dispatcher: what is committed in SQL comes to real brokers, in order, whatever they do.

use crate::common::*;
use lapin::message::BasicGetMessage;
use lapin::options::{
    BasicGetOptions, ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions, QueueDeleteOptions,
};
use lapin::types::FieldTable;
use lapin::{Channel, Connection, ConnectionProperties, ExchangeKind};
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::{Headers, Message, OwnedMessage};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use std::collections::{BTreeMap, HashSet};
use std::sync::OnceLock;
use std::time::Duration;
use tokio::runtime::Runtime;

/// Tries again every second until it works.
const PATIENT: &str = r#""retry": {"times": 1000, "period_sec": 1}, "breaker": {"failures": 0}"#;

/// The directory of a broker of this run.
fn place(broker: &str) -> String {
    format!("{}/{broker}", from_suite("PG_MEMBER_BROKERS"))
}

/// Starts a broker; what it says of how to reach it.
fn start(broker: &str) -> BTreeMap<String, String> {
    let said = script(&format!("brokers/{broker}.sh"), &["start", &place(broker)]);
    said.lines().filter_map(|line| line.split_once('=')).map(|(name, value)| (name.into(), value.into())).collect()
}

/// The port of RabbitMQ, which the first who asks starts.
fn rabbit_port() -> &'static str {
    static PORT: OnceLock<String> = OnceLock::new();
    PORT.get_or_init(|| start("rabbit")["PG_MEMBER_RABBIT_PORT"].clone())
}

/// Runs rabbitmqctl at the test's broker.
fn rabbitmqctl(arguments: &[&str]) {
    script("brokers/rabbit.sh", &[&["ctl", &place("rabbit")], arguments].concat());
}

/// Where the Kafka broker listens, which the first who asks starts.
fn kafka() -> &'static str {
    static BROKER: OnceLock<String> = OnceLock::new();
    BROKER.get_or_init(|| start("kafka")["PG_MEMBER_KAFKA"].clone())
}

/// A client of RabbitMQ of the test's own.
struct Rabbit {
    runtime: Runtime,
    channel: Channel,
}

impl Rabbit {
    fn connect() -> Rabbit {
        let runtime = Runtime::new().unwrap();
        let uri = format!("amqp://member:secret@127.0.0.1:{}/%2f", rabbit_port());
        let channel = runtime.block_on(async {
            let connection = Connection::connect(&uri, ConnectionProperties::default()).await.unwrap();
            connection.create_channel().await.unwrap()
        });
        Rabbit { runtime, channel }
    }

    fn make_exchange(&self, name: &str, kind: ExchangeKind) {
        let options = ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() };
        let made = self.channel.exchange_declare(name.into(), kind, options, FieldTable::default());
        self.runtime.block_on(made).unwrap();
    }

    fn make_bound_queue(&self, name: &str, exchange: &str, pattern: &str) {
        let options = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
        self.runtime.block_on(async {
            self.channel.queue_declare(name.into(), options, FieldTable::default()).await.unwrap();
            let bind = QueueBindOptions::default();
            let none = FieldTable::default();
            self.channel.queue_bind(name.into(), exchange.into(), pattern.into(), bind, none).await.unwrap();
        });
    }

    fn delete_queue(&self, name: &str) {
        self.runtime.block_on(self.channel.queue_delete(name.into(), QueueDeleteOptions::default())).unwrap();
    }

    /// Takes the messages that lie in a queue.
    fn take(&self, queue: &str) -> Vec<BasicGetMessage> {
        let next = || self.channel.basic_get(queue.into(), BasicGetOptions { no_ack: true });
        self.runtime.block_on(async {
            let mut all = Vec::new();
            while let Some(message) = next().await.unwrap() {
                all.push(message);
            }
            all
        })
    }

    /// The numbers of the events that lie in a queue; takes them.
    fn events(&self, queue: &str) -> Vec<i64> {
        let number = |message: &BasicGetMessage| message.properties.message_id().as_ref().unwrap().as_str().parse();
        self.take(queue).iter().map(|message| number(message).unwrap()).collect()
    }
}

/// A hook to RabbitMQ; `with` are more settings of its transport, which may be given anew, `more` of the hook.
fn rabbit_hook(client: &mut Client, kind: &str, with: &str, more: &str) -> i64 {
    let port = rabbit_port();
    let request = format!(
        r#"{{"name": "test", "events": ["member_new", "member_change"], "transport": {{"type": "{kind}",
            "host": "127.0.0.1", "port": {port}, "user": "member", "password": "secret", {with}}}, {more}}}"#
    );
    hook_set(client, &request)
}

/// Two changes of each of so many persons, each in a transaction of its own but for the last, which are one.
fn change_persons(client: &mut Client, count: i32) {
    for n in 1..count {
        set(client, &format!("person{n}@example.com"), 1);
    }
    let all =
        "SELECT member_set('person' || n || '@example.com', '[[\"n\", \"set\", 2]]') FROM generate_series(1, $1) n";
    client.execute(all, &[&count]).unwrap();
}

/// The log's events of a type in the order.
fn ordered_of(client: &mut Client, event_type: &str) -> Vec<i64> {
    let query = format!(
        "SELECT n.id FROM member.event_order o, unnest(o.ids) WITH ORDINALITY AS n (id, place)
         JOIN member.event e ON e.id = n.id WHERE e.event_type = '{event_type}' ORDER BY o.pos, n.place"
    );
    numbers(client, &query)
}

/// The states of a hook's attempts, each once.
fn states(client: &mut Client, hook: i64) -> Vec<String> {
    let rows = client.query("SELECT DISTINCT state FROM member.hook_attempt WHERE hook = $1", &[&hook]).unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// Waits until an attempt of a hook ended so.
fn until_state(client: &mut Client, hook: i64, state: &str) {
    until(state, || states(client, hook).iter().any(|seen| seen == state));
}

/// Of what came, each once, where it came first.
fn firsts(came: impl IntoIterator<Item = i64>) -> Vec<i64> {
    let mut seen = HashSet::new();
    came.into_iter().filter(|id| seen.insert(*id)).collect()
}

#[test]
fn queues_get_every_event_in_order_and_one_without_a_name_is_called_like_the_event() {
    let (database, rabbit) = (Database::new("workers_queue"), Rabbit::connect());
    let mut client = database.connect();
    rabbit_hook(&mut client, "rabbitmq_queue", r#""queue": "workers_named""#, PATIENT);
    rabbit_hook(&mut client, "rabbitmq_queue", r#""queue": """#, PATIENT);
    change_persons(&mut client, 150);
    assert!(is_idle(&mut client));
    let all = ordered(&mut client);
    assert_eq!(all.len(), 299);
    assert_eq!(rabbit.events("workers_named"), all);
    for event_type in ["member_new", "member_change"] {
        assert_eq!(rabbit.events(event_type), ordered_of(&mut client, event_type));
        rabbit.delete_queue(event_type);
    }
}

#[test]
fn a_topic_exchange_routes_by_the_number_of_the_base_and_the_event() {
    let (database, rabbit) = (Database::new("workers_exchange"), Rabbit::connect());
    let mut client = database.connect();
    rabbit.make_exchange("workers_topic", ExchangeKind::Topic);
    rabbit.make_bound_queue("workers_new", "workers_topic", "*.member_new");
    rabbit.make_bound_queue("workers_all", "workers_topic", "1.#");
    let with = r#""exchange": "workers_topic", "exchange_type": "topic""#;
    rabbit_hook(&mut client, "rabbitmq_exchange", with, PATIENT);
    change_persons(&mut client, 20);
    assert!(is_idle(&mut client));
    assert_eq!(rabbit.events("workers_new"), ordered_of(&mut client, "member_new"));
    let all = rabbit.take("workers_all");
    assert_eq!(all.len(), 39);
    for message in &all {
        let event: Value = serde_json::from_slice(&message.data).unwrap();
        assert_eq!(message.routing_key.as_str(), format!("1.{}", event["event_type"].as_str().unwrap()));
        assert_eq!(event["list_id"], 1);
    }
}

#[test]
fn what_is_written_while_rabbitmq_is_down_comes_when_it_is_back() {
    let (database, rabbit) = (Database::new("workers_rabbit_down"), Rabbit::connect());
    let mut client = database.connect();
    let hook = rabbit_hook(&mut client, "rabbitmq_queue", r#""queue": "workers_down""#, PATIENT);
    change_persons(&mut client, 10);
    assert!(is_idle(&mut client));
    drop(rabbit);
    rabbitmqctl(&["stop_app"]);
    change_persons(&mut client, 100);
    until_state(&mut client, hook, "refused");
    rabbitmqctl(&["start_app"]);
    assert!(is_idle(&mut client));
    assert_eq!(firsts(Rabbit::connect().events("workers_down")), ordered(&mut client));
    assert_eq!(standing(&mut client, hook), (true, None));
}

#[test]
fn every_way_rabbitmq_refuses_has_its_name() {
    let (database, rabbit) = (Database::new("workers_refused"), Rabbit::connect());
    let mut client = database.connect();
    rabbit.make_exchange("workers_direct", ExchangeKind::Direct);
    let user = rabbit_hook(&mut client, "rabbitmq_queue", r#""queue": "q", "password": "wr0ng""#, PATIENT);
    let vhost = rabbit_hook(&mut client, "rabbitmq_queue", r#""queue": "q", "vhost": "/missing""#, PATIENT);
    let undeclared = r#""queue": "workers_nobody", "declare_queue": false"#;
    let queue = rabbit_hook(&mut client, "rabbitmq_queue", undeclared, PATIENT);
    let with = r#""exchange": "workers_direct", "exchange_type": "topic""#;
    let other = rabbit_hook(&mut client, "rabbitmq_exchange", with, PATIENT);
    set(&mut client, "anna@example.com", 1);
    for (hook, state) in [(user, "user_refused"), (vhost, "vhost_refused"), (queue, "no_queue"), (other, "mismatched")]
    {
        until_state(&mut client, hook, state);
        assert_eq!(states(&mut client, hook), [state]);
        let stopped = state == "mismatched";
        assert_eq!(standing(&mut client, hook), (!stopped, stopped.then(|| state.to_owned())));
    }
    let answers: Vec<String> =
        client.query("SELECT answer FROM member.hook_attempt", &[]).unwrap().iter().map(|row| row.get(0)).collect();
    assert!(answers.iter().all(|answer| !answer.contains("wr0ng")), "{answers:?}");
    // What was refused is not lost: it goes out once the settings are right.
    let right = format!(r#"{{"id": {other}, "active": true, "transport": {{"exchange_type": "direct"}}}}"#);
    rabbit.make_bound_queue("workers_mended", "workers_direct", "1.member_new");
    hook_set(&mut client, &right);
    until_state(&mut client, other, "delivered");
    assert_eq!(rabbit.events("workers_mended"), ordered(&mut client));
}

#[test]
fn a_broker_that_blocks_gets_everything_once_it_takes_messages_again() {
    let (database, rabbit) = (Database::new("workers_blocked"), Rabbit::connect());
    let mut client = database.connect();
    let hook = rabbit_hook(&mut client, "rabbitmq_queue", r#""queue": "workers_blocked""#, PATIENT);
    rabbitmqctl(&["set_vm_memory_high_watermark", "0.00001"]);
    let mut n = 0;
    // The alarm is raised by the broker's next look at its memory.
    until("the broker blocks", || {
        n += 1;
        set(&mut client, "anna@example.com", n);
        states(&mut client, hook).iter().any(|state| state == "blocked")
    });
    rabbitmqctl(&["set_vm_memory_high_watermark", "0.4"]);
    assert!(is_idle(&mut client));
    assert_eq!(firsts(rabbit.events("workers_blocked")), ordered(&mut client));
}

/// Makes a topic in Kafka.
fn make_topic(name: &str, partitions: i32) {
    let admin: AdminClient<DefaultClientContext> =
        ClientConfig::new().set("bootstrap.servers", kafka()).create().unwrap();
    let topic = NewTopic::new(name, partitions, TopicReplication::Fixed(1));
    let made = Runtime::new().unwrap().block_on(admin.create_topics([&topic], &AdminOptions::new())).unwrap();
    assert_eq!(made, [Ok(name.to_owned())]);
}

/// The first messages of a topic, each partition's in its order.
fn kafka_messages(topic: &str, count: usize) -> Vec<OwnedMessage> {
    let consumer: BaseConsumer =
        ClientConfig::new().set("bootstrap.servers", kafka()).set("group.id", "nobody").create().unwrap();
    let known = consumer.fetch_metadata(Some(topic), Duration::from_secs(20)).unwrap();
    let mut assigned = TopicPartitionList::new();
    for partition in known.topics()[0].partitions() {
        assigned.add_partition_offset(topic, partition.id(), Offset::Beginning).unwrap();
    }
    consumer.assign(&assigned).unwrap();
    let next = || consumer.poll(Duration::from_secs(20)).expect("a message").map(|message| message.detach());
    (0..count).map(|_| next().unwrap()).collect()
}

fn kafka_hook(client: &mut Client, with: &str) -> i64 {
    let request = format!(
        r#"{{"name": "test", "events": ["member_new", "member_change"], {PATIENT},
            "transport": {{"type": "kafka", "brokers": ["{}"], "timeout_sec": 5, {with}}}}}"#,
        kafka()
    );
    hook_set(client, &request)
}

/// The number of the event in a message, which its headers tell.
fn event_id(message: &OwnedMessage) -> i64 {
    let header = message.headers().unwrap().iter().find(|header| header.key == "event_id").unwrap();
    text(header.value).parse().unwrap()
}

fn text(octets: Option<&[u8]>) -> &str {
    octets.map_or("", |octets| std::str::from_utf8(octets).unwrap())
}

#[test]
fn kafka_has_each_persons_events_in_one_partition_in_order() {
    let database = Database::new("workers_kafka");
    let mut client = database.connect();
    make_topic("workers-persons", 3);
    make_topic("workers-of-1-member_new", 1);
    kafka_hook(&mut client, r#""topic": "workers-persons""#);
    let with = r#""topic": "workers-of-{{db_id}}-{{event_type}}", "key": "{{db_id}}/{{event_type}}""#;
    let topics = kafka_hook(&mut client, with);
    let only_new = format!(r#"{{"id": {topics}, "events": ["member_new"]}}"#);
    hook_set(&mut client, &only_new);
    change_persons(&mut client, 100);
    change_persons(&mut client, 100);
    assert!(is_idle(&mut client));
    let all = kafka_messages("workers-persons", 100 + 99 + 2 * 99);
    let mut persons: BTreeMap<&str, Vec<(i32, Value)>> = BTreeMap::new();
    for message in &all {
        let event: Value = serde_json::from_slice(message.payload().unwrap()).unwrap();
        assert_eq!(event["profile_id"], text(message.key()));
        persons.entry(text(message.key())).or_default().push((message.partition(), event));
    }
    assert_eq!(persons.len(), 100);
    let partitions: HashSet<i32> = all.iter().map(Message::partition).collect();
    assert_eq!(partitions.len(), 3, "they are spread");
    for events in persons.values() {
        assert!(events.iter().all(|(partition, _)| *partition == events[0].0));
        // Each change begins with what the one before left.
        let changes: Vec<_> = events.iter().filter_map(|(_, event)| event["event_data"]["changed"].get(0)).collect();
        assert!(changes.windows(2).all(|pair| pair[0]["new"] == pair[1]["old"]), "{changes:?}");
    }
    for message in kafka_messages("workers-of-1-member_new", 100) {
        assert_eq!(text(message.key()), "1/member_new");
    }
}

#[test]
fn what_is_written_while_kafka_is_down_comes_when_it_is_back() {
    let database = Database::new("workers_kafka_down");
    let mut client = database.connect();
    let hook = kafka_hook(&mut client, r#""topic": "workers-down", "key": "all""#);
    script("brokers/kafka.sh", &["stop", &place("kafka")]);
    change_persons(&mut client, 100);
    until("an attempt failed", || !states(&mut client, hook).is_empty());
    assert!(!states(&mut client, hook).contains(&"delivered".to_owned()));
    // What it held in memory is gone; it makes the topic when it is first named.
    start("kafka");
    assert!(is_idle(&mut client));
    let came = kafka_messages("workers-down", 199);
    let came: Vec<i64> = came.iter().map(event_id).collect();
    assert_eq!(firsts(came), ordered(&mut client));
}

#[test]
fn a_broker_gets_no_more_messages_in_a_second_than_the_hook_says() {
    let database = Database::new("workers_rabbit_rate");
    let mut client = database.connect();
    let rabbit = Rabbit::connect();
    let more = format!(r#"{PATIENT}, "rate_limit": {{"per_sec": 5}}, "concurrency": 4"#);
    let hook = rabbit_hook(&mut client, "rabbitmq_queue", r#""queue": "rate""#, &more);
    assert!(is_idle(&mut client));
    // All are there at once, so a batch could take them all.
    let begun: f64 = client.query_one("SELECT extract(epoch FROM clock_timestamp())::float8", &[]).unwrap().get(0);
    make_persons(&mut client, 1, 15);
    assert!(is_idle(&mut client));
    assert_eq!(rabbit.events("rate").len(), 15);
    let query = "SELECT events, extract(epoch FROM at)::float8 FROM hook_attempt WHERE hook = $1 ORDER BY at";
    let mut sent = 0;
    for row in client.query(query, &[&hook]).unwrap() {
        sent += row.get::<_, i32>(0);
        let allowed = 5.0 + 5.0 * (row.get::<_, f64>(1) - begun);
        assert!(f64::from(sent) <= allowed, "{sent} of {allowed}");
    }
    assert_eq!(sent, 15);
    rabbit.delete_queue("rate");
}
