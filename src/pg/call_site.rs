//! What a function keeps for its next call at the same place in a query: the program it parsed (DESIGN 6).

use crate::domain::datakey::{Limits, Plan, Program};
use crate::domain::error::Result;
use crate::domain::json;
use crate::pg::boundary::Call;
use pgrx::pg_sys;
use std::ffi::c_void;

/// A parsed program with the bytes it borrows from.
pub struct Kept {
    // Dropped before the bytes they point into: fields go in the order of their declaration.
    program: Program<'static>,
    /// Made when the program comes a second time: for one that comes once it would not pay.
    plan: Option<Option<Plan<'static>>>,
    limits: Limits,
    bytes: Box<[u8]>,
}

impl Kept {
    fn parse(bytes: &[u8], limits: &Limits) -> Result<Kept> {
        let bytes: Box<[u8]> = bytes.into();
        // SAFETY: the boxed bytes neither move nor change while `Kept` lives, and `program` never leaves it for longer.
        let forever: &'static [u8] = unsafe { &*std::ptr::from_ref(bytes.as_ref()) };
        Ok(Kept { program: Program::parse(json::root(forever)?, limits)?, plan: None, limits: *limits, bytes })
    }

    fn is_of(&self, bytes: &[u8], limits: &Limits) -> bool {
        *self.bytes == *bytes && self.limits == *limits
    }

    /// The program.
    pub fn program<'k>(&'k self) -> &'k Program<'k> {
        &self.program
    }

    /// Its plan, if it has one and came before.
    pub fn plan(&self) -> Option<&Plan<'_>> {
        self.plan.as_ref()?.as_ref()
    }
}

/// The parsed program of this call; parsed again only when it differs from the one of the call before.
///
/// Errors: those of parsing it.
pub fn program<'c>(call: &'c Call, bytes: &[u8], limits: &Limits) -> Result<&'c Kept> {
    // SAFETY: Postgres passed fcinfo and flinfo; only this function uses fn_extra of the functions that call it, and
    // what it points to lives until fn_mcxt is reset, which is after the call.
    unsafe {
        let site = &mut *(*call.fcinfo()).flinfo;
        let known = site.fn_extra.cast::<Kept>();
        if known.is_null() {
            let kept = Box::into_raw(Box::new(Kept::parse(bytes, limits)?));
            drop_with(site.fn_mcxt, kept);
            site.fn_extra = kept.cast();
            return Ok(&*kept);
        }
        let known = &mut *known;
        if !known.is_of(bytes, limits) {
            *known = Kept::parse(bytes, limits)?;
        } else if known.plan.is_none() {
            known.plan = Some(Plan::of(&known.program, limits));
        }
        Ok(known)
    }
}

/// Has the server drop the value together with a memory context.
unsafe fn drop_with(context: pg_sys::MemoryContext, kept: *mut Kept) {
    #[pgrx::pg_guard]
    unsafe extern "C-unwind" fn drop_kept(kept: *mut c_void) {
        // SAFETY: made by Box::into_raw above; the server calls each callback once.
        drop(unsafe { Box::from_raw(kept.cast::<Kept>()) });
    }
    // SAFETY: the callback lives in the context whose end it tells.
    unsafe {
        let callback = pg_sys::MemoryContextAllocZero(context, size_of::<pg_sys::MemoryContextCallback>())
            .cast::<pg_sys::MemoryContextCallback>();
        (*callback).func = Some(drop_kept);
        (*callback).arg = kept.cast();
        pg_sys::MemoryContextRegisterResetCallback(context, callback);
    }
}
