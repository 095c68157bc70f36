//! What follows a change of people: the values of registered datakeys, and who is in which live group. In the
//! transaction of the change, under the locks of the bodies, when everything else is written.

use crate::domain::datakey;
use crate::domain::error::Result;
use crate::domain::event::{EventType, group as told};
use crate::domain::group::{NoStatistics, attr_of};
use crate::domain::json::{self, Value};
use crate::domain::member::system::Head;
use crate::pg::guc;
use crate::pg::perform::kept::{self, Kept, LiveGroup};
use crate::pg::perform::membership::today;
use crate::pg::perform::rules::Who;
use crate::pg::perform::statistics::Findings;
use crate::pg::perform::subject;
use crate::pg::spi::Session;
use crate::pg::store::event::{self, Event};
use crate::pg::store::live_member::{self, LiveMember};
use crate::pg::store::{attribute, body, head};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// What changed of people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Touched {
    /// Their data alone.
    Data,
    /// Their data, by an import.
    Imported,
    /// Something of their heads: locks, lists, origin.
    Heads,
    /// Which heads they have.
    People,
}

/// What a person was before the change.
#[derive(Clone, Copy)]
pub enum Before<'f> {
    /// It is new.
    New,
    /// Its data.
    Data(Value<'f>),
    /// It was there; what its data were is not at hand.
    Unknown,
}

/// A person that changed, its rows written already.
#[derive(Clone, Copy)]
pub struct Followed<'f> {
    /// The body.
    pub dataset: i64,
    /// What it was.
    pub before: Before<'f>,
    /// Its data now; none for a body that is gone.
    pub after: Option<Value<'f>>,
    /// The datakeys that changed, where the call knows them.
    pub changed: Option<&'f [String]>,
}

/// Whether anything is kept, so that what a call changes must be known. Errors: those of the rules.
pub fn keeps_anything() -> Result<bool> {
    Ok(!kept::known()?.is_empty())
}

/// Brings what is kept up to date. Errors: `error/json/corrupt`, those of the rules.
pub fn follow(session: &Session, people: &[Followed], touched: Touched) -> Result<()> {
    let kept = kept::known()?;
    if kept.is_empty() {
        return Ok(());
    }
    for person in people {
        write_attributes(session, &kept, person)?;
    }
    let groups = concerned(session, &kept, people, touched)?;
    if groups.is_empty() {
        return Ok(());
    }
    let datasets: Vec<i64> = people.iter().map(|person| person.dataset).collect();
    settle(session, &groups, &datasets, Depth::Change)
}

/// The same for people whose data stayed and whose heads changed. Errors: as [`follow`].
pub fn follow_heads(session: &Session, datasets: &[i64]) -> Result<()> {
    let kept = kept::known()?;
    let is_concerned = |group: &&LiveGroup| group.asks_of_heads && !group.asks_statistics;
    let groups: Vec<&LiveGroup> = kept.groups.iter().filter(is_concerned).collect();
    if groups.is_empty() { Ok(()) } else { settle(session, &groups, datasets, Depth::Change) }
}

fn write_attributes(session: &Session, kept: &Kept, person: &Followed) -> Result<()> {
    let (mut put, mut removed) = (Vec::new(), Vec::new());
    for (text, path) in &kept.attributes {
        let row = |data: Option<Value>| -> Result<_> {
            attr_of(data.map(|data| datakey::read(data, path)).transpose()?.flatten())
        };
        let is_same = match person.before {
            Before::New => row(person.after)?.is_none(),
            Before::Data(before) => row(Some(before))? == row(person.after)?,
            Before::Unknown => false,
        };
        match row(person.after)? {
            _ if is_same => {}
            Some(row) => put.push((text.as_str(), row)),
            None => removed.push(text.as_str()),
        }
    }
    if !put.is_empty() {
        attribute::put(session, person.dataset, &put);
    }
    if !removed.is_empty() {
        attribute::remove(session, person.dataset, &removed);
    }
    Ok(())
}

/// The live groups whose members may have changed. Of a rule about data alone the answers before and after are compared:
/// where they agree, no table is looked at.
fn concerned<'k>(
    session: &Session,
    kept: &'k Kept,
    people: &[Followed],
    touched: Touched,
) -> Result<Vec<&'k LiveGroup>> {
    let changed: Option<Vec<&[String]>> = people.iter().map(|person| person.changed).collect();
    let mentioned = changed.map(|changed| kept.touched_by(&changed.concat()));
    let mut groups = Vec::new();
    for (place, group) in kept.groups.iter().enumerate() {
        let is_concerned = match touched {
            Touched::People => true,
            _ if group.asks_statistics => false,
            Touched::Heads if group.asks_of_heads => true,
            Touched::Data if group.asks_of_change => true,
            Touched::Imported if group.asks_of_import => true,
            _ if mentioned.as_ref().is_some_and(|mentioned| !mentioned.contains(&place)) => false,
            _ => concerns(session, group, people)?,
        };
        if is_concerned {
            groups.push(group);
        }
    }
    Ok(groups)
}

