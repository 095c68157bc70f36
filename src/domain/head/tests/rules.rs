//! `head_rule`: who has which head afterwards, in every cell of the table.

use super::*;
use crate::domain::error::{Error, Id};

/// Person 1 has the heads 0 (by which it is named) and 1; person 2 has what is given; head 9 is nobody's.
fn world(source: &[i64]) -> Vec<Person> {
    let mut people = vec![person(1, r#"{"a": 1}"#, &[0, 1])];
    if !source.is_empty() {
        people.push(person(2, r#"{"b": 2}"#, source));
    }
    people
}

/// Attaches a head by a request's `head_rule`.
fn attach(people: Vec<Person>, n: i64, rule: &str, guard: Guard) -> Result<Plan, Error> {
    let (limits, now) = (Limits::default(), now());
    let request = bytes(&format!(r#"{{"head": "x", "head_rule": {rule}}}"#));
    let request = crate::domain::request::Request::open(value(&request), &["head", "head_rule"], &[]).unwrap();
    let rules = Rules::read(request.object("head_rule").unwrap())?;
    let item = Attach { rules, ..Attach::of_head(&request).unwrap() };
    let mut planner = Planner::new(people, head(0), guard, &limits, &now);
    planner.attach(0, &head(n), &item)?;
    Ok(planner.finish())
}

/// The numbers of the heads of each person that is left, and the datakeys of the receiver.
fn after(plan: &Plan) -> (Vec<Vec<i64>>, String) {
    let heads = plan.people.iter().filter(|person| person.exists).map(|person| {
        let mut heads: Vec<i64> = person.heads.iter().map(|head| head.id.unwrap()).collect();
        heads.sort_unstable();
        heads
    });
    (heads.collect(), text(&plan.people[0].data))
}

fn warned(plan: &Plan) -> Vec<Id> {
    plan.warnings.iter().map(|warning| warning.id).collect()
}

/// The heads of each person that is left.
type Heads = &'static [&'static [i64]];

#[test]
fn another_subscribers_head() {
    // By rule: the heads of both persons for a source of several heads and of one, and whether data were merged.
    let table: [(&str, Heads, Heads, bool); 4] = [
        ("transplant", &[&[0, 1, 3], &[4]], &[&[0, 1, 3]], false),
        ("decapitate", &[&[0, 1], &[4]], &[&[0, 1]], true),
        ("replace", &[&[1, 3], &[4]], &[&[1, 3]], true),
        ("replace_same_type", &[&[1, 3], &[4]], &[&[1, 3]], true),
    ];
    for (rule, multi, single, merges) in table {
        let data = if merges { r#"{"a": 1, "b": 2}"# } else { r#"{"a": 1}"# };
        let plan = attach(world(&[3, 4]), 3, &format!(r#"{{"multi": "{rule}"}}"#), Guard::default()).unwrap();
        let heads: Vec<Vec<i64>> = multi.iter().map(|heads| heads.to_vec()).collect();
        assert_eq!(after(&plan), (heads, data.to_owned()), "multi {rule}");
        assert_eq!(warned(&plan), []);
        let plan = attach(world(&[3]), 3, &format!(r#"{{"single": "{rule}"}}"#), Guard::default()).unwrap();
        let heads: Vec<Vec<i64>> = single.iter().map(|heads| heads.to_vec()).collect();
        assert_eq!(after(&plan), (heads, data.to_owned()), "single {rule}");
        assert_eq!(warned(&plan), if merges { vec![] } else { vec![Id::HeadDatalost] });
        assert!(plan.steps.iter().any(|step| matches!(step, Step::Retire { from: 1, to: Some(RECEIVER) })));
    }
}

#[test]
fn none_and_error() {
    for (source, case) in [(&[3, 4][..], "multi"), (&[3], "single")] {
        let refusal = attach(world(source), 3, "{}", Guard::default()).unwrap_err();
        assert_eq!(refusal.id, Id::HeadTaken);
        let plan = attach(world(source), 3, &format!(r#"{{"{case}": "none"}}"#), Guard::default()).unwrap();
        assert_eq!((plan.steps.len(), warned(&plan)), (0, vec![Id::HeadTaken]));
    }
}

#[test]
fn a_head_of_nobody() {
    let cell = |rule: &str| attach(world(&[]), 9, &format!(r#"{{"newbie": "{rule}"}}"#), Guard::default()).unwrap();
    assert_eq!(after(&cell("attach")).0, [[0, 1, 9]]);
    assert_eq!(after(&cell("replace")).0, [[1, 9]]);
    assert_eq!(after(&cell("replace_same_type")).0, [[1, 9]]);
    let plan = cell("none");
    assert_eq!((plan.steps.len(), warned(&plan)), (0, vec![Id::HeadUnknown]));
    assert_eq!(cell("replace").named, head(9), "the reply is about the new head");
    assert_eq!(cell("attach").named, head(0));
}

#[test]
fn the_receivers_own_head_is_nothing_to_do() {
    let plan = attach(world(&[]), 1, "{}", Guard::default()).unwrap();
    assert_eq!((plan.steps.len(), plan.warnings.len()), (0, 0));
}

#[test]
fn replace_same_type_needs_one_head_of_the_type_at_most() {
    let people = || vec![person(1, "{}", &[0, 3]), person(2, "{}", &[6, 7])];
    let rule = r#"{"multi": "replace_same_type"}"#;
    assert_eq!(attach(people(), 6, rule, Guard::default()).unwrap_err().id, Id::HeadAmbiguous);
    let plan = attach(people(), 7, rule, Guard::default()).unwrap();
    assert_eq!(after(&plan).0, [vec![0, 3, 7], vec![6]], "without one it is a transplant");
}

#[test]
fn guards_refuse_unless_the_rule_is_none() {
    let full = || Guard { max_heads_per_type: 1, ..Guard::default() };
    assert_eq!(attach(world(&[]), 9, "{}", full()).unwrap_err().id, Id::HeadLimit);
    assert!(attach(world(&[]), 9, r#"{"newbie": "replace"}"#, full()).is_ok(), "the head that goes makes room");
    let used = || Guard { max_merges_per_day: 2, ..Guard::default() };
    let tired = |place: usize| {
        let mut people = world(&[3]);
        people[place].merges_today = 2;
        people
    };
    for place in [0, 1] {
        assert_eq!(attach(tired(place), 3, r#"{"single": "transplant"}"#, used()).unwrap_err().id, Id::MergeLimit);
        assert!(attach(tired(place), 9, "{}", used()).is_ok(), "a head of nobody is no merge");
    }
    let blocked = |pattern: &str, kind: &str| Guard {
        blocked: vec![Blocked::new(pattern, Pattern::parse(Some(kind)).unwrap(), None).unwrap()],
        ..Guard::default()
    };
    for (pattern, kind) in [("head-9", "literal"), ("*9", "literal"), ("h.+-[89]", "regexp")] {
        assert_eq!(attach(world(&[]), 9, "{}", blocked(pattern, kind)).unwrap_err().id, Id::HeadBlocked);
        let plan = attach(world(&[]), 9, r#"{"newbie": "none"}"#, blocked(pattern, kind)).unwrap();
        assert_eq!(warned(&plan), [Id::HeadBlocked]);
    }
    for (pattern, kind) in [("head-", "literal"), ("ead-9", "regexp")] {
        assert!(attach(world(&[]), 9, "{}", blocked(pattern, kind)).is_ok(), "{pattern} is not all of it");
    }
    for pattern in ["", "(", "[9"] {
        assert_eq!(Blocked::new(pattern, Pattern::Regexp, None).unwrap_err().id, Id::BlockedPattern);
    }
}
