//! `member_erase`: a person's data go from everywhere; what stays are numbers, and hashes of the identifiers.

use crate::domain::erasure::ErasureRequest;
use crate::domain::error::{Error, Id, Result};
use crate::domain::event::{EventType, member_erase};
use crate::domain::json::{Node, Value};
use crate::domain::member::target::{Kind, Target};
use crate::domain::reply::reply;
use crate::pg::guc;
use crate::pg::jsonb::Encoded;
use crate::pg::perform::follow::{Before, Followed, Touched, follow};
use crate::pg::perform::lock::{self, Purpose, wait_if_allowed};
use crate::pg::perform::resolve;
use crate::pg::perform::traces::Traces;
use crate::pg::savepoint::Savepoint;
use crate::pg::spi::Session;
use crate::pg::store::address::{self, Known};
use crate::pg::store::event::{self, Event, Prepared};
use crate::pg::store::{
    body, count_cache, erased, event_personal, event_slot, express, group, group_member, head, head_state,
    hook_personal, journal, message_personal, passage, report, retired_dataset, run_personal, subscription,
    track_address, track_personal, upload,
};
use pgrx::pg_sys;

/// Performs a request: `{"erased": 0|1, "dataset", "heads": [number], "cleared": {"events", "journal", "batches",
/// "attempts", "tracks", "reports", "messages", "runs", "uploads"}}`. An identifier that nobody has is looked for in texts all
/// the same. Groups whose rules or names name the person are left, with the warning `error/erase/group`.
///
/// Errors: those of reading the request, `error/erase/isolation`, `error/erase/track`, `error/erase/key`,
/// `error/member/notexists` for a number of nobody, `error/member/versioning`, `error/member/concurrent`.
pub fn erase(session: &Session, request: Value) -> Result<Encoded> {
    let mut request = ErasureRequest::read(request, true)?;
    let mut warnings = std::mem::take(&mut request.warnings);
    let target = resolve::target(session, &request.email, request.kind, &mut warnings)?;
    Encoded::new(&reply(perform(session, &target, request.reason, &mut warnings)?, &warnings))
}

/// The short form.
pub fn erase_address(session: &Session, email: &str) -> Result<Encoded> {
    let mut warnings = Vec::new();
    let target = resolve::target(session, email, Kind::Detect, &mut warnings)?;
    Encoded::new(&reply(perform(session, &target, None, &mut warnings)?, &warnings))
}

type Keys<'a> = Vec<(&'static str, Node<'a>)>;

fn perform<'n>(
    session: &Session,
    target: &Target,
    reason: Option<&str>,
    warnings: &mut Vec<Error>,
) -> Result<Keys<'n>> {
    refuse_old_snapshots()?;
    let (known, savepoint) = hold(session, target)?;
    let traces = Traces::of(session, target, known.as_ref())?;
    refuse_open_tracks(session, &traces)?;
    warnings.extend(groups_naming(session, &traces));
    let event = told(session, &traces, known.as_ref(), reason)?;
    erased::shut_out();
    let cleared = clear_texts(session, &traces);
    let is_erased = remove(session, &traces)?;
    event::write(&Vec::from_iter(event));
    savepoint.release();
    Ok(vec![
        ("erased", Node::from(i64::from(is_erased))),
        ("dataset", Node::from(traces.dataset)),
        ("heads", Node::array(traces.ids.iter().copied().map(Node::from))),
        ("cleared", Node::object(cleared)),
    ])
}

/// A transaction that keeps its first snapshot would not see what others wrote about the person since.
fn refuse_old_snapshots() -> Result<()> {
    // SAFETY: reads a variable of the server's.
    if unsafe { pg_sys::XactIsoLevel } > pg_sys::XACT_READ_COMMITTED as i32 {
        return Err(Error::new(Id::EraseIsolation, "the transaction keeps its first snapshot"));
    }
    Ok(())
}

/// Locks the body, or the identifier that is nobody's. It goes again unless the savepoint is released.
fn hold(session: &Session, target: &Target) -> Result<(Option<Known>, Savepoint)> {
    for _ in 0..lock::ATTEMPTS {
        let mut held = lock::hold_all(session, std::slice::from_ref(target), &[], Purpose::Delete)?;
        let known = held.known.pop().flatten();
        let is_held = match &known {
            Some(known) if known.owner.is_none() => wait_if_allowed(|| address::lock_free(session, &known.address))?,
            Some(_) => true,
            None if target.address().is_some() => true,
            None => return Err(Error::new(Id::MemberNotexists, "no identifier has this id")),
        };
        if is_held {
            return Ok((known, held.savepoint));
        }
    }
    Err(lock::too_busy())
}

