//! Any text as a path, and any JSON `[body, program]` as work to do.

#![no_main]

use jiff::Timestamp;
use jiff::tz::TimeZone;
use libfuzzer_sys::fuzz_target;
use pg_member::domain::datakey::date::Now;
use pg_member::domain::datakey::{Context, CopySource, Limits, Path, Plan, Program, apply, get};
use pg_member::domain::json::{Value, parse, root};

fuzz_target!(|text: &str| {
    let limits = Limits { max_result_size: 1 << 20, ..Limits::default() };
    let document = parse(text).unwrap_or_default();
    let document = root(&document).unwrap_or(Value::Null);
    if let Ok(path) = Path::parse(text, &limits) {
        assert_eq!(Path::parse(&path.to_string(), &limits), Ok(path.clone()));
        let _ = get(document, &path);
    }
    let Value::Array(pair) = document else { return };
    let (Ok(Some(body)), Ok(Some(program))) = (pair.get(0), pair.get(1)) else { return };
    let Ok(program) = Program::parse(program, &limits) else { return };
    let mut before = Vec::new();
    pg_member::domain::json::encode(&body.into(), &mut before).expect("own bytes can be written");
    let planned = Plan::of(&program, &limits).and_then(|plan| plan.apply(&before));
    let now = Now { instant: Timestamp::UNIX_EPOCH, zone: TimeZone::UTC };
    for copy in [CopySource::Own, CopySource::Data(body), CopySource::Null, CopySource::Skip] {
        let context = Context { limits: &limits, now: &now, copy, system: Some(body) };
        let Ok(applied) = apply(body, program.ops(), &context) else { continue };
        let after = applied.encode().expect("a result within the limits can be written");
        assert!(planned.as_ref().is_none_or(|planned| **planned == *after));
        assert_eq!(applied.changed(), after != before);
        let changes = applied.changes().expect("own bytes are sound");
        assert!(applied.changed() || changes.is_empty());
    }
});
