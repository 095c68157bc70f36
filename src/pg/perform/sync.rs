//! `member_sync()`: a row of any table keeps its subscriber in step (README, "An existing database").

use crate::domain::error::{Error, Result};
use crate::domain::json::{self, Object, Value};
use crate::domain::member::target::{Kind, Target};
use crate::domain::sync::{Identifier, Invalid, Mapping, OnDelete};
use crate::pg::jsonb::Encoded;
use crate::pg::perform::lock::{self, Purpose};
use crate::pg::perform::{delete, heads, resolve, set};
use crate::pg::spi::{Access, Session};

/// Brings the subscriber of a row in step with it; gives what was left out, and what there is to be warned of.
///
/// `old` and `new` are the row before and after, as jsonb. Errors: those of `member.set`; an invalid identifier only
/// where the trigger says `invalid=fail`, otherwise it is left out, and the row with the last of them.
pub fn sync(mapping: &Mapping, old: Option<&[u8]>, new: Option<&[u8]>) -> Result<Told> {
    let session = Session::open(Access::Write);
    let before = old.map(row_of).transpose()?;
    let after = new.map(row_of).transpose()?;
    let was = Read::of(&session, mapping, before, Invalid::Skip)?;
    let is = Read::of(&session, mapping, after, mapping.invalid)?;
    // Another spelling of the same address is no other address.
    let gone: Vec<&Target> = was.targets.iter().filter(|old| !is.targets.contains(old)).collect();
    if mapping.on_delete != OnDelete::Keep && !gone.is_empty() {
        // Several calls follow: everybody is locked first, in one order.
        let everybody: Vec<Target> = was.targets.iter().chain(&is.targets).cloned().collect();
        lock::hold_all(&session, &everybody, &[], Purpose::Change)?.keep();
    }
    for gone in gone {
        leave(&session, mapping, gone)?;
    }
    let Some(row) = after else { return Ok(Told::default()) };
    if is.identifiers.is_empty() && !is.refusals.is_empty() {
        return Ok(Told { refusals: is.refusals, row: true, warnings: Vec::new() });
    }
    let before = before.filter(|_| was.targets.first() == is.targets.first());
    match enter(&session, mapping, &is.identifiers, row, before) {
        Err(refusal) if mapping.invalid == Invalid::Skip && is_about_address(&refusal) => {
            Ok(Told { refusals: vec![refusal], row: true, warnings: Vec::new() })
        }
        other => other.map(|warnings| Told { refusals: is.refusals, row: false, warnings }),
    }
}

/// What whoever changes a row is told.
#[derive(Default)]
pub struct Told {
    /// Why something of the row has no subscriber.
    pub refusals: Vec<Error>,
    /// Whether that is the row as a whole, not single identifiers.
    pub row: bool,
    /// What `member.set` warned of.
    pub warnings: Vec<Error>,
}

/// The identifiers of a row.
#[derive(Default)]
struct Read<'a> {
    identifiers: Vec<Identifier<'a>>,
    targets: Vec<Target>,
    refusals: Vec<Error>,
}

impl<'a> Read<'a> {
    fn of(session: &Session, mapping: &Mapping<'a>, row: Option<Object>, invalid: Invalid) -> Result<Read<'a>> {
        let mut read = Read::default();
        let Some(row) = row else { return Ok(read) };
        for identifier in mapping.identifiers(row)? {
            match target_of(session, &identifier) {
                Ok(target) => {
                    read.targets.push(target);
                    read.identifiers.push(identifier);
                }
                Err(refusal) if invalid == Invalid::Skip && is_about_address(&refusal) => {
                    read.refusals.push(refusal);
                }
                Err(refusal) => return Err(refusal),
            }
        }
        Ok(read)
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
    identifiers: &[Identifier],
    row: Object,
    before: Option<Object>,
) -> Result<Vec<Error>> {
    let request = Encoded::new(&mapping.request(identifiers, row, before)?)?;
    set::set_for_warnings(session, json::root(request.bytes())?)
}

/// The address of a row that went, or that has another address now.
fn leave(session: &Session, mapping: &Mapping, target: &Target) -> Result<()> {
    match mapping.on_delete {
        OnDelete::Keep => Ok(()),
        OnDelete::Detach => heads::detach_address(session, target).map(drop),
        OnDelete::Delete => delete::delete_address(session, target).map(drop),
    }
}

/// The identifier in normal form; what there is to be warned of is told when the row enters.
fn target_of(session: &Session, identifier: &Identifier) -> Result<Target> {
    resolve::target(session, &identifier.text, Kind::parse(identifier.addr_type)?, &mut Vec::new())
}

/// Whether a refusal says that the row's address is no identifier.
fn is_about_address(refusal: &Error) -> bool {
    refusal.id.is_about_address()
}
