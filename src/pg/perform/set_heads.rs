//! `member.set` with `head_attach`: data and heads in one plan, all of it or nothing (members.md 7.2). Also its dry run.

use crate::domain::address::Address;
use crate::domain::datakey::Applied;
use crate::domain::error::{Error, Id, Result};
use crate::domain::event::{self, EventType};
use crate::domain::head::{Attach, Head as Name, NewbieRule, Person, Plan, Planner, RECEIVER};
use crate::domain::json::{self, EMPTY_OBJECT, Node};
use crate::domain::member::set::IfExists;
use crate::domain::member::system::{Body, Head, lock as locks};
use crate::domain::member::target::Target;
use crate::pg::guc;
use crate::pg::jsonb::Encoded;
use crate::pg::perform::carry_out::{Arriving, By, carry_out};
use crate::pg::perform::create::new_head;
use crate::pg::perform::entrance::Entrance;
use crate::pg::perform::heads::{entering, not_exists, shown};
use crate::pg::perform::lock::{self, HeldAll, Purpose};
use crate::pg::perform::set::{Done, Work, refuse_if};
use crate::pg::perform::update::{HeadChange, own_document, read_head};
use crate::pg::perform::{passage, people, resolve, subject};
use crate::pg::spi::Session;
use crate::pg::store::address::Known;
use crate::pg::store::event::{Event, Prepared};
use crate::pg::store::{body, head};

/// Shows what a request would do. Errors: as [`set`].
pub fn show(work: &Work, target: Target, mut warnings: Vec<Error>) -> Result<Encoded> {
    let session = work.session;
    let targets = targets_of(work, target, &mut warnings)?;
    let known = lock::look(session, &targets)?;
    let entrance = open_entrance(session, &targets, &known)?;
    let receiver = Receiver::find(work, targets.first(), known.first().and_then(Option::as_ref), None, &entrance)?;
    let plan = receiver.plan(work, &targets, &known)?;
    Encoded::new(&shown(&plan, receiver.own_steps(receiver.person.dataset), &warnings)?)
}

/// Performs a request; adds warnings of its plan.
///
/// Errors: those of `member.set`, of the identifiers to attach, and of the plan.
pub fn set(work: &Work, target: Target, warnings: &mut Vec<Error>) -> Result<Done> {
    let Work { session, request, .. } = *work;
    let targets = targets_of(work, target, warnings)?;
    let HeldAll { known, created, savepoint } = hold(work, &targets)?;
    let entrance = open_entrance(session, &targets, &known)?;
    let number = created.as_ref().map(|created| created.dataset);
    let receiver = Receiver::find(work, targets.first(), known.first().and_then(Option::as_ref), number, &entrance)?;
    let plan = receiver.plan(work, &targets, &known)?;
    let (newbie, changed) = (receiver.is_new(), receiver.is_changed() || !plan.steps.is_empty());
    let items: Vec<&Attach> = request.attach.iter().collect();
    let entering = entering(session, &plan, &items, &entrance)?;
    entrance.note(session, entering.iter().flatten().chain(receiver.enters()))?;
    let registered = created.map(|created| created.registered).unwrap_or_default();
    receiver.perform(work, &plan, entering, registered)?;
    let id = plan.named.id.unwrap_or_default();
    let dataset = receiver_of(&plan);
    if newbie {
        work.letters.send(session, dataset, id)?;
    }
    savepoint.release();
    warnings.extend(plan.warnings);
    Ok(Done { newbie, id, address: plan.named.address, dataset, changed })
}

/// The subscriber and the identifiers to attach, in normal form.
fn targets_of(work: &Work, target: Target, warnings: &mut Vec<Error>) -> Result<Vec<Target>> {
    let mut targets = vec![target];
    for item in &work.request.attach {
        let target = resolve::target(work.session, &item.head, item.kind, warnings);
        targets.push(target.map_err(|error| in_item(targets.len() - 1, error))?);
    }
    Ok(targets)
}

