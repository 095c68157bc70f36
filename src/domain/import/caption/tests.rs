use super::*;
use crate::domain::anketa::{Choice, Kind as Answers, Precision, Quest};
use crate::domain::json::{encoded, parse, print, root};
use crate::domain::member::target::Kind;

fn ankets() -> Vec<Anketa<'static>> {
    let choice = |code, name| Choice { code, name, position: 0, system: false };
    let quest = |id, kind| Quest { id, name: id, kind, position: 0, system: false };
    let gender = Answers::One(vec![choice("1", "male"), choice("0", "female")]);
    let quests = vec![
        quest("firstName", Answers::Free(256)),
        quest("gender", gender),
        quest("birthDate", Answers::Date(Precision::Day)),
    ];
    vec![Anketa { id: "base", name: "Basics", system: true, quests }]
}

fn of_names(names: &[&str], addr_type: AddrType) -> Caption {
    let names: Vec<Cow<str>> = names.iter().map(|name| Cow::Borrowed(*name)).collect();
    Caption::read(None, Some(&names), 0, addr_type, &ankets()).unwrap()
}

fn of_list(text: &str) -> Result<Caption> {
    let bytes = parse(text).unwrap();
    Caption::read(Some(root(&bytes).unwrap()), None, 0, AddrType::Email, &ankets())
}

fn shown(caption: &Caption) -> String {
    let ankets = ankets();
    let bytes = encoded(&caption.shown(&ankets)).unwrap();
    print(root(&bytes).unwrap()).unwrap()
}

fn meanings(caption: &Caption) -> Vec<Meaning> {
    caption.columns.iter().map(|column| column.meaning.clone()).collect()
}

#[test]
fn names_in_the_first_row_say_what_columns_mean() {
    let answer = |quest: &str| Meaning::Answer { anketa: "base".into(), quest: quest.into() };
    let caption =
        of_names(&["member.email", " base.gender ", "=orders.count", "note", "-group.g\\.1"], AddrType::Email);
    let orders = &caption.columns[2];
    assert!(orders.calc && orders.source.as_deref() == Some("=orders.count"));
    let Meaning::Datakey(datakey) = &orders.meaning else { panic!() };
    assert_eq!((datakey.key.text(), datakey.mode.as_str(), datakey.autodetect), ("orders.count", "set", false));
    let others = meanings(&caption);
    assert_eq!(others[0..2], [Meaning::Main, answer("gender")]);
    assert_eq!(others[3..], [Meaning::Unknown, Meaning::Group("g.1".into())]);
    assert_eq!(caption.unknown().collect::<Vec<_>>(), ["note"]);
    // A key that names no question is data, also under `base`, and there texts of answers are looked up.
    let Meaning::Datakey(datakey) = &of_names(&["base.nick"], AddrType::Email).columns[0].meaning else { panic!() };
    assert!(datakey.autodetect);
}

#[test]
fn what_the_system_keeps_has_columns_of_its_own() {
    let names = [
        "member.cellphone",
        "member.head.attach",
        "member.head.attach.csid",
        "member.head.attach",
        "member.head.detach.vk",
        "member.head.attach.nobody",
        "member.origin",
        "member.error",
        "member.lockconfirm",
        "member.create.time",
        "member.email",
        "/status",
    ];
    let expected = [
        Meaning::Main,
        Meaning::Attach(Kind::Detect),
        Meaning::Attach(Kind::Type(AddrType::Csid)),
        Meaning::Attach(Kind::Detect),
        Meaning::Detach(Kind::Type(AddrType::Vk)),
        Meaning::Unknown,
        Meaning::Origin,
        Meaning::Errors,
        Meaning::Confirm,
        Meaning::Kept,
        Meaning::Kept,
        Meaning::Status,
    ];
    assert_eq!(meanings(&of_names(&names, AddrType::Msisdn)), expected);
}

