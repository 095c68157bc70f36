//! Single events to a topic of Kafka, with delivery reports (pipelines-and-hooks.md 10.4).

use super::failure::{Answer, Failure};
use super::guard::broker_allowed;
use super::producer::{self, Producer};
use super::template::fill;
use super::{Item, Parcel, Reach};
use crate::domain::hook::transport::Kafka;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::FutureRecord;
use std::sync::Arc;
use tokio::sync::Mutex;

/// A topic, and the producer for it while there is one.
pub(super) struct KafkaSink {
    settings: Kafka,
    reach: Reach,
    producer: Mutex<Option<Arc<Producer>>>,
}

impl KafkaSink {
    /// Connects with the first parcel.
    pub fn new(settings: &Kafka, reach: &Reach) -> KafkaSink {
        KafkaSink { settings: settings.clone(), reach: reach.clone(), producer: Mutex::new(None) }
    }

    /// Hands all events of a parcel to the producer and waits for all reports. A producer that failed is given up: the
    /// next parcel makes a new one, with an empty queue.
    ///
    /// Failures: `broker_not_allowed`, `timeout`, `refused`, `unreachable`, `unresolved`, `tls`, `user_refused`,
    /// `access_refused`, `no_topic`, `too_large`, `rejected`, `settings`.
    pub async fn send(&self, parcel: &Parcel) -> Result<Answer, Failure> {
        self.check(&self.settings.brokers)?;
        let mut kept = self.producer.lock().await;
        let producer = match &*kept {
            Some(producer) => producer.clone(),
            None => kept.insert(Arc::new(Producer::new(&self.settings).await?)).clone(),
        };
        let mut arrived = 0;
        match self.send_by(&producer, parcel, &mut arrived).await {
            Ok(()) => Ok(Answer::default()),
            Err(failure) => {
                *kept = None;
                producer::end(producer);
                Err(failure.after(arrived))
            }
        }
    }

    async fn send_by(&self, producer: &Arc<Producer>, parcel: &Parcel, arrived: &mut usize) -> Result<(), Failure> {
        if let Some(first) = parcel.items.first() {
            self.check_advertised(producer, topic(&self.settings, parcel, first)).await?;
        }
        self.produce_all(producer, parcel, arrived).await
    }

    fn check(&self, brokers: &[String]) -> Result<(), Failure> {
        match brokers.iter().find(|broker| !broker_allowed(broker, &self.reach)) {
            None => Ok(()),
            Some(broker) => {
                Err(Failure::stop("broker_not_allowed", format!("{broker} is not among the allowed brokers")))
            }
        }
    }

    /// Checks the brokers that the cluster names: messages go to those, not to the ones that we begin with. A cluster
    /// can name others at any time, so it is asked before each parcel.
    async fn check_advertised(&self, producer: &Arc<Producer>, topic: String) -> Result<(), Failure> {
        if self.reach.kafka.is_empty() {
            return Ok(());
        }
        self.check(&Producer::brokers(producer, topic).await?)
    }

    /// Produces, then waits for the reports in order; `arrived` counts those of the beginning.
    async fn produce_all(&self, producer: &Producer, parcel: &Parcel, arrived: &mut usize) -> Result<(), Failure> {
        let mut reports = Vec::with_capacity(parcel.items.len());
        for item in &*parcel.items {
            let (topic, key) = (topic(&self.settings, parcel, item), key(&self.settings, parcel, item));
            let record = FutureRecord::to(&topic).key(&key).payload(&item.json).headers(owned(headers(item)));
            match producer.client.send_result(record) {
                Ok(report) => reports.push(report),
                Err((error, _)) => return Err(producer.failure(&error)),
            }
        }
        for report in reports {
            match report.await {
                Ok(Ok(_)) => *arrived += 1,
                Ok(Err((error, _))) => return Err(producer.failure(&error)),
                Err(_) => return Err(Failure::again("broken", "the producer ended")),
            }
        }
        Ok(())
    }
}

impl Drop for KafkaSink {
    fn drop(&mut self) {
        if let Some(producer) = self.producer.get_mut().take() {
            producer::end(producer);
        }
    }
}

/// The topic of an event.
pub(super) fn topic(settings: &Kafka, parcel: &Parcel, item: &Item) -> String {
    fill_for(&settings.topic, parcel, item)
}

/// The key of an event: of one profile all have the same, which keeps them in order.
pub(super) fn key(settings: &Kafka, parcel: &Parcel, item: &Item) -> String {
    let template = if settings.key.is_empty() { "{{profile_id}}" } else { &settings.key };
    let key = fill_for(template, parcel, item);
    if key.is_empty() { item.id.clone() } else { key }
}

fn fill_for(template: &str, parcel: &Parcel, item: &Item) -> String {
    let db_id = parcel.db_id.to_string();
    fill(template, |name| match name {
        "event_type" => Some(item.event_type.as_str()),
        "event_id" => Some(item.id.as_str()),
        "profile_id" => Some(item.profile_id.as_deref().unwrap_or_default()),
        "db_id" => Some(db_id.as_str()),
        _ => None,
    })
}

/// The headers of a message.
pub(super) fn headers(item: &Item) -> [(&'static str, &str); 3] {
    [("event_type", &item.event_type), ("event_id", &item.id), ("content-type", "application/json")]
}

fn owned(headers: [(&str, &str); 3]) -> OwnedHeaders {
    let start = OwnedHeaders::new_with_capacity(headers.len());
    headers.into_iter().fold(start, |all, (key, value)| all.insert(Header { key, value: Some(value) }))
}
