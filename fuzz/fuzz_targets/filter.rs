//! Any JSON `[filter, data]`: what is read is written and read again, asked, and compiled.

#![no_main]

use jiff::Timestamp;
use jiff::tz::TimeZone;
use libfuzzer_sys::fuzz_target;
use pg_member::domain::datakey::date::Now;
use pg_member::domain::group::{Filter, Limits, NoGroups, NoStatistics, Subject, Target};
use pg_member::domain::json::{Value, View, encoded, parse, root};

fuzz_target!(|text: &str| {
    let Ok(document) = parse(text) else { return };
    let Ok(Value::Array(pair)) = root(&document) else { return };
    let (Ok(Some(filter)), Ok(Some(data))) = (pair.get(0), pair.get(1)) else { return };
    let Ok(filter) = Filter::read(filter, &Limits::default()) else { return };
    let written = encoded(&filter.to_node()).expect("a filter within the limits can be written");
    let again = Filter::read(root(&written).expect("own bytes are sound"), &Limits::default());
    assert_eq!(again.as_ref(), Ok(&filter));
    let now = Now { instant: Timestamp::UNIX_EPOCH, zone: TimeZone::UTC };
    let Ok(matcher) = filter.at(&now) else { return };
    let view = View::from(data);
    let subject = Subject { data: view, system: view, heads: &[], groups: &NoGroups, statistics: &NoStatistics };
    let holds = matcher.evaluate(&subject).expect("own bytes are sound");
    let hits = matcher.evaluate_with_hits(&subject).expect("own bytes are sound");
    assert_eq!(hits.is_some(), holds);
    let attributes = filter.mentions().paths;
    let target = Target { attributes: &attributes, groups: &NoGroups, zone: "UTC", first: 1 };
    let compiled = matcher.compile(&target).expect("a filter without groups can be compiled");
    assert!(!compiled.sql.is_empty());
});
