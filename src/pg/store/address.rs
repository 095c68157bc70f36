//! `member.address`: the register of identifiers and the way from one to its body.

use crate::domain::address::{AddrType, Address};
use crate::domain::error::{Error, Id, Result};
use crate::domain::member::target::Target;
use crate::pg::spi::{Arg, Row, Session, Statement};
use crate::pg::store::sequence;
use pgrx::pg_sys::{INT8ARRAYOID, INT8OID, TEXTARRAYOID, TEXTOID};

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

static BY_VALUES: Statement = Statement::new(
    c"SELECT n.place, a.id, a.dataset, b.version
        FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) WITH ORDINALITY AS n (value, addr_type, place)
        JOIN member.address a
          ON a.value OPERATOR(pg_catalog.=) n.value AND a.addr_type OPERATOR(pg_catalog.=) n.addr_type
        LEFT JOIN member.body b ON b.dataset OPERATOR(pg_catalog.=) a.dataset",
    &[TEXTARRAYOID, TEXTARRAYOID],
);

/// What the register knows of many targets, in one statement where all of them are identifiers. Errors: as [`find`].
pub fn find_all(session: &Session, targets: &[Target]) -> Result<Vec<Option<Known>>> {
    let addresses: Option<Vec<&Address>> = targets.iter().map(Target::address).collect();
    match addresses {
        Some(addresses) if addresses.len() > 1 => Ok(by_addresses(session, &addresses)),
        _ => targets.iter().map(|target| find(session, target)).collect(),
    }
}

/// What the register knows of many identifiers, in one statement.
pub fn by_addresses(session: &Session, addresses: &[&Address]) -> Vec<Option<Known>> {
    let mut found = vec![None; addresses.len()];
    for row in session.run(&BY_VALUES, &columns(addresses)).iter() {
        let place = row.bigint().and_then(|place| usize::try_from(place - 1).ok());
        let place = place.and_then(|place| Some((found.get_mut(place)?, addresses.get(place)?)));
        if let Some((found, address)) = place {
            *found = Some(known(&row, (*address).clone()));
        }
    }
    found
}

/// Identifiers as the two arrays that statements on many of them take: values, then types.
pub fn columns(addresses: &[&Address]) -> [Arg; 2] {
    let values: Vec<&str> = addresses.iter().map(|address| address.value.as_str()).collect();
    let types: Vec<&str> = addresses.iter().map(|address| address.addr_type.as_str()).collect();
    [Arg::texts(&values), Arg::texts(&types)]
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

static OWNERS: Statement = Statement::new(
    c"SELECT a.dataset, a.id FROM member.address a
       WHERE a.id OPERATOR(pg_catalog.=) ANY ($1) AND a.dataset IS NOT NULL ORDER BY a.id",
    &[INT8ARRAYOID],
);

/// Those of these identifiers that belong to a body now: body and identifier.
pub fn owners(session: &Session, ids: &[i64]) -> Vec<(i64, i64)> {
    session.run(&OWNERS, &[Arg::bigints(ids)]).pairs()
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

static GIVE_ALL: Statement = Statement::new(
    c"UPDATE member.address a SET dataset = $3
        FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS n (value, addr_type)
       WHERE a.value OPERATOR(pg_catalog.=) n.value AND a.addr_type OPERATOR(pg_catalog.=) n.addr_type",
    &[TEXTARRAYOID, TEXTARRAYOID, INT8OID],
);

/// The same for several identifiers.
pub fn give_all(session: &Session, addresses: &[&Address], dataset: i64) {
    match addresses {
        [] => {}
        [address] => give(session, address, dataset),
        _ => {
            let [values, types] = columns(addresses);
            session.run(&GIVE_ALL, &[values, types, dataset.into()]);
        }
    }
}

// Rows are written in the order of the arrays: one function scan feeds the insert.
static REGISTER: Statement = Statement::new(
    c"INSERT INTO member.address (value, addr_type, id, dataset)
      SELECT n.value, n.addr_type, n.id, $4
        FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2), pg_catalog.unnest($3)) AS n (value, addr_type, id)
          ON CONFLICT DO NOTHING",
    &[TEXTARRAYOID, TEXTARRAYOID, INT8ARRAYOID, INT8OID],
);
static LOCK_FREE: Statement = Statement::new(
    c"SELECT FROM member.address
       WHERE value OPERATOR(pg_catalog.=) $1 AND addr_type OPERATOR(pg_catalog.=) $2 AND dataset IS NULL FOR UPDATE",
    &[TEXTOID, TEXTOID],
);

/// Registers identifiers never seen, one after the other in the order given, as free or as heads of a body, and gives
/// their numbers; `None` when somebody else registered one of them first.
///
/// Then the caller must let go at once, as with [`lock_free`].
pub fn register(session: &Session, addresses: &[&Address], dataset: Option<i64>) -> Option<Vec<i64>> {
    let ids: Vec<i64> = addresses.iter().map(|_| sequence::next_address_id()).collect();
    let [values, types] = columns(addresses);
    let written = session.run(&REGISTER, &[values, types, Arg::bigints(&ids), dataset.into()]).processed();
    (written == ids.len() as u64).then_some(ids)
}

/// Locks the row of a registered identifier without a body; false when it is not free any more.
///
/// Then the caller must let go at once: a wait that ended badly leaves the row locked, and waiting for anything else
/// with it would be waiting crosswise.
pub fn lock_free(session: &Session, address: &Address) -> bool {
    session.run(&LOCK_FREE, &[address.value.as_str().into(), address.addr_type.as_str().into()]).processed() == 1
}

static REGISTER_HEADS: Statement = Statement::new(
    c"INSERT INTO member.address (value, addr_type, id, dataset)
      SELECT n.value, n.addr_type, n.id, n.dataset
        FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2), pg_catalog.unnest($3), pg_catalog.unnest($4))
             AS n (value, addr_type, id, dataset)
          ON CONFLICT DO NOTHING",
    &[TEXTARRAYOID, TEXTARRAYOID, INT8ARRAYOID, INT8ARRAYOID],
);

/// Registers identifiers never seen under numbers drawn before, in the order given, each as the head of a body of its own;
/// false when somebody else registered one of them first. Then the caller must let go at once, as with [`lock_free`].
pub fn register_heads(session: &Session, addresses: &[&Address], ids: &[i64], datasets: &[i64]) -> bool {
    let [values, types] = columns(addresses);
    let args = [values, types, Arg::bigints(ids), Arg::bigints(datasets)];
    session.run(&REGISTER_HEADS, &args).processed() == ids.len() as u64
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
