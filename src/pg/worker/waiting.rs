//! A batch of a hook on its way: what of it has not arrived, and when it goes.

use crate::domain::error::{Error, Id, Result};
use crate::domain::hook::Queued;
use crate::domain::json::{Node, Value, encoded, root};
use crate::pg::perform::outgoing::{self, Base};
use crate::pg::spi::Session;
use crate::pg::store::hook_batch::{self, Batch};
use crate::pg::store::{event_log, hook_personal};
use crate::sink::Item;
use std::sync::Arc;

/// A batch that has a row and has not arrived.
pub struct Waiting {
    /// The batch.
    pub batch: Batch,
    /// What of it goes out.
    pub items: Arc<[Item]>,
    /// How many attempts were made.
    pub attempts: u32,
    /// From when on it may go.
    pub due: i64,
    /// Whether an attempt is under way.
    pub is_out: bool,
}

impl Waiting {
    /// A new one, which goes at once.
    pub fn new(batch: Batch, items: Arc<[Item]>, at: i64) -> Waiting {
        Waiting { batch, items, attempts: 0, due: at, is_out: false }
    }

    /// One that the table has, with what it sends: it goes when whoever tried it before would have sent it.
    pub fn again(kept: hook_batch::Waiting, items: Vec<Item>, at: i64) -> Waiting {
        let due = kept.next_at.unwrap_or(at);
        Waiting { batch: kept.batch, items: items.into(), attempts: kept.attempts, due, is_out: false }
    }

    /// Reads what it carries anew, but for what has arrived; nothing if the tables do not have all of it.
    pub fn reread(&mut self, session: &Session, hook: i64, base: &Base, with_content: bool) -> Option<()> {
        let arrived = self.batch.events.len().saturating_sub(self.items.len());
        self.batch.resolved = hook_personal::resolved(session, hook, self.batch.id)?;
        let mut items = items_of(session, &self.batch, base, with_content).ok()?;
        items.drain(..arrived);
        self.items = items.into();
        Some(())
    }

    /// Leaves out what has arrived of it.
    pub fn drop_arrived(&mut self, arrived: usize) {
        if arrived > 0 {
            self.items = self.items.iter().skip(arrived).cloned().collect();
        }
    }

    /// A number from 0 to 1 for the jitter: of the batch's id, which is random already, and the attempt.
    pub fn chance(&self) -> f64 {
        let place = self.attempts as usize % self.batch.id.0.len();
        f64::from(self.batch.id.0.get(place).copied().unwrap_or_default()) / f64::from(u8::MAX)
    }
}

impl Queued for Waiting {
    fn attempts(&self) -> u32 {
        self.attempts
    }

    fn due(&self) -> i64 {
        self.due
    }

    fn is_out(&self) -> bool {
        self.is_out
    }

    fn events(&self) -> usize {
        self.items.len()
    }

    fn persons(&self) -> impl Iterator<Item = &str> {
        self.items.iter().filter_map(|item| item.profile_id.as_deref())
    }
}

/// What a batch of the table sends: its events anew, with the custom_data that was resolved before.
///
/// Errors: `error/json/corrupt` where one is damaged, `error/hook/expired` where the log holds not all of them.
pub fn items_of(session: &Session, batch: &Batch, base: &Base, with_content: bool) -> Result<Vec<Item>> {
    let resolved = root(&batch.resolved)?.as_array();
    let resolved: Vec<Value> = resolved.map(|list| list.iter().collect()).transpose()?.unwrap_or_default();
    let mut items = Vec::with_capacity(batch.events.len());
    let Some((first, last)) = batch.events.first().zip(batch.events.last()) else { return Ok(items) };
    for event in event_log::read(session, first - 1, *last, None)? {
        let Ok(place) = batch.events.binary_search(&event.pos) else { continue };
        let custom = encoded(&resolved.get(place).map_or(Node::Null, |custom| Node::from(*custom)))?;
        items.push(outgoing::item(session, &event, base, &custom, with_content)?);
    }
    match items.len() == batch.events.len() {
        true => Ok(items),
        false => Err(Error::new(Id::HookExpired, "the log holds the events of a batch no more")),
    }
}
