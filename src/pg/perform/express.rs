//! Groups of express imports: identifiers with the data of their rows, apart from subscribers (members.md 10.7).
//!
//! They can be counted, listed, cleaned, copied, deleted and sent to; everything else asks for subscribers and is
//! `error/group/express`.

use crate::domain::error::{Error, Id, Result};
use crate::domain::group::{GroupKind, NewGroup, check_gid};
use crate::domain::import::express::Columns;
use crate::domain::json::{Node, encoded, root};
use crate::domain::member::count::{Counts, OfType};
use crate::domain::member::lock_state::LockState;
use crate::pg::guc;
use crate::pg::perform::group::{find, make};
use crate::pg::perform::job::{Part, Progress};
use crate::pg::perform::selection::Selection;
use crate::pg::spi::Session;
use crate::pg::store::express::{self, Locked};
use crate::pg::store::group::{self, Group};
use crate::pg::store::sequence;

/// How many rows a part of cleaning or copying takes.
const CHUNK: i64 = 20_000;

/// Makes a group; false where its code is taken. `caption` is what its columns mean, as jsonb.
///
/// Errors: `error/group/id`.
pub fn create(session: &Session, new: &NewGroup, caption: &[u8]) -> Result<bool> {
    let Some(gid) = make(session, new)? else { return Ok(false) };
    let group = find(session, &gid)?;
    express::create(session, group.number, caption, guc::statement_micros());
    Ok(true)
}

/// Refuses the group of an express import where subscribers are asked for. Errors: `error/group/express`.
pub fn refuse(group: &Group) -> Result<()> {
    if group.kind == GroupKind::Express { Err(refused(group.gid)) } else { Ok(()) }
}

/// The refusal of the group of this code.
#[cold]
pub fn refused(gid: &str) -> Error {
    Error::new(Id::GroupExpress, gid)
}

/// What the columns of a group's rows mean. Errors: `group_id_not_exists`, `error/json/corrupt`.
pub fn columns(session: &Session, group: &Group) -> Result<Columns> {
    Columns::read(root(caption(session, group)?)?)
}

fn caption<'s>(session: &'s Session, group: &Group) -> Result<&'s [u8]> {
    express::caption(session, group.number)
        .ok_or_else(|| Error::new(Id::GroupNotexists, "the group of an express import is gone"))
}

/// The keys that `group.get` shows of it beside the others: of one group its caption and count too.
///
/// Errors: `group_id_not_exists`, `error/json/corrupt`.
pub fn shown<'s>(session: &'s Session, group: &Group) -> Result<Vec<(&'static str, Node<'s>)>> {
    let count = Node::from(express::total(session, group.number));
    Ok(vec![("caption", Node::from(root(caption(session, group)?)?)), ("count", count)])
}

/// How many members there are, and how many of them are locked. Errors: `error/group/express` for members by their locks.
pub fn counted(session: &Session, group: &Group, selection: &Selection) -> Result<Counts> {
    if selection.lock != LockState::Any {
        return Err(refused(group.gid));
    }
    let Locked { any, removed, unconfirmed, errors } = express::locked(session, group.number, group.addr_type);
    let mut counts = Counts::default();
    *counts.of(group.addr_type) = OfType {
        total: express::total(session, group.number),
        locked: any,
        unsubscribed: removed,
        unconfirmed,
        bounced: errors,
        stopped: removed,
        ..OfType::default()
    };
    Ok(counts)
}

/// A part of emptying a group.
///
/// Errors: `error/json/limit`.
pub fn clean_part(session: &Session, group: &Group, part: &Part) -> Result<Progress> {
    let gone = i64::try_from(express::clean(session, group.number, CHUNK)).unwrap_or(i64::MAX);
    let done = part.done + gone;
    if gone == CHUNK {
        return Ok(Progress::More { done, state: encoded(&Node::from(0))? });
    }
    Ok(Progress::Done { done, result: encoded(&Node::object([("count", Node::from(done))]))? })
}

/// The group that members of an express group are copied to: it is made where it is not there, and has the same columns.
///
/// Errors: `error/group/id`, `error/group/express` for a group of another kind or with other columns.
pub fn target<'s>(session: &'s Session, source: &Group, gid: Option<&str>) -> Result<Group<'s>> {
    let columns = caption(session, source)?;
    let gid = match gid {
        Some(gid) => gid.to_owned(),
        None => GroupKind::Express.gid(sequence::next_group_number()),
    };
    if let Some(known) = group::find(session, &gid) {
        let is_alike = known.kind == GroupKind::Express
            && known.addr_type == source.addr_type
            && express::caption(session, known.number) == Some(columns);
        return if is_alike { Ok(known) } else { Err(refused(&gid)) };
    }
    let new = NewGroup {
        gid: Some(check_gid(&gid)?),
        name: source.name,
        kind: GroupKind::Express,
        addr_type: source.addr_type,
        community: None,
    };
    create(session, &new, columns)?;
    find(session, &gid)
}

/// A part of copying one group to another.
///
/// Errors: `error/json/limit`.
pub fn copy_part(session: &Session, source: &Group, target: &Group, part: &Part) -> Result<Progress> {
    let behind = part.state.and_then(|state| state.as_str()).unwrap_or_default();
    let (copied, last) = express::copy(session, source.number, target.number, behind, CHUNK);
    let done = part.done + copied;
    match last.filter(|_| copied == CHUNK) {
        Some(last) => Ok(Progress::More { done, state: encoded(&Node::from(last))? }),
        None => Ok(Progress::Done { done, result: encoded(&Node::object([("count", Node::from(done))]))? }),
    }
}

/// Deletes the groups that nobody used since an instant.
pub fn forget_unused(session: &Session, since: i64) {
    for gid in express::unused(session, since) {
        group::hold_to_delete(session, gid);
        // Somebody may have sent to it while its holders were waited for.
        if let Some(found) = group::find(session, gid).filter(|_| express::unused(session, since).contains(&gid)) {
            group::delete(session, gid);
            express::delete(session, found.number);
        }
    }
}
