//! Whose rights our own statements have: the extension's owner's, for as long as the guard lives (shapes.md 2).

use crate::pg::spi::Session;
use pgrx::pg_sys;

/// While it lives, statements run with the rights of the owner of the member tables; then the caller's again.
pub struct OwnerRights {
    caller: pg_sys::Oid,
    context: i32,
}

impl OwnerRights {
    /// Switches to the owner. `SECURITY_LOCAL_USERID_CHANGE` keeps SET ROLE and the like away meanwhile.
    pub fn take() -> Self {
        let mut caller = pg_sys::InvalidOid;
        let mut context = 0;
        // SAFETY: both calls only read and set the session's user.
        unsafe {
            pg_sys::GetUserIdAndSecContext(&mut caller, &mut context);
            pg_sys::SetUserIdAndSecContext(owner(), context | pg_sys::SECURITY_LOCAL_USERID_CHANGE as i32);
        }
        OwnerRights { caller, context }
    }
}

impl OwnerRights {
    /// Whose rights come back when it ends.
    pub fn caller(&self) -> pg_sys::Oid {
        self.caller
    }
}

/// While it lives, statements run with the caller's rights again; then with the owner's.
pub struct CallerRights {
    owner: pg_sys::Oid,
    context: i32,
}

impl CallerRights {
    /// Gives the rights back to whoever called, for a statement that is the caller's own. What the caller was kept from
    /// stays forbidden.
    pub fn give(session: &Session) -> CallerRights {
        let (mut owner, mut context) = (pg_sys::InvalidOid, 0);
        // SAFETY: both calls only read and set the session's user.
        unsafe {
            pg_sys::GetUserIdAndSecContext(&mut owner, &mut context);
            pg_sys::SetUserIdAndSecContext(session.caller(), context);
        }
        CallerRights { owner, context }
    }
}

impl Drop for CallerRights {
    fn drop(&mut self) {
        // SAFETY: as above.
        unsafe { pg_sys::SetUserIdAndSecContext(self.owner, self.context) }
    }
}

impl Drop for OwnerRights {
    fn drop(&mut self) {
        // SAFETY: gives back what `take` found. After an error the server does the same when it aborts.
        unsafe { pg_sys::SetUserIdAndSecContext(self.caller, self.context) }
    }
}

/// The owner of `member.body`, read from the catalog caches each time: REASSIGN OWNED can change it.
fn owner() -> pg_sys::Oid {
    // SAFETY: cache look-ups with the types the caches ask for; the tuple is released.
    unsafe {
        let schema = pg_sys::get_namespace_oid(c"member".as_ptr(), false);
        let table = pg_sys::get_relname_relid(c"body".as_ptr(), schema);
        let tuple = pg_sys::SearchSysCache1(pg_sys::SysCacheIdentifier::RELOID as i32, table.into());
        if tuple.is_null() {
            return pg_sys::GetUserId();
        }
        let owner = (*pg_sys::GETSTRUCT(tuple).cast::<pg_sys::FormData_pg_class>()).relowner;
        pg_sys::ReleaseSysCache(tuple);
        owner
    }
}
