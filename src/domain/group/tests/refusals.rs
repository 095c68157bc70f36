//! Every way a filter can be refused, with its place.

use super::*;
use crate::domain::anketa::{Anketa, Choice, Kind, Quest};
use crate::domain::group::check_questions;
use crate::domain::json::Node;

#[test]
fn what_is_wrong_is_named_with_its_place() {
    let deep = |levels: usize| {
        (0..levels).fold(json!([{"a": "a", "op": "exists"}]), |inner, _| json!([{"op": "and", "v": inner}]))
    };
    let wrong = [
        (json!({}), Id::FilterSyntax, "filter:"),
        (json!([1]), Id::FilterSyntax, "filter[0]:"),
        (json!([{"a": "a"}]), Id::FilterSyntax, "filter[0].op:"),
        (json!([{"a": "a", "op": "exists", "value": 1}]), Id::FilterSyntax, "filter[0]:"),
        (json!([{"op": "and", "v": {}}]), Id::FilterSyntax, "filter[0].v:"),
        (json!([{"op": "or"}]), Id::FilterSyntax, "filter[0].v:"),
        (json!([{"op": "or", "v": [{"a": "a", "op": "exists"}, null]}]), Id::FilterSyntax, "filter[0].v[1]:"),
        (json!([{"a": "a", "op": "=", "v": 1}]), Id::FilterOperator, "filter[0].op:"),
        (json!([{"a": "a", "op": "!<", "v": 1}]), Id::FilterOperator, "filter[0].op:"),
        (json!([{"a": "a", "op": "!eq", "v": 1}]), Id::FilterOperator, "filter[0].op:"),
        (json!([{"a": "member.mobile_os", "op": "like", "v": "a%"}]), Id::FilterOperator, "filter[0].op:"),
        (json!([{"a": "member.mobile_app:YY", "op": "exists"}]), Id::FilterOperator, "filter[0].op:"),
        (json!([{"a": "size(member.heads)", "op": "in", "v": [1]}]), Id::FilterOperator, "filter[0].op:"),
        (json!([{"a": "a", "op": "=="}]), Id::FilterValue, "filter[0].v:"),
        (json!([{"a": "a", "op": "==", "v": null}]), Id::FilterValue, "filter[0].v:"),
        (json!([{"a": "a", "op": "==", "v": [1]}]), Id::FilterValue, "filter[0].v:"),
        (json!([{"a": "a", "op": "in", "v": 1}]), Id::FilterValue, "filter[0].v:"),
        (json!([{"a": "b", "op": "exists"}, {"a": "a", "op": "in", "v": [1, {}]}]), Id::FilterValue, "filter[1].v[1]:"),
        (json!([{"a": "a", "op": "is_null", "v": 1}]), Id::FilterValue, "filter[0].v:"),
        (json!([{"a": "a", "op": "like", "v": "\\"}]), Id::FilterValue, "filter[0].v:"),
        (json!([{"a": "a", "op": "like", "v": "x".repeat(1001)}]), Id::FilterValue, "filter[0].v:"),
        (json!([{"a": "a", "op": ">", "v": "current - 7 dais"}]), Id::FilterValue, "filter[0].v:"),
        (json!([{"a": "a", "op": ">", "v": "current-user"}]), Id::FilterValue, "filter[0].v:"),
        (json!([{"a": "a:YD", "op": "eq", "v": "01.05.2024"}]), Id::FilterValue, "filter[0].v:"),
        (json!([{"a": "a:YD", "op": "in", "v": ["2024-05-01", "2024-02-30"]}]), Id::FilterValue, "filter[0].v[1]:"),
        (json!([{"a": "a:YD", "op": "==", "v": "current:MD"}]), Id::FilterValue, "filter[0].v:"),
        (json!([{"a": "size(member.heads)", "op": ">", "v": 0}]), Id::FilterValue, "filter[0].v:"),
        (json!([{"a": "size(member.heads)", "op": ">", "v": "two"}]), Id::FilterValue, "filter[0].v:"),
        (json!([{"a": "member.addr_type", "op": "eq", "v": "fax"}]), Id::FilterValue, "filter[0].v:"),
        (json!([{"a": "a", "op": "exists", "label": ""}]), Id::FilterValue, "filter[0].label:"),
        (json!([{"op": "in_group", "v": {}}]), Id::FilterValue, "filter[0].v:"),
        (json!([{"a": "a", "op": "rx", "v": "("}]), Id::FilterRegexp, "filter[0].v:"),
        (json!([{"a": "a", "op": "rx", "v": "(?=x)"}]), Id::FilterRegexp, "filter[0].v:"),
        (json!([{"a": "a", "op": "rx", "v": "(a)\\1"}]), Id::FilterRegexp, "filter[0].v:"),
        (json!([{"a": "a", "op": "rx", "v": "(a{1000}){1000}"}]), Id::FilterRegexp, "filter[0].v:"),
        (json!([{"a": "a", "op": "rx", "v": "x".repeat(1001)}]), Id::FilterRegexp, "filter[0].v:"),
        (json!([{"op": "exists"}]), Id::FilterAttribute, "filter[0].a:"),
        (json!([{"a": "", "op": "exists"}]), Id::FilterAttribute, "filter[0].a:"),
        (json!([{"a": "a..b", "op": "exists"}]), Id::FilterAttribute, "filter[0].a:"),
        (json!([{"a": "a:DY", "op": "exists"}]), Id::FilterAttribute, "filter[0].a:"),
        (json!([{"a": "member.emial", "op": "exists"}]), Id::FilterAttribute, "filter[0].a:"),
        (json!([{"a": "member.confirm", "op": "exists"}]), Id::FilterAttribute, "filter[0].a:"),
        (json!([{"a": "-group", "op": "exists"}]), Id::FilterAttribute, "filter[0].a:"),
        (json!([{"a": "size(member.email)", "op": "==", "v": 1}]), Id::FilterAttribute, "filter[0].a:"),
        (json!([{"a": "orders[*].sum", "op": ">", "v": 1}]), Id::FilterUnsupported, "filter[0].a:"),
        (json!([{"a": "@member.sequence_data@.x", "op": "exists"}]), Id::FilterUnsupported, "filter[0].a:"),
        (json!([{"a": "member.email", "op": "has", "v": []}]), Id::FilterUnsupported, "filter[0]:"),
        (json!([{"a": "size(l)", "op": "has", "v": []}]), Id::FilterUnsupported, "filter[0]:"),
        (
            json!([{"a": "l", "op": "has", "v": [{"op": "in_group", "v": "g"}]}]),
            Id::FilterUnsupported,
            "filter[0].v[0]:",
        ),
        (
            json!([{"a": "l", "op": "has", "v": [{"a": "x", "op": "exists", "label": "y"}]}]),
            Id::FilterUnsupported,
            "filter[0].v[0].label:",
        ),
        (json!([{"a": "l", "op": "!has", "v": [], "save": "x"}]), Id::FilterUnsupported, "filter[0].save:"),
        (json!([{"a": "l", "op": "exists", "save": "x"}]), Id::FilterUnsupported, "filter[0].save:"),
        (deep(32), Id::FilterDepth, "more than 32"),
        (
            json!((0..10_001).map(|_| json!({"a": "a", "op": "exists"})).collect::<Vec<_>>()),
            Id::FilterUsage,
            "a usage of more than 10000",
        ),
        (
            json!((0..201).map(|_| json!({"a": "a", "op": "rx", "v": "x"})).collect::<Vec<_>>()),
            Id::FilterUsage,
            "a usage",
        ),
    ];
    for (filter, id, place) in wrong {
        let error = refusal(&filter);
        let shown: String = filter.to_string().chars().take(200).collect();
        assert_eq!(error.id, id, "{shown}: {error:?}");
        assert!(error.explain.starts_with(place), "{shown}: {error:?}");
    }
    assert!(read(&deep(31)).is_ok());
}

