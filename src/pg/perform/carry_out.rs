//! Performing a plan: heads, lists, bodies, the journal and the log, under the locks of all bodies it names.
//!
//! Whatever can be refused is worked out before the first row is written.

use crate::domain::address::Address;
use crate::domain::error::{Error, Id, Result};
use crate::domain::event::{self as facts, EventType};
use crate::domain::head::{self as heads, Entry, Kept, Person, Plan, RECEIVER, Step};
use crate::domain::json::{self, Node, Object};
use crate::domain::member::system::Head;
use crate::pg::guc;
use crate::pg::perform::entrance::Entrance;
use crate::pg::perform::follow::{Before, Followed, Touched, follow};
use crate::pg::spi::Session;
use crate::pg::store::event::{self, Event, Prepared};
use crate::pg::store::{address, body, group, group_member, head, head_state, journal, retired_dataset, subscription};

/// The call that performs a plan.
pub struct By<'a> {
    /// Its name, as the journal shows it.
    pub call: &'static str,
    /// The IP address it came from.
    pub host: Option<&'a str>,
    /// The journal row that it undoes.
    pub undoes: Option<i64>,
}

/// What comes with a plan and is not in its steps.
#[derive(Default)]
pub struct Arriving<'a> {
    /// The head that the receiver is created with.
    pub own: Option<Head<'a>>,
    /// The heads that come new, by the item they are of.
    pub by_item: Vec<Option<Head<'a>>>,
    /// Identifiers that are in the register as the receiver's already.
    pub registered: Vec<Address>,
    /// What the log hears of the receiver itself, before the steps.
    pub events: Vec<Prepared>,
}

/// Performs the steps, writes the bodies they touched, the journal and the events; gives the number of the journal row.
///
/// Errors: `error/json/limit`, `error/member/concurrent`.
pub fn carry_out(session: &Session, plan: &Plan, by: &By, arriving: Arriving) -> Result<Option<i64>> {
    let at = guc::statement_micros();
    let Arriving { own, by_item, registered, mut events } = arriving;
    let work = Work { session, plan, by, entering: &by_item, at };
    let prepared = work.prepare()?;
    work.perform_all(own.as_ref(), registered)?;
    for person in plan.people.iter().filter(|person| person.exists) {
        work.write(person)?;
    }
    let number = prepared.entry.map(|entry| {
        journal::write(&journal::Entry {
            call: by.call,
            at,
            dataset: entry.dataset,
            source: entry.source,
            plan: &entry.plan,
            inverse: &entry.inverse,
            heads: &entry.heads,
        })
    });
    events.extend(prepared.events);
    event::write(&events);
    follow_people(session, plan)?;
    Ok(number)
}

/// What follows for registered datakeys and live groups. Errors: `error/json/corrupt`, those of the rules.
fn follow_people(session: &Session, plan: &Plan) -> Result<()> {
    let mut people = Vec::with_capacity(plan.people.len());
    for person in &plan.people {
        let Some(dataset) = person.dataset else { continue };
        let before = if person.is_new { Before::New } else { Before::Unknown };
        let after = if person.exists { Some(json::root(&person.data)?) } else { None };
        people.push(Followed { dataset, before, after, changed: None });
    }
    follow(session, &people, Touched::People)
}

/// What a call will write to the journal and the log.
struct Report {
    entry: Option<JournalEntry>,
    events: Vec<Prepared>,
}

struct JournalEntry {
    dataset: i64,
    source: Option<i64>,
    plan: Vec<u8>,
    inverse: Vec<u8>,
    heads: Vec<i64>,
}

struct Work<'a> {
    session: &'a Session,
    plan: &'a Plan,
    by: &'a By<'a>,
    entering: &'a [Option<Head<'a>>],
    at: i64,
}