fn concerns(session: &Session, group: &LiveGroup, people: &[Followed]) -> Result<bool> {
    for person in people {
        let (Before::Data(before), Some(after)) = (person.before, person.after) else { return Ok(true) };
        if group.is_touched(before, after)? && (group.asks_of_heads || differ(session, group, before, after)?) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a rule about data alone answers differently.
fn differ(session: &Session, group: &LiveGroup, before: Value, after: Value) -> Result<bool> {
    let system = json::root(&json::EMPTY_OBJECT)?;
    group.with_rule(session, |rule| {
        let holds = |data| rule.holds(&Who { data, system, heads: &[], statistics: &NoStatistics });
        Ok(holds(before)? != holds(after)?)
    })
}

/// How much of a group is worked out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// What a change of people means: of a rule that asks the statistics who is there stays.
    Change,
    /// All of it.
    Anew,
}

/// Works out who of these people is in these groups, and writes what differs from what stands.
pub fn settle(session: &Session, groups: &[&LiveGroup], datasets: &[i64], depth: Depth) -> Result<()> {
    let gids: Vec<&str> = groups.iter().map(|group| group.gid.as_str()).collect();
    let before: BTreeSet<LiveMember> = live_member::of_bodies(session, datasets, &gids).into_iter().collect();
    let mut heads = Vec::new();
    for dataset in datasets {
        heads.extend(head::of_body(session, *dataset)?.into_iter().map(|head| (*dataset, head)));
    }
    let here: BTreeMap<i64, i64> = heads.iter().map(|(dataset, head)| (head.id, *dataset)).collect();
    let (stay, worked_out): (Vec<&LiveGroup>, Vec<&LiveGroup>) =
        groups.iter().partition(|group| group.asks_statistics && depth == Depth::Change);
    let mut after = BTreeSet::new();
    for member in before.iter().filter(|member| stay.iter().any(|group| group.gid == member.gid)) {
        let dataset = here.get(&member.id).copied();
        after.extend(dataset.map(|dataset| LiveMember { dataset, ..member.clone() }));
    }
    let statistics = Findings::about_all(session, here.keys().copied().collect());
    for (dataset, head) in &heads {
        add_groups(session, &worked_out, *dataset, head, &statistics, &mut after)?;
    }
    let gone: Vec<&LiveMember> = before.difference(&after).collect();
    let came: Vec<&LiveMember> = after.difference(&before).collect();
    live_member::leave(session, &gone);
    live_member::enter(session, &came);
    tell(session, &gone, &came, &here)
}

fn add_groups(
    session: &Session,
    groups: &[&LiveGroup],
    dataset: i64,
    head: &Head,
    statistics: &Findings,
    members: &mut BTreeSet<LiveMember>,
) -> Result<()> {
    if !groups.iter().any(|group| group.addr_type == head.address.addr_type) {
        return Ok(());
    }
    let Some(read) = subject::Read::head(session, dataset, head.id)? else { return Ok(()) };
    let heads = subject::types(session, dataset)?;
    let statistics = statistics.about(head.id);
    let who = read.who(&heads, &statistics)?;
    for group in groups.iter().filter(|group| group.addr_type == head.address.addr_type) {
        if group.with_rule(session, |rule| rule.holds(&who))? {
            members.insert(LiveMember { gid: group.gid.clone(), id: head.id, dataset });
        }
    }
    Ok(())
}

/// Tells the log who entered and left. A head that only went to another body was and is a member; one that is gone has an
/// event of its own that says so.
fn tell(session: &Session, gone: &[&LiveMember], came: &[&LiveMember], here: &BTreeMap<i64, i64>) -> Result<()> {
    let (were, are): (HashSet<_>, HashSet<_>) =
        (gone.iter().map(|member| place(member)).collect(), came.iter().map(|member| place(member)).collect());
    let left = gone.iter().filter(|member| here.contains_key(&member.id) && !are.contains(&place(member)));
    let entered = came.iter().filter(|member| !were.contains(&place(member)));
    let (at, day) = (guc::statement_micros(), today()?);
    let mut events = Vec::new();
    let all = left.map(|member| (EventType::SegmentLeave, member));
    for (event_type, member) in all.chain(entered.map(|member| (EventType::SegmentEnter, member))) {
        let dataset = here.get(&member.id).copied().unwrap_or(member.dataset);
        let version = body::version(session, dataset).unwrap_or_default();
        let body = told(&member.gid, &day);
        events.push(Event { event_type, at, address_id: member.id, dataset, version, body }.prepare()?);
    }
    event::write(&events);
    Ok(())
}

/// What a member is a member by, whichever body it belongs to.
fn place(member: &LiveMember) -> (&str, i64) {
    (&member.gid, member.id)
}
