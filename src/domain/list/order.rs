//! `order`: the fields to sort by, `-field` from the greatest.

use super::{Column, Scalar, column};
use crate::domain::error::Result;
use crate::domain::json::Value;
use crate::domain::request::{Request, wrong};
use std::cmp::Ordering;

/// One field to sort by.
pub(super) struct Order<R> {
    value: fn(&R) -> Scalar<'_>,
    is_descending: bool,
}

impl<R> Order<R> {
    /// Reads the parameter. Errors: `error/param/wrong`.
    pub(super) fn read_all(request: &Request, columns: &[Column<R>]) -> Result<Vec<Order<R>>> {
        let Some(list) = request.list("order")? else { return Ok(Vec::new()) };
        let read = |item: Result<Value>| {
            let name = item?.as_str().ok_or_else(|| wrong("order", "a list of fields"))?;
            let (name, is_descending) = name.strip_prefix('-').map_or((name, false), |name| (name, true));
            Ok(Order { value: column(columns, name, "order")?, is_descending })
        };
        list.iter().map(read).collect()
    }

    /// Compares two rows by all fields, the first of which that differs decides.
    pub(super) fn compare(orders: &[Order<R>], one: &R, other: &R) -> Ordering {
        orders.iter().fold(Ordering::Equal, |decided, order| {
            decided.then_with(|| {
                let compared = (order.value)(one).cmp(&(order.value)(other));
                if order.is_descending { compared.reverse() } else { compared }
            })
        })
    }
}
