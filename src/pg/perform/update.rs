//! `member.set` on a subscriber that is there: its body is under lock.

use crate::domain::address::AddrType;
use crate::domain::error::{Error, Id, Result};
use crate::domain::event::{EventType, member_change, origin_change};
use crate::domain::json;
use crate::domain::member::special::{Act, Special};
use crate::domain::member::system::{Head, lock};
use crate::pg::guc;
use crate::pg::perform::follow::{Before, Followed, Touched, follow};
use crate::pg::perform::membership::Membership;
use crate::pg::perform::set::{Done, Work, origin_number};
use crate::pg::perform::subject;
use crate::pg::spi::Session;
use crate::pg::store::address::Known;
use crate::pg::store::body::{self, Locked};
use crate::pg::store::event::{self, Event, Prepared};
use crate::pg::store::{delivery_error, head};

/// Changes the data and the head; writes nothing where nothing changed.
///
/// Errors: those of the program, `error/origin/notexists`, `error/addr_type/unusable`.
pub fn update(work: &Work, known: Known, locked: Locked) -> Result<Done> {
    let Work { session, request, .. } = *work;
    let Locked { dataset, version, data } = locked;
    let system = work.system(Some(dataset), || own_document(session, dataset, known.id))?;
    let applied = work.run_program(data, system.as_deref())?;
    let head = if request.program.special.is_empty() {
        None
    } else {
        let head = read_head(session, dataset, known.id)?;
        Some(HeadChange::plan(session, &request.program.special, head, Some(dataset))?)
    };

    let at = guc::statement_micros();
    let version = version + 1;
    let told = |event_type, body| Event { event_type, at, address_id: known.id, dataset, version, body }.prepare();
    let head = head.filter(HeadChange::is_change);
    let written = if applied.changed() { Some(applied.encode()?) } else { None };
    let after = written.as_deref().map(json::root).transpose()?.unwrap_or(data);
    let passage = work.passage_change(Some(dataset), after, system.as_deref())?;
    let mut changed = Vec::new();
    if let Some(written) = &written {
        let changes = applied.changes()?;
        changed.extend(changes.iter().map(|change| change.path.clone()));
        let told = told(EventType::MemberChange, member_change(changes))?;
        body::change(session, dataset, version, at, request.source, written);
        event::write(&[told]);
    } else if head.is_some() {
        body::touch(session, dataset, version, at, request.source);
    }
    if let Some(change) = &head {
        event::write(&change.events(dataset, version)?);
        change.write(session, dataset);
    }
    if let Some(passage) = &passage {
        passage.write(session);
    }
    if written.is_some() || head.is_some() {
        let touched = if head.is_some() { Touched::Heads } else { Touched::Data };
        let before = Before::Data(data);
        follow(session, &[Followed { dataset, before, after: Some(after), changed: Some(&changed) }], touched)?;
    }
    let changed = written.is_some() || head.as_ref().is_some_and(HeadChange::changes_row);
    Ok(Done { newbie: false, id: known.id, address: known.address, dataset, changed })
}

/// The system document of a subscriber's own head. Errors: `error/member/concurrent`, `error/json/limit`.
pub fn own_document(session: &Session, dataset: i64, id: i64) -> Result<Vec<u8>> {
    let (body, _) = body::read(session, dataset)?.ok_or_else(gone)?;
    subject::document(session, &body, &read_head(session, dataset, id)?)
}

fn gone() -> Error {
    Error::new(Id::MemberConcurrent, "a locked body is gone")
}

/// A head of a locked body. Errors: `error/member/concurrent`, `error/json/corrupt`.
pub fn read_head<'s>(session: &'s Session, dataset: i64, id: i64) -> Result<Head<'s>> {
    head::read(session, dataset, id)?.ok_or_else(gone)
}

/// What the special keys of a program do to a head.
pub struct HeadChange<'s> {
    head: Head<'s>,
    clear_errors: bool,
    relocked: bool,
    /// The old and the new origin.
    origin: Option<(Option<i32>, i32)>,
    membership: Membership,
}

impl<'s> HeadChange<'s> {
    /// Works out the change; `dataset` is none for a head that is not written yet.
    ///
    /// Errors: `error/origin/notexists`, `error/addr_type/unusable`, those of list groups.
    pub fn plan(
        session: &Session,
        special: &[Special],
        head: Head<'s>,
        dataset: Option<i64>,
    ) -> Result<HeadChange<'s>> {
        let membership = Membership::plan(session, special, &head, dataset)?;
        let mut change = HeadChange { head, clear_errors: false, relocked: false, origin: None, membership };
        for operation in special {
            change.add(session, &operation.act).map_err(|error| operation.locate(error))?;
        }
        Ok(change)
    }

    fn add(&mut self, session: &Session, act: &Act) -> Result<()> {
        match act {
            Act::ClearErrors => {
                self.clear_errors |= delivery_error::exists(session, &self.head.address);
                self.head.lock &= !lock::ERRORS;
            }
            Act::LockConfirm if self.head.address.addr_type == AddrType::Email => {
                self.relocked |= self.head.lock & lock::UNCONFIRMED == 0;
                self.head.lock |= lock::UNCONFIRMED;
            }
            Act::LockConfirm => return Err(Error::new(Id::AddrTypeUnusable, "only an e-mail can be unconfirmed")),
            Act::Origin(named) => {
                let number = origin_number(session, named)?;
                if self.head.origin != Some(number) {
                    self.origin = Some((self.head.origin, number));
                    self.head.origin = Some(number);
                }
            }
            // Planned with the others of its kind.
            Act::Group { .. } => {}
        }
        Ok(())
    }

    /// Takes over that the head, planned before it was let in, must be confirmed.
    pub fn admit(&mut self, admitted: &Head) {
        self.head.lock |= admitted.lock & lock::UNCONFIRMED;
    }

    /// The head as it will be.
    pub fn head(&self) -> &Head<'s> {
        &self.head
    }

    /// Whether it is one.
    pub fn is_change(&self) -> bool {
        self.changes_row() || self.membership.is_change()
    }

    /// Whether more than its lists changes.
    pub fn changes_row(&self) -> bool {
        self.clear_errors || self.relocked || self.origin.is_some()
    }

    /// What the log hears of a head that was there. Errors: `error/json/limit`.
    pub fn events(&self, dataset: i64, version: i64) -> Result<Vec<Prepared>> {
        let (at, address_id, event_type) = (guc::statement_micros(), self.head.id, EventType::OriginChange);
        let origin = self.origin.map(|(old, new)| {
            Event { event_type, at, address_id, dataset, version, body: origin_change(old, new) }.prepare()
        });
        let mut events = Vec::from_iter(origin.transpose()?);
        events.extend(self.membership.events(address_id, dataset, version)?);
        Ok(events)
    }

    /// What the log hears of a new head beside that it is new. Errors: `error/json/limit`.
    pub fn events_of_new(&self, id: i64, dataset: i64) -> Result<Vec<Prepared>> {
        self.membership.events(id, dataset, 1)
    }

    /// Writes it, under the lock of the body.
    pub fn write(&self, session: &Session, dataset: i64) {
        if self.changes_row() {
            head::change(session, dataset, &self.head);
        }
        self.write_beside(session, dataset);
    }

    /// Writes what does not stand in the head's row, which is new.
    pub fn write_beside(&self, session: &Session, dataset: i64) {
        if self.clear_errors {
            delivery_error::clear(session, &self.head.address);
        }
        self.membership.write(session, dataset, self.head.id);
    }
}
