//! The words of a query: each function reads one from the front of the text, and gives what follows it.

use super::operation::{Arithmetic, Comparison};
use crate::domain::pipe::template::{Step, Steps};

/// An operator between operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Or,
    And,
    Compare(Comparison),
    Match { not: bool },
    Is { not: bool },
    Add,
    Calculate(Arithmetic),
}

/// Every operator of signs; one that begins like another stands before it.
const SIGNS: [(&str, Operator); 16] = [
    ("||", Operator::Or),
    ("&&", Operator::And),
    ("!~=", Operator::Match { not: true }),
    ("~=", Operator::Match { not: false }),
    ("!=", Operator::Compare(Comparison::Unequal)),
    (">=", Operator::Compare(Comparison::GreaterOrEqual)),
    ("<=", Operator::Compare(Comparison::LessOrEqual)),
    ("=", Operator::Compare(Comparison::Equal)),
    (">", Operator::Compare(Comparison::Greater)),
    ("<", Operator::Compare(Comparison::Less)),
    ("+", Operator::Add),
    ("-", Operator::Calculate(Arithmetic::Subtract)),
    ("*", Operator::Calculate(Arithmetic::Multiply)),
    ("/", Operator::Calculate(Arithmetic::Divide)),
    ("%", Operator::Calculate(Arithmetic::Remainder)),
    ("^", Operator::Calculate(Arithmetic::Power)),
];

impl Operator {
    /// How tightly it binds, and what its right operand must bind at least: the same again where it goes from the right.
    pub(super) fn binds(self) -> (u8, u8) {
        match self {
            Operator::Or => (1, 2),
            Operator::And => (2, 3),
            Operator::Compare(_) | Operator::Match { .. } | Operator::Is { .. } => (3, 4),
            Operator::Add | Operator::Calculate(Arithmetic::Subtract) => (4, 5),
            Operator::Calculate(Arithmetic::Power) => (6, 6),
            Operator::Calculate(_) => (5, 6),
        }
    }
}

/// The operator that the text begins with.
pub(super) fn operator(text: &str) -> Option<(Operator, &str)> {
    let sign = SIGNS.into_iter().find_map(|(sign, operator)| Some((operator, text.strip_prefix(sign)?)));
    sign.or_else(|| match word(text) {
        ("is", behind) => Some((Operator::Is { not: false }, behind)),
        ("isnot", behind) => Some((Operator::Is { not: true }, behind)),
        _ => None,
    })
}

/// The number that the text begins with, with a sign or none: digits, and with a point more digits.
pub(super) fn number(text: &str) -> Option<(&str, &str)> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let behind = digits(unsigned)?;
    let behind = behind.strip_prefix('.').and_then(digits).unwrap_or(behind);
    text.split_at_checked(text.len() - behind.len())
}

/// What follows the digits that the text begins with.
fn digits(text: &str) -> Option<&str> {
    let behind = text.trim_start_matches(|letter: char| letter.is_ascii_digit());
    (behind.len() < text.len()).then_some(behind)
}

/// The quoted text that the text begins with, with doubled quotes made single. None inside: the quote is not closed.
pub(super) fn quoted(text: &str) -> Option<Option<(String, &str)>> {
    let quote = text.chars().next().filter(|first| matches!(first, '\'' | '"'))?;
    let mut inside = String::new();
    let mut rest = text.strip_prefix(quote)?;
    loop {
        let Some((before, behind)) = rest.split_once(quote) else { return Some(None) };
        inside.push_str(before);
        let Some(more) = behind.strip_prefix(quote) else { return Some(Some((inside, behind))) };
        inside.push(quote);
        rest = more;
    }
}

/// The field that the text begins with: `a.b.[0]`, `[0].name`.
pub(super) fn name(text: &str) -> Option<(Steps, &str)> {
    let (first, mut rest) = step(text)?;
    let mut steps = vec![first];
    while let Some((step, behind)) = rest.strip_prefix('.').and_then(step).or_else(|| element(rest)) {
        steps.push(step);
        rest = behind;
    }
    Some((Steps(steps), rest))
}

fn step(text: &str) -> Option<(Step, &str)> {
    let (key, behind) = word(text);
    if key.is_empty() { element(text) } else { Some((Step::Key(key.to_owned()), behind)) }
}

/// An element of a list: `[0]`.
fn element(text: &str) -> Option<(Step, &str)> {
    let (index, behind) = text.strip_prefix('[')?.split_once(']')?;
    Some((Step::index(index)?, behind))
}

/// The letters, digits and underscores that the text begins with.
pub(super) fn word(text: &str) -> (&str, &str) {
    let is_of_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let end = text.find(|letter| !is_of_word(letter)).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}