/// The subscriber of a request as it will be before heads are attached, and how a dry run shows its own change. Writes
/// nothing.
///
/// Errors: those of `member.set` itself.
pub fn foresee<'n>(work: &Work, target: &Target, known: Option<&Known>) -> Result<(Person, Vec<Node<'n>>)> {
    let entrance = Entrance::open(work.session, &target.address().into_iter().collect::<Vec<_>>())?;
    let receiver = Receiver::find(work, Some(target), known, None, &entrance)?;
    let steps = receiver.own_steps(receiver.person.dataset);
    Ok((receiver.person, steps))
}

/// The entrance for the identifiers that are nobody's. Errors: `error/json/corrupt`.
fn open_entrance(session: &Session, targets: &[Target], known: &[Option<Known>]) -> Result<Entrance> {
    let is_free = |known: &Option<Known>| known.as_ref().is_none_or(|known| known.owner.is_none());
    let free = targets.iter().zip(known).filter(|(_, known)| is_free(known));
    Entrance::open(session, &free.filter_map(|(target, _)| target.address()).collect::<Vec<_>>())
}

/// Locks everybody; it goes again unless the savepoint is released. An identifier never seen that is not to be attached is not registered for it.
fn hold(work: &Work, targets: &[Target]) -> Result<HeldAll> {
    let is_idle = |index: usize| {
        let item = index.checked_sub(1).and_then(|index| work.request.attach.get(index));
        item.is_some_and(|item| item.rules.newbie == NewbieRule::None)
    };
    let seen = if (0..targets.len()).any(is_idle) { lock::look(work.session, targets)? } else { Vec::new() };
    let is_held = |index: usize| !(is_idle(index) && matches!(seen.get(index), Some(None)));
    let indexed = targets.iter().enumerate();
    let held: Vec<Target> = indexed.filter(|(index, _)| is_held(*index)).map(|(_, target)| target.clone()).collect();
    let all = lock::hold_all(work.session, &held, &[], Purpose::Create)?;
    let mut known = all.known.into_iter();
    let known = (0..targets.len()).map(|index| if is_held(index) { known.next().flatten() } else { None }).collect();
    Ok(HeldAll { known, ..all })
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
    /// What the passage of a sequence will keep.
    passage: Option<passage::Change>,
}

