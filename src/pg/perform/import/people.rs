//! A chunk planned in memory and written with arrays: who is there is found and locked by two statements, programs run on what
//! was read, and what comes of it is written by one statement for each table.

use super::Open;
use super::chunk::{Ready, set};
use super::lists::{HeadOf, Named, Wishes};
use crate::domain::address::Address;
use crate::domain::datakey::{self, Change, Context, CopySource, Op, Plan, Program};
use crate::domain::error::{Error, Id, Result};
use crate::domain::event::{self, EventType, member_change, member_new};
use crate::domain::import::{IfExists, Outcome, Told};
use crate::domain::json::{EMPTY_OBJECT, Node, root};
use crate::domain::member::special::Special;
use crate::domain::member::system::{Head, lock};
use crate::pg::perform::entrance::Entrance;
use crate::pg::perform::follow::{Before, Followed, Touched, follow, follow_heads};
use crate::pg::perform::returning;
use crate::pg::perform::set::refuse_if;
use crate::pg::perform::update::{HeadChange, read_head};
use crate::pg::store::address::Known;
use crate::pg::store::event::{self as log, Event, Prepared};
use crate::pg::store::{address, body, entrance, head, sequence};
use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

/// Everybody whom the rows of a chunk name.
pub struct People<'o, 's> {
    open: &'o Open<'s>,
    entrance: Entrance,
    named: Named,
    /// The identifiers, each once, in the order of the rows.
    people: Vec<Person<'s>>,
    by_address: HashMap<Address, usize>,
    bodies: Vec<Body<'s>>,
    events: Vec<Prepared>,
    wishes: Wishes,
}

/// An identifier that rows name.
struct Person<'s> {
    address: Address,
    /// Its number, if the register knows it.
    known: Option<i64>,
    /// Its number; 0 for one that was never seen and is not made yet.
    id: i64,
    /// The place of its body, if it has one or is getting one.
    body: Option<usize>,
    /// Its head, where rows change it or it is new.
    head: Option<Head<'s>>,
    changes: Vec<HeadChange<'s>>,
    /// Whether a row was done, and whether the last one says that it is active.
    done: Option<bool>,
}

struct Body<'s> {
    dataset: i64,
    version: i64,
    is_new: bool,
    /// Whether the log has heard that it was imported.
    is_told: bool,
    /// The data as they are stored.
    stored: &'s [u8],
    /// The data as they become, if they do.
    data: Option<Vec<u8>>,
}

impl Body<'_> {
    fn data(&self) -> &[u8] {
        self.data.as_deref().unwrap_or(self.stored)
    }
}

impl<'o, 's> People<'o, 's> {
    /// Finds everybody and locks their bodies; nothing where somebody moved meanwhile.
    ///
    /// Errors: `error/json/corrupt`.
    pub fn find(open: &'o Open<'s>, ready: &[Ready], told: &Told) -> Result<Option<People<'o, 's>>> {
        let session = open.session;
        let named = Named::open(session, ready.iter().flat_map(|row| &row.parted.special), open.addr_type);
        let mut by_address = HashMap::with_capacity(ready.len());
        let mut addresses: Vec<&Address> = Vec::with_capacity(ready.len());
        for row in ready {
            by_address.entry(row.address.clone()).or_insert_with(|| {
                addresses.push(&row.address);
                addresses.len() - 1
            });
        }
        let known = address::by_addresses(session, &addresses);
        let Some((known, mut bodies)) = lock_bodies(open, &addresses, known) else { return Ok(None) };
        bodies.iter_mut().for_each(|body| body.is_told = told.has(body.dataset));
        let places: HashMap<i64, usize> = bodies.iter().enumerate().map(|(at, body)| (body.dataset, at)).collect();
        let nobodys = addresses.iter().zip(&known).filter(|(_, known)| dataset_of(known).is_none());
        let entrance = Entrance::open(session, &nobodys.map(|(address, _)| *address).collect::<Vec<_>>())?;
        let person = |(address, known): (&&Address, &Option<Known>)| Person {
            address: (*address).clone(),
            known: known.as_ref().map(|known| known.id),
            id: known.as_ref().map_or(0, |known| known.id),
            body: dataset_of(known).and_then(|dataset| places.get(&dataset).copied()),
            head: None,
            changes: Vec::new(),
            done: None,
        };
        let people = addresses.iter().zip(&known).map(person).collect();
        let (events, wishes) = (Vec::new(), Wishes::default());
        Ok(Some(People { open, entrance, named, people, by_address, bodies, events, wishes }))
    }

