//! One act on many identifiers that need no subscriber: all of them are held first, and the lock bits of their heads follow
//! what was done (members.md 11 and 14).

use crate::domain::error::Result;
use crate::domain::member::listed::Listed;
use crate::domain::member::system::lock as locks;
use crate::domain::member::target::Target;
use crate::domain::reply::reply;
use crate::pg::guc;
use crate::pg::jsonb::Encoded;
use crate::pg::perform::delete::answer_list;
use crate::pg::perform::follow::follow_heads;
use crate::pg::perform::lock::{self, Purpose};
use crate::pg::perform::resolve;
use crate::pg::spi::Session;
use crate::pg::store::address::Known;
use crate::pg::store::{address, body, entrance, head};

/// What becomes of identifiers that were never seen.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Unseen {
    /// They are registered.
    Register,
    /// There is nothing to do with them.
    Skip,
}

/// Acts on each identifier; `act` says whether it did anything. `{"list": {as sent: 1 | 0}}`, 0 for one that is invalid,
/// with a warning that says why.
///
/// Errors: `error/member/concurrent`, `error/member/versioning`, `error/json/corrupt`.
pub fn each(session: &Session, listed: &Listed, unseen: Unseen, act: impl Fn(&Known) -> bool) -> Result<Encoded> {
    let mut warnings = listed.warnings.clone();
    let mut targets = resolve::each(session, &listed.list, listed.kind, &mut warnings);
    if unseen == Unseen::Skip {
        forget_unseen(session, &mut targets)?;
    }
    let named: Vec<Target> = targets.iter().flatten().cloned().collect();
    let mut held = lock::hold_all(session, &named, &[], Purpose::Change)?.keep().into_iter();
    let mut answers = Vec::with_capacity(targets.len());
    for (raw, target) in listed.list.iter().zip(targets) {
        let known = target.and_then(|_| held.next().flatten());
        let is_done = known.as_ref().is_some_and(&act);
        if let Some(known) = known.filter(|_| is_done) {
            follow(session, &known, listed.source)?;
        }
        answers.push((raw.as_ref(), is_done));
    }
    Encoded::new(&reply(vec![("list", answer_list(answers))], &warnings))
}

/// Leaves out the identifiers that the register does not know. Errors: `error/json/corrupt`.
fn forget_unseen(session: &Session, targets: &mut [Option<Target>]) -> Result<()> {
    let named: Vec<Target> = targets.iter().flatten().cloned().collect();
    let known = lock::look(session, &named)?;
    for (target, known) in targets.iter_mut().filter(|target| target.is_some()).zip(known) {
        if known.is_none() {
            *target = None;
        }
    }
    Ok(())
}

/// Has the lock bits of a head follow the stop-lists and the delivery errors of its identifier, under the lock of its body.
/// The row of an identifier without a subscriber is written anew: who lets it in meanwhile notices an update, and under
/// REPEATABLE READ not a lock.
///
/// Errors: `error/json/corrupt`.
pub fn follow(session: &Session, known: &Known, host: Option<&str>) -> Result<()> {
    let Some(dataset) = known.owner.map(|owner| owner.dataset) else {
        address::release(session, &known.address);
        return Ok(());
    };
    // An earlier identifier of the same call may have given the body a newer version.
    let (Some(version), Some(mut head)) = (body::version(session, dataset), head::read(session, dataset, known.id)?)
    else {
        return Ok(());
    };
    let bits = head.lock & locks::UNCONFIRMED | entrance::locks(session, &known.address)?;
    if bits != head.lock {
        head.lock = bits;
        head::change(session, dataset, &head);
        body::touch(session, dataset, version + 1, guc::statement_micros(), host);
    }
    // Rules ask for errors too, which may be others though the bits are the same.
    follow_heads(session, &[dataset])
}