fn refuse_open_tracks(session: &Session, traces: &Traces) -> Result<()> {
    let open = track_personal::open(session, traces.mentions.as_deref());
    if open.is_empty() {
        return Ok(());
    }
    let numbers: Vec<String> = open.iter().map(i64::to_string).collect();
    Err(Error::new(Id::EraseTrack, format!("tracks not at their end name the person: {}", numbers.join(", "))))
}

/// The warning that groups name the person. What somebody wrote into a rule means something to them: it is not taken out.
fn groups_naming(session: &Session, traces: &Traces) -> Option<Error> {
    let naming = group::naming(session, traces.mentions.as_deref());
    (!naming.is_empty()).then(|| Error::new(Id::EraseGroup, format!("groups name the person: {}", naming.join(", "))))
}

/// What the log will hear of it; nothing where there is no body. Errors: `error/json/limit`.
fn told(session: &Session, traces: &Traces, known: Option<&Known>, reason: Option<&str>) -> Result<Option<Prepared>> {
    let (Some(dataset), Some(known)) = (traces.dataset, known) else { return Ok(None) };
    let version = body::version(session, dataset).unwrap_or_default() + 1;
    let (event_type, at, body) = (EventType::MemberErase, guc::statement_micros(), member_erase(reason));
    Event { event_type, at, address_id: known.id, dataset, version, body }.prepare().map(Some)
}

/// Empties what was written down about the person; how much of what.
fn clear_texts<'n>(session: &Session, traces: &Traces) -> Keys<'n> {
    let mentions = traces.mentions.as_deref();
    let rows = journal::blank(session, &traces.lives, &traces.ids, mentions);
    let events = event_personal::blank(session, &traces.lives, &traces.ids, &rows, mentions);
    let positions = event_personal::positions(session, &events);
    let first = event_slot::first_pos(session);
    let batches = hook_personal::blank_batches(session, &positions, first, mentions);
    let attempts = hook_personal::blank_attempts(session, &positions, first, mentions);
    let tracks = track_personal::blank(session, mentions) + track_address::blank(session, mentions);
    let reports = report::blank(session, &traces.ids, mentions);
    let messages = message_personal::blank(session, &traces.lives, &traces.ids);
    let runs = run_personal::forget(session, &traces.ids, mentions);
    passage::erase(session, &traces.ids);
    // Octets in any charset, packed or not: whether they name the person cannot be told. What was imported is used up.
    let uploads = upload::forget_read(session);
    let count = |count: u64| Node::from(i64::try_from(count).unwrap_or(i64::MAX));
    vec![
        ("events", count(events.len() as u64)),
        ("journal", count(rows.len() as u64)),
        ("batches", count(batches)),
        ("attempts", count(attempts)),
        ("tracks", count(tracks)),
        ("reports", count(reports)),
        ("messages", count(messages)),
        ("runs", count(runs)),
        ("uploads", count(uploads)),
    ]
}

/// Removes the body, its heads, and every identifier with all that outlives subscribers. Whether anything was there.
/// Errors: `error/erase/key`.
fn remove(session: &Session, traces: &Traces) -> Result<bool> {
    let key = erased::key_or_new(session)?;
    let at = guc::statement_micros();
    let mut is_erased = false;
    for name in &traces.heads {
        if let Some((dataset, id)) = traces.dataset.zip(name.id) {
            group_member::leave_all(session, dataset, id);
            head_state::forget(session, dataset, id);
            subscription::forget(session, dataset, id);
            head::delete(session, dataset, id);
        }
        is_erased |= express::forget(session, &name.address) > 0;
        is_erased |= erased::forget(session, &name.address, &key.hash(&name.address), at);
    }
    if let Some(dataset) = traces.dataset {
        retired_dataset::note_deleted(session, dataset);
        body::delete(session, dataset);
        follow(session, &[Followed { dataset, before: Before::Unknown, after: None, changed: None }], Touched::People)?;
    }
    // What was counted may have been asked for by an identifier.
    count_cache::clear(session);
    Ok(is_erased)
}