#[test]
fn what_is_wrong_in_the_old_format_is_named_too() {
    let age = |which: &str| json!({"aid": "base", "qid": "age", "which": which, "resp": 1});
    let or = json!({"which": "OR"});
    for (filter, id, place) in [
        (json!([or, age("eq")]), Id::FilterSyntax, "filter[0]:"),
        (json!([age("eq"), or]), Id::FilterSyntax, "filter:"),
        (json!([age("eq"), or, or, age("eq")]), Id::FilterSyntax, "filter[2]:"),
        (json!([age("eq"), age("eq")]), Id::FilterSyntax, "filter[1]:"),
        (json!([age("eq"), {"a": "a", "op": "exists"}]), Id::FilterSyntax, "filter[1]:"),
        (json!([{"which": "group", "group": []}]), Id::FilterSyntax, "filter[0].group:"),
        (json!([{"which": "group"}]), Id::FilterSyntax, "filter[0].group:"),
        (json!([age("equals")]), Id::FilterOperator, "filter[0].which:"),
        (json!([{"aid": "base", "which": "eq", "resp": 1}]), Id::FilterAttribute, "filter[0].qid:"),
        (json!([{"aid": "base", "qid": "age", "which": "eq"}]), Id::FilterValue, "filter[0].resp:"),
        (json!([{"which": "PRF", "pid": "p", "resp": 2}]), Id::FilterValue, "filter[0].resp:"),
        (json!([{"which": "PRF"}]), Id::FilterValue, "filter[0].pid:"),
        (json!([{"aid": "member", "qid": "nothing", "which": "emptyS"}]), Id::FilterAttribute, "filter[0]:"),
        (
            json!([{"aid": "base", "qid": "age", "which": "like", "resp": "я".repeat(501)}]),
            Id::FilterValue,
            "filter[0].resp:",
        ),
    ] {
        let error = refusal(&filter);
        assert_eq!(error.id, id, "{filter}: {error:?}");
        assert!(error.explain.starts_with(place), "{filter}: {error:?}");
    }
}