    /// Plans all rows and writes what comes of them; how many heads came to the group of the import. Nothing where another
    /// transaction took one of the identifiers. `told` are the persons of whom the log has heard.
    ///
    /// Errors: those that concern all rows.
    pub fn perform(
        mut self,
        ready: &[Ready],
        outcomes: &mut [Result<Outcome>],
        told: &mut Told,
    ) -> Result<Option<i64>> {
        for row in ready {
            set(outcomes, row.place, self.plan(row));
        }
        let heard: Vec<i64> = self.bodies.iter().filter(|body| body.is_told).map(|body| body.dataset).collect();
        let added = self.write()?;
        if added.is_some() {
            heard.into_iter().for_each(|dataset| told.add(dataset));
        }
        Ok(added)
    }

    /// What a row comes to. One that is refused changes nothing.
    fn plan(&mut self, row: &Ready) -> Result<Outcome> {
        let place = self.by_address.get(&row.address).copied().ok_or_else(gone)?;
        let is_there = self.people.get(place).is_some_and(|person| person.body.is_some());
        let rule = self.open.import.options.if_exists;
        if is_there && rule == IfExists::Ignore {
            return Ok(Outcome::Ignored);
        }
        refuse_if(is_there && rule == IfExists::Error, Id::MemberExists)?;
        refuse_if(!is_there && rule == IfExists::Must, Id::MemberNotexists)?;
        self.named.check(&row.parted.special)?;
        let of_head = |special: &&Special| special.group().is_none();
        let special: Vec<Special> = row.parted.special.iter().filter(of_head).cloned().collect();
        let ops = row.parted.data.clone();
        let outcome = if is_there { self.change(place, ops, &special) } else { self.create(place, ops, &special) }?;
        let Some(person) = self.people.get_mut(place) else { return Err(gone()) };
        person.done = Some(row.row.is_active);
        let dataset = person.body.and_then(|body| self.bodies.get(body)).map_or(0, |body| body.dataset);
        self.wishes.add((dataset, person.id), &row.parted.special);
        Ok(outcome)
    }

    /// A row about somebody who is there.
    fn change(&mut self, place: usize, ops: Vec<Op>, special: &[Special]) -> Result<Outcome> {
        let open = self.open;
        let person = self.people.get_mut(place).ok_or_else(gone)?;
        let body = person.body.and_then(|body| self.bodies.get_mut(body)).ok_or_else(gone)?;
        let (dataset, address_id) = (body.dataset, person.id);
        let version = if body.is_new { body.version } else { body.version + 1 };
        let about = About { at: open.at, address_id, dataset, version };
        let tell = |changes: Vec<Change>| about.tell(EventType::MemberChange, member_change(changes));
        let ran = run(open, body.data(), ops, open.wanted.has(EventType::MemberChange).then_some(&tell))?;
        let head = match special {
            [] => None,
            special => {
                let head = match &person.head {
                    Some(head) => head.clone(),
                    None => read_head(open.session, dataset, person.id)?,
                };
                Some(HeadChange::plan(open.session, special, head, None)?).filter(HeadChange::is_change)
            }
        };
        let mut events = Vec::from_iter(ran.told);
        if let Some(change) = &head {
            events.extend(change.events(dataset, version)?);
        }
        let is_heard = !body.is_told && open.wanted.has(open.import.event);
        if is_heard {
            events.push(about.tell(open.import.event, event::import(false))?);
        }
        let outcome = if ran.data.is_some() || head.is_some() { Outcome::Updated } else { Outcome::Unchanged };
        self.events.extend(events);
        body.data = ran.data.or(body.data.take());
        body.is_told |= is_heard;
        if let Some(change) = head {
            person.head = Some(change.head().clone());
            person.changes.push(change);
        }
        Ok(outcome)
    }

