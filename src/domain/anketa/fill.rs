//! `member.update`: the answers of a format for a subscriber who has answered some of the questions (members.md 9.11).

use super::format::Field;
use super::id::is_reserved;
use super::quest::{Anketa, Kind, find};
use super::write::{Asked, Rule, Written, translate};
use crate::domain::datakey::date::Now;
use crate::domain::error::Result;
use crate::domain::json::{Node, Value, encoded, root};
use crate::domain::request::{Request, wrong};
use std::collections::BTreeMap;

/// What becomes of a question that is answered: `if_has`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfHas {
    /// The answer is replaced.
    Overwrite,
    /// The codes of the format join those that are there; other answers are replaced.
    Merge,
    /// The answer stays.
    Skip,
}

/// What a call does with answers that are there, and with those that are not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Where the question is answered.
    pub if_has: IfHas,
    /// Whether a question without an answer gets one: `if_hasnt`.
    pub fills: bool,
}

impl Rules {
    /// Reads `if_has` and `if_hasnt`: `overwrite` and `set` where they are absent. Errors: `error/param/wrong`.
    pub fn read(request: &Request) -> Result<Rules> {
        let if_has = match request.text("if_has")? {
            None | Some("" | "overwrite") => IfHas::Overwrite,
            Some("merge") => IfHas::Merge,
            Some("skip") => IfHas::Skip,
            Some(_) => return Err(wrong("if_has", "overwrite, merge or skip")),
        };
        let fills = match request.text("if_hasnt")? {
            None | Some("" | "set") => true,
            Some("skip") => false,
            Some(_) => return Err(wrong("if_hasnt", "set or skip")),
        };
        Ok(Rules { if_has, fills })
    }
}

/// The answers that a subscriber with these data gets, as a datakey program; none where there are none to give. Fields of
/// what the system knows are taken as they are.
///
/// Errors: those of [`translate`].
pub fn filled<'a>(
    fields: &[Field<'a>],
    rules: Rules,
    ankets: &[Anketa],
    data: Value<'a>,
    now: &Now,
) -> Result<Option<Written>> {
    let mut obj: BTreeMap<&'a str, Vec<(&'a str, Node<'a>)>> = BTreeMap::new();
    for field in fields {
        let Some(value) = field.value else { continue };
        let there = if is_reserved(field.aid) { None } else { answered(data, field)? };
        let answer = match (there, rules.if_has) {
            (None, _) if rules.fills || is_reserved(field.aid) => Node::from(value),
            (Some(_), IfHas::Overwrite) => Node::from(value),
            (Some(there), IfHas::Merge) => merged(field, ankets, there, value)?,
            (None, _) | (Some(_), IfHas::Skip) => continue,
        };
        obj.entry(field.aid).or_default().push((field.qid, answer));
    }
    if obj.is_empty() {
        return Ok(None);
    }
    let obj = encoded(&Node::object(obj.into_iter().map(|(aid, answers)| (aid, Node::object(answers)))))?;
    let Some(obj) = root(&obj)?.as_object() else { return Ok(None) };
    translate(&Asked { obj, rule: Rule::Overwrite }, ankets, now).map(Some)
}

/// The answer that is there; what is empty is none.
fn answered<'a>(data: Value<'a>, field: &Field) -> Result<Option<Value<'a>>> {
    let Some(anketa) = data.as_object() else { return Ok(None) };
    let Some(answers) = anketa.get(field.aid)?.and_then(|answers| answers.as_object()) else { return Ok(None) };
    Ok(answers.get(field.qid)?.filter(|answer| match answer {
        Value::Null | Value::String("") => false,
        Value::Object(codes) => codes.len() > 0,
        Value::Array(list) => list.len() > 0,
        _ => true,
    }))
}

/// The codes that are there and those of the format; of other questions than those of many answers, what the format says.
fn merged<'a>(field: &Field<'a>, ankets: &[Anketa], there: Value<'a>, value: Value<'a>) -> Result<Node<'a>> {
    let quest = find(ankets, field.aid)?.quest(field.qid)?;
    let (Kind::Many(choices), Value::Object(there), Some(more)) = (&quest.kind, there, value.as_array()) else {
        return Ok(Node::from(value));
    };
    let mut codes = Vec::with_capacity(there.len() + more.len());
    for entry in there.iter() {
        let (code, _) = entry?;
        // A code that the question offers no more cannot be given again.
        if choices.iter().any(|choice| choice.code == code) {
            codes.push(Node::from(code));
        }
    }
    for code in more.iter() {
        codes.push(Node::from(code?));
    }
    Ok(Node::array(codes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::anketa::{Choice, Quest};
    use crate::domain::json::{parse, print};
    use jiff::Timestamp;
    use jiff::tz::TimeZone;

    const FIELDS: &str = r#"[{"aid": "a", "qid": "free", "value": "new"}, {"aid": "a", "qid": "many", "value": ["2", "3"]},
                             {"aid": "member", "qid": "error", "value": 0}, {"aid": "a", "qid": "shown"}]"#;

    /// The program for a subscriber with these data.
    fn program(data: &str, if_has: IfHas, fills: bool) -> Option<String> {
        let choices = ["1", "2", "3"].map(|code| Choice { code, name: code, position: 1, system: false }).to_vec();
        let quest = |id, kind| Quest { id, name: id, kind, position: 1, system: false };
        let quests = vec![quest("free", Kind::Free(9)), quest("many", Kind::Many(choices)), quest("shown", Kind::Int)];
        let ankets = [Anketa { id: "a", name: "a", system: false, quests }];
        let (fields, data) = (parse(FIELDS).unwrap(), parse(data).unwrap());
        let fields = Field::read_all(root(&fields).unwrap().as_array().unwrap()).unwrap();
        let now = Now { instant: Timestamp::UNIX_EPOCH, zone: TimeZone::UTC };
        let written = filled(&fields, Rules { if_has, fills }, &ankets, root(&data).unwrap(), &now).unwrap();
        written.map(|written| print(root(&written.program).unwrap()).unwrap())
    }

    const FREE: &str = r#"["a.free", "set", "new"]"#;
    const ERROR: &str = r#"["member.error.error", "delete"]"#;

    fn many(codes: &str) -> String {
        format!(r#"["a.many", "set", {{{codes}}}]"#)
    }

    #[test]
    fn answers_are_given_by_what_is_there() {
        let (both, one, none) = (
            r#"{"a": {"free": "old", "many": {"1": null, "2": null, "gone": null}}}"#,
            r#"{"a": {"free": "old", "many": {}}}"#,
            r#"{"a": {"free": ""}}"#,
        );
        let two = many(r#""2": null, "3": null"#);
        for (data, if_has, fills, expected) in [
            (both, IfHas::Overwrite, true, format!("[{FREE}, {two}, {ERROR}]")),
            (both, IfHas::Skip, true, format!("[{ERROR}]")),
            (both, IfHas::Merge, true, format!("[{FREE}, {}, {ERROR}]", many(r#""1": null, "2": null, "3": null"#))),
            (one, IfHas::Skip, true, format!("[{two}, {ERROR}]")),
            (one, IfHas::Overwrite, false, format!("[{FREE}, {ERROR}]")),
            (none, IfHas::Overwrite, true, format!("[{FREE}, {two}, {ERROR}]")),
            (none, IfHas::Overwrite, false, format!("[{ERROR}]")),
            ("[]", IfHas::Skip, false, format!("[{ERROR}]")),
        ] {
            assert_eq!(program(data, if_has, fills), Some(expected), "{data} {if_has:?} {fills}");
        }
    }
}
