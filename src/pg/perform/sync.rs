//! `member_sync()`: a row of any table keeps its subscriber in step (README, "An existing database").

use crate::domain::error::{Error, Result};
use crate::domain::json::{self, Object, Value};
use crate::domain::member::target::{Kind, Target};
use crate::domain::sync::{Invalid, Mapping, OnDelete};
use crate::pg::jsonb::Encoded;
use crate::pg::perform::{delete, detach, resolve, set};
use crate::pg::spi::{Access, Session};

/// Brings the subscriber of a row in step with it.
///
/// `old` and `new` are the row before and after, as jsonb. Errors: those of `member.set`; an invalid address only
/// where the trigger says `invalid=fail`, otherwise it is given back to be shown as a warning.
pub fn sync(mapping: &Mapping, old: Option<&[u8]>, new: Option<&[u8]>) -> Result<Option<Error>> {
    let session = Session::open(Access::Write);
    let before = old.map(row_of).transpose()?;
    let after = new.map(row_of).transpose()?;
    let was = before.map(|row| mapping.address_of(row)).transpose()?.flatten();
    let is = after.map(|row| mapping.address_of(row)).transpose()?.flatten();
    let target = |address: Option<String>| address.and_then(|address| target_of(&session, mapping, &address).ok());
    // Another spelling of the same address is no other address.
    let (old, new) = (target(was), target(is.clone()));
    if let Some(gone) = old.as_ref().filter(|old| new.as_ref() != Some(old)) {
        leave(&session, mapping, gone)?;
    }
    let Some(row) = after else { return Ok(None) };
    match enter(&session, mapping, is.as_deref(), row, before.filter(|_| old == new)) {
        Err(refusal) if mapping.invalid == Invalid::Skip && is_about_address(&refusal) => Ok(Some(refusal)),
        other => other.map(|()| None),
    }
}

fn row_of(bytes: &[u8]) -> Result<Object<'_>> {
    match json::root(bytes)? {
        Value::Object(row) => Ok(row),
        _ => Err(Error::new(crate::domain::error::Id::JsonCorrupt, "a row is an object")),
    }
}

fn enter(
    session: &Session,
    mapping: &Mapping,
    address: Option<&str>,
    row: Object,
    before: Option<Object>,
) -> Result<()> {
    let address = address.unwrap_or_default();
    let request = Encoded::new(&mapping.request(address, row, before)?)?;
    set::set(session, json::root(request.bytes())?)?;
    Ok(())
}

/// The address of a row that went, or that has another address now.
fn leave(session: &Session, mapping: &Mapping, target: &Target) -> Result<()> {
    match mapping.on_delete {
        OnDelete::Keep => Ok(()),
        OnDelete::Detach => detach::detach(session, target).map(drop),
        OnDelete::Delete => delete::delete_address(session, target).map(drop),
    }
}

fn target_of(session: &Session, mapping: &Mapping, address: &str) -> Result<Target> {
    resolve::target(session, address, Kind::parse(mapping.addr_type)?, &mut Vec::new())
}

/// Whether a refusal says that the row's address is no identifier.
fn is_about_address(refusal: &Error) -> bool {
    refusal.id.is_about_address()
}
