//! Rows that can be seen now and could not be in an earlier snapshot, whatever order transactions commit in (DESIGN 6).
//!
//! Only of tables whose rows keep the life and the transaction that wrote them, with an index on the two. Found without a
//! plan: a dispatcher that is at work looks hundreds of times a second, mostly in vain, and to start the executor on the
//! 32 partitions of the log costs more than everything else of such a turn.

use crate::pg::snapshot::Latest;
use pgrx::pg_sys;

/// How many rows are read between two looks at whether to end.
const BETWEEN_LOOKS: usize = 1000;

/// What a snapshot shows of transactions.
pub struct Sight {
    /// The type `pg_snapshot`.
    pub datum: pg_sys::Datum,
    /// The same as the server writes it.
    pub text: String,
}

impl Sight {
    /// What is to be seen in the active snapshot; inside a transaction.
    pub fn now(_latest: &Latest) -> Sight {
        // SAFETY: the server's own functions on the active snapshot, which the argument holds; what they give lives as long
        // as the memory of the transaction.
        unsafe {
            let function = pg_sys::Oid::from(pg_sys::F_PG_CURRENT_SNAPSHOT);
            let datum = pg_sys::OidFunctionCall0Coll(function, pg_sys::InvalidOid);
            let text = pg_sys::OidOutputFunctionCall(pg_sys::Oid::from(pg_sys::F_PG_SNAPSHOT_OUT), datum);
            let owned = std::ffi::CStr::from_ptr(text).to_string_lossy().into_owned();
            pg_sys::pfree(text.cast());
            Sight { datum, text: owned }
        }
    }
}

/// The transactions that a snapshot, as the server writes it, does not show: all from the first number on, and those that
/// were running.
fn unseen(snapshot: &str) -> (u64, Vec<u64>) {
    let mut parts = snapshot.split(':').skip(1);
    let first = parts.next().and_then(|number| number.parse().ok()).unwrap_or_default();
    let running = parts.next().unwrap_or_default().split(',').filter_map(|number| number.parse().ok()).collect();
    (first, running)
}

/// A table whose rows say who wrote them.
pub struct Written {
    /// The table.
    pub table: pg_sys::Oid,
    /// Its index on the life and the transaction.
    pub index: pg_sys::Oid,
    /// The number of the column that holds the life.
    pub life: i16,
    /// The number of the column that holds the transaction.
    pub xid: i16,
}

impl Written {
    /// Hands on the columns of each row of a life that the snapshot shows and an earlier one, as the server writes it, did
    /// not. Columns by reference live until the next row.
    pub fn since<const COLUMNS: usize>(
        &self,
        _latest: &Latest,
        life: i32,
        earlier: &str,
        mut each: impl FnMut(&[Column; COLUMNS]),
    ) {
        let (first, running) = unseen(earlier);
        let later = (pg_sys::BTGreaterEqualStrategyNumber, pg_sys::F_XID8GE, first);
        let ranges = running.into_iter().map(|xid| (pg_sys::BTEqualStrategyNumber, pg_sys::F_XID8EQ, xid));
        // SAFETY: the server's own routines, each with what the one before gave; after an error the server closes what is
        // open. The number of columns is checked.
        unsafe {
            let table = pg_sys::table_open(self.table, pg_sys::AccessShareLock as pg_sys::LOCKMODE);
            let columns = (*(*table).rd_att).natts as usize;
            if columns != COLUMNS {
                pgrx::error!("pg_member: a table has {columns} columns instead of {COLUMNS}");
            }
            for range in ranges.chain([later]) {
                self.scan(table, life, range, &mut each);
            }
            pg_sys::table_close(table, pg_sys::NoLock as pg_sys::LOCKMODE);
        }
    }

    /// Reads the rows of a life whose transactions are of a range.
    ///
    /// # Safety
    /// The table is open and has so many columns; there is an active snapshot.
    unsafe fn scan<const COLUMNS: usize>(
        &self,
        table: pg_sys::Relation,
        life: i32,
        (strategy, procedure, xid): (u32, u32, u64),
        each: &mut impl FnMut(&[Column; COLUMNS]),
    ) {
        // SAFETY: as the caller promises; the arrays are as long as the table has columns.
        unsafe {
            let mut keys = [pg_sys::ScanKeyData::default(); 2];
            let equal = pg_sys::BTEqualStrategyNumber as pg_sys::StrategyNumber;
            let [first, second] = &mut keys;
            pg_sys::ScanKeyInit(first, self.life, equal, pg_sys::F_INT4EQ.into(), life.into());
            pg_sys::ScanKeyInit(second, self.xid, strategy as pg_sys::StrategyNumber, procedure.into(), xid.into());
            let snapshot = pg_sys::GetActiveSnapshot();
            let scan = pg_sys::systable_beginscan(table, self.index, true, snapshot, 2, keys.as_mut_ptr());
            let mut values = [pg_sys::Datum::null(); COLUMNS];
            let mut nulls = [false; COLUMNS];
            let mut read = 0_usize;
            loop {
                let tuple = pg_sys::systable_getnext(scan);
                if tuple.is_null() {
                    break;
                }
                pg_sys::heap_deform_tuple(tuple, (*table).rd_att, values.as_mut_ptr(), nulls.as_mut_ptr());
                each(&std::array::from_fn(|place| column(&values, &nulls, place)));
                read += 1;
                if read.is_multiple_of(BETWEEN_LOOKS) {
                    pgrx::check_for_interrupts!();
                }
            }
            pg_sys::systable_endscan(scan);
        }
    }
}

/// A column of a row; None is NULL.
pub type Column = Option<pg_sys::Datum>;

fn column(values: &[pg_sys::Datum], nulls: &[bool], place: usize) -> Column {
    values.get(place).zip(nulls.get(place)).and_then(|(value, is_null)| (!is_null).then_some(*value))
}
