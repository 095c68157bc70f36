//! `member_import_upload`, and `COPY member_import_rows (upload, row) FROM …`: rows that come one by one become the lines of
//! an upload (shapes.md 12).
//!
//! A row of a table for each would cost more than the rest of the import: the rows of a statement are gathered in memory and
//! written as parts. A statement that runs within another has its own; one that failed leaves what it gathered behind, which
//! is told by the subtransaction that it ran in and let go.

use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{EMPTY_OBJECT, Value, compact, root};
use crate::domain::request::wrong;
use crate::pg::guc;
use crate::pg::jsonb;
use crate::pg::perform::upload::PART;
use crate::pg::spi::{Access, Arg, Session};
use crate::pg::store::upload;
use pgrx::pg_sys;
use std::cell::RefCell;

/// The length of a uuid.
const UUID: usize = 16;

/// The (sub)transaction that a statement runs in.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Scope {
    transaction: u64,
    part: u32,
}

impl Scope {
    fn here() -> Scope {
        // SAFETY: asks the transaction manager; the struct has one field.
        unsafe {
            Scope { transaction: pg_sys::GetTopFullTransactionId().value, part: pg_sys::GetCurrentSubTransactionId() }
        }
    }
}

/// What a statement has gathered.
struct Gathered {
    scope: Scope,
    /// The upload of the rows in `lines`.
    uid: [u8; UUID],
    lines: Vec<u8>,
    /// The upload that was seen to take rows.
    held: Option<[u8; UUID]>,
}

thread_local! {
    /// Of the statements under way, the innermost last.
    static GATHERED: RefCell<Vec<Gathered>> = const { RefCell::new(Vec::new()) };
}

/// An empty upload that takes rows; its uid as a datum of type uuid.
pub fn create(session: &Session) -> Result<pg_sys::Datum> {
    let uid = upload::create(session, &EMPTY_OBJECT, guc::statement_micros());
    let bytes: Vec<u8> = uid.bytes().filter(|byte| *byte != b'-').collect();
    let octet = |pair: &[u8]| std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok());
    let octets: Vec<u8> = bytes.chunks(2).filter_map(octet).collect();
    Ok(jsonb::copied(&octets))
}

/// A statement begins.
pub fn begin() {
    GATHERED.with_borrow_mut(|stack| {
        stack.push(Gathered { scope: Scope::here(), uid: [0; UUID], lines: Vec::new(), held: None });
    });
}

/// A row comes. Errors: `error/import/uid`, `error/param/wrong`, `error/param/missing`.
pub fn add(uid: Option<[u8; UUID]>, row: Option<&[u8]>) -> Result<()> {
    let uid = uid.ok_or_else(|| Error::new(Id::ParamMissing, "upload"))?;
    let row = root(row.ok_or_else(|| Error::new(Id::ParamMissing, "row"))?)?;
    if !matches!(row, Value::Object(_)) {
        return Err(wrong("row", "an object"));
    }
    let mut line = String::new();
    compact(row, &mut line)?;
    line.push('\n');
    let full = GATHERED.with_borrow_mut(|stack| {
        let here = Scope::here();
        while stack.last().is_some_and(|top| top.scope != here) {
            stack.pop();
        }
        if stack.is_empty() {
            stack.push(Gathered { scope: here, uid, lines: Vec::new(), held: None });
        }
        let top = stack.last_mut()?;
        let is_full = top.uid != uid || top.lines.len() + line.len() > PART;
        let full = (is_full && !top.lines.is_empty()).then(|| (top.uid, std::mem::take(&mut top.lines), top.held));
        top.uid = uid;
        top.lines.extend_from_slice(line.as_bytes());
        full
    });
    let Some((uid, lines, held)) = full else { return Ok(()) };
    write(uid, &lines, held)?;
    GATHERED.with_borrow_mut(|stack| stack.last_mut().into_iter().for_each(|top| top.held = Some(uid)));
    Ok(())
}

/// A statement ends. Errors: `error/import/uid`.
pub fn end() -> Result<()> {
    let last = GATHERED.with_borrow_mut(Vec::pop);
    match last.filter(|last| last.scope == Scope::here() && !last.lines.is_empty()) {
        Some(Gathered { uid, lines, held, .. }) => write(uid, &lines, held),
        None => Ok(()),
    }
}

fn write(uid: [u8; UUID], lines: &[u8], held: Option<[u8; UUID]>) -> Result<()> {
    let session = Session::open(Access::Write);
    let uid_arg = Arg::datum(jsonb::copied(&uid));
    if held != Some(uid) && !upload::hold(&session, uid_arg) {
        return Err(Error::new(Id::ImportUid, "no upload has this uid, or an import of it has begun"));
    }
    upload::add(uid_arg, lines);
    Ok(())
}