    /// A row that makes somebody.
    fn create(&mut self, place: usize, ops: Vec<Op>, special: &[Special]) -> Result<Outcome> {
        let open = self.open;
        let person = self.people.get_mut(place).ok_or_else(gone)?;
        let data = run(open, &EMPTY_OBJECT, ops, None)?.data;
        let id = person.known.unwrap_or_else(sequence::next_address_id);
        // What can refuse the row comes first: one that is refused takes nobody's room.
        let coming = Head {
            id,
            address: person.address.clone(),
            origin: open.origin,
            lock: self.entrance.locks(&person.address),
            confirm_time: None,
            confirm_host: None,
            last_tz: None,
        };
        let mut change = match special {
            [] => None,
            special => Some(HeadChange::plan(open.session, special, coming, None)?),
        };
        let admitted = self.entrance.admit(open.session, &person.address, id, open.import.options.confirm)?;
        change.iter_mut().for_each(|change| change.admit(&admitted));
        let head = change.as_ref().map_or(Head { origin: open.origin, ..admitted }, |change| change.head().clone());
        let unconfirmed = head.lock & lock::UNCONFIRMED != 0;
        let dataset = sequence::next_dataset();
        for (event_type, body) in
            [(EventType::MemberNew, member_new(unconfirmed, head.origin)), (open.import.event, event::import(true))]
        {
            if open.wanted.has(event_type) {
                let about = About { at: open.at, address_id: id, dataset, version: 1 };
                self.events.push(about.tell(event_type, body)?);
            }
        }
        person.id = id;
        person.body = Some(self.bodies.len());
        person.head = Some(head);
        person.changes.extend(change);
        let is_told = open.wanted.has(open.import.event);
        self.bodies.push(Body { dataset, version: 1, is_new: true, is_told, stored: &EMPTY_OBJECT, data });
        Ok(Outcome::New { unconfirmed })
    }

