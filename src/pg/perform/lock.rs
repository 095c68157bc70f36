//! Locking bodies so that no update is lost and transactions of one call never deadlock (DESIGN 5.2).
//!
//! The body row is the lock of its heads, and every change of a head gives the body a new version. So a body that
//! still has the version read together with the address needs no second look at the address.

use crate::domain::address::Address;
use crate::domain::error::{Error, Id, Result};
use crate::domain::member::target::Target;
use crate::pg::guc;
use crate::pg::no_wait::without_waiting;
use crate::pg::perform::returning;
use crate::pg::savepoint::Savepoint;
use crate::pg::spi::Session;
use crate::pg::store::address::{self, Known};
use crate::pg::store::body::{self, Locked};
use crate::pg::store::sequence;
use std::collections::HashMap;

/// How often a call starts again because what it waited for moved meanwhile. Each turn means that another
/// transaction finished its work on the same person, so a call that runs out of turns met a very busy one.
pub const ATTEMPTS: usize = 16;

/// What became of a target: its identifier, and its body under lock if it has one.
pub struct Held<'s> {
    /// What the register knows; nothing for an identifier never seen.
    pub known: Option<Known>,
    /// Its body, locked.
    pub body: Option<Locked<'s>>,
}

/// Finds a target and locks its body for a change.
///
/// Errors: `error/member/versioning` where `pg_member.versioning` is on, `error/member/concurrent`,
/// `error/json/corrupt`.
pub fn hold<'s>(session: &'s Session, target: &Target) -> Result<Held<'s>> {
    let known = address::find(session, target)?;
    let Some(owner) = known.as_ref().and_then(|known| known.owner) else {
        return Ok(Held { known, body: None });
    };
    if let Some(version) = owner.version
        && let Some(body) = body::lock_unchanged(session, owner.dataset, version)?
    {
        return Ok(Held { known, body: Some(body) });
    }
    if guc::versioning() {
        return Err(changed_elsewhere());
    }
    wait_for(session, target)
}

/// The same when another transaction is at work on the body: waits, looks again, starts again if it moved.
fn wait_for<'s>(session: &'s Session, target: &Target) -> Result<Held<'s>> {
    for _ in 0..ATTEMPTS {
        let known = address::find(session, target)?;
        let Some(dataset) = known.as_ref().and_then(|known| known.owner).map(|owner| owner.dataset) else {
            return Ok(Held { known, body: None });
        };
        let savepoint = Savepoint::begin();
        if let Some(body) = body::lock(session, dataset)? {
            let known = address::find(session, target)?;
            if dataset_of(known.as_ref()) == Some(dataset) {
                savepoint.release();
                return Ok(Held { known, body: Some(body) });
            }
        }
    }
    Err(too_busy())
}

/// What many targets are locked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To be changed: free addresses are held too, in one order, so that nobody takes them meanwhile.
    Change,
    /// To be changed, or created where the first target has no body: then addresses never seen are registered as heads
    /// of the new one at once.
    Create,
    /// Their heads to be changed: a free address is no head.
    Touch,
    /// To be deleted: a free address is nothing to delete.
    Delete,
}

/// Many targets under lock. What was locked and registered for it goes again unless it is kept: a call that is refused
/// leaves nothing behind.
pub struct HeldAll {
    /// What the register knows of each target.
    pub known: Vec<Option<Known>>,
    /// The body that is to be created.
    pub created: Option<Created>,
    /// Everything goes with it unless it is released.
    pub savepoint: Savepoint,
}

/// A body to be created, and what was registered for it.
#[derive(Default)]
pub struct Created {
    /// Its number.
    pub dataset: i64,
    /// The addresses that were never seen; the register names them as its heads.
    pub registered: Vec<Address>,
}

impl HeldAll {
    /// Keeps the locks until the end of the transaction; gives what the register knows.
    pub fn keep(self) -> Vec<Option<Known>> {
        self.savepoint.release();
        self.known
    }
}

/// Locks the bodies of many targets at once, in ascending order; then, to change them, the free addresses. What it
/// gives is settled: each target either has its body under lock or is free. `also` are bodies that no target names.
///
/// Errors: `error/member/concurrent`, `error/member/versioning`, `error/json/corrupt`.
pub fn hold_all(session: &Session, targets: &[Target], also: &[i64], purpose: Purpose) -> Result<HeldAll> {
    for _ in 0..ATTEMPTS {
        let savepoint = Savepoint::begin();
        let known = look(session, targets)?;
        if guc::versioning() {
            refuse_to_wait(session, &known, also)?;
        }
        lock_bodies(session, &known, also, purpose);
        let creates =
            purpose == Purpose::Create && known.first().is_some_and(|first| dataset_of(first.as_ref()).is_none());
        let mut created = creates.then(|| Created { dataset: sequence::next_dataset(), ..Created::default() });
        let known = if matches!(purpose, Purpose::Delete | Purpose::Touch) {
            known
        } else {
            let Some(known) = wait_if_allowed(|| hold_free(session, targets, known, created.as_mut()))?? else {
                continue;
            };
            known
        };
        if have_not_moved(session, targets, &known)? {
            return Ok(HeldAll { known, created, savepoint });
        }
    }
    Err(too_busy())
}

