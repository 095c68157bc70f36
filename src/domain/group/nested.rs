//! Groups within groups: a filter that asks for a filter group asks its filter (members.md 12.3).

use super::limits::{Limits, cost_of_all, too_costly, too_deep};
use super::matcher::Matcher;
use super::tree::{Condition, Kind};
use crate::domain::address::AddrType;
use crate::domain::error::{Error, Id, Result};
use std::collections::{BTreeMap, HashMap};

/// How many filter groups may lie within one another, whatever the limits say.
pub(super) const MAX_NESTED: usize = 64;

/// A filter group, as another filter sees it.
#[derive(Clone, Copy, Debug)]
pub struct Segment<'g> {
    /// Its filter, at the same moment.
    pub matcher: &'g Matcher,
    /// The type of its members; heads of other types are not in it. None for heads of every type.
    pub addr_type: Option<AddrType>,
}

/// Where the filters of groups are found.
pub trait Groups {
    /// The filter group of this code; none for a list group, and for a group that is not there and has no members.
    fn segment(&self, gid: &str) -> Option<Segment<'_>>;
}

/// Where there are list groups only.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoGroups;

impl Groups for NoGroups {
    fn segment(&self, _: &str) -> Option<Segment<'_>> {
        None
    }
}

impl Groups for HashMap<String, (Matcher, Option<AddrType>)> {
    fn segment(&self, gid: &str) -> Option<Segment<'_>> {
        self.get(gid).map(|(matcher, addr_type)| Segment { matcher, addr_type: *addr_type })
    }
}

impl Groups for BTreeMap<String, (Matcher, Option<AddrType>)> {
    fn segment(&self, gid: &str) -> Option<Segment<'_>> {
        self.get(gid).map(|(matcher, addr_type)| Segment { matcher, addr_type: *addr_type })
    }
}

/// What a filter comes to with the filters of all its groups in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// What it costs.
    pub usage: u64,
    /// How many levels of conditions it has.
    pub depth: usize,
}

/// Follows the groups that a filter asks for, and those that these ask for; `own` is the group whose filter it is.
///
/// Errors: `error/filter/cycle` where a group is asked for within its own filter, `error/filter/depth`,
/// `error/filter/usage` beyond the limits.
pub fn check_groups(matcher: &Matcher, own: Option<&str>, groups: &dyn Groups, limits: &Limits) -> Result<Figures> {
    let mut walk =
        Walk { groups, limits, around: own.into_iter().map(str::to_owned).collect(), figures: Figures::default() };
    walk.all(matcher.conditions(), 0)?;
    Ok(walk.figures)
}

/// The way through the groups.
struct Walk<'w> {
    groups: &'w dyn Groups,
    limits: &'w Limits,
    /// The groups whose filters are open.
    around: Vec<String>,
    figures: Figures,
}

impl Walk<'_> {
    /// Counts the conditions of a filter that lies below so many levels. A filter that costs nothing still counts, so
    /// that groups cannot be multiplied without end.
    fn all(&mut self, conditions: &[Condition], above: usize) -> Result<()> {
        self.figures.usage = self.figures.usage.saturating_add(cost_of_all(conditions).max(1));
        if self.figures.usage > self.limits.max_usage {
            return Err(too_costly(self.limits));
        }
        self.follow(conditions, above)
    }

    /// Goes to the groups; what the conditions cost by themselves is counted already.
    fn follow(&mut self, conditions: &[Condition], above: usize) -> Result<()> {
        if conditions.is_empty() {
            return Ok(());
        }
        let depth = above + 1;
        if depth > self.limits.depth() {
            return Err(too_deep(self.limits));
        }
        self.figures.depth = self.figures.depth.max(depth);
        for condition in conditions {
            if let Kind::InGroup(gids) = &condition.kind {
                gids.iter().try_for_each(|gid| self.group(gid, depth))?;
            }
            self.follow(condition.children(), depth)?;
        }
        Ok(())
    }

    fn group(&mut self, gid: &str, depth: usize) -> Result<()> {
        if self.around.iter().any(|open| open == gid) {
            return Err(cycle(gid));
        }
        let groups = self.groups;
        let Some(segment) = groups.segment(gid) else { return Ok(()) };
        self.around.push(gid.to_owned());
        self.all(segment.matcher.conditions(), depth)?;
        self.around.pop();
        Ok(())
    }
}

#[cold]
pub(super) fn cycle(gid: &str) -> Error {
    Error::new(Id::FilterCycle, format!("group \"{gid}\" is asked for within its own filter"))
}
