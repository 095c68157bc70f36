//! `member.head.*`: attach, detach, replace and list (members.md 7.5).

use crate::domain::error::{Error, Id, Result};
use crate::domain::head::{Attach, Entry, Head as Name, Person, Plan, RECEIVER, Step};
use crate::domain::json::{self, EMPTY_OBJECT, Node, Value};
use crate::domain::member::head::{AttachRequest, DetachRequest, Named};
use crate::domain::member::system;
use crate::domain::member::target::Target;
use crate::domain::reply::{self, reply};
use crate::pg::guc;
use crate::pg::jsonb::Encoded;
use crate::pg::perform::carry_out::{Arriving, By, carry_out};
use crate::pg::perform::entrance::Entrance;
use crate::pg::perform::lock;
use crate::pg::perform::resolve;
use crate::pg::perform::set::origin_number;
use crate::pg::perform::stage::Stage;
use crate::pg::spi::Session;
use crate::pg::store::{body, delivery_error, head, sequence};

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
    let stage = Stage::held(session, std::slice::from_ref(target))?;
    if stage.known.first().is_none_or(|known| known.as_ref().is_none_or(|known| known.owner.is_none())) {
        return Ok(false);
    }
    let mut planner = stage.planner(session)?;
    match planner.detach(None) {
        Err(error) if error.id == Id::HeadLast => Ok(false),
        Err(error) => Err(error),
        Ok(()) => {
            let by = By { call: "member_sync", host: None, undoes: None };
            carry_out(session, &planner.finish(), &by, Arriving::default())?;
            Ok(true)
        }
    }
}

/// The heads that come new in a plan, by item. Errors: `error/origin/notexists`, `error/json/corrupt`.
pub fn entering<'s>(
    session: &Session,
    plan: &Plan,
    items: &[&Attach],
    entrance: &Entrance,
) -> Result<Vec<Option<system::Head<'s>>>> {
    let mut heads: Vec<Option<system::Head>> = items.iter().map(|_| None).collect();
    for step in &plan.steps {
        let Step::Attach { head: Name { id: Some(id), address }, entry: Entry::Item(item), .. } = step else {
            continue;
        };
        let (Some(place), Some(item)) = (heads.get_mut(*item), items.get(*item)) else { continue };
        let mut head = entrance.admit(session, address, *id, item.confirm)?;
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
