//! `member_metrics`: figures of log, hooks, tracks and workers for a monitoring system.

use crate::domain::error::Result;
use crate::domain::metrics::{Family, Sample, text};
use crate::pg::spi::Session;
use crate::pg::store::hook_status::{self, Status};
use crate::pg::store::{event_log, track};
use crate::pg::worker::shared::shared;
use pgrx::pg_sys;

/// The labels of what is said of each hook.
const OF_HOOK: &[&str] = &["hook", "name"];

/// The text. Errors: `error/metrics/form`.
pub fn metrics(session: &Session) -> Result<String> {
    let mut families = of_hooks(&hook_status::list(session));
    families.push(Family {
        name: "hook_attempts",
        help: "Attempts to send a batch that are kept, by what came of them.",
        labels: &["hook", "state"],
        samples: hook_status::attempts(session)
            .into_iter()
            .map(|(hook, state, count)| sample([hook.to_string(), state.to_owned()], count as f64))
            .collect(),
    });
    families.push(Family {
        name: "events_ordered",
        help: "Events that have a position.",
        labels: &[],
        samples: vec![sample([], (event_log::next_pos(session) - 1) as f64)],
    });
    families.push(Family {
        name: "tracks",
        help: "Tracks by state.",
        labels: &["state"],
        samples: track::counts(session)
            .into_iter()
            .map(|(state, count)| sample([state.to_owned()], count as f64))
            .collect(),
    });
    families.push(Family {
        name: "worker_up",
        help: "Whether a worker of this database runs.",
        labels: &["worker"],
        samples: of_workers(),
    });
    text(&families)
}

/// Job workers are told apart by their number.
fn of_workers() -> Vec<Sample> {
    // SAFETY: reads a variable of the server's.
    let Some(slot) = shared().and_then(|shared| shared.slot_of(unsafe { pg_sys::MyDatabaseId })) else {
        return Vec::new();
    };
    let name = |n: usize, name: &str| if n == 0 { name.to_owned() } else { format!("{name} {n}") };
    slot.workers().enumerate().map(|(n, (worker, state))| sample([name(n, worker)], flag(state.is_up()))).collect()
}

fn of_hooks(hooks: &[Status]) -> Vec<Family> {
    let family = |name, help, value: fn(&Status) -> f64| Family {
        name,
        help,
        labels: OF_HOOK,
        samples: hooks.iter().map(|hook| sample([hook.id.to_string(), hook.name.to_owned()], value(hook))).collect(),
    };
    vec![
        family("hook_active", "Whether a hook sends.", |hook| flag(hook.active)),
        family("hook_ok", "Whether its last attempt arrived.", |hook| flag(hook.state == "ok")),
        family("hook_lag_events", "Positions that a hook is behind.", |hook| hook.lag_events as f64),
        family("hook_lag_seconds", "Age of the first event that a hook is not done with.", |hook| hook.lag_seconds),
        family("hook_waiting_batches", "Batches on their way.", |hook| hook.waiting as f64),
        family("hook_dead_batches", "Batches whose last attempt failed.", |hook| hook.dead as f64),
        family("hook_lost_events", "Positions that the log did not keep long enough.", |hook| hook.lost as f64),
        family("hook_breaker_open", "Whether the circuit breaker is open: nothing is sent.", |hook| {
            flag(hook.breaker == "open")
        }),
        family(
            "hook_breaker_half_open",
            "Whether the pause of the circuit breaker is over: one attempt decides.",
            |hook| flag(hook.breaker == "half-open"),
        ),
    ]
}

fn sample<const N: usize>(labels: [String; N], value: f64) -> Sample {
    Sample { labels: labels.into(), value }
}

fn flag(is_set: bool) -> f64 {
    f64::from(u8::from(is_set))
}
