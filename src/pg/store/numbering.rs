//! `member.numbering_range`: the regulator's plan of mobile numbers.

use crate::domain::address::plan::Range;
use crate::pg::spi::{Session, Statement};
use pgrx::pg_sys::{INT2OID, INT4OID, TEXTOID};

/// Whether a number is in the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// No plan was loaded.
    NoPlan,
    /// In a range of the plan.
    Inside,
    /// In none.
    Outside,
}

static LOOK_UP: Statement = Statement::new(
    c"SELECT EXISTS (SELECT FROM member.numbering_range),
             (SELECT r.to_no OPERATOR(pg_catalog.>=) $2 FROM member.numbering_range r
               WHERE r.prefix OPERATOR(pg_catalog.=) $1 AND r.from_no OPERATOR(pg_catalog.<=) $2
               ORDER BY r.from_no DESC LIMIT 1)",
    &[INT2OID, INT4OID],
);

/// Looks a number up: the three digits after +7 and the seven behind them.
pub fn look_up(session: &Session, prefix: u16, number: u32) -> Standing {
    let rows =
        session.run(&LOOK_UP, &[i16::try_from(prefix).unwrap_or(0).into(), i32::try_from(number).unwrap_or(0).into()]);
    match rows.first().map(|row| (row.truth(), row.truth())) {
        Some((true, true)) => Standing::Inside,
        Some((true, false)) => Standing::Outside,
        _ => Standing::NoPlan,
    }
}

static CLEAR: Statement = Statement::scanning(c"DELETE FROM member.numbering_range", &[]);
static INSERT: Statement = Statement::new(
    c"INSERT INTO member.numbering_range (prefix, from_no, to_no, operator, region, inn)
      VALUES ($1, $2, $3, $4, $5, $6)",
    &[INT2OID, INT4OID, INT4OID, TEXTOID, TEXTOID, TEXTOID],
);

/// Puts a new plan in the place of the old one.
pub fn replace(session: &Session, ranges: &[Range]) {
    session.run(&CLEAR, &[]);
    for range in ranges {
        let args = [
            i16::try_from(range.prefix).unwrap_or(0).into(),
            i32::try_from(range.from).unwrap_or(0).into(),
            i32::try_from(range.to).unwrap_or(0).into(),
            range.operator.as_str().into(),
            range.region.as_str().into(),
            range.inn.as_str().into(),
        ];
        session.run(&INSERT, &args);
    }
}
