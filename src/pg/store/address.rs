//! `member.address`: the register of identifiers and the way from one to its body.

use crate::domain::address::{AddrType, Address};
use crate::domain::error::{Error, Id, Result};
use crate::domain::member::target::Target;
use crate::pg::spi::{Row, Session, Statement};
use crate::pg::store::sequence;
use pgrx::pg_sys::{INT8OID, TEXTOID};

/// An identifier that the register knows.
#[derive(Clone, Debug)]
pub struct Known {
    /// The identifier.
    pub address: Address,
    /// Its number.
    pub id: i64,
    /// Its body, and the version of that body in the same snapshot.
    pub owner: Option<Owner>,
}

/// The body an identifier belongs to, as one statement saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The body.
    pub dataset: i64,
    /// Its version: heads change only together with it. `None` while the body is not visible yet.
    pub version: Option<i64>,
}

static BY_VALUE: Statement = Statement::new(
    c"SELECT a.id, a.dataset, b.version
        FROM member.address a
        LEFT JOIN member.body b ON b.dataset OPERATOR(pg_catalog.=) a.dataset
       WHERE a.value OPERATOR(pg_catalog.=) $1 AND a.addr_type OPERATOR(pg_catalog.=) $2",
    &[TEXTOID, TEXTOID],
);

static BY_ID: Statement = Statement::new(
    c"SELECT a.id, a.dataset, b.version, a.addr_type, a.value
        FROM member.address a
        LEFT JOIN member.body b ON b.dataset OPERATOR(pg_catalog.=) a.dataset
       WHERE a.id OPERATOR(pg_catalog.=) $1",
    &[INT8OID],
);

/// What the register knows of a target; nothing for an identifier never seen.
///
/// Errors: `error/addr_type/unusable` for a dataset, `error/json/corrupt` for a type that is none.
pub fn find(session: &Session, target: &Target) -> Result<Option<Known>> {
    match target {
        Target::Address(address) => Ok(by_address(session, address)),
        Target::Id(id) => session.run(&BY_ID, &[(*id).into()]).first().map(known_by_id).transpose(),
        Target::Dataset(_) => Err(Error::new(Id::AddrTypeUnusable, "addr_type dataset is for member_get")),
    }
}

/// What the register knows of an identifier.
pub fn by_address(session: &Session, address: &Address) -> Option<Known> {
    let rows = session.run(&BY_VALUE, &[address.value.as_str().into(), address.addr_type.as_str().into()]);
    rows.first().map(|row| known(&row, address.clone()))
}

fn known(row: &Row, address: Address) -> Known {
    let id = row.bigint().unwrap_or_default();
    let dataset = row.bigint();
    let version = row.bigint();
    Known { address, id, owner: dataset.map(|dataset| Owner { dataset, version }) }
}

fn known_by_id(row: Row) -> Result<Known> {
    let mut known = known(&row, Address { addr_type: AddrType::Email, value: String::new() });
    known.address = address_of(&row)?;
    Ok(known)
}

/// The identifier in the next two columns, addr_type and value. Errors: `error/json/corrupt`.
pub fn address_of(row: &Row) -> Result<Address> {
    let addr_type = row.text().and_then(AddrType::parse);
    let addr_type =
        addr_type.ok_or_else(|| Error::new(Id::JsonCorrupt, "a stored addr_type is none of the known ones"))?;
    Ok(Address { addr_type, value: row.text().unwrap_or_default().to_owned() })
}

static CLAIM_NEW: Statement = Statement::new(
    c"INSERT INTO member.address (value, addr_type, id, dataset) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
    &[TEXTOID, TEXTOID, INT8OID, INT8OID],
);

/// Registers an identifier as a head of `dataset`; false when somebody else registered it first.
pub fn claim_new(session: &Session, address: &Address, id: i64, dataset: i64) -> bool {
    let args = [address.value.as_str().into(), address.addr_type.as_str().into(), id.into(), dataset.into()];
    session.run(&CLAIM_NEW, &args).processed() == 1
}

static CLAIM_FREE: Statement = Statement::new(
    c"UPDATE member.address SET dataset = $3
       WHERE value OPERATOR(pg_catalog.=) $1 AND addr_type OPERATOR(pg_catalog.=) $2 AND dataset IS NULL",
    &[TEXTOID, TEXTOID, INT8OID],
);

/// Makes a registered identifier without a body a head of `dataset`; false when it has one by now.
pub fn claim_free(session: &Session, address: &Address, dataset: i64) -> bool {
    let args = [address.value.as_str().into(), address.addr_type.as_str().into(), dataset.into()];
    session.run(&CLAIM_FREE, &args).processed() == 1
}

static GIVE: Statement = Statement::new(
    c"UPDATE member.address SET dataset = $3
       WHERE value OPERATOR(pg_catalog.=) $1 AND addr_type OPERATOR(pg_catalog.=) $2",
    &[TEXTOID, TEXTOID, INT8OID],
);

/// Gives an identifier to a body; only under the locks of the old body, or of the free identifier, and of the new one.
pub fn give(session: &Session, address: &Address, dataset: i64) {
    session.run(&GIVE, &[address.value.as_str().into(), address.addr_type.as_str().into(), dataset.into()]);
}

static REGISTER: Statement = Statement::new(
    c"INSERT INTO member.address (value, addr_type, id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
    &[TEXTOID, TEXTOID, INT8OID],
);
static LOCK_FREE: Statement = Statement::new(
    c"SELECT FROM member.address
       WHERE value OPERATOR(pg_catalog.=) $1 AND addr_type OPERATOR(pg_catalog.=) $2 AND dataset IS NULL FOR UPDATE",
    &[TEXTOID, TEXTOID],
);

/// Locks the row of an identifier without a body, or registers one never seen; false when it is not free any more.
///
/// Then the caller must let go at once: a wait that ended badly leaves the row locked, and waiting for anything else
/// with it would be waiting crosswise.
pub fn hold_free(session: &Session, address: &Address, registered: bool) -> bool {
    let (value, addr_type) = (address.value.as_str().into(), address.addr_type.as_str().into());
    let rows = if registered {
        session.run(&LOCK_FREE, &[value, addr_type])
    } else {
        session.run(&REGISTER, &[value, addr_type, sequence::next_address_id().into()])
    };
    rows.processed() == 1
}

static RELEASE: Statement = Statement::new(
    c"UPDATE member.address SET dataset = NULL
       WHERE value OPERATOR(pg_catalog.=) $1 AND addr_type OPERATOR(pg_catalog.=) $2",
    &[TEXTOID, TEXTOID],
);

/// Takes an identifier from its body; only under the lock of that body.
pub fn release(session: &Session, address: &Address) {
    session.run(&RELEASE, &[address.value.as_str().into(), address.addr_type.as_str().into()]);
}