enum Change<'w> {
    /// It is created with this head.
    New(Box<HeadChange<'w>>),
    /// It is there: what changes of its data and of its head.
    Old { changed: Option<Prepared>, head: Option<Box<HeadChange<'w>>> },
}

impl<'w> Receiver<'w> {
    /// `number` is that of the body to be created, if it has one already.
    fn find(
        work: &'w Work,
        target: Option<&Target>,
        known: Option<&Known>,
        number: Option<i64>,
        entrance: &Entrance,
    ) -> Result<Receiver<'w>> {
        match known.and_then(|known| Some((known, known.owner?.dataset))) {
            Some((known, dataset)) => Receiver::old(work, known, dataset),
            None => match target {
                Some(Target::Address(address)) => {
                    Receiver::new(work, address, known.map(|known| known.id), number, entrance)
                }
                _ => Err(Error::new(Id::MemberNotexists, "no subscriber has this id")),
            },
        }
    }

    fn new(
        work: &'w Work,
        address: &Address,
        id: Option<i64>,
        dataset: Option<i64>,
        entrance: &Entrance,
    ) -> Result<Receiver<'w>> {
        let Work { session, request, .. } = *work;
        refuse_if(request.if_exists == IfExists::Must, Id::MemberNotexists)?;
        let at = guc::statement_micros();
        let entering = new_head(session, request, address, id.unwrap_or_default(), entrance)?;
        let host = request.source;
        let fresh = Body {
            dataset: dataset.unwrap_or_default(),
            create_time: at,
            create_host: host,
            update_time: at,
            update_host: host,
            import_time: None,
        };
        let system = work.system(None, || subject::document(session, &fresh, entering.head()))?;
        let data = work.run_program(json::root(&EMPTY_OBJECT)?, system.as_deref())?.encode()?;
        work.passage_change(None, json::root(&data)?, system.as_deref())?;
        let name = Name { id, address: address.clone() };
        let person = Person { is_new: true, ..Person::new(dataset, 0, data, vec![name.clone()]) };
        Ok(Receiver { person, name, change: Change::New(Box::new(entering)), passage: None })
    }

    fn old(work: &'w Work, known: &Known, dataset: i64) -> Result<Receiver<'w>> {
        let Work { session, request, .. } = *work;
        refuse_if(request.if_exists == IfExists::Error, Id::MemberExists)?;
        let (version, stored) = body::state(session, dataset)?.ok_or_else(not_exists)?;
        let system = work.system(Some(dataset), || own_document(session, dataset, known.id))?;
        let applied: Applied = work.run_program(json::root(stored)?, system.as_deref())?;
        let head = match request.program.special.as_slice() {
            [] => None,
            special => {
                let head = read_head(session, dataset, known.id)?;
                Some(Box::new(HeadChange::plan(session, special, head, Some(dataset))?))
            }
        };
        let mut person = Person::new(Some(dataset), version, applied.encode()?, head::names(session, dataset)?);
        let passage = work.passage_change(Some(dataset), json::root(&person.data)?, system.as_deref())?;
        person.is_written = applied.changed();
        let head = head.filter(|head| head.is_change());
        person.is_touched = head.is_some();
        person.merges_today = people::merges_today(session, dataset);
        let name = people::head_of(known);
        let changed = match applied.changed() {
            true => Some(told(&person, &name, EventType::MemberChange, event::member_change(applied.changes()?))?),
            false => None,
        };
        Ok(Receiver { person, name, change: Change::Old { changed, head }, passage })
    }

    fn is_new(&self) -> bool {
        matches!(self.change, Change::New(_))
    }

    /// The head that it enters with, if it is new.
    fn enters(&self) -> Option<&Head<'w>> {
        match &self.change {
            Change::New(entering) => Some(entering.head()),
            Change::Old { .. } => None,
        }
    }

    /// Whether its data or its head become others.
    fn is_changed(&self) -> bool {
        match &self.change {
            Change::New(_) => true,
            Change::Old { changed, head } => changed.is_some() || head.as_ref().is_some_and(|head| head.changes_row()),
        }
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
    fn perform(self, work: &Work, plan: &Plan, by_item: Vec<Option<Head>>, registered: Vec<Address>) -> Result<()> {
        let Work { session, request, .. } = *work;
        let (person, name) = (self.person, self.name);
        if let Some(passage) = &self.passage {
            passage.write(session);
        }
        let arriving = match self.change {
            Change::New(entering) => {
                let head = entering.head();
                let unconfirmed = head.lock & locks::UNCONFIRMED != 0;
                let new = event::member_new(unconfirmed, head.origin);
                let mut events = vec![told(&person, &name, EventType::MemberNew, new)?];
                let dataset = person.dataset.unwrap_or_default();
                events.extend(entering.events_of_new(name.id.unwrap_or_default(), dataset)?);
                entering.write_beside(session, dataset);
                Arriving { own: Some(head.clone()), by_item, registered, events }
            }
            Change::Old { changed, head } => {
                let mut events = Vec::from_iter(changed);
                if let (Some(head), Some(dataset)) = (head, person.dataset) {
                    events.extend(head.events(dataset, person.version + 1)?);
                    head.write(session, dataset);
                }
                Arriving { own: None, by_item, registered, events }
            }
        };
        carry_out(session, plan, &By { call: "member_set", host: request.source, undoes: None }, arriving)?;
        Ok(())
    }
}

/// An event of a subscriber, ready to be written. Errors: `error/json/limit`.
fn told(person: &Person, name: &Name, event_type: EventType, body: Node) -> Result<Prepared> {
    let (at, version) = (guc::statement_micros(), person.version + 1);
    let (address_id, dataset) = (name.id.unwrap_or_default(), person.dataset.unwrap_or_default());
    Event { event_type, at, address_id, dataset, version, body }.prepare()
}

fn receiver_of(plan: &Plan) -> i64 {
    plan.people.get(RECEIVER).and_then(|person| person.dataset).unwrap_or_default()
}