/// Whether the targets that have a body still have the one that was locked. A free one cannot have moved: to delete,
/// nobody cares; to change, its row is held.
fn have_not_moved(session: &Session, targets: &[Target], known: &[Option<Known>]) -> Result<bool> {
    let owned = |known: &Option<Known>| dataset_of(known.as_ref());
    let (targets, before): (Vec<Target>, Vec<i64>) =
        targets.iter().zip(known).filter_map(|(target, known)| Some((target.clone(), owned(known)?))).unzip();
    let now = look(session, &targets)?;
    Ok(now.iter().map(owned).eq(before.into_iter().map(Some)))
}

fn lock_bodies(session: &Session, known: &[Option<Known>], also: &[i64], purpose: Purpose) {
    let owners = known.iter().filter_map(|known| dataset_of(known.as_ref()));
    let mut datasets: Vec<i64> = owners.chain(also.iter().copied()).collect();
    datasets.sort_unstable();
    datasets.dedup();
    for dataset in datasets {
        match purpose {
            Purpose::Change | Purpose::Create | Purpose::Touch => body::lock_only(session, dataset),
            Purpose::Delete => body::lock_to_delete(session, dataset),
        }
    }
}

/// Holds the addresses that have no body, by type and value; one never seen is registered for it. Gives what is known
/// then, or nothing as soon as one of them is not free any more.
///
/// Errors: those of [`returning::take_back`].
fn hold_free(
    session: &Session,
    targets: &[Target],
    mut known: Vec<Option<Known>>,
    mut created: Option<&mut Created>,
) -> Result<Option<Vec<Option<Known>>>> {
    let mut free: Vec<(&Address, bool)> = targets
        .iter()
        .zip(&known)
        .filter(|(_, known)| dataset_of(known.as_ref()).is_none())
        .filter_map(|(target, known)| Some((target.address()?, known.is_some())))
        .collect();
    free.sort_by_key(|(address, _)| (address.addr_type, address.value.as_str()));
    free.dedup();
    let mut numbers: HashMap<&Address, i64> = HashMap::new();
    // One order for all: neighbours that were never seen are registered together, the others are locked one by one.
    for run in free.chunk_by(|(_, a), (_, b)| !a && !b) {
        let addresses: Vec<&Address> = run.iter().map(|(address, _)| *address).collect();
        if let [(address, true)] = run {
            if !address::lock_free(session, address) {
                return Ok(None);
            }
            continue;
        }
        let dataset = created.as_ref().map(|created| created.dataset);
        let Some(mut ids) = address::register(session, &addresses, dataset) else { return Ok(None) };
        for (id, address) in ids.iter_mut().zip(&addresses) {
            *id = returning::take_back(session, address)?.unwrap_or(*id);
        }
        if let Some(created) = &mut created {
            created.registered.extend(addresses.iter().map(|address| (*address).clone()));
        }
        numbers.extend(addresses.into_iter().zip(ids));
    }
    for (known, target) in known.iter_mut().zip(targets) {
        if let Some((address, id)) = target.address().and_then(|address| numbers.get_key_value(address)) {
            *known = Some(Known { address: (*address).clone(), id: *id, owner: None });
        }
    }
    Ok(Some(known))
}

/// Where callers want to be told rather than to wait: refuses when another transaction is at work on one of the bodies.
fn refuse_to_wait(session: &Session, known: &[Option<Known>], also: &[i64]) -> Result<()> {
    let owners = known.iter().flatten().filter_map(|known| known.owner).map(|owner| (owner.dataset, owner.version));
    // A body that is not there any more is nothing to wait for.
    let others = also.iter().filter_map(|dataset| Some((*dataset, Some(body::version(session, *dataset)?))));
    for (dataset, version) in owners.chain(others) {
        let unchanged = match version {
            Some(version) => body::lock_unchanged(session, dataset, version)?.is_some(),
            None => false,
        };
        if !unchanged {
            return Err(changed_elsewhere());
        }
    }
    Ok(())
}

/// Runs work that may meet another transaction's address: waits for it, or refuses where callers want to be told.
///
/// Errors: `error/member/versioning`.
pub fn wait_if_allowed<T>(work: impl FnOnce() -> T) -> Result<T> {
    if guc::versioning() { without_waiting(work).ok_or_else(changed_elsewhere) } else { Ok(work()) }
}

fn changed_elsewhere() -> Error {
    Error::new(Id::MemberVersioning, "another transaction is changing the subscriber")
}

/// Finds many targets without locking anything. Errors: `error/json/corrupt`.
pub fn look(session: &Session, targets: &[Target]) -> Result<Vec<Option<Known>>> {
    address::find_all(session, targets)
}

fn dataset_of(known: Option<&Known>) -> Option<i64> {
    known.and_then(|known| known.owner).map(|owner| owner.dataset)
}

/// The refusal of a call that started again too often.
pub fn too_busy() -> Error {
    Error::new(Id::MemberConcurrent, format!("the subscriber moved {ATTEMPTS} times while the call waited"))
}
