//! `member_history`: what happened to the heads of a subscriber (shapes.md 6).

use crate::domain::error::Result;
use crate::domain::member::target::Kind;
use crate::pg::perform::{lock, resolve};
use crate::pg::spi::{Arg, Session};
use crate::pg::store::journal;

/// The rows of the journal that name an identifier, its body, or a body that was merged into that one; oldest first.
///
/// Errors: those of the identifier.
pub fn history(session: &Session, address: &str, addr_type: Option<&str>) -> Result<Vec<[Arg; 9]>> {
    let target = resolve::target(session, address, Kind::parse(addr_type)?, &mut Vec::new())?;
    let known = lock::look(session, std::slice::from_ref(&target))?.pop().flatten();
    let Some(known) = known else { return Ok(Vec::new()) };
    let rows = journal::history(session, known.id, known.owner.map(|owner| owner.dataset));
    Ok(rows.iter().map(|row| journal::columns(&row)).collect())
}
