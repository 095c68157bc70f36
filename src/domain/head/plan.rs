//! Working out what a call does with heads (members.md 7).

use super::attach::Attach;
use super::data_rule::DataRule;
use super::guard::Guard;
use super::journal::told;
use super::merge::{Merged, merge};
use super::person::{Head, Person};
use super::rule::{HeadRule, NewbieRule, Rules};
use super::step::{Entry, Step};
use crate::domain::datakey::{self, Context, CopySource, Limits, Op, date::Now};
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Object, Value, root};

/// What a call does, ready to be performed or shown.
#[derive(Debug)]
pub struct Plan {
    /// The persons, the receiver first, as they become.
    pub people: Vec<Person>,
    /// What is done, in order.
    pub steps: Vec<Step>,
    /// Rows that steps bring back.
    pub kept: Vec<Vec<u8>>,
    /// The head that the reply is about.
    pub named: Head,
    /// What the reply warns of.
    pub warnings: Vec<Error>,
}

/// Who owns a head that is to be attached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The receiver.
    Receiver,
    /// Another subscriber, by its place, and whether it has more heads.
    Other(usize, bool),
    /// Nobody.
    Nobody,
}

/// A plan in the making. The receiver is the person in place 0.
pub struct Planner<'c> {
    pub(super) plan: Plan,
    /// The head that the request named the receiver by, whoever has it by now.
    email: Head,
    guard: Guard,
    limits: &'c Limits,
    now: &'c Now,
}

/// The place of the receiver.
pub const RECEIVER: usize = 0;

