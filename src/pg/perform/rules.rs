//! The rules of filter groups, ready to be asked at one moment.

use crate::domain::address::AddrType;
use crate::domain::datakey::date::Now;
use crate::domain::error::{Error, Id, Result};
use crate::domain::group::{
    Compiled, Filter, GroupKind, Groups, Hits, Limits, Matcher, Segment, Statistics, Subject, Target, check_questions,
};
use crate::domain::json::{self, Array, Value};
use crate::domain::stat::{self, Stat};
use crate::pg::guc;
use crate::pg::perform::express;
use crate::pg::spi::Session;
use crate::pg::store::group::{self, Group};
use crate::pg::store::{anketa, attribute};
use std::collections::{BTreeSet, HashMap};

/// A rule at one moment, with those that it asks for.
pub struct Rule {
    /// As it was written.
    pub filter: Filter,
    /// At the moment.
    pub matcher: Matcher,
    asked: Asked,
}

impl Rule {
    /// The rule at the moment of the call. Errors: `group_id_not_exists`, `wrong_group_id`, `error/filter/…`.
    pub fn now(session: &Session, filter: Filter) -> Result<Rule> {
        Rule::at(session, filter, &guc::now()?)
    }

    /// The rule at a moment. Errors: `group_id_not_exists`, `wrong_group_id`, `error/filter/…`.
    pub fn at(session: &Session, filter: Filter, now: &Now) -> Result<Rule> {
        Ok(Rule { matcher: filter.at(now)?, asked: Asked::by(session, &filter, now)?, filter })
    }

    /// The filter groups that it asks for, directly or not.
    pub fn asked(&self) -> &dyn Groups {
        &self.asked
    }

    /// Their filters.
    pub fn asked_filters(&self) -> impl Iterator<Item = &Filter> {
        self.asked.0.values().map(|asked| &asked.filter)
    }

    /// Whether it, or one that it asks for, asks the statistics.
    pub fn asks_statistics(&self) -> bool {
        std::iter::once(&self.filter).chain(self.asked_filters()).any(|filter| filter.mentions().asks_statistics)
    }

    /// Whether it holds for somebody. Errors: `error/json/corrupt`, `error/filter/cycle`.
    pub fn holds(&self, who: &Who) -> Result<bool> {
        who.ask(&self.asked, |subject| self.matcher.evaluate(subject))
    }

    /// What the conditions that hold have to show of somebody for whom it holds.
    ///
    /// Errors: `error/json/corrupt`, `error/filter/cycle`.
    pub fn hits(&self, who: &Who) -> Result<Option<Hits>> {
        who.ask(&self.asked, |subject| self.matcher.evaluate_with_hits(subject))
    }

    /// The rule as a condition of SQL; `first` is the number of its first parameter. Errors: `error/filter/cycle`.
    pub fn compile(&self, session: &Session, first: usize) -> Result<Compiled> {
        let attributes: BTreeSet<String> = attribute::ready(session).into_iter().collect();
        let zone = guc::time_zone_name();
        self.matcher.compile(&Target { attributes: &attributes, groups: &self.asked, zone: &zone, first })
    }
}

impl Rule {
    /// A question whose filter is this rule, as SQL. Errors: as [`Rule::compile`].
    pub fn compile_stat(&self, stat: &Stat, have: &Matcher) -> Result<stat::Compiled> {
        // Rows are of heads and events: what is kept of datakeys is of no use.
        let (attributes, zone) = (BTreeSet::new(), guc::time_zone_name());
        stat.compile(
            &self.matcher,
            have,
            &Target { attributes: &attributes, groups: &self.asked, zone: &zone, first: 1 },
        )
    }
}

/// Whom a rule is asked about: a head, and what is known of it.
pub struct Who<'w> {
    /// The data of the body.
    pub data: Value<'w>,
    /// What the system knows of the head.
    pub system: Value<'w>,
    /// The types of all heads of the body.
    pub heads: &'w [AddrType],
    /// What answers questions to the statistics about the head.
    pub statistics: &'w dyn Statistics,
}

impl Who<'_> {
    fn ask<T>(&self, asked: &Asked, question: impl FnOnce(&Subject) -> Result<T>) -> Result<T> {
        let Who { data, system, heads, statistics } = *self;
        question(&Subject { data: data.into(), system: system.into(), heads, groups: asked, statistics })
    }
}

/// The filter groups that a rule asks for, by their codes.
struct Asked(HashMap<String, AskedRule>);

struct AskedRule {
    filter: Filter,
    matcher: Matcher,
    addr_type: AddrType,
}

impl Groups for Asked {
    fn segment(&self, gid: &str) -> Option<Segment<'_>> {
        self.0.get(gid).map(|rule| Segment { matcher: &rule.matcher, addr_type: Some(rule.addr_type) })
    }
}

impl Asked {
    /// Those that a rule asks for, and those that these ask for.
    fn by(session: &Session, filter: &Filter, now: &Now) -> Result<Asked> {
        let mut asked = Asked(HashMap::new());
        let mut waiting = groups_of(session, filter)?;
        while let Some(gid) = waiting.pop() {
            if asked.0.contains_key(&gid) {
                continue;
            }
            let group = group::find(session, &gid).ok_or_else(|| not_exists(&gid))?;
            express::refuse(&group)?;
            if group.kind == GroupKind::Filter {
                let filter = filter_of(&group)?;
                waiting.extend(groups_of(session, &filter)?);
                let matcher = filter.at(now)?;
                asked.0.insert(gid, AskedRule { filter, matcher, addr_type: group.addr_type });
            }
        }
        Ok(asked)
    }
}

/// The groups of `in_group` in a filter; those whose day of entry it asks for must be list groups.
///
/// Errors: `group_id_not_exists`, `wrong_group_id`, `error/group/express`.
fn groups_of(session: &Session, filter: &Filter) -> Result<Vec<String>> {
    let mentions = filter.mentions();
    for gid in &mentions.entries {
        let group = group::find(session, gid).ok_or_else(|| not_exists(gid))?;
        express::refuse(&group)?;
        if group.kind != GroupKind::List {
            return Err(Error::new(Id::GroupWrong, format!("-group.{gid}: nobody enters a filter group on a day")));
        }
    }
    Ok(mentions.groups.into_iter().collect())
}

/// The filter that a request writes. Errors: `error/filter/…`, `error/anketa/notexists`, `error/quest/notexists`,
/// `error/quest/answer`.
pub fn written(session: &Session, filter: Array) -> Result<Filter> {
    let read = Filter::read(Value::Array(filter), &guc::filter_limits())?;
    check_questions(filter, || anketa::all(session))?;
    Ok(read)
}

/// The rule of a filter group. Errors: `wrong_group_id` for a list group, `error/filter/…`.
pub fn filter_of(group: &Group) -> Result<Filter> {
    express::refuse(group)?;
    let filter = group.filter.ok_or_else(|| Error::new(Id::GroupWrong, "a list group has members and no rule"))?;
    Filter::read(json::root(filter)?, &STORED)
}

/// What is stored was within the limits of its time: a limit that is lowered later must not stop the calls that follow it.
const STORED: Limits = Limits { max_depth: 64, max_usage: u64::MAX };

#[cold]
fn not_exists(gid: &str) -> Error {
    Error::new(Id::GroupNotexists, format!("the filter asks for group {gid}"))
}
