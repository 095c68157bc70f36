use super::write::{Asked, Rule, Written, translate};
use super::*;
use crate::domain::datakey::date::Now;
use crate::domain::datakey::{Context, CopySource, Limits, Program, apply};
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Node, encoded, parse, print, root};
use crate::domain::request::Request;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

fn now() -> Now {
    Now { instant: Timestamp::from_second(1_700_000_000).unwrap(), zone: TimeZone::UTC }
}

fn choices() -> Vec<Choice<'static>> {
    let choice = |(position, code)| Choice { code, name: code, position, system: false };
    (1..).zip(["b", "a", "10", "9"]).map(choice).collect()
}

/// One question of each type, in two questionnaires.
fn ankets() -> Vec<Anketa<'static>> {
    let quest = |id, kind| Quest { id, name: id, kind, position: 1, system: false };
    let quests = || {
        let mut quests = vec![
            quest("free", Kind::Free(5)),
            quest("int", Kind::Int),
            quest("one", Kind::One(choices())),
            quest("many", Kind::Many(choices())),
        ];
        quests.extend(Precision::ALL.map(|precision| quest(precision.as_str(), Kind::Date(precision))));
        quests
    };
    ["base", "a1"].map(|id| Anketa { id, name: id, system: false, quests: quests() }).to_vec()
}

fn written(obj: &Json, rule: Rule) -> Result<Written> {
    let bytes = parse(&obj.to_string()).unwrap();
    translate(&Asked { obj: root(&bytes).unwrap().as_object().unwrap(), rule }, &ankets(), &now())
}

fn program(obj: &Json, rule: Rule) -> Json {
    let written = written(obj, rule).unwrap();
    shown(&Node::from(root(&written.program).unwrap()))
}

fn shown(node: &Node) -> Json {
    let bytes = encoded(node).unwrap();
    serde_json::from_str(&print(root(&bytes).unwrap()).unwrap()).unwrap()
}

/// A body after answers are written.
fn after(body: &[u8], obj: &Json, rule: Rule) -> Vec<u8> {
    let (limits, now) = (Limits::default(), now());
    let written = written(obj, rule).unwrap();
    let program = Program::parse(root(&written.program).unwrap(), &limits).unwrap();
    let program = if rule == Rule::Fill { program.fill() } else { program };
    let context = Context { limits: &limits, now: &now, copy: CopySource::Own, system: None };
    apply(root(body).unwrap(), program.ops(), &context).unwrap().encode().unwrap()
}

fn read_back(body: &[u8]) -> Json {
    shown(&Node::object(read::answers(root(body).unwrap(), &ankets()).unwrap()))
}

#[test]
fn answers_become_a_program() {
    let obj =
        json!({"base": {"free": "Anna", "int": "007", "one": ["a"], "many": ["9", "b"], "yd": "2024-5-1", "ys": null}});
    let all = json!([
        ["base.yd", "set", "2024-05-01"], ["base.ys", "delete"], ["base.int", "set", 7], ["base.one", "set", {"a": null}],
        ["base.free", "set", "Anna"], ["base.many", "set", {"9": null, "b": null}]
    ]);
    assert_eq!(program(&obj, Rule::Overwrite), all);
    assert_eq!(program(&json!({"a1": {"int": 5, "free": null}}), Rule::Fill), json!([["a1.int", "insert", 5]]));
    assert_eq!(program(&json!({"a1": {"many": []}}), Rule::Overwrite), json!([["a1.many", "delete"]]));
}

#[test]
fn lists_and_what_the_system_keeps_become_its_operations() {
    let obj = json!({"-group": {"pl1": 1, "p.l": "0"}, "member": {"error": "0", "lockconfirm": "1"}});
    let all = json!([
        ["-group.p\\.l", "delete"],
        ["-group.pl1", "set", 1],
        ["member.error.error", "delete"],
        ["member.lockconfirm", "set", 1]
    ]);
    assert_eq!(program(&obj, Rule::Fill), all);
    let ignored = json!({"member": {"error": "1", "lockconfirm": 0, "email": "x", "origin": 5}});
    let ignored = written(&ignored, Rule::Overwrite).unwrap();
    assert_eq!(shown(&Node::from(root(&ignored.program).unwrap())), json!([]));
    assert_eq!(ignored.warnings.iter().map(|warning| warning.id).collect::<Vec<_>>(), [Id::DatakeyReadonly; 4]);
    for answer in [json!(2), json!(null), json!("yes"), json!([1])] {
        let refused = written(&json!({"-group": {"g": answer}}), Rule::Overwrite).map(|_| ()).unwrap_err();
        assert_eq!(refused.id, Id::ParamWrong);
    }
}

