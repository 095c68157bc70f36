//! What the calls on heads share: who is concerned, found and under lock, and the end of the call.

use crate::domain::address::Address;
use crate::domain::datakey::{Limits, date::Now};
use crate::domain::error::{Error, Result};
use crate::domain::head::{Attach, Head as Name, Plan, Planner};
use crate::domain::member::head::Named;
use crate::domain::member::target::{Kind, Target};
use crate::pg::guc;
use crate::pg::jsonb::Encoded;
use crate::pg::perform::carry_out::{Arriving, By, carry_out};
use crate::pg::perform::entrance::Entrance;
use crate::pg::perform::heads::{done, entering, not_exists, shown};
use crate::pg::perform::lock::{self, Purpose};
use crate::pg::perform::{people, resolve};
use crate::pg::savepoint::Savepoint;
use crate::pg::spi::Session;
use crate::pg::store::address::Known;
use std::cell::Cell;

/// A call on a subscriber and perhaps another identifier, both found and, unless it is only shown, under lock.
pub struct Stage {
    /// What the register knows of each.
    pub known: Vec<Option<Known>>,
    targets: Vec<Target>,
    /// Whether the call is only to be shown.
    pub dry_run: bool,
    /// Warnings of reading the request.
    pub warnings: Vec<Error>,
    limits: Limits,
    now: Now,
    /// What was locked and written goes again if the call is refused.
    savepoint: Cell<Option<Savepoint>>,
}

impl Stage {
    /// Finds and locks. Errors: those of the identifiers, `error/member/concurrent`.
    pub fn open(session: &Session, named: &Named, item: Option<&Attach>) -> Result<Stage> {
        let other = item.map(|item| (item.head.as_ref(), item.kind));
        Stage::between(session, named, other)
    }

    /// The same for two subscribers.
    pub fn between(session: &Session, named: &Named, other: Option<(&str, Kind)>) -> Result<Stage> {
        let mut warnings = named.warnings.clone();
        let mut targets = vec![resolve::target(session, &named.email, named.kind, &mut warnings)?];
        if let Some((raw, kind)) = other {
            targets.push(resolve::target(session, raw, kind, &mut warnings)?);
        }
        let (limits, now) = (guc::limits(), guc::now()?);
        let (known, savepoint) = if named.dry_run {
            (lock::look(session, &targets)?, None)
        } else {
            let held = lock::hold_all(session, &targets, &[], Purpose::Change)?;
            (held.known, Some(held.savepoint))
        };
        let savepoint = Cell::new(savepoint);
        Ok(Stage { known, targets, dry_run: named.dry_run, warnings, limits, now, savepoint })
    }

    /// Identifiers already in normal form, under locks that stay. Errors: `error/member/concurrent`.
    pub fn held(session: &Session, targets: &[Target]) -> Result<Stage> {
        let known = lock::hold_all(session, targets, &[], Purpose::Change)?.keep();
        let savepoint = Cell::new(None);
        let (limits, now) = (guc::limits(), guc::now()?);
        Ok(Stage { known, targets: targets.to_vec(), dry_run: false, warnings: Vec::new(), limits, now, savepoint })
    }

    /// The call will not be refused any more: keeps what was locked and written for it.
    pub fn keep(&self) {
        if let Some(savepoint) = self.savepoint.take() {
            savepoint.release();
        }
    }

    /// A planner on all persons concerned. Errors: `error/member/notexists` without a receiver.
    pub fn planner(&self, session: &Session) -> Result<Planner<'_>> {
        let receiver = self.known.first().and_then(Option::as_ref).and_then(|known| known.owner);
        let receiver = receiver.ok_or_else(not_exists)?.dataset;
        let mut people = Vec::with_capacity(2);
        people::add_owners(session, &mut people, &self.known)?;
        if people.first().is_none_or(|person| person.dataset != Some(receiver)) {
            return Err(not_exists());
        }
        let guard = people::guard(session)?;
        Ok(Planner::new(people, self.named()?, guard, &self.limits, &self.now))
    }

    /// The identifier the subscriber was named by. Errors: `error/member/notexists`.
    pub fn named(&self) -> Result<Name> {
        self.known.first().and_then(Option::as_ref).map(people::head_of).ok_or_else(not_exists)
    }

    /// The other identifier; without a number if it was never seen and the call is only shown.
    pub fn other(&self) -> Result<Name> {
        let unseen = || match self.targets.get(1) {
            Some(Target::Address(address)) => Ok(Name { id: None, address: address.clone() }),
            _ => Err(not_exists()),
        };
        self.known.get(1).and_then(Option::as_ref).map(people::head_of).map_or_else(unseen, Ok)
    }

    /// Performs a plan, or shows it: `{"member": {id, email, addr_type, dataset}}`.
    pub fn close(&self, session: &Session, plan: &Plan, call: &'static str, items: &[&Attach]) -> Result<Encoded> {
        if self.dry_run {
            return Encoded::new(&shown(plan, Vec::new(), &self.warnings)?);
        }
        let addresses: Vec<&Address> = self.targets.iter().skip(1).filter_map(Target::address).collect();
        let entrance = Entrance::open(session, &addresses)?;
        let entering = entering(session, plan, items, &entrance)?;
        entrance.note(session, entering.iter().flatten())?;
        let arriving = Arriving { by_item: entering, ..Arriving::default() };
        carry_out(session, plan, &By { call, host: None, undoes: None }, arriving)?;
        self.keep();
        Encoded::new(&done(plan, Vec::new(), &self.warnings))
    }
}
