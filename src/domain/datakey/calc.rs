//! The internal operation of imports that adds an integer (members.md 10.4).

use crate::domain::error::Result;
use crate::domain::json::{Decimal, Node, Value, View};
use num_bigint::BigInt;

/// The sum of two values, of any size. A number, or a text that is one, counts with its integer part; anything else
/// is 0.
///
/// Errors: `error/json/limit` beyond what numeric can hold, `error/json/corrupt`.
pub(super) fn sum<'a>(present: Option<View>, value: &Node) -> Result<Node<'a>> {
    let stored = present.map_or(Ok(BigInt::ZERO), integer)?;
    let sum = stored + integer(View::from(value))?;
    Ok(Node::Number(Decimal::try_from(&sum)?))
}

fn integer(view: View) -> Result<BigInt> {
    let number = match view {
        View::Stored(raw) if raw.is_container() => None,
        View::Stored(raw) => match raw.read()? {
            Value::Number(number) => number.integer_part(),
            Value::String(text) => integer_of(text),
            _ => None,
        },
        View::Built(Node::Number(number)) => number.number().and_then(|number| number.integer_part()),
        View::Built(Node::String(text)) => integer_of(text),
        View::Built(_) => None,
    };
    Ok(number.unwrap_or_default())
}

fn integer_of(text: &str) -> Option<BigInt> {
    let number = Decimal::parse(text.trim()).ok()?;
    number.number()?.integer_part()
}
