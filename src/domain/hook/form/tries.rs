//! How a hook tries: `retry`, `rate_limit` and `breaker` (pipelines-and-hooks.md 7, 13.5).

use super::section::{Section, number_in, whole};
use crate::domain::error::Result;
use crate::domain::hook::{Retry, Rule};
use crate::domain::json::{Decimal, Node, Value};

/// Attempts and pauses of a ladder at most.
const MOST_ATTEMPTS: u32 = 1000;
/// A day in seconds.
const DAY_SEC: u32 = 86_400;
/// A year in seconds.
pub const YEAR_SEC: u32 = 365 * DAY_SEC;
/// The fastest rate that is worth limiting.
const FASTEST: u32 = 1_000_000;

/// `retry`. Errors: `error/param/wrong`.
pub fn read_retry(section: &mut Section, before: Option<&Retry>) -> Result<Retry> {
    let Some(inner) = section.inner("retry", &["times", "period_sec", "ladder", "jitter"])? else {
        return Ok(before.cloned().unwrap_or_default());
    };
    let rungs = |value: Value| {
        let list = value.as_array().filter(|list| list.len() < MOST_ATTEMPTS as usize)?;
        list.iter().map(|rung| number_in(rung.ok()?, &(0..=YEAR_SEC))).collect()
    };
    let kept = before.map(|retry| retry.ladder.clone());
    let jitter = before.map(|retry| retry.jitter);
    Ok(Retry {
        times: inner.number("times", before.map(|retry| retry.times), None, 1..=MOST_ATTEMPTS)?,
        period_sec: inner.number("period_sec", before.map(|retry| retry.period_sec), None, 0..=DAY_SEC)?,
        ladder: inner.take("ladder", kept, Vec::new(), rungs, "a list of less than 1000 pauses in seconds")?,
        jitter: inner.take("jitter", jitter, 0.0, read_part, "a number from 0 to 1")?,
    })
}

fn read_part(value: Value) -> Option<f64> {
    let Value::Number(number) = value else { return None };
    number.to_string().parse().ok().filter(|part| (0.0..=1.0).contains(part))
}

/// The same as it is kept and shown.
pub fn written_retry<'a>(retry: &Retry) -> Node<'a> {
    Node::object([
        ("times", retry.times.map_or(Node::Null, whole)),
        ("period_sec", retry.period_sec.map_or(Node::Null, whole)),
        ("ladder", Node::array(retry.ladder.iter().map(|rung| whole(*rung)))),
        ("jitter", Decimal::parse(&retry.jitter.to_string()).map_or(Node::Null, Node::from)),
    ])
}

/// `rate_limit`. Errors: `error/param/wrong`.
pub fn read_rate(section: &mut Section, before: Option<u32>) -> Result<Option<u32>> {
    match section.inner("rate_limit", &["per_sec"])? {
        Some(inner) => inner.number("per_sec", None, None, 1..=FASTEST),
        None => Ok(before),
    }
}

/// The same as it is kept and shown.
pub fn written_rate<'a>(per_sec: Option<u32>) -> Node<'a> {
    per_sec.map_or(Node::Null, |rate| Node::object([("per_sec", whole(rate))]))
}

/// `breaker`. Errors: `error/param/wrong`.
pub fn read_breaker(section: &mut Section, before: Option<Rule>) -> Result<Rule> {
    let usual = Rule::default();
    let Some(inner) = section.inner("breaker", &["failures", "pause_sec"])? else {
        return Ok(before.unwrap_or(usual));
    };
    Ok(Rule {
        failures: inner.number("failures", before.map(|rule| rule.failures), usual.failures, 0..=10_000)?,
        pause_sec: inner.number("pause_sec", before.map(|rule| rule.pause_sec), usual.pause_sec, 1..=DAY_SEC)?,
    })
}

/// The same as it is kept and shown.
pub fn written_breaker<'a>(rule: Rule) -> Node<'a> {
    Node::object([("failures", whole(rule.failures)), ("pause_sec", whole(rule.pause_sec))])
}