#[test]
fn a_caption_is_stronger_than_the_first_row_and_comes_back_from_what_is_shown() {
    let text = r#"[{"datakey":"member.email"}, {"anketa":"base","quest":"gender","calc":0}, {"ignore":"1"}, {"/status":""},
        {"datakey":"a.b","mode":"push","type":"dt:YD","autodetect":1}, {"datakey":"n","calc":1}, {},
        {"datakey":"orders.{1}.sum"}, {"anketa":"member","quest":"error"}, {"anketa":"-group","quest":"g.1"}]"#;
    let caption = of_list(text).unwrap();
    let expected = concat!(
        r#"[{"mode": "set", "datakey": "member.email"}, "#,
        r#"{"name": "Basics: gender", "quest": "gender", "anketa": "base", "quest.type": "1m"}, {"ignore": 1}, "#,
        r#"{"/status": ""}, {"mode": "push", "type": "dt:YD", "datakey": "a.b", "autodetect": 1}, "#,
        r#"{"calc": 1, "mode": "set", "type": "", "datakey": "n", "autodetect": 0}, {"name": null}, "#,
        r#"{"mode": "set", "type": "", "datakey": "orders.{1}.sum", "dynamic": "1", "autodetect": 0}, "#,
        r#"{"mode": "set", "datakey": "member.error"}, {"mode": "set", "datakey": "-group.g\\.1"}]"#,
    );
    assert_eq!(shown(&caption), expected);
    caption.check(&Limits::WIDEST).unwrap();
    assert_eq!(shown(&of_list(&shown(&caption)).unwrap()), expected);
}

#[test]
fn columns_of_a_query_are_stated_by_name() {
    let bytes = parse(r#"{"e_mail": {"datakey": "member.email"}, "paid": "=orders.sum"}"#).unwrap();
    let names = ["e_mail", "paid", "base.firstName"].map(Cow::Borrowed);
    let caption = Caption::read(Some(root(&bytes).unwrap()), Some(&names), 0, AddrType::Email, &ankets()).unwrap();
    assert_eq!(caption.columns[0].meaning, Meaning::Main);
    assert!(caption.columns[1].calc && caption.columns[1].source.as_deref() == Some("paid"));
    assert!(matches!(caption.columns[2].meaning, Meaning::Answer { .. }));
}

#[test]
fn nothing_said_means_identifiers_in_the_first_column() {
    let caption = Caption::read(None, None, 3, AddrType::Csid, &[]).unwrap();
    assert_eq!(meanings(&caption), [Meaning::Main, Meaning::Unknown, Meaning::Unknown]);
}

#[test]
fn an_import_needs_one_column_of_identifiers_and_sound_datakeys() {
    for (text, id) in [
        (r#"[{"datakey":"a.b"}]"#, Id::ImportCaption),
        (r#"["member.email", "member.email"]"#, Id::ImportCaption),
        (r#"["=member.email"]"#, Id::ImportCaption),
        (r#"["member.email", "datakey"]"#, Id::ImportCaption),
        (r#"["member.email", {"datakey":"a.{b}"}]"#, Id::ImportCaption),
        (r#"["member.email", {"datakey":"a..b"}]"#, Id::DatakeySyntax),
        (r#"["member.email", {"datakey":"a.b","mode":"put"}]"#, Id::DatakeyMode),
        (r#"["member.email", {"datakey":"a.b","type":"int"}]"#, Id::DatakeyType),
    ] {
        assert_eq!(of_list(text).unwrap().check(&Limits::WIDEST).unwrap_err().id, id, "{text}");
    }
    for (text, id) in [
        (r#"[1]"#, Id::ParamWrong),
        (r#"[{"anketa":"base"}]"#, Id::ParamWrong),
        (r#"[{"anketa":"base","quest":"a","datakey":"b"}]"#, Id::ParamWrong),
        (r#"[{"anketa":"none","quest":"a"}]"#, Id::AnketaNotexists),
        (r#"[{"anketa":"base","quest":"a"}]"#, Id::QuestNotexists),
    ] {
        assert_eq!(of_list(text).unwrap_err().id, id, "{text}");
    }
}

#[test]
fn the_type_of_the_identifiers_is_stated_or_told_by_a_column() {
    let none = std::iter::empty::<&str>;
    assert_eq!(type_of(None, ["a", " member.cellphone"].into_iter()).unwrap(), AddrType::Msisdn);
    assert_eq!(type_of(Some(""), none()).unwrap(), AddrType::Email);
    assert_eq!(type_of(Some("csid"), ["member.email"].into_iter()).unwrap(), AddrType::Csid);
    assert_eq!(type_of(Some("id"), none()).unwrap_err().id, Id::AddrTypeUnusable);
    assert_eq!(type_of(Some("fax"), none()).unwrap_err().id, Id::AddrTypeUnknown);
}
