//! Which heads a call is about: all, those of a group, those that a rule holds for; as a query (members.md 9.9).

use crate::domain::address::AddrType;
use crate::domain::error::{Error, Id, Result};
use crate::domain::group::{Filter, GroupKind, Param};
use crate::domain::member::lock_state::LockState;
use crate::domain::request::Request;
use crate::pg::perform::rules::{self, Rule, filter_of};
use crate::pg::perform::{express, group};
use crate::pg::spi::{Arg, Query, Session};
use crate::pg::store::group::Group;
use crate::pg::store::{self, group_count};
use pgrx::pg_sys::{INT2OID, INT8OID, JSONBOID, TEXTARRAYOID, TEXTOID};

/// The parameters that select heads.
pub const PARAMETERS: [&str; 4] = ["group", "group.filter", "addr_type", "member.haslock"];

/// Which heads a call is about.
pub struct Selection<'s> {
    /// Their type; none for every type.
    pub addr_type: Option<AddrType>,
    /// Their locks.
    pub lock: LockState,
    /// The community or the bot whose audience the group is.
    pub community: Option<i64>,
    /// Where they come from.
    pub source: Source<'s>,
}

/// Where heads come from.
pub enum Source<'s> {
    /// Everybody.
    All,
    /// The members that are written down: of a list group, or of a live filter group.
    Members(Group<'s>),
    /// Those that a rule holds for.
    Rule(Box<Rule>),
    /// Nobody: the members of a group of an express import are identifiers and no heads.
    Express(Group<'s>),
}

impl<'s> Selection<'s> {
    /// Reads [`PARAMETERS`].
    ///
    /// Errors: `error/param/wrong`, `group_id_not_exists`, `wrong_group_id` for a group of another type, `error/filter/…`,
    /// `error/addr_type/unknown`.
    pub fn read(session: &'s Session, request: &Request) -> Result<Selection<'s>> {
        let named = match request.text("addr_type")? {
            None | Some("" | "any") => None,
            Some(word) => Some(AddrType::parse(word).ok_or_else(|| Error::new(Id::AddrTypeUnknown, "addr_type"))?),
        };
        let lock = LockState::of(request)?;
        match (request.text("group")?, request.list("group.filter")?) {
            (Some(_), Some(_)) => Err(Error::new(Id::ParamWrong, "group and group.filter exclude each other")),
            (Some(gid), None) => {
                let group = group::find(session, gid)?;
                if named.is_some_and(|named| named != group.addr_type) {
                    let explain = format!("the group is of type {}", group.addr_type.as_str());
                    return Err(Error::new(Id::GroupWrong, explain));
                }
                Ok(Selection { lock, ..Selection::of(session, group)? })
            }
            (None, Some(written)) => {
                let rule = Rule::now(session, rules::written(session, written)?)?;
                Ok(Selection { addr_type: named, lock, community: None, source: Source::Rule(Box::new(rule)) })
            }
            (None, None) => Ok(Selection { addr_type: named, lock, community: None, source: Source::All }),
        }
    }

    /// The members of a group. Errors: those of its rule.
    pub fn of(session: &Session, group: Group<'s>) -> Result<Selection<'s>> {
        let (addr_type, community) = (Some(group.addr_type), group.community);
        let source = match (group.kind, group.live) {
            (GroupKind::Filter, Some("exact")) if !shows_hits(&filter_of(&group)?) => Source::Members(group),
            (GroupKind::Filter, _) => Source::Rule(Box::new(Rule::now(session, filter_of(&group)?)?)),
            (GroupKind::List, _) => Source::Members(group),
            (GroupKind::Express, _) => Source::Express(group),
        };
        Ok(Selection { addr_type, lock: LockState::Any, community, source })
    }

    /// How many heads it has, where that is counted already.
    pub fn known_total(&self, session: &Session) -> Option<i64> {
        match &self.source {
            Source::Members(group) if self.lock == LockState::Any => Some(group_count::total(session, group.gid)),
            Source::Express(group) => Some(store::express::total(session, group.number)),
            _ => None,
        }
    }

    /// The rule, where there is one.
    pub fn rule(&self) -> Option<&Rule> {
        match &self.source {
            Source::Rule(rule) => Some(rule),
            Source::All | Source::Members(_) | Source::Express(_) => None,
        }
    }

    /// The group of an express import that is asked for.
    pub fn express(&self) -> Option<&Group<'s>> {
        match &self.source {
            Source::Express(group) => Some(group),
            _ => None,
        }
    }

    /// Adds ` FROM … WHERE …`: the heads as `h`; their bodies as `b` where that is asked for or a rule reads them; and
    /// as `a` what an order by number goes along, where that is asked for.
    ///
    /// Errors: those of compiling the rule; `error/group/express` for a group that has no heads.
    pub fn add_to(&self, session: &Session, query: &mut Query, joins: Joins) -> Result<()> {
        let rule = match &self.source {
            Source::Rule(rule) => Some(self.compiled(session, query, rule)?),
            Source::All | Source::Members(_) => None,
            Source::Express(group) => return Err(express::refused(group.gid)),
        };
        query.push(match &self.source {
            Source::Members(group) if group.kind == GroupKind::List => FROM_MEMBERS,
            Source::Members(_) => FROM_LIVE_MEMBERS,
            _ if joins.by_number => FROM_ADDRESSES,
            _ => " FROM member.head h",
        });
        if joins.bodies || rule.as_ref().is_some_and(|(_, reads_body)| *reads_body) {
            query.push(" JOIN member.body b ON b.dataset OPERATOR(pg_catalog.=) h.dataset");
        }
        query.push(joins.more);
        query.push(" WHERE true");
        if let Source::Members(group) = &self.source {
            let gid = query.bind(TEXTOID, group.gid);
            query.push(&format!(" AND m.gid OPERATOR(pg_catalog.=) {gid}"));
        }
        if let Some(addr_type) = self.addr_type {
            let named = query.bind(TEXTOID, addr_type.as_str());
            query.push(&format!(" AND h.addr_type OPERATOR(pg_catalog.=) {named}"));
        }
        self.add_lock(query);
        if let Some((condition, _)) = rule {
            query.push(&format!(" AND ({condition})"));
        }
        Ok(())
    }

    /// The condition of a rule, and whether it reads the body.
    fn compiled(&self, session: &Session, query: &mut Query, rule: &Rule) -> Result<(String, bool)> {
        let compiled = rule.compile(session, query.bound() + 1)?;
        for param in &compiled.params {
            bind(query, param);
        }
        let reads_body = compiled.reads_body();
        Ok((compiled.sql, reads_body))
    }

    fn add_lock(&self, query: &mut Query) {
        let condition = match self.lock {
            LockState::Any => return,
            LockState::Free => " AND h.lock OPERATOR(pg_catalog.=) 0".to_owned(),
            LockState::Locked => " AND h.lock OPERATOR(pg_catalog.<>) 0".to_owned(),
            LockState::All(bits) => {
                let bits = query.bind(INT2OID, bits);
                format!(" AND h.lock OPERATOR(pg_catalog.&) {bits} OPERATOR(pg_catalog.=) {bits}")
            }
        };
        query.push(&condition);
    }
}

/// What a selection is joined with.
#[derive(Clone, Copy, Default)]
pub struct Joins<'j> {
    /// The bodies.
    pub bodies: bool,
    /// What gives heads in the order of their numbers.
    pub by_number: bool,
    /// More joins, as they are written.
    pub more: &'j str,
}

const FROM_MEMBERS: &str = " FROM member.group_member m
    JOIN member.head h ON h.dataset OPERATOR(pg_catalog.=) m.dataset AND h.id OPERATOR(pg_catalog.=) m.id";
const FROM_LIVE_MEMBERS: &str = " FROM member.live_member m
    JOIN member.head h ON h.dataset OPERATOR(pg_catalog.=) m.dataset AND h.id OPERATOR(pg_catalog.=) m.id";
const FROM_ADDRESSES: &str = " FROM member.address a
    JOIN member.head h ON h.dataset OPERATOR(pg_catalog.=) a.dataset AND h.id OPERATOR(pg_catalog.=) a.id";

/// Whether a rule has hits to show, which only asking it finds.
pub fn shows_hits(filter: &Filter) -> bool {
    let mentions = filter.mentions();
    !mentions.saves.is_empty() || !mentions.labels.is_empty()
}

/// Binds a parameter of a compiled rule.
pub fn bind(query: &mut Query, param: &Param) -> String {
    match param {
        Param::Text(text) => query.bind(TEXTOID, text.as_str()),
        Param::Bigint(number) => query.bind(INT8OID, *number),
        Param::Jsonb(bytes) => query.bind(JSONBOID, Arg::jsonb(bytes)),
        Param::Texts(texts) => {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            query.bind(TEXTARRAYOID, Arg::texts(&texts))
        }
    }
}
