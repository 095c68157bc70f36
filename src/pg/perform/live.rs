//! Live groups: their members are written down, and kept up to date by every call that changes somebody.
//!
//! Making one is a track. It first waits for transactions of this database that wrote before the group was live: they do
//! not know of it, and what they leave could not be seen. Then it goes through all bodies, some thousand under lock at a
//! time; whoever changes one later knows the group. So working a group out anew, because time has passed, waits for nobody.

use crate::domain::error::{Error, Id, Result};
use crate::domain::group::GroupKind;
use crate::domain::json::{Node, Value, encoded};
use crate::domain::request::Request;
use crate::pg::guc;
use crate::pg::perform::follow::{Depth, settle};
use crate::pg::perform::job::{self, Kind, Part, Progress};
use crate::pg::perform::kept::{self, LiveGroup};
use crate::pg::perform::rules::{Rule, filter_of};
use crate::pg::perform::{group as groups, outdated, track};
use crate::pg::spi::Session;
use crate::pg::store::group::{self, Group};
use crate::pg::store::track::New;
use crate::pg::store::{body, group_count, live_member, transactions};
use crate::pg::worker::process::pause;
use std::time::{Duration, Instant};

/// The track that fills a live group.
pub const KIND: Kind = Kind { action: "group.live", is_alone: false, chunk: part };

/// How many bodies a part takes.
const CHUNK: i64 = 1000;
/// How often they are looked for.
const GLANCE: Duration = Duration::from_millis(20);

/// Makes a filter group live: gives the number of the track that fills it. Errors: `wrong_group_id`.
pub fn begin(session: &Session, group: &Group) -> Result<i64> {
    declare(session, group)?;
    fill(group.gid)
}

/// The same in the caller's transaction; nobody changes anybody until it ends. Errors: `wrong_group_id`.
pub fn begin_now(session: &Session, group: &Group) -> Result<()> {
    stop_changes(session)?;
    declare(session, group)?;
    let work = encoded(&Node::object([("id", Node::from(group.gid)), ("sync", Node::from(1))]))?;
    job::run(session, &KIND, &work).map(drop)
}

/// Writes that a group is live: from the commit on every call knows it.
fn declare(session: &Session, group: &Group) -> Result<()> {
    if group.kind != GroupKind::Filter {
        return Err(Error::new(Id::GroupWrong, "only a filter group can be live"));
    }
    group::change(session, &Group { live: Some("filling"), update_time: guc::statement_micros(), ..group.clone() });
    kept::changed();
    Ok(())
}

/// Has a live group worked out anew; gives the number of the track.
fn fill(gid: &str) -> Result<i64> {
    let work = encoded(&Node::object([("id", Node::from(gid))]))?;
    track::begin(&New { action: KIND.action, info: None, request: &work, total: None })
}

/// Keeps everybody from changing anybody until the transaction ends, which sees everybody as they are.
///
/// Errors: `error/member/concurrent` for a transaction that keeps a snapshot and does not see some change.
pub fn stop_changes(session: &Session) -> Result<()> {
    body::lock_table(session);
    outdated::refuse(session, body::changes)
}

/// Makes it an ordinary filter group again. Errors: `error/member/concurrent`.
pub fn end(session: &Session, group: &Group) -> Result<()> {
    forget(session, group)?;
    group::change(session, &Group { live: None, update_time: guc::statement_micros(), ..group.clone() });
    Ok(())
}

/// Forgets the members of a group that is live no more. Waits for calls that changed somebody: they may have put members
/// into it that are not to be seen yet.
///
/// Errors: `error/member/concurrent`.
pub fn forget(session: &Session, group: &Group) -> Result<()> {
    if group.live.is_some() {
        stop_changes(session)?;
        live_member::delete_group(session, group.gid);
        kept::changed();
    }
    group_count::delete(session, group.gid);
    Ok(())
}

