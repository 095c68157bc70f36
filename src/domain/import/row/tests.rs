use super::*;
use crate::domain::address::AddrType;
use crate::domain::anketa::{Choice, Precision};
use crate::domain::datakey::{Context, CopySource, apply};
use crate::domain::json::{EMPTY_OBJECT, parse, print};
use crate::domain::member::special::{Act, OriginRef, Special};
use jiff::tz::TimeZone;

fn ankets() -> Vec<Anketa<'static>> {
    let choice = |code, name| Choice { code, name, position: 0, system: false };
    let quest = |id, kind| Quest { id, name: id, kind, position: 0, system: false };
    let pets = || vec![choice("x1", "cat"), choice("x2", "dog"), choice("x4", "x1")];
    let quests = vec![
        quest("name", Answers::Free(10)),
        quest("age", Answers::Int),
        quest("born", Answers::Date(Precision::Day)),
        quest("gender", Answers::One(vec![choice("m", "male"), choice("w", "female")])),
        quest("pets", Answers::Many(pets())),
    ];
    vec![Anketa { id: "base", name: "Basics", system: true, quests }]
}

fn now() -> Now {
    Now { instant: "2026-03-04T05:06:07Z".parse().unwrap(), zone: TimeZone::UTC }
}

fn text(text: &str) -> Cell {
    if text.is_empty() { Cell::Empty } else { Cell::Text(text.to_owned()) }
}

fn json(text: &str) -> Vec<u8> {
    parse(text).unwrap()
}

/// The data after a row, given what stood there, and what it does to the head.
fn outcome(caption: &str, before: &str, fields: Fields) -> Result<(String, Vec<Special>, String)> {
    let (ankets, limits, now) = (ankets(), Limits::default(), now());
    let stated = json(caption);
    let caption = Caption::read(Some(root(&stated).unwrap()), None, 0, AddrType::Email, &ankets).unwrap();
    let reader = Reader::new(&caption, &ankets, &[], &limits, &now);
    let record = Record { number: 1, fields };
    let row = reader.read(&record)?;
    let parted = reader.program(&row)?;
    let before = json(before);
    let context = Context { limits: &limits, now: &now, copy: CopySource::Own, system: None };
    let after = apply(root(&before).unwrap(), &parted.data, &context)?.encode()?;
    let heads = |list: &[(Kind, Cow<str>)]| list.iter().map(|(_, head)| head.to_string()).collect::<Vec<_>>().join(",");
    let email = format!("{} +{} -{}", row.email, heads(&row.attach), heads(&row.detach));
    Ok((print(root(&after).unwrap()).unwrap(), parted.special, email))
}

fn data(caption: &str, before: &str, cells: &[&str]) -> Result<String> {
    outcome(caption, before, Fields::List(cells.iter().map(|cell| text(cell)).collect())).map(|outcome| outcome.0)
}

