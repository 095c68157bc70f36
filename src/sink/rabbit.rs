//! Single events to a queue or an exchange of RabbitMQ, each confirmed (pipelines-and-hooks.md 10.2, 10.3).

use super::failure::{Answer, Failure};
use super::link::{Link, blocked, on_channel};
use super::{Item, Parcel, Reach};
use crate::domain::hook::transport::{Exchange, ExchangeKind, Queue, Rabbit};
use futures_util::future::{Either, ready};
use lapin::options::{BasicPublishOptions, ExchangeDeclareOptions, QueueDeclareOptions};
use lapin::types::{FieldTable, ShortString};
use lapin::{BasicProperties, Channel, Confirmation, PublisherConfirm};
use std::collections::HashSet;
use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::timeout;

/// How long the broker may take to confirm a parcel (pipelines-and-hooks.md 10.2).
const CONFIRM_LIMIT: Duration = Duration::from_secs(10);

/// The delivery mode of messages that survive a restart of the broker.
pub(super) const PERSISTENT: u8 = 2;

/// What messages are.
pub(super) const CONTENT_TYPE: &str = "application/json";

/// Where messages go.
pub(super) enum Route {
    /// Through the default exchange.
    Queue(Queue),
    /// Through an exchange of one's own.
    Exchange(Exchange),
}

/// A queue or an exchange, and the connection to it while there is one.
pub(super) struct RabbitSink {
    route: Route,
    reach: Reach,
    link: Mutex<Option<Link>>,
}

impl RabbitSink {
    /// Connects with the first parcel.
    pub fn new(route: Route, reach: &Reach) -> RabbitSink {
        RabbitSink { route, reach: reach.clone(), link: Mutex::new(None) }
    }

    /// Publishes all events of a parcel at once and waits for all confirms. A connection that failed is given up: the
    /// next parcel makes a new one.
    ///
    /// Failures: `mismatched`, `access_refused`, `rejected`, `nacked`, `no_queue`, `blocked`, `timeout`, `settings`, and
    /// those of [`Link::open`].
    pub async fn send(&self, parcel: &Parcel) -> Result<Answer, Failure> {
        let mut kept = self.link.lock().await;
        let mut link = match kept.take().filter(Link::is_alive) {
            Some(link) => link,
            None => Link::open(self.route.server(), &self.reach).await?,
        };
        let sent = self.route.send(&mut link, parcel).await;
        // A connection that is blocked stays: a new one would only be blocked too, and would send the parcel again.
        if sent.as_ref().err().is_none_or(|failure| matches!(failure.state, "blocked" | "nacked" | "no_queue")) {
            *kept = Some(link);
        }
        sent
    }
}

impl Route {
    fn server(&self) -> &Rabbit {
        match self {
            Route::Queue(queue) => &queue.server,
            Route::Exchange(exchange) => &exchange.server,
        }
    }

    async fn send(&self, link: &mut Link, parcel: &Parcel) -> Result<Answer, Failure> {
        let Link { channel, declared, connection, .. } = link;
        let mut arrived = 0;
        let work = async {
            self.declare_all(channel, declared, parcel).await?;
            self.publish_all(channel, parcel, &mut arrived).await
        };
        let sent = tokio::select! {
            biased;
            () = blocked(connection) => Err(Failure::again("blocked", "the broker takes no messages at present")),
            sent = timeout(CONFIRM_LIMIT, work) => {
                sent.unwrap_or_else(|_| Err(Failure::timeout(CONFIRM_LIMIT, "not all messages were confirmed")))
            }
        };
        sent.map(|()| Answer::default()).map_err(|failure| failure.after(arrived))
    }

    /// Declares what the parcel needs and what was not declared on this connection yet.
    async fn declare_all(
        &self,
        channel: &Channel,
        declared: &mut HashSet<String>,
        parcel: &Parcel,
    ) -> Result<(), Failure> {
        for item in &*parcel.items {
            let name = match self {
                Route::Queue(Queue { declare: false, .. }) => return Ok(()),
                Route::Queue(queue) => queue.name(item),
                Route::Exchange(exchange) => &exchange.exchange,
            };
            if !declared.contains(name) {
                self.declare(channel, short(name)?).await?;
                declared.insert(name.to_owned());
            }
        }
        Ok(())
    }

