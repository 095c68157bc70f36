//! Whether the first row names the columns (members.md 10.2, 10.4).

use super::record::Cell;
use crate::domain::address::AddrType;

/// Whether a row looks like names of columns: one at least is a code such as `base.firstName`, `=orders.count` or the name
/// of a type of addresses, and none is an address, a number or a date.
pub fn names_columns(cells: &[Cell]) -> bool {
    let texts = || cells.iter().filter(|cell| **cell != Cell::Empty);
    texts().all(|cell| matches!(cell, Cell::Text(text) if !is_datum(text)))
        && texts().any(|cell| matches!(cell, Cell::Text(text) if is_code(text.strip_prefix('=').unwrap_or(text))))
}

/// An address, a number, a date or a time: no name of a column begins with a digit or has a `@` in its midst.
fn is_datum(text: &str) -> bool {
    let text = text.trim();
    let starts = text.trim_start_matches(['+', '-', '(', ' ']);
    starts.starts_with(|first: char| first.is_ascii_digit())
        || text.rsplit_once('@').is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.'))
}

/// A dotted code, a special column, or the bare name of what addresses are usually called.
fn is_code(text: &str) -> bool {
    let is_word = |part: &str| {
        !part.is_empty() && part.chars().all(|letter| letter.is_alphanumeric() || "_-@{}[]'\"/".contains(letter))
    };
    let dotted = text.contains('.') && text.split('.').all(is_word);
    let usual = ["e-mail", "mail", "phone", "cellphone", "tel", "mobile", "/status"];
    let lower = text.to_lowercase();
    dotted || usual.contains(&lower.as_str()) || AddrType::parse(&lower).is_some()
}
