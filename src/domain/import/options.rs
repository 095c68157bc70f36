//! What `member.import` and `member_import_from` are asked for beside the rows (members.md 10.2).

use super::caption::Caption;
use crate::domain::address::AddrType;
use crate::domain::datakey::Limits;
use crate::domain::error::{Error, Id, Result};
use crate::domain::group::AutoGroup;
use crate::domain::head::{DataRule, Rules};
use crate::domain::json::Value;
use crate::domain::member::special::OriginRef;
use crate::domain::request::{Request, wrong};

/// The parameters that say what becomes of the rows; those that say where rows come from are beside them.
pub const PARAMETERS: &[&str] = &[
    "addr_type",
    "origin",
    "caption",
    "if_exists",
    "newbie.confirm",
    "newbie.letter.confirm",
    "newbie.letter.no-confirm",
    "auto_group",
    "clean_group",
    "member.group.add",
    "member.group.remove",
    "head_attach",
    "no_member",
    "format",
    "sequence.event",
    "sequence.stop",
    "sequence.start",
    "basegroup.id",
    "express",
];

/// What to do about a subscriber that is there, or is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfExists {
    /// Update it, or create it.
    Upsert,
    /// `error`: the row is refused if it is there.
    Error,
    /// `must`: the row is refused if it is not.
    Must,
    /// `ignore`: the row is left out if it is there.
    Ignore,
}

/// How identifiers in the columns `member.head.attach` are attached.
#[derive(Clone, Debug, Default)]
pub struct AttachRules<'a> {
    /// Whether new e-mails need confirmation.
    pub confirm: bool,
    /// What happens to the identifier.
    pub rules: Rules,
    /// What happens to the data of its owner.
    pub data_rule: DataRule<'a>,
}

/// What an import does with its rows.
#[derive(Debug)]
pub struct Options<'a> {
    /// The type of the identifiers, as it is written.
    pub addr_type: Option<&'a str>,
    /// The origin of new subscribers.
    pub origin: Option<OriginRef>,
    /// What the columns mean.
    pub caption: Option<Value<'a>>,
    /// The rule about existence.
    pub if_exists: IfExists,
    /// Whether new e-mails need confirmation.
    pub confirm: bool,
    /// The letter to who is new and must confirm.
    pub letter_confirm: Option<i64>,
    /// The letter to who is new and need not.
    pub letter_other: Option<i64>,
    /// The group of this import.
    pub auto_group: Option<AutoGroup<'a>>,
    /// Whether that group is emptied first.
    pub clean_group: bool,
    /// List groups that everybody comes to.
    pub add: Vec<&'a str>,
    /// List groups that everybody leaves.
    pub remove: Vec<&'a str>,
    /// How identifiers are attached.
    pub attach: AttachRules<'a>,
    /// Whether identifiers are registered only.
    pub no_member: bool,
    /// The format whose answers everybody gets.
    pub format: Option<&'a str>,
    /// Whether the log hears of each person.
    pub events: bool,
    /// Sequences whose passages end.
    pub stop: Vec<i64>,
    /// Sequences that begin.
    pub start: Vec<i64>,
    /// Of a messenger: the group of all users of the bot.
    pub base_group: Option<&'a str>,
    /// Whether the data are kept apart.
    pub express: bool,
}

impl<'a> Options<'a> {
    /// Reads the parameters. Errors: `error/param/wrong`, `error/param/missing`, `error/origin/notexists`,
    /// `error/datakey/…`.
    pub fn read(request: &Request<'a>, limits: &Limits) -> Result<Options<'a>> {
        let options = Options {
            addr_type: request.text("addr_type")?,
            origin: request.value("origin")?.filter(|value| !is_empty(value)).map(OriginRef::read).transpose()?,
            caption: request.value("caption")?,
            if_exists: if_exists(request)?,
            confirm: request.flag("newbie.confirm")?,
            letter_confirm: letter(request, "newbie.letter.confirm")?,
            letter_other: letter(request, "newbie.letter.no-confirm")?,
            auto_group: AutoGroup::read(request)?,
            clean_group: request.flag("clean_group")?,
            add: texts(request, "member.group.add")?,
            remove: texts(request, "member.group.remove")?,
            attach: attach_rules(request, limits)?,
            no_member: request.flag("no_member")?,
            format: request.text("format")?.filter(|id| !id.is_empty()),
            events: request.flag("sequence.event")?,
            stop: numbers(request, "sequence.stop")?,
            start: numbers(request, "sequence.start")?,
            base_group: request.text("basegroup.id")?.filter(|gid| !gid.is_empty()),
            express: request.flag("express")?,
        };
        options.check()?;
        Ok(options)
    }

    /// Refuses what does not go together.
    fn check(&self) -> Result<()> {
        let apart = |first: &str, second: &str| Err(Error::new(Id::ParamWrong, format!("{first} excludes {second}")));
        let of_people = [
            ("member.group.add", !self.add.is_empty()),
            ("member.group.remove", !self.remove.is_empty()),
            ("sequence.stop", !self.stop.is_empty()),
            ("sequence.start", !self.start.is_empty()),
        ];
        for (first, is_given) in [("express", self.express), ("no_member", self.no_member)] {
            if let Some((second, _)) = of_people.iter().find(|(_, given)| is_given && *given) {
                return apart(first, second);
            }
        }
        match (self.no_member, self.express, &self.auto_group) {
            (true, true, _) => apart("no_member", "express"),
            (true, _, Some(_)) => apart("no_member", "auto_group"),
            (_, false, None) if self.clean_group => {
                Err(Error::new(Id::ParamMissing, "auto_group: clean_group empties it"))
            }
            _ => Ok(()),
        }
    }

    /// Refuses what does not go together with the columns and the type of the identifiers.
    ///
    /// Errors: `error/param/missing`, `error/import/caption`.
    pub fn check_caption(&self, caption: &Caption) -> Result<()> {
        if self.no_member && !caption.is_bare() {
            return Err(Error::new(Id::ImportCaption, "no_member takes the column of the identifiers alone"));
        }
        self.check_type(caption.addr_type)
    }

    fn check_type(&self, addr_type: AddrType) -> Result<()> {
        match self.base_group {
            None if addr_type == AddrType::Tg && !self.no_member => {
                Err(Error::new(Id::ParamMissing, "basegroup.id: the group of all users of the bot"))
            }
            _ => Ok(()),
        }
    }
}

fn is_empty(value: &Value) -> bool {
    matches!(value, Value::String(""))
}

fn if_exists(request: &Request) -> Result<IfExists> {
    match request.text("if_exists")? {
        None | Some("") => Ok(IfExists::Upsert),
        Some("error") => Ok(IfExists::Error),
        Some("must") => Ok(IfExists::Must),
        Some("ignore") => Ok(IfExists::Ignore),
        Some(_) => Err(wrong("if_exists", "error, must or ignore")),
    }
}

/// The number of a letter; an empty text is none.
fn letter(request: &Request, name: &str) -> Result<Option<i64>> {
    match request.value(name)? {
        Some(Value::String("")) => Ok(None),
        _ => Ok(request.number(name)?.filter(|letter| *letter != 0)),
    }
}

fn attach_rules<'a>(request: &Request<'a>, limits: &Limits) -> Result<AttachRules<'a>> {
    let Some(given) = request.object("head_attach")? else { return Ok(AttachRules::default()) };
    let given = Request::open(Value::Object(given), &["newbie.confirm", "head_rule", "data_rule"], &[])?;
    Ok(AttachRules {
        confirm: given.flag("newbie.confirm")?,
        rules: Rules::read(given.object("head_rule")?)?,
        data_rule: DataRule::read(given.object("data_rule")?, limits)?,
    })
}