#[test]
fn what_does_not_fit_is_refused_by_name() {
    for (quest, answer, id) in [
        ("none", json!("x"), Id::QuestNotexists),
        ("free", json!("123456"), Id::QuestValue),
        ("free", json!(["x"]), Id::QuestValue),
        ("free", json!(true), Id::QuestValue),
        ("int", json!("1.5"), Id::QuestValue),
        ("int", json!(1.5), Id::QuestValue),
        ("int", json!(""), Id::QuestValue),
        ("int", json!("-"), Id::QuestValue),
        ("int", json!("+1"), Id::QuestValue),
        ("int", json!(["1"]), Id::QuestValue),
        ("one", json!("a"), Id::QuestValue),
        ("one", json!([]), Id::QuestValue),
        ("one", json!(["a", "b"]), Id::QuestValue),
        ("one", json!(["c"]), Id::QuestAnswer),
        ("one", json!([["a"]]), Id::QuestValue),
        ("many", json!(["a", "c"]), Id::QuestAnswer),
        ("many", json!({"a": null}), Id::QuestValue),
        ("yd", json!("2024-05-01 12"), Id::QuestValue),
        ("yd", json!("2024-02-30"), Id::QuestValue),
        ("yd", json!("2024-05"), Id::QuestValue),
        ("yd", json!(20240501), Id::QuestValue),
        ("yh", json!("2024-05-01"), Id::QuestValue),
        ("ym", json!("2024-05"), Id::QuestValue),
        ("ys", json!("2024-05-01 12:00"), Id::QuestValue),
        ("yd", json!("current:Ys"), Id::QuestValue),
    ] {
        let refused = written(&json!({"base": {quest: answer}}), Rule::Overwrite).map(|_| ()).unwrap_err();
        assert_eq!(refused.id, id, "{quest} {answer}");
    }
    for unknown in [json!({"a2": {"x": 1}}), json!({"a2": {}})] {
        assert_eq!(written(&unknown, Rule::Fill).map(|_| ()).unwrap_err().id, Id::AnketaNotexists);
    }
    assert_eq!(written(&json!({"base": [1]}), Rule::Fill).map(|_| ()).unwrap_err().id, Id::ParamWrong);
}

#[test]
fn what_fits_is_stored_in_normal_form() {
    for (quest, answer, stored) in [
        ("free", json!("Ёжик!"), json!("Ёжик!")),
        ("free", json!(1.5), json!("1.5")),
        ("free", json!(""), json!("")),
        ("int", json!("-007"), json!(-7)),
        ("int", json!("-0"), json!(0)),
        ("one", json!([10]), json!({"10": null})),
        ("many", json!(["a", "a"]), json!({"a": null})),
        ("yh", json!("2024-5-1 7"), json!("2024-05-01 07")),
        ("ym", json!("2024-5-1 7:3"), json!("2024-05-01 07:03")),
        ("ys", json!("2024-05-01T07:03:09"), json!("2024-05-01 07:03:09")),
        ("yd", json!("current - 1 day"), json!("2023-11-13")),
    ] {
        let obj = json!({"base": {quest: answer}});
        assert_eq!(program(&obj, Rule::Overwrite), json!([[format!("base.{quest}"), "set", stored]]));
    }
}

