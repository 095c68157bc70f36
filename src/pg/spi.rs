//! Statements: constant SQL, prepared once per backend, run through the server's SPI.
//!
//! pgrx's own client prepares no plan for later calls and reads with the outer statement's snapshot; both matter
//! here (DESIGN 6). A [`Session`] is open while a call runs; what its rows borrow lives until it is closed.

use crate::pg::jsonb;
use crate::pg::owner::OwnerRights;
use crate::pg::qualified::is_qualified;
use pgrx::pg_sys;
use std::cell::Cell;
use std::ffi::{CStr, CString, c_char};
use std::marker::PhantomData;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::{ptr, slice};

/// How the statements of a call see the database.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// VOLATILE calls: each statement has a snapshot of its own and may write.
    Write,
    /// STABLE calls: the caller's snapshot, nothing is written; works on a hot standby.
    Read,
}

/// An open SPI connection.
pub struct Session {
    access: Access,
    /// The owner's rights; none for statements that may run the caller's own code.
    rights: Option<OwnerRights>,
}

impl Session {
    /// Opens a connection with the rights of the extension's owner, for our own statements on our own tables.
    pub fn open(access: Access) -> Session {
        Session::connect(access, true)
    }

    /// Opens a connection with the caller's rights, for what may run the caller's own code.
    pub fn open_as_caller(access: Access) -> Session {
        Session::connect(access, false)
    }

    fn connect(access: Access, as_owner: bool) -> Session {
        // SAFETY: paired with SPI_finish in drop, or with the server's clean-up after an error.
        unsafe { pg_sys::SPI_connect() };
        Session { access, rights: as_owner.then(OwnerRights::take) }
    }

    /// Who called: the role whose rights count.
    pub fn caller(&self) -> pg_sys::Oid {
        // SAFETY: reads the session's user.
        self.rights.as_ref().map_or_else(|| unsafe { pg_sys::GetUserId() }, OwnerRights::caller)
    }

    /// Runs a command that cannot be prepared, such as GRANT. Its names must be quoted already.
    pub fn command(&self, command: &CStr) {
        // SAFETY: a connection is open; SPI raises errors itself.
        let code = unsafe { pg_sys::SPI_execute(command.as_ptr(), false, 0) };
        if code < 0 {
            pgrx::error!("pg_member: command failed with SPI code {code}");
        }
    }

