//! Patterns and numbers against oracles.

use crate::domain::group::like::Like;
use crate::domain::group::number::{compare, is_number};
use crate::domain::json::Decimal;
use num_bigint::BigInt;
use proptest::prelude::*;
use regex::Regex;

#[test]
fn numbers_look_like_numbers() {
    for yes in ["0", "7", "007", "-0", "+7", "1.10", "0.0", "-12345678901234567890.123"] {
        assert!(is_number(yes), "{yes}");
    }
    for no in ["", "-", "+", ".", "1.", ".5", "1e5", "0x1F", "Infinity", "NaN", " 1", "1 ", "1,5", "--1", "1.2.3", "١"]
    {
        assert!(!is_number(no), "{no}");
    }
    assert!(is_number(&"9".repeat(1000)) && !is_number(&"9".repeat(1001)));
}

/// The number times 10 to the power of 40.
fn scaled(text: &str) -> BigInt {
    let (integral, fraction) = text.split_once('.').unwrap_or((text, ""));
    format!("{integral}{fraction:0<40}").parse().unwrap()
}

/// The same pattern as a regular expression.
fn as_regex(pattern: &str) -> Regex {
    let mut out = String::from("^(?s:");
    let mut chars = pattern.chars();
    while let Some(char) = chars.next() {
        match char {
            '%' => out.push_str(".*"),
            '_' => out.push('.'),
            '\\' => out.push_str(&regex::escape(&chars.next().unwrap().to_string())),
            char => out.push_str(&regex::escape(&char.to_string())),
        }
    }
    Regex::new(&format!("{out})$")).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn comparing_agrees_with_big_integers(left in "[-+]?[0-9]{1,30}(\\.[0-9]{1,30})?", right in "[-+]?[0-9]{1,3}(\\.[0-9]{1,3})?") {
        prop_assert!(is_number(&left) && Decimal::parse(&left).is_ok());
        prop_assert_eq!(compare(&left, &right), scaled(&left).cmp(&scaled(&right)));
        prop_assert_eq!(compare(&right, &left), scaled(&right).cmp(&scaled(&left)));
        prop_assert!(compare(&left, &left).is_eq());
    }

    #[test]
    fn like_agrees_with_a_regular_expression(pattern in "([ab%_яю\n]|\\\\[%_a\\\\]){0,10}", text in "[abяю%_\n\\\\]{0,12}") {
        prop_assert_eq!(Like::parse(&pattern).unwrap().matches(&text), as_regex(&pattern).is_match(&text));
    }
}

#[test]
fn a_pattern_does_not_end_with_a_backslash_and_is_not_slow() {
    assert!(Like::parse("a\\").is_err());
    assert_eq!(Like::parse("ab\\%c%d").unwrap().prefix(), "ab%c");
    // Exponential in a matcher that tries every `%` again.
    let pattern = Like::parse(&"%a".repeat(500)).unwrap();
    assert!(!pattern.matches(&format!("{}b", "a".repeat(20_000))) && pattern.matches(&"a".repeat(500)));
}
