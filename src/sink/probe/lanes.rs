//! Whose turn it is: so many addresses of a domain at once, so many in a span of time, so many in all.

use super::Manner;
use crate::domain::pipe::pipes::Limit;
use crate::domain::pipe::rate::Limiter;
use crate::sink::gate::{Gate, Pass, in_turn};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Those of all domains.
#[derive(Default)]
pub(super) struct Lanes {
    domains: Mutex<HashMap<String, Arc<Lane>>>,
    all: Arc<Gate>,
}

/// That of one domain.
#[derive(Default)]
struct Lane {
    gate: Arc<Gate>,
    starts: tokio::sync::Mutex<Option<Limiter>>,
}

impl Lanes {
    /// Waits for the turn of one address of a domain; it lasts as long as what is given.
    pub async fn enter(&self, domain: &str, manner: &Manner) -> (Pass, Pass) {
        let lane = self.lock().entry(domain.to_owned()).or_default().clone();
        let own = match manner.rate {
            None => lane.gate.enter(manner.per_domain).await,
            Some(limit) => {
                let mut starts = lane.starts.lock().await;
                in_turn(starts.get_or_insert_with(|| fresh(limit)), limit, &lane.gate, manner.per_domain).await
            }
        };
        // Behind the line of the domain: who waits there keeps nobody else from a place.
        (own, self.all.enter(manner.at_once).await)
    }

    /// Forgets domains that nobody waits for and whose starts no span reaches any more.
    pub fn close_idle(&self, now: Instant) {
        let is_clear = |lane: &Lane| {
            Arc::strong_count(&lane.gate) == 1
                && lane.starts.try_lock().is_ok_and(|starts| starts.as_ref().is_none_or(|starts| starts.is_clear(now)))
        };
        self.lock().retain(|_, lane| Arc::strong_count(lane) > 1 || !is_clear(lane));
    }

    /// Nobody panics while holding it.
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Lane>>> {
        self.domains.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Nothing was started yet: what the process before this one asked was no promise to anybody.
fn fresh(limit: Limit) -> Limiter {
    let now = Instant::now();
    Limiter::new(Limit { period: Duration::ZERO, ..limit }, now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    fn manner(per_domain: usize, at_once: usize, rate: Option<Limit>) -> Manner {
        let (helo, from) = (String::new(), String::new());
        Manner { dns: Vec::new(), port: 25, helo, from, per_domain, rate, at_once }
    }

    #[test]
    fn a_domain_waits_for_itself_alone() {
        let (lanes, manner) = (Lanes::default(), manner(1, 10, None));
        let first = lanes.enter("a.example", &manner).now_or_never().unwrap();
        let mut second = Box::pin(lanes.enter("a.example", &manner));
        assert!(second.as_mut().now_or_never().is_none());
        let other = lanes.enter("b.example", &manner).now_or_never();
        assert!(other.is_some(), "another domain goes on");
        drop(first);
        assert!(second.now_or_never().is_some());
    }

    #[test]
    fn who_waits_for_its_domain_takes_no_place_of_all() {
        let (lanes, manner) = (Lanes::default(), manner(1, 2, None));
        let first = lanes.enter("a.example", &manner).now_or_never().unwrap();
        let mut waiting: Vec<_> = (0..5).map(|_| Box::pin(lanes.enter("a.example", &manner))).collect();
        assert!(waiting.iter_mut().all(|one| one.as_mut().now_or_never().is_none()));
        let second = lanes.enter("b.example", &manner).now_or_never();
        assert!(second.is_some());
        assert!(lanes.enter("c.example", &manner).now_or_never().is_none(), "there are two places");
        drop(first);
        assert!(lanes.enter("c.example", &manner).now_or_never().is_some());
    }

    #[tokio::test]
    async fn starts_of_a_domain_are_counted() {
        let limit = Limit { count: 2, period: Duration::from_secs(3600) };
        let (lanes, manner) = (Lanes::default(), manner(9, 9, Some(limit)));
        for _ in 0..2 {
            assert!(lanes.enter("a.example", &manner).now_or_never().is_some());
        }
        assert!(lanes.enter("a.example", &manner).now_or_never().is_none(), "the third is too many");
        assert!(lanes.enter("b.example", &manner).now_or_never().is_some());
        let hour = Instant::now() + Duration::from_secs(3601);
        lanes.close_idle(Instant::now());
        assert_eq!(lanes.lock().len(), 2, "their starts still count");
        lanes.close_idle(hour);
        assert_eq!(lanes.lock().len(), 0);
    }
}
