//! `member.set` with `head_attach`: data and heads in one plan, all of it or nothing (members.md 7.2). Also its dry run.

use crate::domain::address::Address;
use crate::domain::datakey::Applied;
use crate::domain::error::{Error, Id, Result};
use crate::domain::event::{self, EventType};
use crate::domain::head::{Attach, Head as Name, NewbieRule, Person, Plan, Planner, RECEIVER};
use crate::domain::json::{self, EMPTY_OBJECT, Node};
use crate::domain::member::set::IfExists;
use crate::domain::member::special::Special;
use crate::domain::member::system::{Body, Head, lock as locks};
use crate::domain::member::target::Target;
use crate::domain::reply::{self, reply};
use crate::pg::guc;
use crate::pg::jsonb::Encoded;
use crate::pg::perform::carry_out::{By, carry_out};
use crate::pg::perform::create::new_head;
use crate::pg::perform::heads::{entering, not_exists, shown};
use crate::pg::perform::lock::{self, Purpose};
use crate::pg::perform::set::{Work, refuse_if};
use crate::pg::perform::update::{HeadChange, own_document, read_head};
use crate::pg::perform::{people, resolve, subject};
use crate::pg::savepoint::Savepoint;
use crate::pg::spi::Session;
use crate::pg::store::address::Known;
use crate::pg::store::event::{Event, Prepared};
use crate::pg::store::{address, body, delivery_error, head, sequence};

/// Performs a request, or shows what it would do.
///
/// Errors: those of `member.set`, of the identifiers to attach, and of the plan.
pub fn set(work: &Work, target: Target, mut warnings: Vec<Error>) -> Result<Encoded> {
    let Work { session, request, .. } = *work;
    let mut targets = vec![target];
    for item in &request.attach {
        let target = resolve::target(session, &item.head, item.kind, &mut warnings);
        targets.push(target.map_err(|error| in_item(targets.len() - 1, error))?);
    }
    let (known, savepoint) =
        if request.dry_run { (lock::look(session, &targets)?, None) } else { hold(work, &targets)? };
    let receiver = Receiver::find(work, targets.first(), known.first().and_then(Option::as_ref))?;
    let plan = receiver.plan(work, &targets, &known)?;
    if request.dry_run {
        return Encoded::new(&shown(&plan, receiver.own_steps(receiver.person.dataset), &warnings)?);
    }
    let is_new = receiver.is_new();
    receiver.perform(work, &plan, savepoint)?;
    answer(session, &plan, is_new, request.fresh, &warnings)
}

/// The subscriber of a request as it will be before heads are attached, and how a dry run shows its own change. Writes
/// nothing.
///
/// Errors: those of `member.set` itself.
pub fn foresee<'n>(work: &Work, target: &Target, known: Option<&Known>) -> Result<(Person, Vec<Node<'n>>)> {
    let receiver = Receiver::find(work, Some(target), known)?;
    let steps = receiver.own_steps(receiver.person.dataset);
    Ok((receiver.person, steps))
}

/// Locks everybody; it goes again unless the savepoint is released. An identifier never seen that is not to be attached is not registered for it.
fn hold(work: &Work, targets: &[Target]) -> Result<(Vec<Option<Known>>, Option<Savepoint>)> {
    let is_idle = |index: usize| {
        let item = index.checked_sub(1).and_then(|index| work.request.attach.get(index));
        item.is_some_and(|item| item.rules.newbie == NewbieRule::None)
    };
    let seen = if (0..targets.len()).any(is_idle) { lock::look(work.session, targets)? } else { Vec::new() };
    let is_held = |index: usize| !(is_idle(index) && matches!(seen.get(index), Some(None)));
    let indexed = targets.iter().enumerate();
    let held: Vec<Target> = indexed.filter(|(index, _)| is_held(*index)).map(|(_, target)| target.clone()).collect();
    let (known, savepoint) = lock::hold_all(work.session, &held, &[], Purpose::Change)?.apart();
    let mut known = known.into_iter();
    let known = (0..targets.len()).map(|index| if is_held(index) { known.next().flatten() } else { None }).collect();
    Ok((known, Some(savepoint)))
}

