//! `member.head.*`: attach, detach, replace and list (members.md 7.5).

use crate::domain::datakey::{Limits, date::Now};
use crate::domain::error::{Error, Id, Result};
use crate::domain::head::{Attach, Entry, Head as Name, Person, Plan, Planner, RECEIVER, Step};
use crate::domain::json::{self, EMPTY_OBJECT, Node, Value};
use crate::domain::member::head::{AttachRequest, DetachRequest, Named};
use crate::domain::member::system;
use crate::domain::member::target::{Kind, Target};
use crate::domain::reply::{self, reply};
use crate::pg::guc;
use crate::pg::jsonb::Encoded;
use crate::pg::perform::carry_out::{By, carry_out};
use crate::pg::perform::create::newcomer;
use crate::pg::perform::lock::{self, Purpose};
use crate::pg::perform::set::origin_number;
use crate::pg::perform::{people, resolve};
use crate::pg::savepoint::Savepoint;
use crate::pg::spi::Session;
use crate::pg::store::address::Known;
use crate::pg::store::{body, delivery_error, head, sequence};
use std::cell::Cell;

/// `member.head.list`: every head of a subscriber with its state. Errors: `error/member/notexists`.
pub fn list(session: &Session, request: Value) -> Result<Encoded> {
    let mut named = Named::read(request)?;
    let mut warnings = std::mem::take(&mut named.warnings);
    let target = resolve::target(session, &named.email, named.kind, &mut warnings)?;
    let known = lock::look(session, std::slice::from_ref(&target))?.pop().flatten();
    let dataset = known.and_then(|known| known.owner).ok_or_else(not_exists)?.dataset;
    Encoded::new(&reply(vec![("list", cards(session, dataset)?)], &warnings))
}

/// The list of a body's heads, as `member.head.list` and `with_heads` show it. Errors: `error/json/corrupt`.
pub fn cards(session: &Session, dataset: i64) -> Result<Node<'_>> {
    let (body, _) = body::read(session, dataset)?.ok_or_else(not_exists)?;
    let zone = guc::time_zone()?;
    let mut cards = Vec::new();
    for head in head::of_body(session, dataset)? {
        let error = delivery_error::read(session, &head.address);
        cards.push(system::head_item(&body, &head, &error, &zone));
    }
    Ok(Node::array(cards))
}

/// `member.head.attach`. Errors: `error/member/notexists`, `error/member/head/taken` and those of the plan.
pub fn attach(session: &Session, request: Value) -> Result<Encoded> {
    let request = AttachRequest::read(request)?;
    let stage = Stage::open(session, &request.named, Some(&request.item))?;
    let mut planner = stage.planner(session)?;
    let head = stage.other()?;
    planner.attach(0, &head, &request.item)?;
    let mut plan = planner.finish();
    plan.named = head;
    stage.close(session, &plan, "member_head_attach", &[&request.item])
}

/// `member.head.replace`: the head comes, then the one named in `email` leaves.
///
/// Errors: those of [`attach`], `error/param/wrong` where both are the same.
pub fn replace(session: &Session, request: Value) -> Result<Encoded> {
    let request = AttachRequest::read(request)?;
    let stage = Stage::open(session, &request.named, Some(&request.item))?;
    let mut planner = stage.planner(session)?;
    let head = stage.other()?;
    if head == stage.named()? {
        return Err(Error::new(Id::ParamWrong, "head and email are the same identifier"));
    }
    planner.replace(&head, &request.item)?;
    stage.close(session, &planner.finish(), "member_head_replace", &[&request.item])
}

/// `member.head.detach`. Errors: `error/member/notexists`, `error/member/head/last`.
pub fn detach(session: &Session, request: Value) -> Result<Encoded> {
    let request = DetachRequest::read(request)?;
    let stage = Stage::open(session, &request.named, None)?;
    let mut planner = stage.planner(session)?;
    let split = request.split.then(|| {
        let dataset = (!request.named.dry_run).then(sequence::next_dataset);
        Person::absent(dataset)
    });
    planner.detach(split)?;
    stage.close(session, &planner.finish(), "member_head_detach", &[])
}

/// Takes an identifier from its body if other heads remain; whether it did. For triggers.
///
/// Errors: `error/member/concurrent`, `error/json/corrupt`.
pub fn detach_address(session: &Session, target: &Target) -> Result<bool> {
    let known = lock::hold_all(session, std::slice::from_ref(target), &[], Purpose::Change)?.keep();
    let stage = Stage::of(known, false, Vec::new());
    if stage.known.first().is_none_or(|known| known.as_ref().is_none_or(|known| known.owner.is_none())) {
        return Ok(false);
    }
    let mut planner = stage.planner(session)?;
    match planner.detach(None) {
        Err(error) if error.id == Id::HeadLast => Ok(false),
        Err(error) => Err(error),
        Ok(()) => {
            let by = By { call: "member_sync", host: None, undoes: None };
            carry_out(session, &planner.finish(), &by, &[])?;
            Ok(true)
        }
    }
}

/// A call on a subscriber and perhaps another identifier, both found and, unless it is only shown, under lock.
pub struct Stage {
    /// What the register knows of each.
    pub known: Vec<Option<Known>>,
    targets: Vec<Target>,
    /// Whether the call is only to be shown.
    pub dry_run: bool,
    /// Warnings of reading the request.
    pub warnings: Vec<Error>,
    limits: Limits,
    now: Option<Now>,
    /// What was locked and registered goes again if the call is refused.
    savepoint: Cell<Option<Savepoint>>,
}

impl Stage {
    /// Finds and locks. Errors: those of the identifiers, `error/member/concurrent`.
    pub fn open(session: &Session, named: &Named, item: Option<&Attach>) -> Result<Stage> {
        let other = item.map(|item| (item.head.as_ref(), item.kind));
        Stage::between(session, named, other)
    }

