//! The clients of all hooks: made when first needed, kept while they serve.

use super::failure::{Answer, Failure, outcome};
use super::http::HttpSink;
use super::kafka::KafkaSink;
use super::rabbit::{RabbitSink, Route};
use super::{Endpoint, Outcome, Parcel, Reach};
use crate::domain::hook::transport::Transport;
use jiff::Timestamp;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long a client is kept that nothing is sent by. Brokers and receivers are not held open for a hook that rests, and
/// one that sends every few minutes does not log in anew each time.
const IDLE: Duration = Duration::from_secs(10 * 60);

/// The clients of all hooks; none at first.
#[derive(Default)]
pub struct Sinks {
    kept: Mutex<HashMap<i64, Kept>>,
}

struct Kept {
    revision: i64,
    reach: Reach,
    used: Instant,
    sink: Arc<Sink>,
}

enum Sink {
    Http(HttpSink),
    Rabbit(RabbitSink),
    Kafka(KafkaSink),
}

impl Sinks {
    /// Makes one attempt to send a parcel, on the runtime that it is called on. Hooks do not wait for one another;
    /// parcels of one hook to a broker go one after the other.
    pub async fn send(&self, endpoint: &Endpoint, parcel: &Parcel, reach: &Reach) -> Outcome {
        let (start, sent_at) = (Instant::now(), Timestamp::now().as_second());
        let attempt = match self.sink(endpoint, reach) {
            Ok(sink) => sink.send(parcel, sent_at).await,
            Err(failure) => Err(failure),
        };
        outcome(attempt, parcel.items.len(), sent_at, start.elapsed())
    }

    /// Closes the clients that nothing was sent by for ten minutes. To be called now and then; it takes no time.
    pub fn close_idle(&self) {
        self.close_unused_since(Instant::now().checked_sub(IDLE));
    }

    /// Closes the client of a hook that is no more.
    pub fn close(&self, hook: i64) {
        self.lock().remove(&hook);
    }

    /// How many hooks have a client.
    pub fn open(&self) -> usize {
        self.lock().len()
    }

    fn close_unused_since(&self, instant: Option<Instant>) {
        self.lock().retain(|_, kept| instant.is_none_or(|instant| kept.used > instant));
    }

    /// The client of this revision of a hook; one of another revision, or for another reach, is closed when its last
    /// parcel is through.
    fn sink(&self, endpoint: &Endpoint, reach: &Reach) -> Result<Arc<Sink>, Failure> {
        let mut all = self.lock();
        if let Some(kept) = all.get_mut(&endpoint.hook)
            && kept.revision == endpoint.revision
            && kept.reach == *reach
        {
            kept.used = Instant::now();
            return Ok(kept.sink.clone());
        }
        let sink = Arc::new(Sink::new(&endpoint.transport, reach)?);
        let kept = Kept { revision: endpoint.revision, reach: reach.clone(), used: Instant::now(), sink: sink.clone() };
        all.insert(endpoint.hook, kept);
        Ok(sink)
    }

    /// Nobody panics while holding it, and if somebody did, the map would still be whole.
    fn lock(&self) -> MutexGuard<'_, HashMap<i64, Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sink {
    fn new(transport: &Transport, reach: &Reach) -> Result<Sink, Failure> {
        Ok(match transport {
            Transport::Http(http) => Sink::Http(HttpSink::new(http, reach)?),
            Transport::Queue(queue) => Sink::Rabbit(RabbitSink::new(Route::Queue(queue.clone()), reach)),
            Transport::Exchange(exchange) => Sink::Rabbit(RabbitSink::new(Route::Exchange(exchange.clone()), reach)),
            Transport::Kafka(kafka) => Sink::Kafka(KafkaSink::new(kafka, reach)),
        })
    }

    async fn send(&self, parcel: &Parcel, now: i64) -> Result<Answer, Failure> {
        match self {
            Sink::Http(http) => http.send(parcel, now).await,
            Sink::Rabbit(rabbit) => rabbit.send(parcel).await,
            Sink::Kafka(kafka) => kafka.send(parcel).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::hook::transport::{Queue, Rabbit};

    fn queue(hook: i64, revision: i64) -> Endpoint {
        let server = Rabbit {
            host: "127.0.0.1".to_owned(),
            port: 1,
            user: String::new(),
            password: "".into(),
            vhost: "/".to_owned(),
            tls: None,
        };
        Endpoint { hook, revision, transport: Transport::Queue(Queue { server, queue: "q".to_owned(), declare: true }) }
    }

    #[test]
    fn a_client_serves_one_revision_and_one_reach() {
        let sinks = Sinks::default();
        let (open, closed) = (Reach { private: true, ..Reach::default() }, Reach::default());
        let client = |hook, revision, reach| sinks.sink(&queue(hook, revision), reach).ok().unwrap();
        let first = client(1, 1, &open);
        assert!(Arc::ptr_eq(&first, &client(1, 1, &open)));
        assert!(!Arc::ptr_eq(&first, &client(2, 1, &open)), "of another hook");
        let second = client(1, 2, &open);
        assert!(!Arc::ptr_eq(&first, &second), "of another revision");
        assert!(!Arc::ptr_eq(&second, &client(1, 2, &closed)), "for another reach");
        assert_eq!((Arc::strong_count(&first), Arc::strong_count(&second)), (1, 1), "the old ones are ours alone");
    }

    #[test]
    fn idle_clients_are_closed() {
        let sinks = Sinks::default();
        let reach = Reach::default();
        sinks.sink(&queue(1, 1), &reach).ok().unwrap();
        let between = Instant::now();
        sinks.sink(&queue(2, 1), &reach).ok().unwrap();
        sinks.close_unused_since(Some(between));
        assert_eq!(sinks.lock().keys().collect::<Vec<_>>(), [&2]);
        sinks.close_unused_since(None);
        assert_eq!(sinks.open(), 1, "a clock that is too young makes none idle");
    }
}