#[test]
fn answers_are_checked_and_stored_as_member_set_stores_them() {
    let caption = r#"["member.email","base.name","base.age","base.born","base.gender","base.pets"]"#;
    let after = data(caption, r#"{"base":{"name":"old"}}"#, &["a@b", "Ivan", "7", "2001-2-3", "female", "x1|dog"]);
    let expected = r#"{"base": {"age": 7, "born": "2001-02-03", "name": "Ivan", "pets": {"x1": null, "x2": null}, "gender": {"w": null}}}"#;
    assert_eq!(after.unwrap(), expected);
    // A code counts before the text of another answer, and an empty cell changes nothing.
    assert_eq!(data(caption, "{}", &["a@b", "", "", "", "", "x1"]).unwrap(), r#"{"base": {"pets": {"x1": null}}}"#);
    for (cells, id) in [
        (["", "", "", "", "", "x3"], Id::QuestAnswer),
        (["", "", "", "", "m|w", ""], Id::QuestValue),
        (["", "", "seven", "", "", ""], Id::QuestValue),
        (["", "", "", "2001", "", ""], Id::QuestValue),
        (["", "longer than 10", "", "", "", ""], Id::QuestValue),
    ] {
        assert_eq!(data(caption, "{}", &cells).unwrap_err().id, id, "{cells:?}");
    }
}

#[test]
fn datakeys_have_modes_and_types_and_texts_of_answers() {
    let caption = r#"["member.email", {"datakey":"a.list","mode":"push"}, {"datakey":"d.at","type":"dt:YD"},
        {"datakey":"base.gender"}, {"datakey":"base.pets","autodetect":0}, {"datakey":"n.n","calc":1}, "=base.age",
        {"datakey":"old.key","mode":"delete"}, {"ignore":1}]"#;
    let cells = ["a@b", "v", "current - 1 day", "male", "dog", "5", "x", "yes", "no"];
    let before = r#"{"a":{"list":[1]},"n":{"n":"37"},"old":{"key":1,"other":2},"base":{"age":3}}"#;
    let expected = r#"{"a": {"list": [1, "v"]}, "d": {"at": "2026-03-03"}, "n": {"n": 42}, "old": {"other": 2}, "base": {"age": 3, "pets": "dog", "gender": {"m": null}}}"#;
    assert_eq!(data(caption, before, &cells).unwrap(), expected);
    let unknown = ["a@b", "", "", "neither", "", "", "", "", ""];
    assert_eq!(data(caption, "{}", &unknown).unwrap_err().id, Id::QuestAnswer);
}

#[test]
fn a_cell_can_be_a_part_of_the_datakey_of_another() {
    let caption = r#"["member.email", {"source":"order","ignore":1}, "orders.{order}.sum", "orders.{2}.paid"]"#;
    let after = data(caption, "{}", &["a@b", "n.17", "9", "1"]).unwrap();
    assert_eq!(after, r#"{"orders": {"n.17": {"sum": "9", "paid": "1"}}}"#);
    assert_eq!(data(caption, "{}", &["a@b", "", "9", ""]).unwrap_err().id, Id::ImportKey);
    assert_eq!(data(caption, "{}", &["a@b", "", "", ""]).unwrap(), "{}");
}

#[test]
fn columns_of_the_system_change_the_head() {
    let caption = r#"["member.email","member.origin","member.error","member.lockconfirm","-group.g1","-group.g2",
        "member.head.attach","member.head.attach.csid","member.head.detach","member.id"]"#;
    let cells = ["a@b", "site", "0", "1", "1", "0", "c@d|+79", "x", " |y", "9"];
    let (after, special, who) =
        outcome(caption, "{}", Fields::List(cells.iter().map(|cell| text(cell)).collect())).unwrap();
    assert_eq!((after.as_str(), who.as_str()), ("{}", "a@b +c@d,+79,x -y"));
    let group = |gid: &str, enters| Act::Group { gid: gid.into(), enters };
    let origin = Act::Origin(OriginRef::Label("site".into()));
    let acts: Vec<Act> = special.into_iter().map(|special| special.act).collect();
    assert_eq!(acts, [origin, Act::ClearErrors, Act::LockConfirm, group("g1", true), group("g2", false)]);
    let wrong = ["a@b", "", "", "", "yes", "", "", "", "", ""];
    assert_eq!(data(caption, "{}", &wrong).unwrap_err().id, Id::ParamWrong);
}

#[test]
fn objects_name_their_columns_and_may_hold_whole_programs() {
    let object = r#"{"member.email":"a@b","base.gender":["w"],"base.name":null,"a.b":null,"a.c":{"x":1.10},"-group.g1":1,
        "word":1,"member.head.attach":["c@d","e@f"],"datakey":[["a.list","push",2],["member.origin","set",3]]}"#;
    let before = r#"{"base":{"name":"old"},"a":{"list":[1],"b":2}}"#;
    let (after, special, who) = outcome("[]", before, Fields::Object(json(object))).unwrap();
    assert_eq!(after, r#"{"a": {"b": null, "c": {"x": 1.10}, "list": [1, 2]}, "base": {"gender": {"w": null}}}"#);
    assert_eq!(special.len(), 2);
    assert_eq!(who, "a@b +c@d,e@f -");
    let stated = r#"[{"source":"mail","datakey":"member.email"},{"source":"sum","datakey":"a.sum","calc":1}]"#;
    let after = outcome(stated, r#"{"a":{"sum":1}}"#, Fields::Object(json(r#"{"mail":"a@b","sum":2}"#))).unwrap();
    assert_eq!((after.0.as_str(), after.2.as_str()), (r#"{"a": {"sum": 3}}"#, "a@b + -"));
    for (object, id) in [(r#"[1]"#, Id::ParamWrong), (r#"{"datakey":[["a","put",1]]}"#, Id::DatakeyMode)] {
        assert_eq!(outcome("[]", "{}", Fields::Object(json(object))).unwrap_err().id, id, "{object}");
    }
}

#[test]
fn the_identifier_of_a_row_that_is_refused_is_known() {
    let (ankets, limits, now) = (ankets(), Limits::default(), now());
    let names = ["base.age", "member.email"].map(Cow::Borrowed);
    let caption = Caption::read(None, Some(&names), 0, AddrType::Email, &ankets).unwrap();
    let reader = Reader::new(&caption, &ankets, &[], &limits, &now);
    let object = Fields::Object(json(r#"{"base.age":"seven","member.email":"a@b"}"#));
    for fields in [Fields::List(vec![text("seven"), text("a@b")]), object] {
        let record = Record { number: 1, fields };
        assert_eq!(reader.read(&record).unwrap_err().id, Id::QuestValue);
        assert_eq!(reader.address(&record), "a@b");
    }
    assert_eq!(reader.address(&Record { number: 1, fields: Fields::List(Vec::new()) }), "");
}

#[test]
fn a_format_fills_in_what_a_row_does_not_say() {
    let (ankets, limits, now) = (ankets(), Limits::default(), now());
    let caption = Caption::read(None, Some(&["member.email".into(), "base.name".into()]), 0, AddrType::Email, &ankets);
    let caption = caption.unwrap();
    let value = Value::String("filled");
    let fields = ["name", "gender"].map(|qid| Field { aid: "base", qid, value: Some(value) });
    let reader = Reader::new(&caption, &ankets, &fields[..1], &limits, &now);
    let record = Record { number: 1, fields: Fields::List(vec![text("a@b"), text("own")]) };
    let row = reader.read(&record).unwrap();
    let keys: Vec<_> = reader.program(&row).unwrap().data.iter().map(|op| op.key().to_owned()).collect();
    assert_eq!(keys, ["base.name", "base.name"]);
    assert_eq!(Reader::new(&caption, &ankets, &fields, &limits, &now).read(&record).unwrap_err().id, Id::QuestAnswer);
    let context = Context { limits: &limits, now: &now, copy: CopySource::Own, system: None };
    let parted = reader.program(&row).unwrap();
    let after = apply(root(&EMPTY_OBJECT).unwrap(), &parted.data, &context).unwrap().encode().unwrap();
    assert_eq!(print(root(&after).unwrap()).unwrap(), r#"{"base": {"name": "own"}}"#);
}
