//! At most so many at once, in the order in which they came.

use crate::domain::pipe::pipes::Limit;
use crate::domain::pipe::rate::Limiter;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tokio::sync::oneshot;
use tokio::time::sleep_until;

/// Who comes says how many there may be: requests of one channel to one host may disagree.
#[derive(Default)]
pub(super) struct Gate {
    crowd: Mutex<Crowd>,
}

#[derive(Default)]
struct Crowd {
    inside: usize,
    line: VecDeque<Waiting>,
}

struct Waiting {
    most: usize,
    call: oneshot::Sender<Pass>,
}

/// One that is inside; outside when it is dropped.
pub(super) struct Pass(Arc<Gate>);

impl Drop for Pass {
    fn drop(&mut self) {
        self.0.leave();
    }
}

impl Gate {
    /// Waits until it is its turn and fewer than `most` are inside.
    pub async fn enter(self: &Arc<Gate>, most: usize) -> Pass {
        loop {
            let called = match self.line_up(most.max(1)) {
                Ok(pass) => return pass,
                Err(called) => called,
            };
            if let Ok(pass) = called.await {
                return pass;
            }
        }
    }

    fn line_up(self: &Arc<Gate>, most: usize) -> Result<Pass, oneshot::Receiver<Pass>> {
        let mut crowd = self.lock();
        if crowd.line.is_empty() && crowd.inside < most {
            crowd.inside += 1;
            return Ok(Pass(self.clone()));
        }
        let (call, called) = oneshot::channel();
        crowd.line.push_back(Waiting { most, call });
        Err(called)
    }

    fn leave(self: &Arc<Gate>) {
        let mut crowd = self.lock();
        crowd.inside = crowd.inside.saturating_sub(1);
        let mut let_in = Vec::new();
        while let Some(first) = crowd.line.pop_front() {
            // Nobody waits there any more.
            if first.call.is_closed() {
                continue;
            }
            if crowd.inside >= first.most {
                crowd.line.push_front(first);
                break;
            }
            crowd.inside += 1;
            let_in.push(first.call);
        }
        drop(crowd);
        for call in let_in {
            // Where nobody takes it, it comes back here by being dropped.
            _ = call.send(Pass(self.clone()));
        }
    }

    /// Nobody panics while holding it.
    fn lock(&self) -> MutexGuard<'_, Crowd> {
        self.crowd.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits until a limit allows one more, then at the gate. Whoever waits has the limiter to itself, so that those behind it
/// start after it.
pub(super) async fn in_turn(limiter: &mut Limiter, limit: Limit, gate: &Arc<Gate>, most: usize) -> Pass {
    limiter.change(limit);
    // A timer takes a while even where its instant is past.
    if let Some(next) = limiter.next().filter(|next| *next > Instant::now()) {
        sleep_until(next.into()).await;
    }
    let pass = gate.enter(most).await;
    // It is free, and nobody else takes it: what counts is the instant of the start.
    while let Err(next) = limiter.take(Instant::now()) {
        sleep_until(next.into()).await;
    }
    pass
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[test]
    fn it_lets_in_so_many_in_their_order() {
        let gate = Arc::new(Gate::default());
        let first = gate.enter(2).now_or_never().unwrap();
        let second = gate.enter(2).now_or_never().unwrap();
        let (mut third, mut fourth) = (Box::pin(gate.enter(2)), Box::pin(gate.enter(9)));
        assert!(third.as_mut().now_or_never().is_none());
        assert!(fourth.as_mut().now_or_never().is_none(), "it does not pass the one before it");
        drop(first);
        let third = third.now_or_never().unwrap();
        let fourth = fourth.now_or_never().unwrap();
        let mut fifth = Box::pin(gate.enter(2));
        drop(second);
        assert!(fifth.as_mut().now_or_never().is_none(), "the two that came last are inside");
        drop((third, fourth));
        assert!(fifth.now_or_never().is_some());
        assert_eq!(gate.lock().inside, 0);
    }

    #[test]
    fn who_gives_up_leaves_no_place_taken() {
        let gate = Arc::new(Gate::default());
        let first = gate.enter(1).now_or_never().unwrap();
        let (mut second, mut third) = (Box::pin(gate.enter(1)), Box::pin(gate.enter(1)));
        assert!(second.as_mut().now_or_never().is_none());
        assert!(third.as_mut().now_or_never().is_none());
        drop(second);
        drop(first);
        // Called in, and gone before it heard of it.
        drop(third);
        assert!(gate.enter(1).now_or_never().is_some());
        assert_eq!(gate.lock().inside, 0);
    }
}
