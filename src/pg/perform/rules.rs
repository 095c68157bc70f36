//! The rules of filter groups, ready to be asked at one moment.

use crate::domain::address::AddrType;
use crate::domain::datakey::date::Now;
use crate::domain::error::{Error, Id, Result};
use crate::domain::group::{Filter, GroupKind, Groups, Matcher, Segment};
use crate::domain::json;
use crate::pg::guc;
use crate::pg::spi::Session;
use crate::pg::store::group::{self, Group};
use std::collections::{BTreeSet, HashMap};

/// Filter groups by their codes.
#[derive(Default)]
pub struct Rules {
    known: HashMap<String, Rule>,
}

/// The rule of one filter group.
struct Rule {
    filter: Filter,
    matcher: Matcher,
    addr_type: AddrType,
}

impl Groups for Rules {
    fn segment(&self, gid: &str) -> Option<Segment<'_>> {
        self.known.get(gid).map(|rule| Segment { matcher: &rule.matcher, addr_type: Some(rule.addr_type) })
    }
}

impl Rules {
    /// The filter groups that a rule asks for, and those that these ask for.
    ///
    /// Errors: `group_id_not_exists` for a group that is not there.
    pub fn asked_by(session: &Session, filter: &Filter, now: &Now) -> Result<Rules> {
        let mut rules = Rules::default();
        rules.add_all(session, filter.mentions().groups, now)?;
        Ok(rules)
    }

    fn add_all(&mut self, session: &Session, gids: BTreeSet<String>, now: &Now) -> Result<()> {
        let mut waiting = Vec::from_iter(gids);
        while let Some(gid) = waiting.pop() {
            if self.known.contains_key(&gid) {
                continue;
            }
            let group = group::find(session, &gid).ok_or_else(|| not_exists(&gid))?;
            if group.kind == GroupKind::Filter {
                let filter = filter_of(&group)?;
                waiting.extend(filter.mentions().groups);
                let matcher = filter.at(now)?;
                self.known.insert(gid, Rule { filter, matcher, addr_type: group.addr_type });
            }
        }
        Ok(())
    }

    /// The filters of all these groups.
    pub fn filters(&self) -> impl Iterator<Item = &Filter> {
        self.known.values().map(|rule| &rule.filter)
    }
}

/// The rule of a filter group. Errors: `wrong_group_id` for a list group, `error/filter/…`.
pub fn filter_of(group: &Group) -> Result<Filter> {
    let filter = group.filter.ok_or_else(|| Error::new(Id::GroupWrong, "a list group has members and no rule"))?;
    Filter::read(json::root(filter)?, &guc::filter_limits())
}

#[cold]
fn not_exists(gid: &str) -> Error {
    Error::new(Id::GroupNotexists, format!("the filter asks for group {gid}"))
}
