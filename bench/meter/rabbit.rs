//! A consumer of RabbitMQ.

use crate::arrivals::Arrivals;
use crate::{DELAY, Result};
use futures_util::StreamExt;
use lapin::options::{BasicConsumeOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use lapin::{Connection, ConnectionProperties, Consumer};
use std::sync::Arc;
use std::time::SystemTime;

/// A consumer, and the connection that it lives by.
pub struct Open {
    consumer: Consumer,
    _connection: Connection,
}

/// Consumes the queue `delay`, which is made if it is not there.
pub async fn open(uri: &str) -> Result<Open> {
    let connection = Connection::connect(uri, ConnectionProperties::default()).await?;
    let channel = connection.create_channel().await?;
    let durable = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
    channel.queue_declare(DELAY.into(), durable, FieldTable::default()).await?;
    let options = BasicConsumeOptions { no_ack: true, ..BasicConsumeOptions::default() };
    let consumer = channel.basic_consume(DELAY.into(), DELAY.into(), options, FieldTable::default()).await?;
    Ok(Open { consumer, _connection: connection })
}

/// Notes every message until the connection ends.
pub async fn consume(mut open: Open, arrivals: Arc<Arrivals>) -> Result<()> {
    while let Some(message) = open.consumer.next().await {
        arrivals.note(DELAY, SystemTime::now(), 1, message?.data.len());
    }
    Err("the connection to RabbitMQ ended".into())
}