    /// Runs a statement that was put together for this call, and gives its rows. Its names and operators are qualified,
    /// its literals are bound. Planned for these values. Errors of the server leave through pgrx' guard.
    pub fn query<'s>(&'s self, query: &Query) -> Rows<'s> {
        let sql = CString::new(query.sql.as_str()).unwrap_or_default();
        let mut types = query.types.clone();
        let mut values: Vec<pg_sys::Datum> = query.args.iter().map(|arg| arg.datum).collect();
        let nulls: Vec<c_char> = query.args.iter().map(|arg| if arg.is_null { b'n' } else { b' ' } as c_char).collect();
        // SAFETY: there are as many types, values and nulls as stated; SPI copies what it keeps.
        unsafe {
            let code = pg_sys::SPI_execute_with_args(
                sql.as_ptr(),
                values.len() as i32,
                types.as_mut_ptr(),
                values.as_mut_ptr(),
                nulls.as_ptr(),
                self.access == Access::Read,
                0,
            );
            if code < 0 {
                pgrx::error!("pg_member: query failed with SPI code {code}");
            }
            Rows { table: pg_sys::SPI_tuptable, processed: pg_sys::SPI_processed, _session: PhantomData }
        }
    }

    /// Runs such a statement and puts its rows right into a tuple store, where nothing of ours looks at them. The columns
    /// are those of the store.
    ///
    /// # Safety
    /// `store` lives in `memory` and is open for writing.
    pub unsafe fn store(&self, query: &Query, store: *mut pg_sys::Tuplestorestate, memory: pg_sys::MemoryContext) {
        let sql = CString::new(query.sql.as_str()).unwrap_or_default();
        // SAFETY: the list has as many places as are filled; the receiver is of the kind that takes these parameters.
        unsafe {
            let list = pg_sys::makeParamList(query.args.len() as i32);
            let places = (*list).params.as_mut_slice(query.args.len());
            for ((place, arg), oid) in places.iter_mut().zip(&query.args).zip(&query.types) {
                (place.value, place.isnull, place.ptype) = (arg.datum, arg.is_null, *oid);
                place.pflags = pg_sys::PARAM_FLAG_CONST as u16;
            }
            let receiver = pg_sys::CreateDestReceiver(pg_sys::CommandDest::DestTuplestore);
            SetTuplestoreDestReceiverParams(receiver, store, memory, false, ptr::null_mut(), ptr::null());
            let options = pg_sys::SPIExecuteOptions {
                params: list,
                read_only: self.access == Access::Read,
                allow_nonatomic: false,
                must_return_tuples: true,
                tcount: 0,
                dest: receiver,
                owner: ptr::null_mut(),
            };
            let code = pg_sys::SPI_execute_extended(sql.as_ptr(), &options);
            if code < 0 {
                pgrx::error!("pg_member: query failed with SPI code {code}");
            }
        }
    }

    /// Runs a statement and gives its rows. Errors of the server leave through pgrx' guard.
    pub fn run<'s>(&'s self, statement: &Statement, args: &[Arg]) -> Rows<'s> {
        let values: [pg_sys::Datum; MAX_ARGS] =
            std::array::from_fn(|n| args.get(n).map_or(pg_sys::Datum::null(), |a| a.datum));
        let nulls: [c_char; MAX_ARGS] =
            std::array::from_fn(
                |n| if args.get(n).is_some_and(|a| a.is_null) { b'n' as c_char } else { b' ' as c_char },
            );
        // SAFETY: the plan takes as many arguments of these types as `Statement` states; SPI copies what it keeps.
        unsafe {
            let plan = statement.plan();
            let _planned = statement.by_key.then(PreferIndexes::begin);
            let mut values = values;
            let code =
                pg_sys::SPI_execute_plan(plan, values.as_mut_ptr(), nulls.as_ptr(), self.access == Access::Read, 0);
            if code < 0 {
                pgrx::error!("pg_member: statement failed with SPI code {code}");
            }
            Rows { table: pg_sys::SPI_tuptable, processed: pg_sys::SPI_processed, _session: PhantomData }
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // After an error the server closes the connection itself when it aborts the (sub)transaction.
        if !std::thread::panicking() {
            // SAFETY: this session is the innermost open connection.
            unsafe { pg_sys::SPI_finish() };
        }
    }
}

unsafe extern "C-unwind" {
    // Not bound by pgrx.
    fn SetTuplestoreDestReceiverParams(
        receiver: *mut pg_sys::DestReceiver,
        store: *mut pg_sys::Tuplestorestate,
        memory: pg_sys::MemoryContext,
        detoast: bool,
        target: pg_sys::TupleDesc,
        map_failure: *const c_char,
    );
}

/// A statement that is put together at run time, with its bound parameters.
#[derive(Default)]
pub struct Query {
    /// The text.
    pub sql: String,
    types: Vec<pg_sys::Oid>,
    args: Vec<Arg>,
}

impl Query {
    /// Adds text.
    pub fn push(&mut self, sql: &str) {
        self.sql.push_str(sql);
    }

    /// Binds a value of a type; gives what stands for it in the text.
    pub fn bind(&mut self, oid: pg_sys::Oid, arg: impl Into<Arg>) -> String {
        self.types.push(oid);
        self.args.push(arg.into());
        format!("${}", self.args.len())
    }

    /// How many values are bound.
    pub fn bound(&self) -> usize {
        self.args.len()
    }
}

/// The most parameters one of our statements has.
const MAX_ARGS: usize = 16;

/// One constant statement and its plan, kept for the life of the backend.
pub struct Statement {
    sql: &'static CStr,
    types: &'static [pg_sys::Oid],
    by_key: bool,
    plan: AtomicPtr<pg_sys::_SPI_plan>,
}

impl Statement {
    /// Declares a statement that finds its rows by a key; it is planned at its first use.
    pub const fn new(sql: &'static CStr, types: &'static [pg_sys::Oid]) -> Statement {
        assert!(types.len() <= MAX_ARGS);
        assert!(is_qualified(sql.to_bytes()), "a name in the statement has no schema");
        Statement { sql, types, by_key: true, plan: AtomicPtr::new(ptr::null_mut()) }
    }