impl<'c> Planner<'c> {
    /// Begins a plan on these persons, the receiver first; `named` is the head it was named by.
    pub fn new(people: Vec<Person>, named: Head, guard: Guard, limits: &'c Limits, now: &'c Now) -> Planner<'c> {
        let email = named.clone();
        let plan = Plan { people, steps: Vec::new(), kept: Vec::new(), named, warnings: Vec::new() };
        Planner { plan, email, guard, limits, now }
    }

    /// The plan.
    pub fn finish(self) -> Plan {
        self.plan
    }

    /// The persons as planned so far.
    pub fn people(&self) -> &[Person] {
        &self.plan.people
    }

    /// Who owns a head.
    pub fn owner(&self, head: &Head) -> Owner {
        match self.plan.people.iter().position(|person| person.exists && person.has(&head.address)) {
            Some(RECEIVER) => Owner::Receiver,
            Some(place) => Owner::Other(place, self.plan.people.get(place).is_some_and(|owner| owner.heads.len() > 1)),
            None => Owner::Nobody,
        }
    }

    /// Attaches item `index` of `head_attach` by its rules.
    ///
    /// Errors: `error/member/head/taken`, `error/member/head/ambiguous`, `error/member/head/limit`,
    /// `error/member/head/blocked`, `error/member/merge/limit`, those of merging.
    pub fn attach(&mut self, index: usize, head: &Head, item: &Attach) -> Result<()> {
        match self.owner(head) {
            Owner::Receiver => Ok(()),
            Owner::Nobody => self.attach_free(index, head, item.rules.newbie),
            Owner::Other(source, is_multi) => {
                let Rules { multi, single, .. } = item.rules;
                let rule = if is_multi { multi } else { single };
                // Data are merged where the rule gives one person's head up for another's (members.md 7.2).
                let merges = matches!(rule, HeadRule::Replace | HeadRule::ReplaceSameType | HeadRule::Decapitate);
                self.attach_taken(source, head, rule, merges.then_some(&item.data_rule))
            }
        }
    }

    fn attach_free(&mut self, index: usize, head: &Head, rule: NewbieRule) -> Result<()> {
        if rule == NewbieRule::None {
            let fallback = Error::new(Id::HeadUnknown, "the identifier belongs to nobody");
            let warning = self.guard.check_blocked(&head.address).err().unwrap_or(fallback);
            self.plan.warnings.push(warning);
            return Ok(());
        }
        self.check_blocked(head)?;
        let displaced = if rule == NewbieRule::ReplaceSameType { self.displaced(head)? } else { None };
        self.check_room(head, displaced.as_ref(), rule == NewbieRule::Replace)?;
        self.step(Step::Attach { head: head.clone(), to: RECEIVER, entry: Entry::Item(index) });
        self.give_up(head, displaced, rule == NewbieRule::Replace);
        Ok(())
    }

    fn attach_taken(&mut self, source: usize, head: &Head, rule: HeadRule, data: Option<&DataRule>) -> Result<()> {
        match rule {
            HeadRule::Error => return Err(Error::new(Id::HeadTaken, "the identifier belongs to another subscriber")),
            HeadRule::None => {
                let fallback = Error::new(Id::HeadTaken, "the identifier stays with its subscriber");
                let warning = self.guard.check_blocked(&head.address).err().unwrap_or(fallback);
                self.plan.warnings.push(warning);
                return Ok(());
            }
            _ => self.check_blocked(head)?,
        }
        self.count_merge(source)?;
        let displaced = if rule == HeadRule::ReplaceSameType { self.displaced(head)? } else { None };
        if rule != HeadRule::Decapitate {
            self.check_room(head, displaced.as_ref(), rule == HeadRule::Replace)?;
        }
        if let Some(data) = data {
            self.join(source, data)?;
        }
        if rule == HeadRule::Decapitate {
            self.step(Step::Detach { head: head.clone(), from: source });
        } else {
            self.step(Step::Move { head: head.clone(), from: source, to: RECEIVER });
            self.give_up(head, displaced, rule == HeadRule::Replace);
        }
        self.retire_if_headless(source, data.is_some());
        Ok(())
    }

    /// `member.merge`: data always, then the head by its rule.
    ///
    /// Errors: `error/member/head/same`, `error/member/notexists`, and those of [`Planner::attach`].
    pub fn merge(&mut self, head: &Head, rule: HeadRule, data: &DataRule) -> Result<()> {
        let source = match self.owner(head) {
            Owner::Other(source, _) => source,
            Owner::Receiver => return Err(Error::new(Id::HeadSame, "email and head belong to the same subscriber")),
            Owner::Nobody => return Err(Error::new(Id::MemberNotexists, "head belongs to nobody")),
        };
        if rule.takes() {
            return self.attach_taken(source, head, rule, Some(data));
        }
        self.check_blocked(head)?;
        self.join(source, data)?;
        if self.plan.people.iter().all(|person| !person.has_new_data()) {
            // Nothing came of it: nothing is written, and there is nothing to undo.
            self.plan.steps.clear();
            self.plan.people.iter_mut().for_each(|person| person.is_touched = false);
            return Ok(());
        }
        self.count_merge(source)
    }

    fn count_merge(&mut self, source: usize) -> Result<()> {
        let [receiver, giver] = self.plan.people.get_disjoint_mut([RECEIVER, source]).map_err(|_| nobody())?;
        self.guard.check_merge(receiver, giver)?;
        receiver.merges_today += 1;
        giver.merges_today += 1;
        Ok(())
    }

    /// `member.head.detach`: the named head leaves; with `split`, to a body of its own.
    ///
    /// Errors: `error/member/head/last`.
    pub fn detach(&mut self, split: Option<Person>) -> Result<()> {
        if self.plan.people.first().is_none_or(|receiver| receiver.heads.len() < 2) {
            return Err(Error::new(Id::HeadLast, "the identifier is the only one of its subscriber"));
        }
        let head = self.plan.named.clone();
        match split {
            None => self.step(Step::Detach { head, from: RECEIVER }),
            Some(person) => {
                let to = self.plan.people.len();
                self.plan.people.push(person);
                self.step(Step::Create { to, kept: None });
                self.step(Step::Move { head, from: RECEIVER, to });
            }
        }
        Ok(())
    }

    /// `member.head.replace`: a head comes, then the named one leaves.
    ///
    /// Errors: those of [`Planner::attach`], `error/member/head/last`.
    pub fn replace(&mut self, head: &Head, item: &Attach) -> Result<()> {
        match self.owner(head) {
            Owner::Nobody => self.attach_free(0, head, NewbieRule::Replace),
            Owner::Receiver => {
                self.detach(None)?;
                self.plan.named = head.clone();
                Ok(())
            }
            Owner::Other(..) => self.attach(0, head, item),
        }
    }

    fn check_blocked(&self, head: &Head) -> Result<()> {
        self.guard.check_blocked(&head.address)?;
        self.guard.check_blocked(&self.email.address)
    }

    /// Refuses a head too many; one that is given up for it makes room.
    fn check_room(&self, head: &Head, displaced: Option<&Head>, replaces: bool) -> Result<()> {
        let Some(receiver) = self.plan.people.first() else { return Ok(()) };
        let email = replaces.then_some(&self.email).filter(|email| receiver.has(&email.address));
        let makes_room = displaced.or(email).is_some_and(|gone| gone.address.addr_type == head.address.addr_type);
        if makes_room { Ok(()) } else { self.guard.check_heads(receiver, head) }
    }

    /// The receiver's only head of the same type. Errors: `error/member/head/ambiguous`.
    fn displaced(&self, head: &Head) -> Result<Option<Head>> {
        let Some(receiver) = self.plan.people.first() else { return Ok(None) };
        let mut known = receiver.of_type(head.address.addr_type);
        let only = known.next();
        if known.next().is_some() {
            return Err(Error::new(Id::HeadAmbiguous, "the receiver has several identifiers of this type"));
        }
        Ok(only.cloned())
    }

    /// The head that goes because another one came.
    fn give_up(&mut self, head: &Head, displaced: Option<Head>, replaces: bool) {
        let gone = if replaces { Some(self.email.clone()) } else { displaced };
        let Some(gone) = gone.filter(|gone| self.plan.people.first().is_some_and(|person| person.has(&gone.address)))
        else {
            return;
        };
        if gone == self.plan.named {
            self.plan.named = head.clone();
        }
        self.step(Step::Detach { head: gone, from: RECEIVER });
    }

    fn retire_if_headless(&mut self, source: usize, is_merged: bool) {
        let Some(person) = self.plan.people.get(source) else { return };
        if !person.heads.is_empty() {
            return;
        }
        let has_data = matches!(root(&person.before), Ok(Value::Object(data)) if data.len() > 0);
        if !is_merged && has_data {
            self.plan.warnings.push(Error::new(Id::HeadDatalost, "the data of the source went with its body"));
        }
        self.step(Step::Retire { from: source, to: Some(RECEIVER) });
    }

    /// Merges the data of a source into the receiver's.
    fn join(&mut self, source: usize, rule: &DataRule) -> Result<()> {
        let [receiver, giver] = self.plan.people.get_disjoint_mut([RECEIVER, source]).map_err(|_| nobody())?;
        let Merged { receiver: to_receiver, source: to_source, warnings } =
            merge(object(&receiver.data)?, object(&giver.data)?, rule)?;
        let perform = |data: &[u8], ops: &[Op]| run(data, ops, self.limits, self.now);
        let (ours, theirs) = (perform(&receiver.data, &to_receiver)?, perform(&giver.data, &to_source)?);
        drop((to_receiver, to_source));
        self.plan.warnings.extend(warnings);
        let changed = told(&receiver.data, &ours)?;
        (receiver.data, giver.data) = (ours, theirs);
        (receiver.is_touched, giver.is_touched) = (true, true);
        self.plan.steps.push(Step::Data { from: Some(source), to: RECEIVER, changed });
        Ok(())
    }

    /// Performs operations on a person's data. Errors: `error/datakey/limit`, `error/datakey/notobject`.
    pub(super) fn change(&self, data: &[u8], ops: &[Op]) -> Result<Vec<u8>> {
        run(data, ops, self.limits, self.now)
    }

    /// Adds a step, and brings the persons to where it takes them.
    pub(super) fn step(&mut self, step: Step) {
        let (from, to) = step.ends();
        for place in [from, to].into_iter().flatten() {
            if let Some(person) = self.plan.people.get_mut(place) {
                person.is_touched = true;
            }
        }
        if let Some(head) = step.head() {
            if let Some(person) = from.and_then(|from| self.plan.people.get_mut(from)) {
                person.heads.retain(|known| known.address != head.address);
            }
            if let Some(person) = to.and_then(|to| self.plan.people.get_mut(to)) {
                person.heads.push(head.clone());
            }
        }
        match step {
            Step::Create { to, .. } => self.set_existence(to, true),
            Step::Retire { from, .. } => self.set_existence(from, false),
            _ => {}
        }
        self.plan.steps.push(step);
    }

    fn set_existence(&mut self, place: usize, exists: bool) {
        if let Some(person) = self.plan.people.get_mut(place) {
            person.exists = exists;
        }
    }
}

pub(super) fn object(bytes: &[u8]) -> Result<Object<'_>> {
    root(bytes)?.as_object().ok_or_else(|| Error::new(Id::JsonCorrupt, "the data are no object"))
}

/// Data after operations of ours. Errors: `error/datakey/limit`, `error/json/…`.
fn run(data: &[u8], ops: &[Op], limits: &Limits, now: &Now) -> Result<Vec<u8>> {
    if ops.is_empty() {
        return Ok(data.to_vec());
    }
    let context = Context { limits, now, copy: CopySource::Own, system: None };
    let applied = datakey::apply(root(data)?, ops, &context);
    applied.and_then(|applied| applied.encode()).map_err(|error| Error::new(error.id, "merging the data"))
}

#[cold]
fn nobody() -> Error {
    Error::new(Id::HeadSame, "a plan names nobody")
}
