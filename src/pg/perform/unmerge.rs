//! `member_unmerge`: what a call did with heads and data is taken back (shapes.md 6).

use crate::domain::error::{Error, Id, Result};
use crate::domain::head::{Guard, Head, Person, Plan, Planner, RECEIVER, Way, read_inverse};
use crate::domain::json::{self, Node};
use crate::domain::member::target::Target;
use crate::domain::reply::{self, reply};
use crate::pg::guc;
use crate::pg::jsonb::Encoded;
use crate::pg::perform::carry_out::{Arriving, By, carry_out};
use crate::pg::perform::lock::{self, Purpose};
use crate::pg::perform::people;
use crate::pg::spi::Session;
use crate::pg::store::address;
use crate::pg::store::journal::{self, Written};

/// Takes a journal row back: `{"member", "conflicts", "undone"}`. With conflicts and without force nothing is done.
///
/// Errors: `error/journal/notexists`, `error/journal/undone`, `error/journal/later`, `error/journal/gone`,
/// `error/journal/erased`, `error/member/head/last`, `error/member/concurrent`.
pub fn unmerge(session: &Session, id: i64, force: bool) -> Result<Encoded> {
    let row = find(session, id)?;
    let ways = read_inverse(json::root(row.inverse)?)?;
    let heads = lock_all(session, &row, &ways)?;
    // Somebody may have undone it while this call waited for the locks.
    find(session, id)?;
    let people = gather(session, id, &row, &ways, &heads)?;
    let (limits, now) = (guc::limits(), guc::now()?);
    let named = people.first().and_then(|receiver| receiver.heads.first().cloned()).ok_or_else(gone)?;
    let mut planner = Planner::new(people, named, Guard::default(), &limits, &now);
    let undone = planner.undo(&ways, &heads, force)?;
    let mut plan = planner.finish();
    let refused = !force && !undone.conflicts.is_empty();
    if !refused {
        let by = By { call: "member_unmerge", host: None, undoes: Some(id) };
        let number = carry_out(session, &plan, &by, Arriving::default())?.ok_or_else(gone)?;
        if !journal::note_undone(session, id, number) {
            return Err(Error::new(Id::JournalUndone, format!("journal row {id}")));
        }
    }
    name_receiver(&mut plan);
    let conflicts: Vec<Node> =
        undone.conflicts.iter().map(|conflict| json::root(conflict).map(Node::from)).collect::<Result<_>>()?;
    let dataset = plan.people.get(RECEIVER).and_then(|person| person.dataset);
    let keys = vec![
        ("member", reply::head(plan.named.id, &plan.named.address, dataset)),
        ("conflicts", Node::array(conflicts)),
        ("undone", Node::from(i64::from(!refused))),
    ];
    Encoded::new(&reply(keys, &plan.warnings))
}

fn find(session: &Session, id: i64) -> Result<Written<'_>> {
    let row = journal::read(session, id);
    let row = row.ok_or_else(|| Error::new(Id::JournalNotexists, format!("there is no journal row {id}")))?;
    if row.is_undone {
        return Err(Error::new(Id::JournalUndone, format!("journal row {id}")));
    }
    if json::root(row.inverse)?.is_null() {
        return Err(Error::new(Id::JournalErased, format!("journal row {id}")));
    }
    Ok(row)
}

/// Locks every body and every free identifier that the way back names; gives the identifiers.
fn lock_all(session: &Session, row: &Written, ways: &[Way]) -> Result<Vec<Head>> {
    let mut numbers: Vec<i64> = ways.iter().filter_map(Way::head).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let mut heads = Vec::with_capacity(numbers.len());
    for number in numbers {
        let known = address::find(session, &Target::Id(number))?.ok_or_else(gone)?;
        heads.push(people::head_of(&known));
    }
    let targets: Vec<Target> = heads.iter().map(|head| Target::Address(head.address.clone())).collect();
    let mut bodies: Vec<i64> = ways.iter().flat_map(Way::datasets).chain([row.dataset]).chain(row.source).collect();
    bodies.dedup();
    lock::hold_all(session, &targets, &bodies, Purpose::Change)?.keep();
    Ok(heads)
}

/// The persons that the way back names, the receiver first; those that are to come back as absent ones. Owners of
/// identifiers that are elsewhere by now take part too, so that these are not taken for free.
fn gather(session: &Session, id: i64, row: &Written, ways: &[Way], heads: &[Head]) -> Result<Vec<Person>> {
    let mut people: Vec<Person> = Vec::new();
    let bodies = [row.dataset].into_iter().chain(ways.iter().flat_map(Way::datasets));
    for dataset in bodies {
        if people.iter().any(|person| person.dataset == Some(dataset)) {
            continue;
        }
        let comes_back = ways.iter().any(|way| matches!(way, Way::Create { to, .. } if *to == dataset));
        match people::read(session, dataset)? {
            Some(person) => people.push(person),
            None if comes_back => people.push(Person::absent(Some(dataset))),
            None => return Err(not_there(session, dataset, id)),
        }
    }
    let targets: Vec<Target> = heads.iter().map(|head| Target::Address(head.address.clone())).collect();
    people::add_owners(session, &mut people, &lock::look(session, &targets)?)?;
    Ok(people)
}

/// Why a body that the way back needs is not there.
fn not_there(session: &Session, dataset: i64, id: i64) -> Error {
    match journal::later(session, dataset, id) {
        Ok(Some(later)) => Error::new(Id::JournalLater, format!("journal row {later} took the subscriber away")),
        Ok(None) => gone(),
        Err(error) => error,
    }
}

/// The reply names a head that the receiver still has.
fn name_receiver(plan: &mut Plan) {
    if let Some(head) = plan.people.get(RECEIVER).and_then(|receiver| receiver.heads.first()) {
        plan.named = head.clone();
    }
}

#[cold]
fn gone() -> Error {
    Error::new(Id::JournalGone, "nothing can go back")
}