impl Work<'_> {
    fn prepare(&self) -> Result<Report> {
        if self.plan.steps.is_empty() && self.by.undoes.is_none() {
            return Ok(Report { entry: None, events: Vec::new() });
        }
        let kept: Vec<Kept> = self.plan.steps.iter().map(|step| self.keep(step)).collect();
        let mut entry = JournalEntry {
            dataset: self.number(RECEIVER)?,
            source: self.source()?,
            plan: json::encoded(&heads::written(self.plan))?,
            inverse: json::encoded(&heads::inverse_of(self.plan, &kept)?)?,
            heads: self.plan.steps.iter().filter_map(|step| step.head()?.id).collect(),
        };
        entry.heads.sort_unstable();
        entry.heads.dedup();
        let mut events = Vec::with_capacity(self.plan.steps.len());
        for step in &self.plan.steps {
            events.extend(self.event(step)?);
        }
        for (place, person) in self.plan.people.iter().enumerate() {
            events.extend(self.event_of_giver(place, person)?);
        }
        Ok(Report { entry: Some(entry), events })
    }

    /// The first body beside the receiver that the steps name.
    fn source(&self) -> Result<Option<i64>> {
        let ends = self.plan.steps.iter().flat_map(|step| [step.ends().0, step.ends().1]);
        let other = ends.flatten().find(|place| *place != RECEIVER);
        other.map(|place| self.number(place)).transpose()
    }

    /// What a step takes away, as the tables have it now.
    fn keep(&self, step: &Step) -> Kept {
        let null = || {
            // Null is always small enough.
            Kept { row: json::encoded(&Node::Null).unwrap_or_default(), ..Kept::default() }
        };
        let dataset = |place: usize| self.person(place).and_then(|person| person.dataset);
        match step {
            Step::Detach { head, from } => {
                let row = dataset(*from).zip(head.id).and_then(|(from, id)| head::row(self.session, from, id));
                row.unwrap_or_else(null)
            }
            Step::Retire { from, .. } => {
                let row = dataset(*from).and_then(|from| body::row(self.session, from));
                row.map_or_else(null, |row| Kept { row: row.to_vec(), ..Kept::default() })
            }
            _ => Kept::default(),
        }
    }

    /// Performs the steps in turn; heads that come new to the receiver one after the other enter together.
    fn perform_all(&self, own: Option<&Head>, mut registered: Vec<Address>) -> Result<()> {
        let mut entering = Vec::from_iter(own);
        for step in &self.plan.steps {
            if let Step::Attach { to: RECEIVER, entry: Entry::Item(item), .. } = step {
                entering.push(self.entering.get(*item).and_then(Option::as_ref).ok_or_else(lost)?);
            } else {
                self.enter(&mut entering, &mut registered)?;
                self.perform(step)?;
            }
        }
        self.enter(&mut entering, &mut registered)?;
        // What the plan left out is free again.
        registered.iter().for_each(|address| address::release(self.session, address));
        Ok(())
    }

    fn enter(&self, heads: &mut Vec<&Head>, registered: &mut Vec<Address>) -> Result<()> {
        if heads.is_empty() {
            return Ok(());
        }
        let dataset = self.number(RECEIVER)?;
        let mut given = Vec::with_capacity(heads.len());
        for head in heads.iter() {
            match registered.iter().position(|address| *address == head.address) {
                Some(place) => _ = registered.swap_remove(place),
                None => given.push(&head.address),
            }
        }
        address::give_all(self.session, &given, dataset);
        head::insert_all(self.session, dataset, heads, self.at);
        heads.clear();
        Ok(())
    }

    fn perform(&self, step: &Step) -> Result<()> {
        let session = self.session;
        match step {
            Step::Create { to, .. } => retired_dataset::forget(session, self.number(*to)?),
            Step::Attach { head, to, entry } => self.restore(head, self.number(*to)?, *entry)?,
            Step::Detach { head, from } => {
                let (from, id) = (self.number(*from)?, number_of(head)?);
                group_member::leave_all(session, from, id);
                head_state::forget(session, from, id);
                subscription::forget(session, from, id);
                head::delete(session, from, id);
                address::release(session, &head.address);
            }
            Step::Move { head, from, to } => {
                let (from, id, to) = (self.number(*from)?, number_of(head)?, self.number(*to)?);
                address::give(session, &head.address, to);
                head::move_to(session, from, id, to);
                group_member::move_to(session, from, id, to);
                head_state::move_to(session, from, id, to);
                subscription::move_to(session, from, id, to);
            }
            Step::Data { .. } => {}
            Step::Retire { from, to } => {
                let from = self.number(*from)?;
                retired_dataset::note_merged(session, from, to.map(|to| self.number(to)).transpose()?);
                body::delete(session, from);
            }
        }
        Ok(())
    }

    /// Brings a head back as the journal keeps it.
    fn restore(&self, name: &heads::Head, to: i64, entry: Entry) -> Result<()> {
        let session = self.session;
        let Entry::Kept(kept) = entry else { return Err(lost()) };
        let entrance = Entrance::open(session, &[&name.address])?;
        address::give(session, &name.address, to);
        let kept = self.plan.kept.get(kept).map(|kept| json::root(kept)).transpose()?;
        let kept = kept.and_then(|kept| kept.as_object()).unwrap_or_default();
        match kept.get("head")? {
            Some(row) if !row.is_null() => {
                head::restore(session, &json::encoded(&row.into())?, entrance.locks(&name.address));
            }
            _ => {
                let head = entrance.head(session, &name.address, number_of(name)?, false)?;
                head::insert(session, to, &head, self.at);
            }
        }
        if let Some(groups) = kept.get("groups")?.filter(|groups| !groups.is_null()) {
            let rows = json::encoded(&groups.into())?;
            group_member::restore(session, &rows, &group::hold_lists_of(session, &rows));
        }
        if let Some(states) = kept.get("states")?.filter(|states| !states.is_null()) {
            head_state::restore(session, &json::encoded(&states.into())?);
        }
        if let Some(rows) = kept.get("subscriptions")?.filter(|rows| !rows.is_null()) {
            subscription::restore(session, &json::encoded(&rows.into())?);
        }
        Ok(())
    }

    /// Writes a body that is new, came back, or was touched.
    fn write(&self, person: &Person) -> Result<()> {
        let (session, at, host) = (self.session, self.at, self.by.host);
        let Some(dataset) = person.dataset else { return Ok(()) };
        if person.is_new {
            match self.restored(person) {
                Some(row) => body::restore(session, row),
                None => body::create(session, dataset, at, host, &person.data),
            }
        } else if person.is_written || person.has_new_data() {
            body::change(session, dataset, person.version + 1, at, host, &person.data);
        } else if person.is_touched {
            body::touch(session, dataset, person.version + 1, at, host);
        }
        Ok(())
    }

    /// The row of a body that comes back.
    fn restored(&self, person: &Person) -> Option<&[u8]> {
        let place = self.plan.people.iter().position(|other| std::ptr::eq(other, person))?;
        let kept = self.plan.steps.iter().find_map(|step| match step {
            Step::Create { to, kept } if *to == place => *kept,
            _ => None,
        })?;
        self.plan.kept.get(kept).map(Vec::as_slice)
    }

    /// What a step writes to the log.
    fn event(&self, step: &Step) -> Result<Option<Prepared>> {
        let id = step.head().and_then(|head| head.id);
        let (from, to) = step.ends();
        let (source, receiver) = (from.map(|from| self.number(from)), to.map(|to| self.number(to)));
        let (source, receiver) = (source.transpose()?, receiver.transpose()?);
        let (event_type, place, data) = match step {
            Step::Create { .. } | Step::Retire { .. } => return Ok(None),
            Step::Attach { to, .. } => (EventType::HeadAttach, *to, facts::head_attach(id, receiver)),
            Step::Detach { from, .. } => (EventType::HeadDetach, *from, facts::head_detach(id, source, None)),
            Step::Move { from: RECEIVER, .. } if self.is_split() => {
                (EventType::HeadDetach, RECEIVER, facts::head_detach(id, source, receiver))
            }
            Step::Move { to, .. } => (EventType::HeadMove, *to, facts::head_move(id, receiver, source)),
            Step::Data { to, changed, .. } => {
                let changed = Node::from(json::root(changed)?);
                match self.by.undoes {
                    Some(journal) => (EventType::MemberUnmerge, *to, facts::member_unmerge(journal, receiver, changed)),
                    None => (EventType::MemberMerge, *to, self.merged(receiver, source, from, changed)),
                }
            }
        };
        let person = self.person(place).ok_or_else(lost)?;
        let address_id = id.or(self.plan.named.id).unwrap_or_default();
        let dataset = self.number(place)?;
        let version = person.version + 1;
        let event = Event { event_type, at: self.at, address_id, dataset, version, body: data };
        event.prepare().map(Some)
    }

    /// What the log hears of a body that stays and whose data went to the receiver.
    fn event_of_giver(&self, place: usize, person: &Person) -> Result<Option<Prepared>> {
        let is_told = self.plan.steps.iter().any(|step| matches!(step, Step::Data { to, .. } if *to == place));
        if is_told || !person.exists || !person.has_new_data() {
            return Ok(None);
        }
        let changes = heads::difference(object_of(&person.before)?, object_of(&person.data)?)?;
        let body = facts::member_change(changes);
        let address_id = person.heads.first().and_then(|head| head.id).unwrap_or_default();
        let (dataset, version) = (self.number(place)?, person.version + 1);
        let event = Event { event_type: EventType::MemberChange, at: self.at, address_id, dataset, version, body };
        event.prepare().map(Some)
    }

    fn merged<'n>(
        &self,
        receiver: Option<i64>,
        source: Option<i64>,
        from: Option<usize>,
        changed: Node<'n>,
    ) -> Node<'n> {
        let is_gone = from.and_then(|from| self.person(from)).is_some_and(|person| !person.exists);
        facts::member_merge(receiver, source, is_gone, changed)
    }

    /// Whether the plan makes a new body for a head that leaves.
    fn is_split(&self) -> bool {
        self.plan.steps.iter().any(|step| matches!(step, Step::Create { kept: None, .. }))
    }

    fn person(&self, place: usize) -> Option<&Person> {
        self.plan.people.get(place)
    }

    fn number(&self, place: usize) -> Result<i64> {
        self.person(place).and_then(|person| person.dataset).ok_or_else(lost)
    }
}

fn object_of(data: &[u8]) -> Result<Object<'_>> {
    Ok(json::root(data)?.as_object().unwrap_or_default())
}

fn number_of(head: &heads::Head) -> Result<i64> {
    head.id.ok_or_else(lost)
}

/// Everything a plan names is there once it is under lock.
#[cold]
fn lost() -> Error {
    Error::new(Id::MemberConcurrent, "a person of the plan is gone")
}