    /// Declares a statement that reads whole tables.
    pub const fn scanning(sql: &'static CStr, types: &'static [pg_sys::Oid]) -> Statement {
        Statement { by_key: false, ..Statement::new(sql, types) }
    }

    /// The kept plan. The server replans it by itself when a table it uses changes.
    unsafe fn plan(&self) -> pg_sys::SPIPlanPtr {
        let known = self.plan.load(Ordering::Relaxed);
        if !known.is_null() {
            return known;
        }
        // SAFETY: a connection is open; the types are as many as stated.
        unsafe {
            let mut types = [pg_sys::InvalidOid; MAX_ARGS];
            for (slot, oid) in types.iter_mut().zip(self.types) {
                *slot = *oid;
            }
            // One plan for all values: a plan for each would cost more than the first calls of a backend themselves.
            let options = pg_sys::CURSOR_OPT_GENERIC_PLAN as i32;
            let plan =
                pg_sys::SPI_prepare_cursor(self.sql.as_ptr(), self.types.len() as i32, types.as_mut_ptr(), options);
            if plan.is_null() {
                let code = pg_sys::SPI_result;
                pgrx::error!("pg_member: statement could not be prepared (SPI code {code})");
            }
            pg_sys::SPI_keepplan(plan);
            self.plan.store(plan, Ordering::Relaxed);
            plan
        }
    }
}

/// While it lives, the planner avoids reading whole tables. A plan made while a table is small is kept when it grows
/// within one transaction, and a kept plan that reads all of it would make a bulk load quadratic.
struct PreferIndexes([bool; 3]);

impl PreferIndexes {
    fn begin() -> PreferIndexes {
        PreferIndexes(PreferIndexes::set([false; 3]))
    }

    /// Sets what the planner may use, gives what it might before.
    fn set(allowed: [bool; 3]) -> [bool; 3] {
        // SAFETY: the planner's own variables; the main thread alone runs here.
        unsafe {
            let before = [pg_sys::enable_seqscan, pg_sys::enable_hashjoin, pg_sys::enable_mergejoin];
            [pg_sys::enable_seqscan, pg_sys::enable_hashjoin, pg_sys::enable_mergejoin] = allowed;
            before
        }
    }
}

impl Drop for PreferIndexes {
    fn drop(&mut self) {
        PreferIndexes::set(self.0);
    }
}

/// A bound parameter.
#[derive(Clone, Copy)]
pub struct Arg {
    datum: pg_sys::Datum,
    is_null: bool,
}

impl Arg {
    /// SQL NULL.
    pub const NULL: Arg = Arg { datum: pg_sys::Datum::null(), is_null: true };

    /// A datum of the statement's type.
    pub fn datum(datum: pg_sys::Datum) -> Arg {
        Arg { datum, is_null: false }
    }

    /// The datum; meaningless for NULL.
    pub fn value(self) -> pg_sys::Datum {
        self.datum
    }

    /// Whether it is SQL NULL.
    pub fn is_null(self) -> bool {
        self.is_null
    }

    /// A jsonb from the bytes of its root container.
    pub fn jsonb(bytes: &[u8]) -> Arg {
        Arg::datum(jsonb::varlena_datum(bytes))
    }

    /// A bytea.
    pub fn bytea(bytes: &[u8]) -> Arg {
        Arg::datum(jsonb::varlena_datum(bytes))
    }

    /// A text[].
    pub fn texts(values: &[&str]) -> Arg {
        Arg::array(values, pg_sys::TEXTOID, -1, b'i')
    }

    /// A jsonb[] from the bytes of root containers.
    pub fn jsonbs(values: &[&[u8]]) -> Arg {
        let values: Vec<Arg> = values.iter().map(|bytes| Arg::jsonb(bytes)).collect();
        Arg::array(&values, pg_sys::JSONBOID, -1, b'i')
    }

    /// A text[] that may hold nulls.
    pub fn some_texts(values: &[Option<&str>]) -> Arg {
        Arg::array(values, pg_sys::TEXTOID, -1, b'i')
    }

