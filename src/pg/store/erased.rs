//! `member.erase_key`, `member.erased_address` and `member.erased_stop`: what stays of identifiers that were erased.

use crate::domain::address::Address;
use crate::domain::erasure::{KEY, Key};
use crate::domain::error::Result;
use crate::pg::spi::{Arg, Session, Statement};
use crate::pg::store::sequence::{self, relation};
use pgrx::pg_sys::{self, BYTEAOID, TEXTOID, TIMESTAMPTZOID};

static FIND_KEY: Statement = Statement::new(c"SELECT key FROM member.erase_key", &[]);

/// The secret key; none while nobody was ever erased. Errors: `error/erase/key`.
pub fn key(session: &Session) -> Result<Option<Key>> {
    session.run(&FIND_KEY, &[]).first().and_then(|row| row.octets()).map(Key::read).transpose()
}

static MAKE_KEY: Statement = Statement::new(c"INSERT INTO member.erase_key (id, key) VALUES (1, $1)", &[BYTEAOID]);

/// The secret key, made now if there is none; only between [`shut_out`] and the end of the transaction.
///
/// Errors: `error/erase/key`.
pub fn key_or_new(session: &Session) -> Result<Key> {
    if let Some(key) = key(session)? {
        return Ok(key);
    }
    let mut fresh = [0; KEY];
    // SAFETY: the server's own source of random octets, into a buffer of that length.
    if !unsafe { pg_sys::pg_strong_random(fresh.as_mut_ptr().cast(), KEY) } {
        pgrx::error!("pg_member: the server has no random octets");
    }
    session.run(&MAKE_KEY, &[Arg::bytea(&fresh)]);
    Key::read(&fresh)
}

/// Waits until nobody reads persons for batches, keeps them from it until the transaction ends, and counts the erasure:
/// whoever reads afterwards knows that what they kept in mind may be out of date.
pub fn shut_out() {
    // SAFETY: the server's own routine, inside a transaction.
    unsafe { pg_sys::LockRelationOid(relation(c"erase_key"), pg_sys::ExclusiveLock as i32) };
    sequence::next_erasure();
}

/// Keeps erasures away until the transaction ends; false where one is at work.
pub fn keep_away() -> bool {
    // SAFETY: as above; it does not wait.
    unsafe { pg_sys::ConditionalLockRelationOid(relation(c"erase_key"), pg_sys::RowShareLock as i32) }
}

/// The same, waiting for the end of an erasure.
pub fn wait_and_keep_away() {
    // SAFETY: as above.
    unsafe { pg_sys::LockRelationOid(relation(c"erase_key"), pg_sys::RowShareLock as i32) };
}

static EXISTS: Statement =
    Statement::new(c"SELECT FROM member.erased_address WHERE hash OPERATOR(pg_catalog.=) $1", &[BYTEAOID]);

/// Whether an identifier of this hash was erased and has not returned.
pub fn exists(session: &Session, hash: &[u8]) -> bool {
    session.run(&EXISTS, &[Arg::bytea(hash)]).processed() > 0
}

static FORGET: Statement = Statement::new(
    c"WITH stop AS (
          DELETE FROM member.stoplist
           WHERE value OPERATOR(pg_catalog.=) $2 AND addr_type OPERATOR(pg_catalog.=) $3
          RETURNING kind, sender, at), kept AS (
          INSERT INTO member.erased_stop (hash, kind, sender, at) SELECT $1, kind, sender, at FROM stop
          ON CONFLICT DO NOTHING), block AS (
          DELETE FROM member.blocked_value
           WHERE value OPERATOR(pg_catalog.=) $2 AND kind OPERATOR(pg_catalog.=) 'literal'
             AND (addr_type OPERATOR(pg_catalog.=) '' OR addr_type OPERATOR(pg_catalog.=) $3)
          RETURNING addr_type), failed AS (
          DELETE FROM member.delivery_error
           WHERE value OPERATOR(pg_catalog.=) $2 AND addr_type OPERATOR(pg_catalog.=) $3), gone AS (
          DELETE FROM member.address
           WHERE value OPERATOR(pg_catalog.=) $2 AND addr_type OPERATOR(pg_catalog.=) $3
          RETURNING id)
      INSERT INTO member.erased_address (hash, id, at, blocked)
      SELECT $1, COALESCE((SELECT id FROM gone), pg_catalog.nextval('member.address_id')), $4,
             ARRAY(SELECT addr_type FROM block)
       WHERE EXISTS (SELECT FROM gone) OR EXISTS (SELECT FROM stop) OR EXISTS (SELECT FROM block)
          ON CONFLICT (hash) DO UPDATE
         SET blocked = erased_address.blocked OPERATOR(pg_catalog.||) excluded.blocked",
    &[BYTEAOID, TEXTOID, TEXTOID, TIMESTAMPTZOID],
);

/// Takes an identifier out of the register, the stop-list, the delivery errors and the blocked values. Its number, its
/// stop-list and whether it was blocked are kept under the hash. Whether anything was known of it.
pub fn forget(session: &Session, address: &Address, hash: &[u8], at: i64) -> bool {
    let (value, addr_type) = (address.value.as_str().into(), address.addr_type.as_str().into());
    session.run(&FORGET, &[Arg::bytea(hash), value, addr_type, Arg::instant(at)]).processed() > 0
}

static RETURN: Statement = Statement::new(
    c"WITH back AS (
          DELETE FROM member.erased_address WHERE hash OPERATOR(pg_catalog.=) $1 RETURNING id, blocked), stop AS (
          DELETE FROM member.erased_stop WHERE hash OPERATOR(pg_catalog.=) $1 RETURNING kind, sender, at), listed AS (
          INSERT INTO member.stoplist (value, addr_type, kind, sender, at) SELECT $2, $3, kind, sender, at FROM stop
          ON CONFLICT DO NOTHING), block AS (
          INSERT INTO member.blocked_value (value, kind, addr_type)
          SELECT $2, 'literal', pg_catalog.unnest(blocked) FROM back ON CONFLICT DO NOTHING)
      UPDATE member.address a SET id = b.id FROM back b
       WHERE a.value OPERATOR(pg_catalog.=) $2 AND a.addr_type OPERATOR(pg_catalog.=) $3
      RETURNING a.id",
    &[BYTEAOID, TEXTOID, TEXTOID],
);

/// Gives an identifier that this transaction has just registered the number, the stop-list and the block that it had
/// before it was erased; none where an older snapshot does not see that it was.
pub fn take_back(session: &Session, address: &Address, hash: &[u8]) -> Option<i64> {
    let (value, addr_type) = (address.value.as_str().into(), address.addr_type.as_str().into());
    session.run(&RETURN, &[Arg::bytea(hash), value, addr_type]).first().and_then(|row| row.bigint())
}
