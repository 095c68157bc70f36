//! What the `…_list` calls share: `filter`, `order`, `skip`, `first` (members.md 4.2).
//!
//! A call states the columns of its rows once, as a table of [`Column`]s. [`List::read`] reads the request by it, and
//! [`List::apply`] gives the portion that was asked for. For lists that fit into memory: dictionaries.

mod condition;
mod order;

#[cfg(test)]
mod tests;

use crate::domain::error::{Error, Id, Result};
use crate::domain::json::Node;
use crate::domain::request::{Request, wrong};
use condition::Condition;
use order::Order;

/// The parameters that are read here; a call adds them to those it knows.
pub const PARAMETERS: [&str; 4] = ["filter", "order", "skip", "first"];

/// How many rows a portion holds at most, and without `first`.
const PORTION: usize = 50;

/// A value in a column. In this order they are sorted: nothing, numbers, texts by their octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scalar<'r> {
    /// There is none.
    Absent,
    /// A whole number.
    Number(i64),
    /// A text.
    Text(&'r str),
}

/// A column of rows of type `R`.
pub struct Column<R> {
    /// What requests call it.
    pub name: &'static str,
    /// Its value in a row.
    pub value: fn(&R) -> Scalar<'_>,
}

/// What a request of a list asks for.
pub struct List<'a, R> {
    conditions: Vec<Condition<'a, R>>,
    order: Vec<Order<R>>,
    skip: usize,
    first: usize,
}

/// A portion of a list.
pub struct Page<R> {
    /// Its rows.
    pub rows: Vec<R>,
    /// Whether no row follows.
    pub is_last: bool,
}

impl<'a, R> List<'a, R> {
    /// Reads the four parameters, at least one of which must be there.
    ///
    /// Errors: `error/param/missing` where none is, `error/param/wrong` for another form, a column that is not among
    /// `columns`, an operator that there is not, and a portion of more than 50 rows.
    pub fn read(request: &Request<'a>, columns: &[Column<R>]) -> Result<List<'a, R>> {
        if !List::<R>::is_asked(request)? {
            return Err(Error::new(Id::ParamMissing, "one of filter, order, skip, first"));
        }
        Ok(List {
            conditions: Condition::read_all(request, columns)?,
            order: Order::read_all(request, columns)?,
            skip: count(request, "skip", usize::MAX)?.unwrap_or(0),
            first: count(request, "first", PORTION)?.unwrap_or(PORTION),
        })
    }

    /// Whether a request has one of the four. Errors: `error/json/corrupt`.
    pub fn is_asked(request: &Request) -> Result<bool> {
        PARAMETERS.iter().try_fold(false, |is_asked, name| Ok(is_asked | request.has(name)?))
    }

    /// The rows that were asked for. Those that are equal by `order` stay as they came.
    pub fn apply(&self, mut rows: Vec<R>) -> Page<R> {
        rows.retain(|row| self.conditions.iter().all(|condition| condition.holds(row)));
        rows.sort_by(|one, other| Order::compare(&self.order, one, other));
        let is_last = rows.len() <= self.skip.saturating_add(self.first);
        Page { rows: rows.into_iter().skip(self.skip).take(self.first).collect(), is_last }
    }
}

impl<R> Page<R> {
    /// The keys of the reply: `list`, and `last_page` where no row follows.
    pub fn keys<'n>(&self, node: impl Fn(&R) -> Node<'n>) -> Vec<(&'static str, Node<'n>)> {
        let mut keys = vec![("list", Node::array(self.rows.iter().map(node)))];
        if self.is_last {
            keys.push(("last_page", Node::from(1)));
        }
        keys
    }
}

/// The keys of the reply of a list that is short where nothing is asked of it: all `rows` then, else the portion.
///
/// Errors: those of [`List::read`].
pub fn keys_of<'n, R>(
    request: &Request,
    columns: &[Column<R>],
    rows: Vec<R>,
    node: impl Fn(&R) -> Node<'n>,
) -> Result<Vec<(&'static str, Node<'n>)>> {
    match List::<R>::is_asked(request)? {
        true => Ok(List::read(request, columns)?.apply(rows).keys(node)),
        false => Ok(vec![("list", Node::array(rows.iter().map(node)))]),
    }
}

/// The reader of the column of this name. Errors: `error/param/wrong`, which names the parameter.
fn column<R>(columns: &[Column<R>], name: &str, parameter: &str) -> Result<fn(&R) -> Scalar<'_>> {
    let found = columns.iter().find(|column| column.name == name).map(|column| column.value);
    found.ok_or_else(|| {
        let names: Vec<&str> = columns.iter().map(|column| column.name).collect();
        wrong(parameter, &format!("about the fields {}", names.join(", ")))
    })
}

fn count(request: &Request, name: &str, most: usize) -> Result<Option<usize>> {
    let Some(number) = request.number(name)? else { return Ok(None) };
    let number = usize::try_from(number).ok().filter(|number| *number <= most);
    number.map(Some).ok_or_else(|| match most {
        usize::MAX => wrong(name, "a number from 0"),
        _ => wrong(name, &format!("a number from 0 to {most}")),
    })
}