    fn body_of(&self, person: &Person) -> Option<&Body<'s>> {
        self.bodies.get(person.body?)
    }

    /// The heads that are made, with their bodies.
    fn new_heads(&self) -> Vec<(&Body<'s>, &Person<'s>, &Head<'s>)> {
        let new = self.people.iter().filter_map(|person| {
            let body = self.body_of(person).filter(|body| body.is_new)?;
            Some((body, person, person.head.as_ref()?))
        });
        new.collect()
    }

    fn write(self) -> Result<Option<i64>> {
        let (open, session) = (self.open, self.open.session);
        let new = self.new_heads();
        if !claim(open, &self.entrance, &new)? {
            return Ok(None);
        }
        let datasets: Vec<i64> = new.iter().map(|(body, ..)| body.dataset).collect();
        if !datasets.is_empty() {
            let data: Vec<&[u8]> = new.iter().map(|(body, ..)| body.data()).collect();
            body::import_new(session, &datasets, open.at, &data);
            let heads: Vec<&Head> = new.iter().map(|(_, _, head)| *head).collect();
            head::insert_people(session, &datasets, &heads, open.at);
            self.entrance.note(session, heads.iter().copied())?;
        }
        let added = self.write_changes()?;
        for unconfirmed in [true, false] {
            let is_such = |head: &&Head| (head.lock & lock::UNCONFIRMED != 0) == unconfirmed;
            let written = new.iter().filter(|(_, _, head)| is_such(head));
            let heads: Vec<HeadOf> = written.map(|(body, person, _)| (body.dataset, person.id)).collect();
            open.letters.send_all(session, &heads, unconfirmed)?;
        }
        Ok(Some(added))
    }

    /// Writes lists, then the bodies that are others than before, their heads, and what follows.
    fn write_changes(&self) -> Result<i64> {
        let (open, session) = (self.open, self.open.session);
        let done = self.people.iter().filter_map(|person| Some((person.done?, self.body_of(person)?, person.id)));
        let active: Vec<(HeadOf, bool)> = done.map(|(is_active, body, id)| ((body.dataset, id), is_active)).collect();
        let heads: Vec<HeadOf> = active.iter().map(|(head, _)| *head).collect();
        let listed = open.list(&heads, &self.wishes, &active)?;
        let mut touched = listed.touched.clone();
        for person in &self.people {
            let Some(body) = self.body_of(person) else { continue };
            for change in &person.changes {
                touched.insert(body.dataset);
                if body.is_new {
                    change.write_beside(session, body.dataset)
                } else {
                    change.write(session, body.dataset)
                }
            }
        }
        let changed: Vec<&Body> = self.bodies.iter().filter(|body| !body.is_new && body.data.is_some()).collect();
        let only_touched = |body: &&Body| !body.is_new && body.data.is_none() && touched.contains(&body.dataset);
        let only: Vec<i64> = self.bodies.iter().filter(only_touched).map(|body| body.dataset).collect();
        if !changed.is_empty() {
            let datasets: Vec<i64> = changed.iter().map(|body| body.dataset).collect();
            let data: Vec<&[u8]> = changed.iter().map(|body| body.data()).collect();
            body::import_changed(session, &datasets, open.at, &data);
        }
        if !only.is_empty() {
            body::import_touched(session, &only, open.at);
        }
        log::write(&self.events);
        let versions: HashMap<i64, i64> =
            self.bodies.iter().map(|body| (body.dataset, body.version + i64::from(!body.is_new))).collect();
        log::write(&open.told(&listed, |dataset| versions.get(&dataset).copied().unwrap_or_default())?);
        self.follow(&changed, &touched)?;
        open.sequences(&heads)?;
        Ok(listed.added)
    }

    /// Has what is kept beside people follow.
    fn follow(&self, changed: &[&Body], touched: &BTreeSet<i64>) -> Result<()> {
        let session = self.open.session;
        let mut new = Vec::new();
        for body in self.bodies.iter().filter(|body| body.is_new) {
            let after = Some(root(body.data())?);
            new.push(Followed { dataset: body.dataset, before: Before::New, after, changed: None });
        }
        if !new.is_empty() {
            follow(session, &new, Touched::People)?;
        }
        let mut others = Vec::new();
        for body in changed {
            let (before, after) = (Before::Data(root(body.stored)?), Some(root(body.data())?));
            others.push(Followed { dataset: body.dataset, before, after, changed: None });
        }
        if !others.is_empty() {
            follow(session, &others, Touched::Imported)?;
        }
        let old = self.bodies.iter().filter(|body| !body.is_new && touched.contains(&body.dataset));
        follow_heads(session, &old.map(|body| body.dataset).collect::<Vec<_>>())
    }
}

/// Whom an event is about.
struct About {
    at: i64,
    address_id: i64,
    dataset: i64,
    version: i64,
}

impl About {
    fn tell(&self, event_type: EventType, body: Node) -> Result<Prepared> {
        let About { at, address_id, dataset, version } = *self;
        Event { event_type, at, address_id, dataset, version, body }.prepare()
    }
}

/// What running a program came to.
struct Ran {
    /// The data, if they are others.
    data: Option<Vec<u8>>,
    told: Option<Prepared>,
}

/// Makes an event of what changed.
type Tell<'t> = &'t dyn Fn(Vec<Change>) -> Result<Prepared>;

/// Runs the program of a row. Where nobody wants to hear what changed, in one pass if it can be.
fn run(open: &Open, before: &[u8], ops: Vec<Op>, tell: Option<Tell>) -> Result<Ran> {
    if ops.is_empty() {
        return Ok(Ran { data: None, told: None });
    }
    let import = open.import;
    let program = Program::from(ops);
    if tell.is_none()
        && let Some(after) = Plan::of(&program, import.limits).and_then(|plan| owned(plan.apply(before)))
    {
        return Ok(Ran { data: after, told: None });
    }
    let context = Context { limits: import.limits, now: import.now, copy: CopySource::Own, system: None };
    let applied = datakey::apply(root(before)?, program.ops(), &context)?;
    if !applied.changed() {
        return Ok(Ran { data: None, told: None });
    }
    let told = tell.map(|tell| tell(applied.changes()?)).transpose()?;
    Ok(Ran { data: Some(applied.encode()?), told })
}