#[test]
fn questions_that_there_are_not_are_named_with_their_place() {
    let choice = |code| Choice { code, name: code, position: 1, system: false };
    let quest = |id, kind| Quest { id, name: id, kind, position: 1, system: false };
    let quests = vec![quest("city", Kind::Free(256)), quest("gender", Kind::One(vec![choice("1"), choice("0")]))];
    let check = |filter: &Json| {
        let bytes = bytes(&filter.to_string());
        let base = Anketa { id: "base", name: "Basic data", system: true, quests: quests.clone() };
        check_questions(root(&bytes).unwrap().as_array().unwrap(), || vec![base])
    };
    let asks =
        |aid: &str, qid: &str, which: &str, resp: Json| json!({"aid": aid, "qid": qid, "which": which, "resp": resp});
    let or = json!({"which": "OR"});
    for good in [
        json!([asks("base", "city", "eq", json!("nowhere")), or, asks("base", "gender", "in", json!(["1", "0"]))]),
        json!([asks("base", "gender", "ne", json!(1)), or, asks("base", "gender", "emptyS", json!(""))]),
        json!([asks("member", "haslock", "eq", json!(0)), or, {"which": "PRF", "pid": "pl1"}]),
        json!([asks("-group", "pl1", "dirtyS", json!(""))]),
        // In the format of datakeys any key is one.
        json!([{"a": "nowhere.city", "op": "==", "v": "Omsk"}]),
        json!([]),
    ] {
        assert_eq!(check(&good), Ok(()), "{good}");
    }
    for (wrong, id, place) in [
        (json!([asks("bace", "city", "eq", json!("a"))]), Id::AnketaNotexists, "filter[0].aid:"),
        (json!([or, asks("base", "citi", "eq", json!("a"))]), Id::QuestNotexists, "filter[1].qid:"),
        (json!([asks("base", "gender", "eq", json!("2"))]), Id::QuestAnswer, "filter[0].resp:"),
        (
            json!([{"which": "group", "group": [asks("base", "gender", "in", json!(["1", "7"]))]}]),
            Id::QuestAnswer,
            "filter[0].group[0].resp:",
        ),
    ] {
        let error = check(&wrong).unwrap_err();
        assert_eq!(error.id, id, "{wrong}: {error:?}");
        assert!(error.explain.starts_with(place), "{wrong}: {error:?}");
    }
}

/// The engine has a bound of its own, which no limit can widen.
#[test]
fn no_limit_lets_a_filter_be_deeper_than_the_engine_goes() {
    let mut inner = Node::array([]);
    for _ in 0..200 {
        inner = Node::array([Node::object([("op", Node::from("and")), ("v", inner)])]);
    }
    let wide = Limits { max_depth: usize::MAX, max_usage: u64::MAX };
    let error = Filter::read(root(&encoded(&inner).unwrap()).unwrap(), &wide).unwrap_err();
    assert_eq!((error.id, error.explain.as_str()), (Id::FilterDepth, "more than 100 levels of conditions"));
}

#[test]
fn a_moment_beyond_the_calendar_is_refused_when_it_comes() {
    let filter = read(&json!([{"a": "a", "op": ">", "v": "current + 7980 years"}]));
    assert_eq!(filter.unwrap_err().id, Id::FilterValue);
    let filter = read(&json!([{"a": "a", "op": ">", "v": "current - 2026 years"}])).unwrap();
    assert_eq!(filter.at(&now()).unwrap_err().id, Id::FilterValue);
}