/// A refusal with the item of `head_attach` it is about, counted from 0.
pub fn in_item(index: usize, error: Error) -> Error {
    Error::new(error.id, format!("head_attach item {index}: {}", error.explain))
}

/// What the call makes of the subscriber itself, before any head is moved.
struct Receiver<'w> {
    person: Person,
    name: Name,
    change: Change<'w>,
}

enum Change<'w> {
    /// It is created with this head.
    New(Box<Head<'w>>),
    /// It is there: what changes of its data and of its head.
    Old { changed: Option<Prepared>, head: Option<HeadChange<'w>> },
}

impl<'w> Receiver<'w> {
    fn find(work: &'w Work, target: Option<&Target>, known: Option<&Known>) -> Result<Receiver<'w>> {
        match known.and_then(|known| Some((known, known.owner?.dataset))) {
            Some((known, dataset)) => Receiver::old(work, known, dataset),
            None => match target {
                Some(Target::Address(address)) => Receiver::new(work, address, known.map(|known| known.id)),
                _ => Err(Error::new(Id::MemberNotexists, "no subscriber has this id")),
            },
        }
    }

    fn new(work: &'w Work, address: &Address, id: Option<i64>) -> Result<Receiver<'w>> {
        let Work { session, request, .. } = *work;
        refuse_if(request.if_exists == IfExists::Must, Id::MemberNotexists)?;
        let at = guc::statement_micros();
        let dataset = (!request.dry_run).then(sequence::next_dataset);
        let head = new_head(session, request, address, id.unwrap_or_default(), at)?;
        let host = request.source;
        let fresh = Body {
            dataset: dataset.unwrap_or_default(),
            create_time: at,
            create_host: host,
            update_time: at,
            update_host: host,
            import_time: None,
        };
        let own = if work.reads_own_system() { Some(subject::document(session, &fresh, &head)?) } else { None };
        let data = work.run_program(json::root(&EMPTY_OBJECT)?, own.as_deref())?.encode()?;
        let name = Name { id, address: address.clone() };
        let person = Person { is_new: true, ..Person::new(dataset, 0, data, vec![name.clone()]) };
        Ok(Receiver { person, name, change: Change::New(Box::new(head)) })
    }

    fn old(work: &'w Work, known: &Known, dataset: i64) -> Result<Receiver<'w>> {
        let Work { session, request, .. } = *work;
        refuse_if(request.if_exists == IfExists::Error, Id::MemberExists)?;
        let (version, stored) = body::state(session, dataset)?.ok_or_else(not_exists)?;
        let own = if work.reads_own_system() { Some(own_document(session, dataset, known.id)?) } else { None };
        let applied: Applied = work.run_program(json::root(stored)?, own.as_deref())?;
        let head = match request.program.special.as_slice() {
            [] => None,
            special => Some(HeadChange::plan(session, special, read_head(session, dataset, known.id)?)?),
        };
        let mut person = Person::new(Some(dataset), version, applied.encode()?, head::names(session, dataset)?);
        person.is_written = applied.changed();
        let head = head.filter(HeadChange::is_change);
        person.is_touched = head.is_some();
        person.merges_today = people::merges_today(session, dataset);
        let name = people::head_of(known);
        let changed = match applied.changed() {
            true => Some(told(&person, &name, EventType::MemberChange, event::member_change(applied.changes()?))?),
            false => None,
        };
        Ok(Receiver { person, name, change: Change::Old { changed, head } })
    }

    fn is_new(&self) -> bool {
        matches!(self.change, Change::New(_))
    }

    fn plan(&self, work: &Work, targets: &[Target], known: &[Option<Known>]) -> Result<Plan> {
        let mut people = vec![self.person.clone()];
        people::add_owners(work.session, &mut people, known)?;
        let guard = people::guard(work.session)?;
        let mut planner = Planner::new(people, self.name.clone(), guard, &work.limits, &work.now);
        let others = targets.iter().zip(known).skip(1);
        for (index, ((target, known), item)) in others.zip(&work.request.attach).enumerate() {
            let head = match (known, target) {
                (Some(known), _) => people::head_of(known),
                (None, Target::Address(address)) => Name { id: None, address: address.clone() },
                _ => return Err(not_exists()),
            };
            planner.attach(index, &head, item).map_err(|error| in_item(index, error))?;
        }
        Ok(planner.finish())
    }

    /// What a dry run shows before the steps of the plan.
    fn own_steps<'n>(&self, dataset: Option<i64>) -> Vec<Node<'n>> {
        let name = match &self.change {
            Change::New(_) => "create",
            Change::Old { changed: Some(_), .. } => "set",
            Change::Old { .. } => return Vec::new(),
        };
        vec![Node::object([
            ("step", Node::from(name)),
            ("address", Node::from(self.name.address.value.clone())),
            ("from", Node::Null),
            ("to", Node::from(dataset)),
        ])]
    }

    /// Writes the subscriber's own change, then the plan.
    fn perform(self, work: &Work, plan: &Plan, savepoint: Option<Savepoint>) -> Result<()> {
        let Work { session, request, .. } = *work;
        let items: Vec<&Attach> = request.attach.iter().collect();
        let entering = entering(session, plan, &items)?;
        if let Some(savepoint) = savepoint {
            savepoint.release();
        }
        if let Change::New(head) = &self.change {
            let dataset = self.person.dataset.ok_or_else(not_exists)?;
            address::give(session, &self.name.address, dataset);
            head::insert(session, dataset, head, guc::statement_micros());
            if request.program.special.contains(&Special::ClearErrors) {
                delivery_error::clear(session, &self.name.address);
            }
        }
        self.write_events()?;
        if let (Change::Old { head: Some(head), .. }, Some(dataset)) = (self.change, self.person.dataset) {
            head.write(session, dataset);
        }
        carry_out(session, plan, &By { call: "member_set", host: request.source, undoes: None }, &entering)?;
        Ok(())
    }

    /// What the log hears of the subscriber itself.
    fn write_events(&self) -> Result<()> {
        match &self.change {
            Change::New(head) => {
                let unconfirmed = head.lock & locks::UNCONFIRMED != 0;
                let new = event::member_new(unconfirmed, head.origin);
                told(&self.person, &self.name, EventType::MemberNew, new)?.write();
            }
            Change::Old { changed, head } => {
                changed.iter().for_each(Prepared::write);
                if let Some((old, new)) = head.as_ref().and_then(|head| head.origin) {
                    let change = event::origin_change(old, new);
                    told(&self.person, &self.name, EventType::OriginChange, change)?.write();
                }
            }
        }
        Ok(())
    }
}

/// An event of a subscriber, ready to be written. Errors: `error/json/limit`.
fn told(person: &Person, name: &Name, event_type: EventType, body: Node) -> Result<Prepared> {
    let (at, version) = (guc::statement_micros(), person.version + 1);
    let (address_id, dataset) = (name.id.unwrap_or_default(), person.dataset.unwrap_or_default());
    Event { event_type, at, address_id, dataset, version, body }.prepare()
}

fn answer(session: &Session, plan: &Plan, is_new: bool, fresh: bool, warnings: &[Error]) -> Result<Encoded> {
    let id = plan.named.id.unwrap_or_default();
    let mut keys = vec![("newbie", Node::from(i64::from(is_new))), ("member", reply::member(id, &plan.named.address))];
    let dataset = plan.people.get(RECEIVER).and_then(|person| person.dataset).unwrap_or_default();
    let everything = if fresh { subject::everything(session, dataset, id)? } else { None };
    if let Some(everything) = &everything {
        keys.push(("datakey", Node::from(json::root(everything.bytes())?)));
    }
    let warnings: Vec<Error> = warnings.iter().chain(&plan.warnings).cloned().collect();
    Encoded::new(&reply(keys, &warnings))
}
