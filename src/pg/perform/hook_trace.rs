//! `hook_trace`: each event of a person, the hooks that take it, and every attempt to send it (shapes.md 8).

use crate::domain::error::Result;
use crate::domain::hook::Hook;
use crate::domain::json::root;
use crate::domain::member::target::Kind;
use crate::pg::perform::outgoing::{Base, is_taken};
use crate::pg::perform::{lock, resolve};
use crate::pg::spi::{Arg, Session};
use crate::pg::store::address::Known;
use crate::pg::store::event_log::{self, Logged};
use crate::pg::store::{hook, hook_trace, retired_dataset};

/// A row for each attempt; for an event that was not tried a row without one, and for one that no hook takes a row
/// without a hook. Whether a hook takes an event is asked of its settings of now.
///
/// Errors: those of the identifier, `error/json/corrupt`.
pub fn trace(session: &Session, address: &str, addr_type: Option<&str>) -> Result<Vec<[Arg; 11]>> {
    let target = resolve::target(session, address, Kind::parse(addr_type)?, &mut Vec::new())?;
    let known = lock::look(session, std::slice::from_ref(&target))?.pop().flatten();
    let Some(known) = known else { return Ok(Vec::new()) };
    let hooks = hooks(session)?;
    let base = Base::here();
    let mut rows = Vec::new();
    for event in events(session, &known)? {
        let before = rows.len();
        for (id, since, settings) in &hooks {
            if event.pos > *since && is_taken(session, settings, &event, &base)? {
                let hook = Arg::from(*id);
                rows.extend(
                    hook_trace::tries(session, *id, event.pos).into_iter().map(|tried| row(&event, hook, tried)),
                );
            }
        }
        if rows.len() == before {
            rows.push(row(&event, Arg::NULL, [Arg::NULL; 6]));
        }
    }
    Ok(rows)
}

/// The events of the person, in the order of their numbers: of the body, and of those that were merged into it. Of somebody
/// who was deleted, of the bodies that the identifier had.
fn events<'s>(session: &'s Session, known: &Known) -> Result<Vec<Logged<'s>>> {
    let mut datasets = match known.owner {
        Some(owner) => vec![owner.dataset],
        None => event_log::datasets_of(session, known.id),
    };
    for dataset in datasets.clone() {
        datasets.extend(retired_dataset::predecessors(session, dataset));
    }
    datasets.sort_unstable();
    datasets.dedup();
    let mut events = Vec::new();
    for dataset in datasets {
        events.extend(event_log::of_person(session, dataset)?);
    }
    events.sort_by_key(|event| event.id);
    Ok(events)
}

/// The number of each hook, the position that it began behind, and its settings.
fn hooks(session: &Session) -> Result<Vec<(i64, i64, Hook)>> {
    let kept = hook::list(session);
    kept.iter().map(|kept| Ok((kept.id, kept.since, Hook::open(root(kept.settings)?)?))).collect()
}

fn row(event: &Logged, hook: Arg, tried: [Arg; 6]) -> [Arg; 11] {
    let [batch, attempt, attempt_at, state, status, answer] = tried;
    let pos = Some(event.pos).filter(|pos| *pos > 0);
    [
        event.id.into(),
        Arg::instant(event.at),
        event.event_type.into(),
        pos.into(),
        hook,
        batch,
        attempt,
        attempt_at,
        state,
        status,
        answer,
    ]
}