/// After the rule of a group changed: every live group that asks for it, and itself, is worked out anew.
///
/// Errors: those of the rules.
pub fn refill(session: &Session, gid: &str) -> Result<()> {
    for group in group::live(session) {
        let rule = Rule::now(session, filter_of(&group)?)?;
        if group.gid == gid || rule.asked().segment(gid).is_some() {
            begin(session, &group)?;
        }
    }
    Ok(())
}

/// Has the live groups that depend on the clock worked out anew, where the last time is long ago, and the last try too.
///
/// Errors: those of making tracks.
pub fn refresh(session: &Session, since: i64) -> Result<()> {
    for gid in group::periodic_since(session, since) {
        fill(gid)?;
    }
    Ok(())
}

/// Waits for old transactions where the group is new, then goes through the next bodies.
fn part(session: &Session, part: &Part) -> Result<Progress> {
    let request = Request::open(part.request, &["id", "sync"], &[])?;
    let group = groups::find(session, request.required("id", request.text("id")?)?)?;
    if group.live.is_none() {
        return done(part.done);
    }
    let behind = match place(part.state, group.update_time)? {
        Some(behind) => behind,
        None => {
            // Of a group that was filled once everybody knows who writes.
            if group.live == Some("filling") && !request.flag("sync")? {
                wait_for_writers(session)?;
            }
            0
        }
    };
    let kept = kept::known()?;
    let live: Vec<&LiveGroup> = kept.groups.iter().filter(|live| live.gid == group.gid).collect();
    let datasets = body::lock_next(session, behind, CHUNK);
    settle(session, &live, &datasets, Depth::Anew)?;
    let so_far = part.done + i64::try_from(datasets.len()).unwrap_or(i64::MAX);
    match datasets.last() {
        Some(last) => {
            let state = Node::object([("behind", Node::from(*last)), ("rule", Node::from(group.update_time))]);
            Ok(Progress::More { done: so_far, state: encoded(&state)? })
        }
        None => {
            let state = if uses_clock(session, &group)? { "periodic" } else { "exact" };
            group::note_filled(session, &group, state, guc::statement_micros());
            done(so_far)
        }
    }
}

/// The body behind which a track goes on; nothing at the beginning, and when the group was changed since: then the track
/// begins again, so that no group counts as filled by a rule that it does not have any more.
fn place(state: Option<Value>, rule: i64) -> Result<Option<i64>> {
    let Some(Value::Object(state)) = state else { return Ok(None) };
    let number = |key| -> Result<Option<i64>> { Ok(state.get(key)?.and_then(|value| value.as_i64())) };
    Ok(if number("rule")? == Some(rule) { number("behind")? } else { None })
}

fn done(done: i64) -> Result<Progress> {
    Ok(Progress::Done { done, result: encoded(&Node::object([("count", Node::from(done))]))? })
}

/// Whether a rule, or one that it asks for, depends on the clock.
fn uses_clock(session: &Session, group: &Group) -> Result<bool> {
    let rule = Rule::now(session, filter_of(group)?)?;
    Ok(rule.filter.uses_clock() || rule.asked_filters().any(|filter| filter.uses_clock()))
}

/// Waits for the transactions of this database that wrote before now.
///
/// Errors: `error/group/busy`.
pub fn wait_for_writers(session: &Session) -> Result<()> {
    let old = transactions::writing(session);
    let begun = Instant::now();
    while transactions::are_open(session, &old) {
        if begun.elapsed() > guc::live_patience() {
            return Err(Error::new(Id::GroupBusy, "a transaction that wrote before is open still"));
        }
        pause(GLANCE, None);
    }
    Ok(())
}

/// A switch of `group.set`. Errors: `error/param/wrong`.
pub fn switch(request: &Request) -> Result<Option<bool>> {
    match request.value("live")? {
        None => Ok(None),
        Some(Value::String("")) => Ok(None),
        Some(_) => request.flag("live").map(Some),
    }
}