/// What a plan gave: the data, if they are others; nothing where it cannot tell.
fn owned(after: Option<Cow<[u8]>>) -> Option<Option<Vec<u8>>> {
    after.map(|after| match after {
        Cow::Owned(after) => Some(after),
        Cow::Borrowed(_) => None,
    })
}

fn dataset_of(known: &Option<Known>) -> Option<i64> {
    known.as_ref()?.owner.map(|owner| owner.dataset)
}

#[cold]
fn gone() -> Error {
    Error::new(Id::MemberConcurrent, "a person of the chunk is gone")
}

/// Locks the bodies in ascending order and reads them. Where one was changed since it was found, its identifiers are looked
/// for again: now nothing moves them. Nothing where one of them had moved.
fn lock_bodies<'s>(
    open: &Open<'s>,
    addresses: &[&Address],
    known: Vec<Option<Known>>,
) -> Option<(Vec<Option<Known>>, Vec<Body<'s>>)> {
    let mut versions: HashMap<i64, Option<i64>> = HashMap::new();
    for owner in known.iter().flatten().filter_map(|known| known.owner) {
        versions.insert(owner.dataset, owner.version);
    }
    if versions.is_empty() {
        return Some((known, Vec::new()));
    }
    let mut datasets: Vec<i64> = versions.keys().copied().collect();
    datasets.sort_unstable();
    let rows = body::lock_and_read(open.session, &datasets);
    let is_same = rows.iter().all(|(dataset, version, _)| versions.get(dataset) == Some(&Some(*version)));
    if rows.len() != datasets.len() {
        return None;
    }
    if !is_same {
        let now = address::by_addresses(open.session, addresses);
        let owners = |known: &[Option<Known>]| known.iter().map(dataset_of).collect::<Vec<_>>();
        if owners(&now) != owners(&known) {
            return None;
        }
    }
    let body =
        |(dataset, version, stored)| Body { dataset, version, is_new: false, is_told: false, stored, data: None };
    Some((known, rows.into_iter().map(body).collect()))
}

/// Makes the identifiers the heads of their new bodies, in one order for all: neighbours that were never seen together, the
/// others one by one. False where another transaction was faster with one of them.
///
/// Errors: `error/json/corrupt`, those of an identifier that was erased.
fn claim(open: &Open, entrance: &Entrance, new: &[(&Body, &Person, &Head)]) -> Result<bool> {
    let session = open.session;
    let mut sorted: Vec<&(&Body, &Person, &Head)> = new.iter().collect();
    sorted.sort_by(|left, right| left.1.address.value.cmp(&right.1.address.value));
    for run in sorted.chunk_by(|left, right| left.1.known.is_none() && right.1.known.is_none()) {
        if let [(body, Person { address, known: Some(_), .. }, _)] = run {
            // While its row was waited for, it may have entered a stop-list.
            if !address::claim_free(session, address, body.dataset)
                || entrance::locks(session, address)? != entrance.locks(address)
            {
                return Ok(false);
            }
            continue;
        }
        let addresses: Vec<&Address> = run.iter().map(|(_, person, _)| &person.address).collect();
        let ids: Vec<i64> = run.iter().map(|(_, person, _)| person.id).collect();
        let datasets: Vec<i64> = run.iter().map(|(body, ..)| body.dataset).collect();
        if !address::register_heads(session, &addresses, &ids, &datasets) {
            return Ok(false);
        }
        for address in addresses {
            if returning::take_back(session, address)?.is_some() {
                return Ok(false);
            }
        }
    }
    Ok(true)
}
