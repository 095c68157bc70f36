//! Topics of Kafka and a consumer.

use crate::arrivals::Arrivals;
use crate::{DELAY, Result};
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use std::sync::Arc;
use std::time::SystemTime;

/// Makes a topic with one partition.
pub async fn make_topic(broker: &str, name: &str) -> Result<()> {
    let admin: AdminClient<DefaultClientContext> = ClientConfig::new().set("bootstrap.servers", broker).create()?;
    let topic = NewTopic::new(name, 1, TopicReplication::Fixed(1));
    for made in admin.create_topics([&topic], &AdminOptions::new()).await? {
        made.map_err(|(name, code)| format!("{name}: {code}"))?;
    }
    Ok(())
}

/// Consumes a topic of one partition from its beginning; `place` is `BROKER/TOPIC`.
pub fn open(place: &str) -> Result<StreamConsumer> {
    let (broker, topic) = place.split_once('/').ok_or("kafka:BROKER/TOPIC")?;
    let mut config = ClientConfig::new();
    // The broker of the benches does not wake a fetch that waits: it is asked again at once.
    config.set("bootstrap.servers", broker).set("group.id", DELAY).set("fetch.wait.max.ms", "1");
    let consumer: StreamConsumer = config.create()?;
    let mut partitions = TopicPartitionList::new();
    partitions.add_partition_offset(topic, 0, Offset::Beginning)?;
    consumer.assign(&partitions)?;
    Ok(consumer)
}

/// Notes every message until the process ends.
pub async fn consume(consumer: StreamConsumer, arrivals: Arc<Arrivals>) -> Result<()> {
    loop {
        let message = consumer.recv().await?;
        arrivals.note(DELAY, SystemTime::now(), 1, message.payload_len());
    }
}
