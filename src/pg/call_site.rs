//! What a function keeps for its next call at the same place in a query: the program or filter it parsed (DESIGN 6).

use crate::domain::datakey::{Limits, Plan, Program};
use crate::domain::error::Result;
use crate::domain::json;
use crate::pg::boundary::Call;
use pgrx::pg_sys;
use std::cell::OnceCell;
use std::ffi::c_void;

/// A parsed program with the bytes it borrows from.
pub struct Kept {
    // Dropped before the bytes they point into: fields go in the order of their declaration.
    program: Program<'static>,
    /// Made when the program comes a second time: for one that comes once it would not pay.
    plan: OnceCell<Option<Plan<'static>>>,
    limits: Limits,
    bytes: Box<[u8]>,
}

impl Kept {
    fn parse(bytes: &[u8], limits: &Limits) -> Result<Kept> {
        let bytes: Box<[u8]> = bytes.into();
        // SAFETY: the boxed bytes neither move nor change while `Kept` lives, and `program` never leaves it for longer.
        let forever: &'static [u8] = unsafe { &*std::ptr::from_ref(bytes.as_ref()) };
        Ok(Kept {
            program: Program::parse(json::root(forever)?, limits)?,
            plan: OnceCell::new(),
            limits: *limits,
            bytes,
        })
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
        self.plan.get()?.as_ref()
    }
}

/// The parsed program of this call; parsed again only when it differs from the one of the call before.
///
/// Errors: those of parsing it.
pub fn program<'c>(call: &'c Call, bytes: &[u8], limits: &Limits) -> Result<&'c Kept> {
    let (kept, again) = kept(call, |kept: &Kept| kept.is_of(bytes, limits), || Kept::parse(bytes, limits))?;
    if again {
        kept.plan.get_or_init(|| Plan::of(&kept.program, limits));
    }
    Ok(kept)
}

/// What the call before left here, if it is what this one needs; otherwise made, and left for the next call. Says which.
/// A function keeps values of one type.
///
/// Errors: those of making it.
pub fn kept<T>(call: &Call, fits: impl FnOnce(&T) -> bool, make: impl FnOnce() -> Result<T>) -> Result<(&T, bool)> {
    // SAFETY: Postgres passed fcinfo and flinfo; fn_extra is used by nothing else in the functions that call this, each
    // with one type, and what it points to lives until fn_mcxt is reset, which is after the call.
    unsafe {
        let site = &mut *(*call.fcinfo()).flinfo;
        let known = site.fn_extra.cast::<T>();
        if known.is_null() {
            let made = Box::into_raw(Box::new(make()?));
            drop_with(site.fn_mcxt, made);
            site.fn_extra = made.cast();
            return Ok((&*made, false));
        }
        let known = &mut *known;
        if fits(known) {
            return Ok((known, true));
        }
        *known = make()?;
        Ok((known, false))
    }
}

/// Has the server drop the value together with a memory context.
unsafe fn drop_with<T>(context: pg_sys::MemoryContext, kept: *mut T) {
    #[pgrx::pg_guard]
    unsafe extern "C-unwind" fn drop_kept<T>(kept: *mut c_void) {
        // SAFETY: made by Box::into_raw above; the server calls each callback once.
        drop(unsafe { Box::from_raw(kept.cast::<T>()) });
    }
    // SAFETY: the callback lives in the context whose end it tells.
    unsafe {
        let callback = pg_sys::MemoryContextAllocZero(context, size_of::<pg_sys::MemoryContextCallback>())
            .cast::<pg_sys::MemoryContextCallback>();
        (*callback).func = Some(drop_kept::<T>);
        (*callback).arg = kept.cast();
        pg_sys::MemoryContextRegisterResetCallback(context, callback);
    }
}