fn texts<'a>(request: &Request<'a>, name: &str) -> Result<Vec<&'a str>> {
    let Some(list) = request.list(name)? else { return Ok(Vec::new()) };
    let text = |item: Result<Value<'a>>| item?.as_str().ok_or_else(|| wrong(name, "a list of codes"));
    list.iter().map(text).collect()
}

fn numbers(request: &Request, name: &str) -> Result<Vec<i64>> {
    let Some(list) = request.identifiers(name)? else { return Ok(Vec::new()) };
    list.iter().map(|item| item.parse().map_err(|_| wrong(name, "a list of numbers"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::json::{parse, root};
    use std::borrow::Cow;

    fn read<T>(text: &str, check: impl FnOnce(Options) -> T) -> Result<T> {
        let bytes = parse(text).unwrap();
        let request = Request::open(root(&bytes).unwrap(), PARAMETERS, &[]).unwrap();
        Options::read(&request, &Limits::default()).map(check)
    }

    #[test]
    fn every_parameter_is_read() {
        let text = r#"{"addr_type":"msisdn","origin":"site","if_exists":"ignore","newbie.confirm":1,
            "newbie.letter.confirm":"7","newbie.letter.no-confirm":"","auto_group":{"id":"","name":"N"},"clean_group":"1",
            "member.group.add":["a"],"member.group.remove":["b","c"],"head_attach":{"newbie.confirm":1,
            "head_rule":{"single":"transplant"}},"format":"f1","sequence.event":1,"sequence.stop":[1],"sequence.start":["2"]}"#;
        read(text, |options| {
            assert_eq!((options.addr_type, options.if_exists), (Some("msisdn"), IfExists::Ignore));
            assert_eq!(options.origin, Some(OriginRef::Label("site".into())));
            assert_eq!((options.letter_confirm, options.letter_other), (Some(7), None));
            assert_eq!(options.auto_group, Some(AutoGroup { id: None, name: Some("N") }));
            assert_eq!((options.add, options.remove), (vec!["a"], vec!["b", "c"]));
            assert!(options.attach.confirm && options.confirm && options.clean_group && options.events);
            assert_eq!((options.stop, options.start, options.format), (vec![1], vec![2], Some("f1")));
        })
        .unwrap();
    }

    #[test]
    fn what_does_not_go_together_is_refused() {
        for (text, id) in [
            (r#"{"no_member":1,"express":1}"#, Id::ParamWrong),
            (r#"{"no_member":1,"auto_group":{}}"#, Id::ParamWrong),
            (r#"{"no_member":1,"member.group.add":["a"]}"#, Id::ParamWrong),
            (r#"{"express":1,"sequence.start":[1]}"#, Id::ParamWrong),
            (r#"{"clean_group":1}"#, Id::ParamMissing),
            (r#"{"if_exists":"update"}"#, Id::ParamWrong),
            (r#"{"member.group.add":"a"}"#, Id::ParamWrong),
            (r#"{"sequence.start":["x"]}"#, Id::ParamWrong),
        ] {
            assert_eq!(read(text, |_| ()).unwrap_err().id, id, "{text}");
        }
        let missing = read("{}", |options| options.check_type(AddrType::Tg).unwrap_err().id).unwrap();
        assert_eq!(missing, Id::ParamMissing);
        let checked = |names: &[&str]| {
            let names: Vec<Cow<str>> = names.iter().map(|name| Cow::Borrowed(*name)).collect();
            let caption = Caption::of_data(None, None, Some(&names), None, &[]).unwrap();
            read(r#"{"no_member":1}"#, |options| options.check_caption(&caption)).unwrap()
        };
        assert_eq!(checked(&["member.csid"]), Ok(()));
        assert_eq!(checked(&["member.csid", "note"]).unwrap_err().id, Id::ImportCaption);
    }
}