    async fn declare(&self, channel: &Channel, name: ShortString) -> Result<(), Failure> {
        let none = FieldTable::default();
        let declared = match self {
            Route::Queue(_) => {
                let options = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
                channel.queue_declare(name, options, none).await.map(drop)
            }
            Route::Exchange(Exchange { kind, durable, auto_delete, .. }) => {
                let (durable, auto_delete) = (*durable, *auto_delete);
                let options = ExchangeDeclareOptions { durable, auto_delete, ..ExchangeDeclareOptions::default() };
                channel.exchange_declare(name, kind.into(), options, none).await
            }
        };
        declared.map_err(on_channel)
    }

    /// Publishes, then waits for the confirms in order; `arrived` counts those of the beginning. All messages have begun
    /// before the first is waited for, so that they go out together: one at a time costs a turn of lapin's thread each.
    async fn publish_all(&self, channel: &Channel, parcel: &Parcel, arrived: &mut usize) -> Result<(), Failure> {
        let mut begun = Vec::with_capacity(parcel.items.len());
        for item in &*parcel.items {
            begun.push(begin(self.publish(channel, parcel.db_id, item)).await);
        }
        let mut confirms = Vec::with_capacity(begun.len());
        for published in begun {
            confirms.push(published.await?);
        }
        for confirm in confirms {
            match confirm.await.map_err(on_channel)? {
                Confirmation::Ack(None) => *arrived += 1,
                Confirmation::Ack(Some(_)) => return Err(Failure::again("no_queue", "there is no such queue")),
                Confirmation::Nack(_) | Confirmation::NotRequested => {
                    return Err(Failure::again("nacked", "the broker did not take a message"));
                }
            }
        }
        Ok(())
    }

    async fn publish(&self, channel: &Channel, db_id: i64, item: &Item) -> Result<PublisherConfirm, Failure> {
        let (exchange, key) = match self {
            Route::Queue(queue) => (ShortString::default(), short(queue.name(item))?),
            Route::Exchange(exchange) => (short(&exchange.exchange)?, short(&routing_key(db_id, item))?),
        };
        let properties = BasicProperties::default()
            .with_content_type(CONTENT_TYPE.into())
            .with_delivery_mode(PERSISTENT)
            .with_message_id(short(&item.id)?)
            .with_timestamp(item.at.try_into().unwrap_or_default());
        // A message that no queue takes comes back, if a queue was meant: it must not vanish.
        let mandatory = matches!(self, Route::Queue(_));
        let options = BasicPublishOptions { mandatory, ..BasicPublishOptions::default() };
        let published = channel.basic_publish(exchange, key, options, item.json.as_bytes(), properties).await;
        published.map_err(on_channel)
    }
}

/// Does what a future does before it first waits, and gives the rest of it.
async fn begin<F: Future>(future: F) -> impl Future<Output = F::Output> {
    let mut future = Box::pin(future);
    match poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await {
        Poll::Ready(output) => Either::Left(ready(output)),
        Poll::Pending => Either::Right(future),
    }
}

/// The routing key of an event behind an exchange.
pub(super) fn routing_key(db_id: i64, item: &Item) -> String {
    format!("{db_id}.{}", item.event_type)
}

impl Queue {
    /// The queue of an event: without a name of its own it is called like the event.
    pub(super) fn name<'a>(&'a self, item: &'a Item) -> &'a str {
        if self.queue.is_empty() { &item.event_type } else { &self.queue }
    }
}

impl From<&ExchangeKind> for lapin::ExchangeKind {
    fn from(kind: &ExchangeKind) -> Self {
        match kind {
            ExchangeKind::Direct => lapin::ExchangeKind::Direct,
            ExchangeKind::Topic => lapin::ExchangeKind::Topic,
        }
    }
}

/// A name as AMQP carries it: at most 255 octets.
fn short(name: &str) -> Result<ShortString, Failure> {
    ShortString::try_new(name).map_err(|_| Failure::settings("a name is longer than 255 octets"))
}
