//! A head comes to list groups and leaves them (members.md 6.6).

use crate::domain::address::AddrType;
use crate::domain::error::{Error, Id, Result};
use crate::domain::event::{EventType, group as told};
use crate::domain::group::GroupKind;
use crate::domain::member::special::Special;
use crate::domain::member::system::Head;
use crate::domain::time::day_start;
use crate::pg::guc;
use crate::pg::perform::{express, outdated};
use crate::pg::spi::Session;
use crate::pg::store::event::{Event, Prepared};
use crate::pg::store::{group, group_member};

/// Keeps the list groups that a program names until the transaction ends; before any body is locked.
pub fn hold(session: &Session, special: &[Special]) {
    let gids: Vec<&str> = special.iter().filter_map(Special::group).map(|(gid, _)| gid).collect();
    if !gids.is_empty() {
        group::hold(session, &gids);
    }
}

/// A list group, of this type of members.
///
/// Errors: `group_id_not_exists`, `wrong_group_id`, `error/group/express`, `error/member/concurrent` where it was deleted since the transaction began.
pub fn list_group<'s>(session: &'s Session, gid: &str, addr_type: AddrType) -> Result<group::Group<'s>> {
    let group = group::find(session, gid).ok_or_else(|| Error::new(Id::GroupNotexists, "no group has this code"))?;
    outdated::refuse(session, |session| group::find(session, gid).is_some())?;
    express::refuse(&group)?;
    if group.kind != GroupKind::List {
        return Err(Error::new(Id::GroupWrong, "the group is a filter group: its rule says who is in it"));
    }
    if group.addr_type != addr_type {
        let explain =
            format!("the group is of type {}, the identifier of type {}", group.addr_type.as_str(), addr_type.as_str());
        return Err(Error::new(Id::GroupWrong, explain));
    }
    Ok(group)
}

/// Which list groups a head comes to and leaves.
#[derive(Default)]
pub struct Membership {
    entered: Vec<String>,
    left: Vec<String>,
    /// The day of the call as `Ys`, where anything changes.
    day: String,
}

impl Membership {
    /// What a program really changes; of operations on one group the last holds. `dataset` is none for a head that is
    /// not written yet.
    ///
    /// Errors: `group_id_not_exists`, `wrong_group_id`, `error/param/wrong` for a broken time zone.
    pub fn plan(session: &Session, special: &[Special], head: &Head, dataset: Option<i64>) -> Result<Membership> {
        let mut wanted: Vec<(&str, bool)> = Vec::new();
        for operation in special {
            let Some((gid, enters)) = operation.group() else { continue };
            list_group(session, gid, head.address.addr_type).map_err(|error| operation.locate(error))?;
            match wanted.iter_mut().find(|(known, _)| *known == gid) {
                Some((_, wanted)) => *wanted = enters,
                None => wanted.push((gid, enters)),
            }
        }
        if wanted.is_empty() {
            return Ok(Membership::default());
        }
        let gids: Vec<&str> = wanted.iter().map(|(gid, _)| *gid).collect();
        let present = dataset.map(|dataset| group_member::among(session, dataset, head.id, &gids)).unwrap_or_default();
        let changed = |to: bool| {
            let differs = |(gid, enters): &&(&str, bool)| *enters == to && present.contains(gid) != to;
            wanted.iter().filter(differs).map(|(gid, _)| (*gid).to_owned()).collect()
        };
        Ok(Membership { entered: changed(true), left: changed(false), day: today()? })
    }

    /// Whether anything changes.
    pub fn is_change(&self) -> bool {
        !self.entered.is_empty() || !self.left.is_empty()
    }

    /// What the log hears of it. Errors: `error/json/limit`.
    pub fn events(&self, address_id: i64, dataset: i64, version: i64) -> Result<Vec<Prepared>> {
        let at = guc::statement_micros();
        let entered = self.entered.iter().map(|gid| (EventType::GroupEnter, gid));
        let left = self.left.iter().map(|gid| (EventType::GroupLeave, gid));
        let event = |(event_type, gid): (EventType, &String)| {
            Event { event_type, at, address_id, dataset, version, body: told(gid, &self.day) }.prepare()
        };
        left.chain(entered).map(event).collect()
    }

    /// Writes it, under the lock of the body.
    pub fn write(&self, session: &Session, dataset: i64, id: i64) {
        if !self.left.is_empty() {
            group_member::leave(session, dataset, id, &texts(&self.left));
        }
        if !self.entered.is_empty() {
            group_member::enter(session, dataset, id, &texts(&self.entered), &self.day);
        }
    }
}

/// The day of the call as `Ys`, in the account's time zone. Errors: `error/param/wrong`.
pub fn today() -> Result<String> {
    Ok(day_start(guc::statement_micros(), &guc::time_zone()?))
}

fn texts(gids: &[String]) -> Vec<&str> {
    gids.iter().map(String::as_str).collect()
}
