//! Asking a rule about heads that are there: each is read, and the rule is evaluated on it.

use crate::domain::address::AddrType;
use crate::domain::error::Result;
use crate::domain::group::{Filter, Hits, Matcher, Subject};
use crate::domain::json::{self, Value, View};
use crate::pg::guc;
use crate::pg::perform::rules::Rules;
use crate::pg::perform::subject;
use crate::pg::spi::Session;
use crate::pg::store::{body, head};

/// A rule at the moment of the call, with those that it asks for.
pub struct Subjects {
    matcher: Matcher,
    rules: Rules,
    addr_type: Option<AddrType>,
}

impl Subjects {
    /// `addr_type` is that of the group; heads of other types are not in it.
    ///
    /// Errors: `group_id_not_exists`, `error/filter/value` for a moment beyond the calendar.
    pub fn of(session: &Session, filter: &Filter, addr_type: Option<AddrType>) -> Result<Subjects> {
        let now = guc::now()?;
        Ok(Subjects { matcher: filter.at(&now)?, rules: Rules::asked_by(session, filter, &now)?, addr_type })
    }

    /// Whether the rule holds for a head; nothing where there is no such head.
    ///
    /// Errors: `error/json/corrupt`, `error/filter/cycle`.
    pub fn holds_for(&self, session: &Session, dataset: i64, id: i64) -> Result<Option<bool>> {
        self.ask(session, dataset, id, |subject| self.matcher.evaluate(subject))
    }

    /// What the conditions that hold have to show of a head that the rule holds for.
    ///
    /// Errors: `error/json/corrupt`, `error/filter/cycle`.
    pub fn hits_of(&self, session: &Session, dataset: i64, id: i64) -> Result<Option<Hits>> {
        Ok(self.ask(session, dataset, id, |subject| self.matcher.evaluate_with_hits(subject))?.flatten())
    }

    fn ask<T: Default>(
        &self,
        session: &Session,
        dataset: i64,
        id: i64,
        question: impl FnOnce(&Subject) -> Result<T>,
    ) -> Result<Option<T>> {
        let (Some((read, data)), Some(head)) = (body::read(session, dataset)?, head::read(session, dataset, id)?)
        else {
            return Ok(None);
        };
        if self.addr_type.is_some_and(|addr_type| addr_type != head.address.addr_type) {
            return Ok(Some(T::default()));
        }
        let system = subject::document(session, &read, &head)?;
        let heads: Vec<AddrType> = head::names(session, dataset)?.iter().map(|head| head.address.addr_type).collect();
        let system: Value = json::root(&system)?;
        let subject =
            Subject { data: View::from(data), system: View::from(system), heads: &heads, groups: &self.rules };
        question(&subject).map(Some)
    }
}