    /// A bigint[].
    pub fn bigints(values: &[i64]) -> Arg {
        Arg::array(values, pg_sys::INT8OID, 8, b'd')
    }

    /// A uuid[].
    pub fn uuids<T: Copy + Into<Arg>>(values: &[T]) -> Arg {
        Arg::array(values, pg_sys::UUIDOID, 16, b'c')
    }

    /// An integer[] that may hold nulls.
    pub fn integers(values: &[Option<i32>]) -> Arg {
        Arg::array(values, pg_sys::INT4OID, 4, b'i')
    }

    /// A smallint[].
    pub fn smallints(values: &[i16]) -> Arg {
        Arg::array(values, pg_sys::INT2OID, 2, b's')
    }

    /// An array of one dimension; `length` and `alignment` are those of the element type, by value where fixed.
    fn array<T: Copy + Into<Arg>>(values: &[T], element: pg_sys::Oid, length: i32, alignment: u8) -> Arg {
        let args = values.iter().map(|value| (*value).into());
        let (mut datums, mut nulls): (Vec<pg_sys::Datum>, Vec<bool>) =
            args.map(|arg: Arg| (arg.datum, arg.is_null)).unzip();
        let (mut size, mut from) = (datums.len() as i32, 1);
        // SAFETY: the callers state the element type as the catalog has it; the arrays are as long as `size` says.
        let array = unsafe {
            pg_sys::construct_md_array(
                datums.as_mut_ptr(),
                nulls.as_mut_ptr(),
                1,
                &mut size,
                &mut from,
                element,
                length,
                (1..=8).contains(&length),
                alignment as c_char,
            )
        };
        Arg::datum(array.into())
    }

    /// An instant in the server's microseconds.
    pub fn instant(micros: i64) -> Arg {
        Arg::datum(micros.into())
    }
}

impl Arg {
    /// A double precision.
    pub fn double(value: f64) -> Arg {
        Arg::datum(pg_sys::Datum::from(value.to_bits()))
    }
}

impl From<i64> for Arg {
    fn from(value: i64) -> Arg {
        Arg::datum(value.into())
    }
}

impl From<i32> for Arg {
    fn from(value: i32) -> Arg {
        Arg::datum(value.into())
    }
}

impl From<i16> for Arg {
    fn from(value: i16) -> Arg {
        Arg::datum(value.into())
    }
}

impl From<bool> for Arg {
    fn from(value: bool) -> Arg {
        Arg::datum(value.into())
    }
}

impl From<&str> for Arg {
    fn from(value: &str) -> Arg {
        Arg::datum(jsonb::text_datum(value))
    }
}

impl<T: Into<Arg>> From<Option<T>> for Arg {
    fn from(value: Option<T>) -> Arg {
        value.map_or(Arg::NULL, Into::into)
    }
}

/// The rows a statement gave. They live until the session is closed.
pub struct Rows<'s> {
    table: *mut pg_sys::SPITupleTable,
    processed: u64,
    _session: PhantomData<&'s Session>,
}

impl<'s> Rows<'s> {
    /// How many rows were read or written.
    pub fn processed(&self) -> u64 {
        self.processed
    }

    /// The first row.
    pub fn first(&self) -> Option<Row<'s>> {
        self.iter().next()
    }

    /// Every row of two numbers; 0 for what is NULL.
    pub fn pairs(&self) -> Vec<(i64, i64)> {
        self.iter().map(|row| (row.bigint().unwrap_or_default(), row.bigint().unwrap_or_default())).collect()
    }

    /// Every row in turn.
    pub fn iter(&self) -> impl Iterator<Item = Row<'s>> + use<'s> {
        let table = self.table;
        // SAFETY: SPI gave the table with as many tuples as it says; it lives as long as the session.
        let tuples: &[pg_sys::HeapTuple] = unsafe {
            match table.as_ref() {
                Some(table) if !table.vals.is_null() => slice::from_raw_parts(table.vals, table.numvals as usize),
                _ => &[],
            }
        };
        let columns = unsafe { table.as_ref().map_or(ptr::null_mut(), |table| table.tupdesc) };
        tuples.iter().map(move |tuple| Row { tuple: *tuple, columns, column: Cell::new(0), _session: PhantomData })
    }
}

