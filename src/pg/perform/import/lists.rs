//! The list groups that everybody who is imported leaves and comes to (members.md 10.2).

use super::Open;
use crate::domain::address::AddrType;
use crate::domain::error::{Error, Id, Result};
use crate::domain::event::{EventType, group as told};
use crate::domain::import::Options;
use crate::domain::member::special::Special;
use crate::domain::member::system::State;
use crate::pg::perform::membership::{list_group, today};
use crate::pg::spi::Session;
use crate::pg::store::event::{Event, Prepared};
use crate::pg::store::{group, group_member, head_state};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A head: its body and its number.
pub type HeadOf = (i64, i64);

/// The groups of an import; they stay until the transaction ends.
pub struct Lists<'a> {
    remove: Vec<&'a str>,
    add: Vec<&'a str>,
    auto: Option<&'a str>,
    /// Of a messenger: the bot.
    bot: Option<i64>,
}

/// What came of it.
#[derive(Default)]
pub struct Listed {
    /// The bodies whose lists are others than before.
    pub touched: BTreeSet<i64>,
    /// How many heads came to the group of the import.
    pub added: i64,
    changes: Vec<(EventType, String, HeadOf)>,
}

impl<'a> Lists<'a> {
    /// Holds and checks them. Errors: `group_id_not_exists`, `wrong_group_id`.
    pub fn open(
        session: &Session,
        options: &Options<'a>,
        auto: Option<&'a str>,
        addr_type: AddrType,
    ) -> Result<Lists<'a>> {
        let base = options.base_group.filter(|_| addr_type == AddrType::Tg);
        let add: Vec<&str> = options.add.iter().copied().chain(base).filter(|gid| Some(*gid) != auto).collect();
        let is_kept = |gid: &str| add.contains(&gid) || Some(gid) == auto;
        let remove: Vec<&str> = options.remove.iter().copied().filter(|gid| !is_kept(gid)).collect();
        let all: Vec<&str> = remove.iter().chain(&add).copied().chain(auto).collect();
        hold(session, &all);
        let mut bot = None;
        for gid in &all {
            let group = list_group(session, gid, addr_type)?;
            if base == Some(*gid) {
                let refused = || Error::new(Id::GroupWrong, "basegroup.id: the group belongs to no bot");
                bot = Some(group.community.ok_or_else(refused)?);
            }
        }
        Ok(Lists { remove, add, auto, bot })
    }
}

/// Keeps groups from being deleted; before bodies are locked.
fn hold(session: &Session, gids: &[&str]) {
    if !gids.is_empty() {
        group::hold(session, gids);
    }
}

/// The list groups that rows name, held: of each whether the identifiers may be in it.
pub struct Named(HashMap<String, Result<()>>);

impl Named {
    /// Holds and checks them.
    pub fn open<'p>(session: &Session, programs: impl Iterator<Item = &'p Special>, addr_type: AddrType) -> Named {
        let gids: BTreeSet<&str> = programs.filter_map(Special::group).map(|(gid, _)| gid).collect();
        hold(session, &gids.iter().copied().collect::<Vec<_>>());
        let checked = |gid: &&str| ((*gid).to_owned(), list_group(session, gid, addr_type).map(drop));
        Named(gids.iter().map(checked).collect())
    }

    /// Whether a row may name these. Errors: `group_id_not_exists`, `wrong_group_id`.
    pub fn check(&self, special: &[Special]) -> Result<()> {
        special.iter().try_for_each(|operation| {
            let checked = operation.group().and_then(|(gid, _)| self.0.get(gid)).cloned();
            checked.unwrap_or(Ok(())).map_err(|error| operation.locate(error))
        })
    }
}

/// Heads that come to groups and leave them by what their rows say; of several words on one group the last holds.
#[derive(Default)]
pub struct Wishes(BTreeMap<(String, HeadOf), bool>);

impl Wishes {
    /// Adds what a row says of a head.
    pub fn add(&mut self, head: HeadOf, special: &[Special]) {
        for (gid, enters) in special.iter().filter_map(Special::group) {
            self.0.insert((gid.to_owned(), head), enters);
        }
    }
}

impl Open<'_> {
    /// Writes who comes and leaves, under the locks of the bodies: first what rows say, then what the import does with all.
    ///
    /// Errors: `error/param/wrong` for a broken time zone.
    pub fn list(&self, heads: &[HeadOf], wishes: &Wishes, active: &[(HeadOf, bool)]) -> Result<Listed> {
        let mut listed = Listed::default();
        let day = today()?;
        for (gid, wished) in wishes.by_group() {
            let of = |enters| wished.iter().filter(|wish| wish.1 == enters).map(|wish| wish.0).collect::<Vec<_>>();
            self.move_heads(&mut listed, gid, &of(false), false, &day);
            self.move_heads(&mut listed, gid, &of(true), true, &day);
        }
        for gid in &self.lists.remove {
            self.move_heads(&mut listed, gid, heads, false, &day);
        }
        for gid in &self.lists.add {
            self.move_heads(&mut listed, gid, heads, true, &day);
        }
        if let Some(gid) = self.lists.auto {
            listed.added = self.move_heads(&mut listed, gid, heads, true, &day);
        }
        if let Some(community) = self.lists.bot {
            for ((dataset, id), is_active) in active {
                let state = if *is_active { "sub" } else { "unsub" };
                if head_state::note(self.session, *dataset, *id, State { community, state, at: self.at }) {
                    listed.touched.insert(*dataset);
                }
            }
        }
        Ok(listed)
    }

    /// Brings heads to a group or takes them out of it; how many really came or went.
    fn move_heads(&self, listed: &mut Listed, gid: &str, heads: &[HeadOf], enters: bool, day: &str) -> i64 {
        if heads.is_empty() {
            return 0;
        }
        let (event_type, moved) = match enters {
            true => (EventType::GroupEnter, group_member::enter_heads(self.session, gid, heads, day)),
            false => (EventType::GroupLeave, group_member::leave_heads(self.session, gid, heads)),
        };
        listed.touched.extend(moved.iter().map(|(dataset, _)| *dataset));
        if self.wanted.has(event_type) {
            listed.changes.extend(moved.iter().map(|head| (event_type, gid.to_owned(), *head)));
        }
        i64::try_from(moved.len()).unwrap_or(i64::MAX)
    }

    /// What the log hears of it; `version` is what a body has now. Errors: `error/json/limit`, `error/param/wrong`.
    pub fn told(&self, listed: &Listed, version: impl Fn(i64) -> i64) -> Result<Vec<Prepared>> {
        let (at, day) = (self.at, today()?);
        let event = |(event_type, gid, (dataset, id)): &(EventType, String, HeadOf)| {
            let (event_type, dataset, address_id, version) = (*event_type, *dataset, *id, version(*dataset));
            Event { event_type, at, address_id, dataset, version, body: told(gid, &day) }.prepare()
        };
        listed.changes.iter().map(event).collect()
    }
}

impl Wishes {
    fn by_group(&self) -> Vec<(&str, Vec<(HeadOf, bool)>)> {
        let mut groups: Vec<(&str, Vec<(HeadOf, bool)>)> = Vec::new();
        for ((gid, head), enters) in &self.0 {
            match groups.last_mut() {
                Some((last, wished)) if *last == gid => wished.push((*head, *enters)),
                _ => groups.push((gid, vec![(*head, *enters)])),
            }
        }
        groups
    }
}
