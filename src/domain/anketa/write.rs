//! `obj` of `member.set` as a datakey program (members.md 8.1 and 8.3).

use super::answer;
use super::id::is_reserved;
use super::quest::{Anketa, Quest, find};
use crate::domain::datakey::Path;
use crate::domain::datakey::date::Now;
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Node, Object, Value, encoded};
use crate::domain::request::wrong;
use std::borrow::Cow;

/// What happens to an answer that is there: `if_exists`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// `overwrite`: it is replaced.
    Overwrite,
    /// `update`: it stays; only what is empty is filled.
    Fill,
}

/// What a request in the questionnaire format asks for beside what all formats share.
pub struct Asked<'a> {
    /// The answers: `{anketa: {quest: answer}}`.
    pub obj: Object<'a>,
    /// The rule for answers that are there.
    pub rule: Rule,
}

impl<'a> Asked<'a> {
    /// Reads a request of `member.set`; nothing where it has no `obj`.
    ///
    /// Errors: `error/param/wrong`, also for one that has `datakey` too.
    pub fn read(request: Value<'a>) -> Result<Option<Asked<'a>>> {
        let Value::Object(request) = request else { return Ok(None) };
        let given = |name| Ok::<_, Error>(request.get(name)?.filter(|value| !value.is_null()));
        let obj = match given("obj")? {
            None => return Ok(None),
            Some(Value::Object(obj)) => obj,
            Some(_) => return Err(wrong("obj", "an object")),
        };
        if given("datakey")?.is_some() {
            return Err(Error::new(Id::ParamWrong, "datakey and obj exclude each other"));
        }
        let is_update = matches!(given("if_exists")?, Some(Value::String("update")));
        Ok(Some(Asked { obj, rule: if is_update { Rule::Fill } else { Rule::Overwrite } }))
    }

    /// The questionnaires that it names. Errors: `error/json/corrupt`.
    pub fn ankets(&self) -> Result<Vec<&'a str>> {
        let keys = self.obj.iter().map(|entry| entry.map(|(key, _)| key));
        keys.filter(|key| !matches!(key, Ok(key) if is_reserved(key))).collect()
    }
}

/// Answers as a program.
pub struct Written {
    /// The program, as jsonb.
    pub program: Vec<u8>,
    /// What is ignored: `error/datakey/readonly`.
    pub warnings: Vec<Error>,
}

/// Translates the answers; of `ankets` those that it names are needed. By the rule [`Rule::Fill`] answers are `insert`s, which
/// [`Program::fill`](crate::domain::datakey::Program::fill) makes mind what is empty.
///
/// Errors: `error/anketa/notexists`, `error/quest/notexists`, `error/quest/answer`, `error/quest/value`,
/// `error/param/wrong`, `error/json/…`.
pub fn translate(asked: &Asked, ankets: &[Anketa], now: &Now) -> Result<Written> {
    let mut program = Vec::new();
    let mut warnings = Vec::new();
    for entry in asked.obj.iter() {
        let (id, answers) = entry?;
        let Value::Object(answers) = answers else { return Err(wrong(&format!("obj.{id}"), "an object")) };
        let anketa = if is_reserved(id) { None } else { Some(find(ankets, id)?) };
        for answer in answers.iter() {
            let (quest, answer) = answer?;
            match anketa {
                Some(anketa) => program.extend(of_answer(anketa, anketa.quest(quest)?, answer, asked.rule, now)?),
                None if id == "member" => program.extend(of_member(quest, answer, &mut warnings)),
                None => program.push(of_group(quest, answer)?),
            }
        }
    }
    Ok(Written { program: encoded(&Node::array(program))?, warnings })
}

/// The operation for one answer; none where a deletion finds the rule against it.
fn of_answer<'a>(
    anketa: &Anketa<'a>,
    quest: &Quest<'a>,
    answer: Value<'a>,
    rule: Rule,
    now: &Now,
) -> Result<Option<Node<'a>>> {
    let stored = answer::stored(quest, answer, now)
        .map_err(|error| Error::new(error.id, format!("{}.{}: {}", anketa.id, quest.id, error.explain)))?;
    let key = [anketa.id, quest.id];
    Ok(match (stored, rule) {
        (Some(node), Rule::Overwrite) => Some(operation(key, "set", Some(node))),
        (Some(node), Rule::Fill) => Some(operation(key, "insert", Some(node))),
        (None, Rule::Overwrite) => Some(operation(key, "delete", None)),
        (None, Rule::Fill) => None,
    })
}

/// Of what the system knows of a head, two things can be written; the rest is ignored.
fn of_member<'a>(quest: &str, answer: Value, warnings: &mut Vec<Error>) -> Option<Node<'a>> {
    match (quest, digit(answer)) {
        ("error", Some(0)) => Some(written("member.error.error".to_owned(), "delete", None)),
        ("lockconfirm", Some(1)) => Some(written("member.lockconfirm".to_owned(), "set", Some(Node::from(1)))),
        _ => {
            warnings.push(Error::new(Id::DatakeyReadonly, format!("member.{quest} is ignored")));
            None
        }
    }
}

/// The operation that brings the head into a list group, or takes it out.
fn of_group<'a>(gid: &str, answer: Value) -> Result<Node<'a>> {
    match digit(answer) {
        Some(1) => Ok(operation(["-group", gid], "set", Some(Node::from(1)))),
        Some(0) => Ok(operation(["-group", gid], "delete", None)),
        _ => Err(wrong(&format!("obj.-group.{gid}"), "0 or 1")),
    }
}

/// 0 or 1, as a number or as a text.
fn digit(answer: Value) -> Option<i64> {
    match answer {
        Value::String("0") => Some(0),
        Value::String("1") => Some(1),
        other => other.as_i64(),
    }
}

fn operation<'a>(key: [&str; 2], mode: &'static str, value: Option<Node<'a>>) -> Node<'a> {
    written(Path::of_keys(key.map(Cow::Borrowed)).to_string(), mode, value)
}

fn written<'a>(key: String, mode: &'static str, value: Option<Node<'a>>) -> Node<'a> {
    Node::array([Node::from(key), Node::from(mode)].into_iter().chain(value))
}
