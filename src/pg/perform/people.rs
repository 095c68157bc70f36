//! The persons of a plan, as the tables have them.

use crate::domain::error::Result;
use crate::domain::head::{Guard, Head, Person};
use crate::domain::time::DAY_MICROS;
use crate::pg::guc;
use crate::pg::spi::Session;
use crate::pg::store::address::Known;
use crate::pg::store::{blocked_value, body, head, journal};

/// A person by the number of its body; nothing when it is gone. Errors: `error/json/corrupt`.
pub fn read(session: &Session, dataset: i64) -> Result<Option<Person>> {
    let Some((version, data)) = body::state(session, dataset)? else { return Ok(None) };
    let person = Person::new(Some(dataset), version, data.to_vec(), head::names(session, dataset)?);
    Ok(Some(Person { merges_today: merges_today(session, dataset), ..person }))
}

/// The merges of a body within 24 hours, counted where there is a limit.
pub fn merges_today(session: &Session, dataset: i64) -> usize {
    if guc::max_merges_per_day() == 0 {
        return 0;
    }
    let since = guc::statement_micros() - DAY_MICROS;
    usize::try_from(journal::merges_since(session, dataset, since)).unwrap_or_default()
}

/// Adds the owners of identifiers, each once. Errors: `error/json/corrupt`.
pub fn add_owners(session: &Session, people: &mut Vec<Person>, known: &[Option<Known>]) -> Result<()> {
    for owner in known.iter().flatten().filter_map(|known| known.owner) {
        if !people.iter().any(|person| person.dataset == Some(owner.dataset)) {
            people.extend(read(session, owner.dataset)?);
        }
    }
    Ok(())
}

/// An identifier as a plan names it.
pub fn head_of(known: &Known) -> Head {
    Head { id: Some(known.id), address: known.address.clone() }
}

/// The limits that hold for merges. Errors: `error/blocked/pattern`.
pub fn guard(session: &Session) -> Result<Guard> {
    Ok(Guard {
        max_heads_per_type: guc::max_heads_per_type(),
        max_merges_per_day: guc::max_merges_per_day(),
        blocked: blocked_value::patterns(session)?,
    })
}