/// One row, read from left to right: each getter takes the next column.
pub struct Row<'s> {
    tuple: pg_sys::HeapTuple,
    columns: pg_sys::TupleDesc,
    column: Cell<i32>,
    _session: PhantomData<&'s Session>,
}

impl<'s> Row<'s> {
    /// The next column as a datum; `None` is NULL.
    pub fn next(&self) -> Option<pg_sys::Datum> {
        let number = self.column.get() + 1;
        self.column.set(number);
        let mut is_null = false;
        // SAFETY: tuple and description are SPI's own; a number beyond the columns gives NULL.
        let datum = unsafe { pg_sys::SPI_getbinval(self.tuple, self.columns, number, &mut is_null) };
        if is_null { None } else { Some(datum) }
    }

    /// The next column as a parameter or a column of a result.
    pub fn arg(&self) -> Arg {
        self.next().map_or(Arg::NULL, Arg::datum)
    }

    /// The next column, of type bigint or timestamptz.
    pub fn bigint(&self) -> Option<i64> {
        self.next().map(|datum| datum.value() as i64)
    }

    /// The next column, of type integer.
    pub fn integer(&self) -> Option<i32> {
        self.next().map(|datum| datum.value() as i32)
    }

    /// The next column, of type smallint.
    pub fn smallint(&self) -> Option<i16> {
        self.next().map(|datum| datum.value() as i16)
    }

    /// The next column, of type boolean; NULL is false.
    pub fn truth(&self) -> bool {
        self.next().is_some_and(|datum| datum.value() as u8 != 0)
    }

    /// The next column, of type double precision.
    pub fn double(&self) -> Option<f64> {
        self.next().map(|datum| f64::from_bits(datum.value() as u64))
    }

    /// The next column, of type text.
    pub fn text(&self) -> Option<&'s str> {
        // SAFETY: the statement's column is text; SPI memory lives as long as the session.
        self.next().map(|datum| unsafe { jsonb::text_of(datum) })
    }

    /// The next column, of type bigint[] without nulls.
    pub fn bigints(&self) -> Vec<i64> {
        // SAFETY: the statement's column is bigint[].
        unsafe { self.array(pg_sys::INT8OID, 8, b'd', |value| value.value() as i64) }
    }

    /// The next column, of type smallint[] without nulls.
    pub fn smallints(&self) -> Vec<i16> {
        // SAFETY: the statement's column is smallint[].
        unsafe { self.array(pg_sys::INT2OID, 2, b's', |value| value.value() as i16) }
    }

    /// The next column, an array without nulls of a type that is passed by value.
    ///
    /// # Safety
    /// The column is of that type; length and alignment are those of the catalog.
    unsafe fn array<T>(
        &self,
        element: pg_sys::Oid,
        length: i32,
        alignment: u8,
        value: fn(&pg_sys::Datum) -> T,
    ) -> Vec<T> {
        let Some(datum) = self.next() else { return Vec::new() };
        // SAFETY: passed on from the caller; the server's own routine reads it into an array of datums.
        unsafe {
            let array = pg_sys::pg_detoast_datum(datum.cast_mut_ptr()).cast::<pg_sys::ArrayType>();
            let (mut values, mut count) = (ptr::null_mut(), 0);
            pg_sys::deconstruct_array(
                array,
                element,
                length,
                true,
                alignment as c_char,
                &mut values,
                ptr::null_mut(),
                &mut count,
            );
            slice::from_raw_parts(values, count as usize).iter().map(value).collect()
        }
    }

    /// The next column, of type bytea.
    pub fn octets(&self) -> Option<&'s [u8]> {
        // SAFETY: the statement's column is bytea; SPI memory lives as long as the session.
        self.next().map(|datum| unsafe { jsonb::bytes_of(datum) })
    }

    /// The next column, of type jsonb.
    pub fn jsonb(&self) -> Option<&'s [u8]> {
        // SAFETY: the statement's column is jsonb; SPI memory lives as long as the session.
        self.next().map(|datum| unsafe { jsonb::bytes_of(datum) })
    }
}