    /// The same for two subscribers.
    pub fn between(session: &Session, named: &Named, other: Option<(&str, Kind)>) -> Result<Stage> {
        let mut warnings = named.warnings.clone();
        let mut targets = vec![resolve::target(session, &named.email, named.kind, &mut warnings)?];
        if let Some((raw, kind)) = other {
            targets.push(resolve::target(session, raw, kind, &mut warnings)?);
        }
        let (known, savepoint) = if named.dry_run {
            (lock::look(session, &targets)?, None)
        } else {
            let (known, savepoint) = lock::hold_all(session, &targets, &[], Purpose::Change)?.apart();
            (known, Some(savepoint))
        };
        let stage = Stage::of(known, named.dry_run, warnings);
        Ok(Stage { targets, savepoint: Cell::new(savepoint), ..stage })
    }

    fn of(known: Vec<Option<Known>>, dry_run: bool, warnings: Vec<Error>) -> Stage {
        Stage {
            known,
            targets: Vec::new(),
            dry_run,
            warnings,
            limits: guc::limits(),
            now: guc::now().ok(),
            savepoint: Cell::new(None),
        }
    }

    /// The call will not be refused any more: keeps what was locked and registered for it.
    pub fn keep(&self) {
        if let Some(savepoint) = self.savepoint.take() {
            savepoint.release();
        }
    }

    /// A planner on all persons concerned. Errors: `error/member/notexists` without a receiver.
    pub fn planner(&self, session: &Session) -> Result<Planner<'_>> {
        let now = self.now.as_ref().ok_or_else(not_exists)?;
        let receiver = self.known.first().and_then(Option::as_ref).and_then(|known| known.owner);
        let receiver = receiver.ok_or_else(not_exists)?.dataset;
        let mut people = Vec::with_capacity(2);
        people::add_owners(session, &mut people, &self.known)?;
        if people.first().is_none_or(|person| person.dataset != Some(receiver)) {
            return Err(not_exists());
        }
        let guard = people::guard(session)?;
        Ok(Planner::new(people, self.named()?, guard, &self.limits, now))
    }

    fn named(&self) -> Result<Name> {
        self.known.first().and_then(Option::as_ref).map(people::head_of).ok_or_else(not_exists)
    }

    /// The other identifier; without a number if it was never seen and the call is only shown.
    pub fn other(&self) -> Result<Name> {
        let unseen = || match self.targets.get(1) {
            Some(Target::Address(address)) => Ok(Name { id: None, address: address.clone() }),
            _ => Err(not_exists()),
        };
        self.known.get(1).and_then(Option::as_ref).map(people::head_of).map_or_else(unseen, Ok)
    }

    /// Performs a plan, or shows it: `{"member": {id, email, addr_type, dataset}}`.
    pub fn close(&self, session: &Session, plan: &Plan, call: &'static str, items: &[&Attach]) -> Result<Encoded> {
        if self.dry_run {
            return Encoded::new(&shown(plan, Vec::new(), &self.warnings)?);
        }
        let entering = entering(session, plan, items)?;
        self.keep();
        carry_out(session, plan, &By { call, host: None, undoes: None }, &entering)?;
        Encoded::new(&done(plan, Vec::new(), &self.warnings))
    }
}

/// The heads that come new in a plan, by item. Errors: `error/origin/notexists`, `error/json/corrupt`.
pub fn entering<'s>(session: &'s Session, plan: &Plan, items: &[&Attach]) -> Result<Vec<Option<system::Head<'s>>>> {
    let at = guc::statement_micros();
    let mut heads: Vec<Option<system::Head>> = items.iter().map(|_| None).collect();
    for step in &plan.steps {
        let Step::Attach { head: Name { id: Some(id), address }, entry: Entry::Item(item), .. } = step else {
            continue;
        };
        let (Some(place), Some(item)) = (heads.get_mut(*item), items.get(*item)) else { continue };
        let mut head = newcomer(session, address, *id, item.confirm, at)?;
        head.origin = item.origin.as_ref().map(|origin| origin_number(session, origin)).transpose()?;
        *place = Some(head);
    }
    Ok(heads)
}

/// `{"member", …, "warnings"}`: what a performed plan answers.
pub fn done<'n>(plan: &Plan, mut keys: Vec<(&'static str, Node<'n>)>, warnings: &[Error]) -> Node<'n> {
    let owner = plan.people.iter().find(|person| person.exists && person.has(&plan.named.address));
    let dataset = owner.and_then(|person| person.dataset);
    keys.push(("member", reply::head(plan.named.id, &plan.named.address, dataset)));
    let warnings: Vec<Error> = warnings.iter().chain(&plan.warnings).cloned().collect();
    reply(keys, &warnings)
}

/// `{"dry_run": 1, "steps", "data", "warnings"}`: what a plan would do; `first` are steps of the call's own before it.
/// Errors: `error/json/corrupt`.
pub fn shown<'n>(plan: &'n Plan, first: Vec<Node<'n>>, warnings: &[Error]) -> Result<Node<'n>> {
    let warnings: Vec<Error> = warnings.iter().chain(&plan.warnings).cloned().collect();
    Ok(reply(
        vec![
            ("dry_run", Node::from(1)),
            ("steps", Node::array(first.into_iter().chain(plan.steps.iter().map(|step| step.shown(&plan.people))))),
            ("data", Node::from(json::root(plan.people.get(RECEIVER).map_or(&EMPTY_OBJECT[..], |who| &who.data))?)),
        ],
        &warnings,
    ))
}

#[cold]
pub fn not_exists() -> Error {
    Error::new(Id::MemberNotexists, "there is no such subscriber")
}
