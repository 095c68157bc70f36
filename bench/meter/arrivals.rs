//! What has arrived, and when.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;
use tokio::sync::Notify;

/// What has arrived, by the name of who sends.
#[derive(Default)]
pub struct Arrivals {
    tallies: Mutex<HashMap<String, Tally>>,
    changed: Notify,
}

/// What has arrived from one sender.
#[derive(Clone, Default)]
pub struct Tally {
    /// When each event came.
    pub instants: Vec<SystemTime>,
    /// In how many requests or messages.
    pub requests: usize,
    /// The octets of their bodies.
    pub octets: usize,
}

impl Arrivals {
    /// Notes a request or message whose first byte came at this instant.
    pub fn note(&self, sender: &str, at: SystemTime, events: usize, octets: usize) {
        let mut tallies = self.lock();
        if !tallies.contains_key(sender) {
            tallies.insert(sender.to_owned(), Tally::default());
        }
        if let Some(tally) = tallies.get_mut(sender) {
            tally.instants.extend(std::iter::repeat_n(at, events));
            tally.requests += 1;
            tally.octets += octets;
        }
        drop(tallies);
        self.changed.notify_waiters();
    }

    /// Waits for so many events of a sender. Gives when the last of them came, the requests and the octets until then.
    pub async fn reach(&self, sender: &str, events: usize) -> (SystemTime, usize, usize) {
        loop {
            // Made before looking: what comes in between is not missed.
            let changed = self.changed.notified();
            if let Some(tally) = self.lock().get(sender)
                && let Some(last) = events.checked_sub(1).and_then(|place| tally.instants.get(place))
            {
                return (*last, tally.requests, tally.octets);
            }
            changed.await;
        }
    }

    /// When each event of a sender came, in their order.
    pub fn instants(&self, sender: &str) -> Vec<SystemTime> {
        self.lock().get(sender).map(|tally| tally.instants.clone()).unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Tally>> {
        self.tallies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
