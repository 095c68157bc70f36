mod against_model;
mod limits;
mod model;
mod no_panic;
mod paths;
mod plans;
mod reading;
mod rows;
mod rules;

use super::date::Now;
use super::*;
use crate::domain::error::{Error, Id};
use crate::domain::json::tests::{bytes, text};
use crate::domain::json::{Value, root};
use jiff::tz::TimeZone;
use std::borrow::Cow;

/// 2026-11-21 15:04:05 in Moscow.
fn now() -> Now {
    Now { instant: "2026-11-21T12:04:05Z".parse().unwrap(), zone: TimeZone::get("Europe/Moscow").unwrap() }
}

/// What a program makes of a body.
struct Outcome {
    /// The body after it.
    body: String,
    changed: bool,
    /// Path, old and new value, `-` for nothing.
    rows: Vec<(String, String, String)>,
}

/// Runs a program given as text, copying from the body itself, and checks that the outcome agrees with itself.
fn run(body: &str, program: &str) -> Result<Outcome, Error> {
    run_with(body, program, CopySource::Own, None, &Limits::default())
}

fn run_with(
    body: &str,
    program: &str,
    copy: CopySource,
    system: Option<Value>,
    limits: &Limits,
) -> Result<Outcome, Error> {
    let (body, program) = (bytes(body), bytes(program));
    let program = Program::parse(root(&program).unwrap(), limits)?;
    let context = Context { limits, now: &now(), copy, system };
    let applied = apply(root(&body).unwrap(), program.ops(), &context)?;
    let after = applied.encode()?;
    assert_eq!(applied.changed(), after != body);
    assert_eq!(bytes(&text(&after)), after);
    if let Some(planned) = Plan::of(&program, limits).and_then(|plan| plan.apply(&body).map(Cow::into_owned)) {
        assert_eq!(text(&planned), text(&after));
        assert_eq!(planned, after);
    }
    let rows: Vec<_> = applied.changes()?.into_iter().map(row).collect();
    assert!(applied.changed() || rows.is_empty());
    Ok(Outcome { body: text(&after), changed: applied.changed(), rows })
}

fn row(change: Change) -> (String, String, String) {
    let show = |node: Option<crate::domain::json::Node>| {
        node.map_or("-".to_owned(), |node| {
            let mut out = Vec::new();
            crate::domain::json::encode(&node, &mut out).unwrap();
            text(&out)
        })
    };
    (change.path, show(change.old), show(change.new))
}

fn refused(body: &str, program: &str) -> Id {
    match run(body, program) {
        Ok(outcome) => panic!("{program} made {} of {body}", outcome.body),
        Err(error) => error.id,
    }
}
