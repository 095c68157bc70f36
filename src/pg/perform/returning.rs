//! An identifier that was erased comes back: it gets its number and its stop-list again.
//!
//! It is looked for only after it was registered anew: whoever holds its row knows that no erasure of it is still open.
//! A database where nobody was ever erased pays the reading of one sequence.

use crate::domain::address::Address;
use crate::domain::error::Result;
use crate::pg::perform::lock::too_busy;
use crate::pg::snapshot::Latest;
use crate::pg::spi::{Access, Session};
use crate::pg::store::{erased, sequence};

/// Gives an identifier that this transaction has just registered back what it had before it was erased; its number then,
/// none where it was not.
///
/// Errors: `error/erase/key`, `error/member/concurrent` where it was erased after the transaction's snapshot.
pub fn take_back(session: &Session, address: &Address) -> Result<Option<i64>> {
    if sequence::erasures() == sequence::NO_ERASURE {
        return Ok(None);
    }
    let Some(hash) = erased_hash(address)? else { return Ok(None) };
    erased::take_back(session, address, &hash).map(Some).ok_or_else(too_busy)
}

/// Refuses before an identifier is registered what [`take_back`] would refuse after it. Errors: `error/erase/key`.
pub fn check() -> Result<()> {
    if sequence::erasures() == sequence::NO_ERASURE {
        return Ok(());
    }
    let _latest = Latest::take();
    erased::key(&Session::open(Access::Read)).map(drop)
}

/// The hash of an identifier that was erased, whatever snapshot the transaction has.
fn erased_hash(address: &Address) -> Result<Option<[u8; 32]>> {
    let _latest = Latest::take();
    let session = Session::open(Access::Read);
    let hash = erased::key(&session)?.map(|key| key.hash(address));
    Ok(hash.filter(|hash| erased::exists(&session, hash)))
}
