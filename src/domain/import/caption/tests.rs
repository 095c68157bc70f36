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
    let told: Vec<String> =
        caption.left_out().map(|warning| format!("{} {}", warning.id.as_str(), warning.explain)).collect();
    assert_eq!(told, ["error/param/unknown column note"]);
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
    let caption = of_names(&names, AddrType::Msisdn);
    assert_eq!(meanings(&caption), expected);
    let told: Vec<(Id, String)> = caption.left_out().map(|warning| (warning.id, warning.explain)).collect();
    let readonly = |name: &str| (Id::DatakeyReadonly, format!("column {name}"));
    let unknown = (Id::ParamUnknown, "column member.head.attach.nobody".to_owned());
    assert_eq!(told, [unknown, readonly("member.create.time"), readonly("member.email")]);
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
    caption.check(&Limits::WIDEST, &ankets()).unwrap();
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
    assert_eq!(caption.left_out().map(|warning| warning.explain).collect::<Vec<_>>(), ["column 2", "column 3"]);
}

#[test]
fn an_import_needs_one_column_of_identifiers_and_sound_datakeys() {
    for (text, id) in [
        (r#"[{"datakey":"a.b"}]"#, Id::ImportCaption),
        (r#"["member.email", "member.email"]"#, Id::ImportCaption),
        (r#"["=member.email"]"#, Id::ImportCaption),
        (r#"["member.email", "=base.gender"]"#, Id::ImportCaption),
        (r#"["member.email", "=base.birthDate"]"#, Id::ImportCaption),
        (r#"["member.email", {"datakey":"base.gender","calc":1}]"#, Id::ImportCaption),
        (r#"["member.email", "datakey"]"#, Id::ImportCaption),
        (r#"["member.email", {"datakey":"a.{b}"}]"#, Id::ImportCaption),
        (r#"["member.email", {"datakey":"a..b"}]"#, Id::DatakeySyntax),
        (r#"["member.email", {"datakey":"a.b","mode":"put"}]"#, Id::DatakeyMode),
        (r#"["member.email", {"datakey":"a.b","type":"int"}]"#, Id::DatakeyType),
    ] {
        assert_eq!(of_list(text).unwrap().check(&Limits::WIDEST, &ankets()).unwrap_err().id, id, "{text}");
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

#[test]
fn what_is_left_out_is_not_added_to_and_keeps_nothing_from_beginning() {
    let text =
        r#"["member.email", "=note", {"ignore":1,"calc":1}, "=member.create.time", "=base.firstName", "=base.nick"]"#;
    of_list(text).unwrap().check(&Limits::WIDEST, &ankets()).unwrap();
}

/// The caption of data of which this is the first row; `stated` is the caption of the request.
fn of_data(stated: &str, names: Option<&[&str]>, first: &str) -> Result<Caption> {
    let (stated, first) = (parse(stated).unwrap(), Fields::Object(parse(first).unwrap()));
    let names: Option<Vec<Cow<str>>> = names.map(|names| names.iter().map(|name| Cow::Borrowed(*name)).collect());
    let stated = root(&stated).unwrap();
    let stated = Some(stated).filter(|stated| !stated.is_null());
    let first = Some(&first).filter(|_| names.is_none());
    let caption = Caption::of_data(stated, None, names.as_deref(), first, &ankets())?;
    caption.check(&Limits::WIDEST, &ankets()).map(|()| caption)
}

#[test]
fn the_caption_tells_the_type_where_names_do_not() {
    let names: Option<&[&str]> = Some(&["who", "n"]);
    for (stated, names, addr_type) in [
        (r#"["member.csid"]"#, names, AddrType::Csid),
        (r#"{"who": {"anketa": "member", "quest": "cellphone"}}"#, names, AddrType::Msisdn),
        (r#"[{"source": "who", "datakey": "member.tg"}]"#, None, AddrType::Tg),
        ("null", Some(&["member.viber"][..]), AddrType::Viber),
    ] {
        let caption = of_data(stated, names, r#"{"who": "x"}"#).unwrap();
        assert_eq!(caption.addr_type, addr_type, "{stated}");
        assert!(caption.there().iter().any(|column| column.meaning == Meaning::Main), "{stated}");
    }
}

#[test]
fn of_objects_the_first_one_has_an_identifier_and_what_is_stated_is_sound() {
    let object = r#"{"member.email": "a@b", "datakey": [["a.b", "set", 1]], "=a.n": 1, "member.id": 7}"#;
    let caption = of_data("null", None, object).unwrap();
    let told: Vec<String> = caption.left_out().map(|warning| warning.explain).collect();
    assert_eq!(told, ["column member.id"]);
    for (stated, object) in [
        ("null", r#"{"a.b": 1}"#),
        (r#"[{"source": "mail", "datakey": "member.email"}]"#, r#"{"mail": "a@b", "member.email": "c@d"}"#),
        ("null", r#"{"member.email": "a@b", "=base.gender": 1}"#),
        ("null", r#"{"=member.email": "a@b"}"#),
    ] {
        assert_eq!(of_data(stated, None, object).unwrap_err().id, Id::ImportCaption, "{stated} {object}");
    }
    let stated = r#"["member.email", {"datakey": "a.b", "mode": "put"}]"#;
    assert_eq!(of_data(stated, None, r#"{"member.email": "a@b"}"#).unwrap_err().id, Id::DatakeyMode);
    // Cells of other keys may be parts of a datakey: each object has keys of its own.
    of_data(r#"[{"source": "n", "datakey": "a.{b}"}]"#, None, r#"{"member.email": "a@b"}"#).unwrap();
}

#[test]
fn what_keys_mean_is_shown_in_their_order() {
    let caption = of_data(r#"[{"source": "mail", "datakey": "member.email"}]"#, None, r#"{"mail": "a@b"}"#).unwrap();
    let columns = caption.of_keys(["n", "mail", "base.gender"].into_iter(), &ankets());
    let meant = meanings(&columns);
    assert_eq!(meant[..2], [Meaning::Unknown, Meaning::Main]);
    assert!(matches!(meant[2], Meaning::Answer { .. }));
}
