//! Reading both formats and writing one.

use super::random_filter::filter;
use super::*;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_is_written_reads_as_the_same_filter(json in filter(&["l1", "f1"])) {
        let filter = read(&json).unwrap();
        let written = written(&filter);
        let again = read(&written).unwrap_or_else(|error| panic!("{written}: {error:?}"));
        prop_assert_eq!(&again, &filter);
        prop_assert_eq!((again.usage(), again.depth(), again.mentions()), (filter.usage(), filter.depth(), filter.mentions()));
        // At a moment it is written without a clock.
        let fixed = Filter::new(filter.at(&now()).unwrap().conditions().to_vec());
        prop_assert!(!fixed.uses_clock() || !filter.uses_clock() || fixed != filter);
    }

    #[test]
    fn keys_of_any_shape_are_written_so_that_they_are_read(key in "[a-zY:Dms(){}\\\\.\\[\\]*@ ]{1,12}", other in ":[YMDhms]{2}|size\\(x\\)|a:YD|\\*") {
        for key in [key, other] {
            let attr = attr::Attr::of_keys(vec![key.clone(), "below".into()]).unwrap();
            prop_assert_eq!(&attr::Attr::parse(&attr.to_string(), false).unwrap(), &attr, "{}", attr);
            let attr = attr::Attr::of_keys(vec!["above".into(), key]).unwrap();
            prop_assert_eq!(&attr::Attr::parse(&attr.to_string(), false).unwrap(), &attr, "{}", attr);
        }
    }
}

/// Each pair is one filter, in AVO and in KD.
#[test]
fn questionnaires_and_datakeys_are_one_tree() {
    let cond = |which: &str, resp: Json| json!({"aid": "base", "qid": "age", "which": which, "resp": resp});
    let connector = |which: &str| json!({"which": which});
    let age = |op: &str, v: Json| json!({"a": "base.age", "op": op, "v": v});
    let pairs = [
        (json!([cond("ge", json!(18))]), json!([age(">=", json!("18"))])),
        (json!([cond("eq", json!("5"))]), json!([age("==", json!("5"))])),
        (json!([cond("ne", json!("5"))]), json!([age("!=", json!("5"))])),
        (json!([cond("eq", json!(["1", 2]))]), json!([age("in", json!(["1", "2"]))])),
        (json!([cond("ne", json!(["1"]))]), json!([age("!in", json!(["1"]))])),
        (json!([cond("in", json!(["1"]))]), json!([age("in", json!(["1"]))])),
        (json!([cond("like", json!("4%"))]), json!([age("like", json!("4%"))])),
        (
            json!([{"aid": "base", "qid": "name", "which": "lt", "resp": "5", "qid.type": "free"}]),
            json!([{"a": "base.name", "op": "lt", "v": "5"}]),
        ),
        (
            json!([{"aid": "base", "qid": "visit", "which": "gt", "resp": "current - 7 DAY", "qid.type": "dt"}]),
            json!([{"a": "base.visit", "op": ">", "v": "current - 7 DAY"}]),
        ),
        (json!([{"aid": "base", "qid": "q.1", "which": "emptyS"}]), json!([{"a": "base.q\\.1", "op": "empty"}])),
        (json!([{"aid": "base", "qid": "a", "which": "dirtyS"}]), json!([{"a": "base.a", "op": "!empty"}])),
        (
            json!([{"aid": "member", "qid": "error", "which": "gt", "resp": 2}]),
            json!([{"a": "member.error.error", "op": ">", "v": 2}]),
        ),
        (
            json!([{"aid": "member", "qid": "confirm.time", "which": "dirtyS"}]),
            json!([{"a": "member.confirm.time", "op": "!empty"}]),
        ),
        (
            json!([{"aid": "member", "qid": "addr_type", "which": "eq", "resp": "email", "qid.type": "free"}]),
            json!([{"a": "member.addr_type", "op": "==", "v": "email"}]),
        ),
        (json!([{"which": "PRF", "pid": "p24", "resp": 1}]), json!([{"op": "in_group", "v": "p24"}])),
        (json!([{"which": "PRF", "pid": ["p24", "p25"]}]), json!([{"op": "in_group", "v": ["p24", "p25"]}])),
        (json!([{"which": "PRF", "pid": "p24", "resp": "0"}]), json!([{"op": "!in_group", "v": "p24"}])),
        (
            json!([cond("ge", json!(1)), connector("AND"), cond("le", json!(5))]),
            json!([age(">=", json!(1)), age("<=", json!(5))]),
        ),
        (
            json!([
                cond("eq", json!(1)),
                connector("OR"),
                cond("ge", json!(5)),
                connector("AND"),
                cond("le", json!(9))
            ]),
            json!([{"op": "or", "v": [age("==", json!(1)), {"op": "and", "v": [age(">=", json!(5)), age("<=", json!(9))]}]}]),
        ),
        (
            json!([{"which": "group", "group": [cond("eq", json!(1)), connector("OR"), cond("eq", json!(2))]}, connector("AND"), cond("ne", json!(3))]),
            json!([{"op": "and", "v": [{"op": "or", "v": [age("==", json!(1)), age("==", json!(2))]}]}, age("!=", json!(3))]),
        ),
    ];
    for (avo, kd) in pairs {
        assert_eq!(read(&avo).unwrap_or_else(|error| panic!("{avo}: {error:?}")), read(&kd).unwrap(), "{avo}");
    }
}
