//! What a condition compares with: a text as it is given, or a moment that is known when the filter is asked.

use super::number::{compare, is_number};
use super::operand::Operand;
use crate::domain::datakey::date::{self, Now, Precision};
use crate::domain::error::Result;
use std::cmp::Ordering;

/// A text, and the number it looks like.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Literal {
    text: String,
    is_number: bool,
    integer: Option<i64>,
}

impl Literal {
    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it looks like a number.
    pub fn is_number(&self) -> bool {
        self.is_number
    }

    /// The number, if it is a machine integer.
    pub fn integer(&self) -> Option<i64> {
        self.integer
    }

    /// How an operand stands to it: by value if both look like numbers, else by bytes. None for an operand without
    /// a text of its own.
    pub fn order(&self, operand: &Operand) -> Option<Ordering> {
        if let (Some(left), Some(right)) = (operand.integer(), self.integer) {
            return Some(left.cmp(&right));
        }
        let text = operand.text()?;
        let by_value = self.is_number && is_number(&text);
        Some(if by_value { compare(&text, &self.text) } else { (*text).cmp(&*self.text) })
    }

    /// How an operand stands to it by bytes alone.
    pub fn order_of_bytes(&self, operand: &Operand) -> Option<Ordering> {
        Some((*operand.text()?).cmp(&*self.text))
    }
}

impl From<String> for Literal {
    fn from(text: String) -> Literal {
        let is_number = is_number(&text);
        let integer = if is_number { text.parse().ok() } else { None };
        Literal { text, is_number, integer }
    }
}

/// A value of a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound {
    /// The expression of `current` that it was given as.
    moment: Option<String>,
    /// What it is compared as; of a moment the one it stands for, once that is known.
    literal: Literal,
}

impl Bound {
    /// A text as it is given.
    pub fn text(text: String) -> Bound {
        Bound { moment: None, literal: Literal::from(text) }
    }

    /// An expression of `current`.
    pub fn moment(expression: String) -> Bound {
        Bound { moment: Some(expression), literal: Literal::default() }
    }

    /// What it is compared as.
    pub fn literal(&self) -> &Literal {
        &self.literal
    }

    /// How it is written in a filter.
    pub fn written(&self) -> &str {
        self.moment.as_deref().unwrap_or(&self.literal.text)
    }

    /// Whether it depends on the clock.
    pub fn uses_clock(&self) -> bool {
        self.moment.is_some()
    }

    /// It as a text that no clock is needed for; a moment is written with the precision of what it is compared to.
    ///
    /// Errors: `error/datakey/date` for what is no expression, leaves the calendar or says less than the precision.
    pub fn at(&self, now: &Now, precision: Option<Precision>) -> Result<Bound> {
        let Some(expression) = &self.moment else { return Ok(self.clone()) };
        let shown = date::evaluate(expression, precision.unwrap_or(Precision::FULL), now)?;
        let shown = match precision {
            Some(precision) => date::cut(&shown, precision).ok_or_else(|| date::too_little(precision))?,
            None => shown,
        };
        Ok(Bound::text(shown))
    }
}