#[test]
fn what_datakeys_left_is_read_as_far_as_it_is_an_answer() {
    let body = json!({
        "base": {"free": 1.10, "int": "x", "one": "a", "many": {"zz": null, "9": null, "b": 1}, "yd": null, "ys": {"a": 1}, "own": 1},
        "a1": {"free": ["x"], "many": {}, "int": true}, "a2": {"free": "x"}, "other": 5
    });
    let body = parse(&body.to_string()).unwrap();
    assert_eq!(read_back(&body), json!({"base": {"free": "1.1", "int": "x", "one": ["a"], "many": ["b", "9", "zz"]}}));
    assert_eq!(read_back(&parse(r#"{"base": "x", "a1": null}"#).unwrap()), json!({}));
}

#[test]
fn the_system_is_flat() {
    let member = parse(r#"{"id": 1, "dataset": 2, "last": {"tz": 300}, "error": {"error": 0, "lock": 1}, "confirm": {"time": null}, "vk": {"1": {}}}"#).unwrap();
    let flat = Node::object(read::flat(root(&member).unwrap().as_object().unwrap()).unwrap());
    assert_eq!(shown(&flat), json!({"id": 1, "error": 0, "error.lock": 1, "confirm.time": null}));
}

#[test]
fn items_follow_an_order_as_far_as_it_goes() {
    let codes = |order: &[&str]| -> Result<String> {
        let ordered = define::ordered_choices(&choices(), order)?;
        assert!(ordered.iter().map(|choice| choice.position).eq(1..5));
        Ok(ordered.iter().map(|choice| choice.code).collect::<Vec<_>>().join(" "))
    };
    assert_eq!(codes(&["9", "b", "10", "a"]), Ok("9 b 10 a".to_owned()));
    assert_eq!(codes(&["10"]), Ok("10 b a 9".to_owned()));
    for order in [&["9", "9"][..], &["x"], &["9", "b", "10", "a", "c"]] {
        assert_eq!(codes(order).unwrap_err().id, Id::QuestOrder);
    }
}

/// Questions as a request gives them.
fn given<T>(obj: &Json, check: impl FnOnce(&[define::Given]) -> T) -> T {
    let bytes = parse(&json!({ "obj": obj }).to_string()).unwrap();
    let request = Request::open(root(&bytes).unwrap(), &["obj"], &[]).unwrap();
    check(&define::Given::read_all(&request).unwrap().0)
}

/// As many as these take no longer than a few do, each: nothing goes through all of them for each.
#[test]
fn very_many_questions_and_answers_are_made_changed_and_put_in_order() {
    const MANY: usize = 100_000;
    let ids: Vec<String> = (0..MANY).map(|n| format!("n{n}")).collect();
    let none = Anketa { id: "a1", name: "a1", system: false, quests: Vec::new() };
    let quests: Vec<Json> = ids.iter().map(|id| json!({ "id": id, "type": "int" })).collect();
    given(&json!(quests), |given| {
        let all = define::added(&none, given, &ids).unwrap();
        assert!(all.quests.iter().map(|quest| quest.position).eq(1..=100_000));
        assert_eq!(define::added(&all, given, &ids).unwrap_err().id, Id::QuestExists);
        assert_eq!(define::differing(&none, &all).len(), MANY);
        assert_eq!(define::changed(&all, given).unwrap(), all);
        assert!(define::differing(&all, &all).is_empty());
    });
    let answers: serde_json::Map<String, Json> = ids.iter().map(|id| (id.clone(), json!("x"))).collect();
    let order: Vec<&String> = ids.iter().rev().collect();
    let many = json!({ "id": "q", "type": "nm", "answers": answers, "order": order });
    given(&many, |given| {
        let quest = given[0].create("q", 1).unwrap();
        assert!(quest.choices().iter().map(|choice| choice.code).eq(ids.iter().rev().map(String::as_str)));
        let again = Anketa { quests: vec![given[0].change(&quest).unwrap()], ..none.clone() };
        assert_eq!(again.quests, std::slice::from_ref(&quest));
        let bytes = parse(&json!(ids).to_string()).unwrap();
        assert!(answer::stored(&quest, root(&bytes).unwrap(), &now()).unwrap().is_some());
    });
    let renamed = json!({ "id": "q", "answers": { "n7": "seven", "new": "y" } });
    given(&many, |given| {
        let old = given[0].create("q", 1).unwrap();
        self::given(&renamed, |given| {
            let new = given[0].change(&old).unwrap();
            let differing = define::differing_choices(old.choices(), new.choices());
            let shown: Vec<_> = differing.iter().map(|choice| (choice.code, choice.name, choice.position)).collect();
            assert_eq!(shown, [("n7", "seven", 99_993), ("new", "y", 100_001)]);
        });
    });
}

#[test]
fn a_request_has_one_format_and_one_rule() {
    let asked = |text: &str| {
        let bytes = parse(text).unwrap();
        let asked = Asked::read(root(&bytes).unwrap())?;
        asked.map(|asked| Ok::<_, Error>((asked.rule, asked.ankets()?.join(" ")))).transpose()
    };
    assert_eq!(asked(r#"{"obj": null, "datakey": []}"#), Ok(None));
    assert_eq!(asked(r#"{"obj": {}, "datakey": null}"#), Ok(Some((Rule::Overwrite, String::new()))));
    let both = r#"{"obj": {"b": {}, "a": {}, "member": {}, "-group": {}}, "if_exists": "update"}"#;
    assert_eq!(asked(both), Ok(Some((Rule::Fill, "a b".to_owned()))));
    for request in [r#"{"obj": {}, "datakey": []}"#, r#"{"obj": []}"#, r#"{"obj": "x"}"#] {
        assert_eq!(asked(request).unwrap_err().id, Id::ParamWrong, "{request}");
    }
}

/// An answer in the form in which it is read, to a question of this id.
fn answer(quest: &'static str) -> BoxedStrategy<Json> {
    match quest {
        "free" => "[a-zж ]{0,5}".prop_map(Json::from).boxed(),
        "int" => any::<i128>().prop_map(|number| Json::from(number.to_string())).boxed(),
        "one" => prop::sample::select(vec!["b", "a", "10", "9"]).prop_map(|code| json!([code])).boxed(),
        "many" => prop::sample::subsequence(vec!["b", "a", "10", "9"], 1..=4).prop_map(Json::from).boxed(),
        precision => {
            let length = ["yd", "yh", "ym", "ys"].iter().position(|code| *code == precision).unwrap();
            (1000..9999, 1..13, 1..29, 0..24, 0..60, 0..60)
                .prop_map(move |(year, month, day, hour, minute, second)| {
                    let text = format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}");
                    Json::from(&text[..[10, 13, 16, 19][length]])
                })
                .boxed()
        }
    }
}

/// A write: some answers, null among them, and the rule.
fn change() -> impl Strategy<Value = (BTreeMap<(&'static str, &'static str), Json>, Rule)> {
    let quests = ["free", "int", "one", "many", "yd", "yh", "ym", "ys"];
    let one = (prop::sample::select(vec!["base", "a1"]), prop::sample::select(quests.to_vec())).prop_flat_map(|key| {
        let answer = prop_oneof![4 => answer(key.1), 1 => Just(Json::Null)];
        answer.prop_map(move |answer| (key, answer))
    });
    let rule = prop_oneof![Just(Rule::Overwrite), Just(Rule::Fill)];
    (prop::collection::vec(one, 0..6).prop_map(|pairs| pairs.into_iter().collect()), rule)
}

/// What datakeys may have left: emptiness of every kind, and data that are no answers.
fn leftovers() -> impl Strategy<Value = Json> {
    let left = prop::sample::select(vec![json!(null), json!(""), json!({}), json!([])]);
    let quests = prop::sample::select(vec!["free", "int", "one", "many", "yd", "own"]);
    prop::collection::btree_map(quests, left, 0..4).prop_map(|left| json!({"base": left, "shop": {"n": 1}}))
}

proptest! {
    /// What is written is read, whatever stood there; the rules decide as in the specification's own words.
    #[test]
    fn what_is_written_is_read(start in leftovers(), changes in prop::collection::vec(change(), 0..6)) {
        let mut body = parse(&start.to_string()).unwrap();
        let mut model: BTreeMap<(&str, &str), Json> = BTreeMap::new();
        // An empty text is an answer that can be read, and still nothing that `update` spares.
        for quest in ["free", "int", "yd"] {
            if start["base"][quest] == json!("") {
                model.insert(("base", quest), json!(""));
            }
        }
        for (answers, rule) in changes {
            let mut obj = json!({});
            for ((anketa, quest), answer) in &answers {
                obj[*anketa][*quest] = answer.clone();
            }
            body = after(&body, &obj, rule);
            for (key, answer) in answers {
                let is_empty = model.get(&key).is_none_or(|old| *old == json!(""));
                match (rule, answer) {
                    (Rule::Overwrite, Json::Null) => drop(model.remove(&key)),
                    (Rule::Fill, Json::Null) => {}
                    (Rule::Fill, _) if !is_empty => {}
                    (_, answer) => drop(model.insert(key, answer)),
                }
            }
        }
        let mut expected = json!({});
        for ((anketa, quest), answer) in model {
            expected[anketa][quest] = answer;
        }
        prop_assert_eq!(read_back(&body), expected);
    }
}
