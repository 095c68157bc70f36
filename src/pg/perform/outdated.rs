//! Transactions that keep the snapshot of their beginning, where a lock alone is not enough: what was committed since is
//! hidden from them, and what they would write would not fit it.

use crate::domain::error::{Error, Id, Result};
use crate::pg::snapshot::{self, Latest};
use crate::pg::spi::{Access, Session};

/// Refuses where `look` sees something else in the snapshot of the transaction than what is committed now; under the lock
/// that keeps it from changing. Looks only where a transaction keeps its snapshot.
///
/// Errors: `error/member/concurrent`.
pub fn refuse<T: PartialEq>(session: &Session, look: impl Fn(&Session) -> T) -> Result<()> {
    if !snapshot::is_kept() || look(session) == look_now(look) {
        return Ok(());
    }
    Err(Error::new(Id::MemberConcurrent, "what the call depends on was changed since the transaction began"))
}

fn look_now<T>(look: impl Fn(&Session) -> T) -> T {
    let _latest = Latest::take();
    look(&Session::open(Access::Read))
}
