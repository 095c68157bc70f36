//! What happens to a head that is to be attached: `head_rule` (members.md 7.2 and 7.4).

use crate::domain::error::Result;
use crate::domain::json::{Object, Value};
use crate::domain::request::wrong;

/// The rule for a head that belongs to another subscriber.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeadRule {
    /// The whole call is refused.
    Error,
    /// The head stays where it is.
    None,
    /// It moves to the receiver.
    Transplant,
    /// It is deleted at the source.
    Decapitate,
    /// It moves to the receiver, then the head the receiver was named by is deleted.
    Replace,
    /// It moves to the receiver and displaces the only head of its type there.
    ReplaceSameType,
}

impl HeadRule {
    /// Every rule.
    pub const ALL: [HeadRule; 6] = [
        HeadRule::Error,
        HeadRule::None,
        HeadRule::Transplant,
        HeadRule::Decapitate,
        HeadRule::Replace,
        HeadRule::ReplaceSameType,
    ];

    /// Its name in requests and replies.
    pub const fn as_str(self) -> &'static str {
        match self {
            HeadRule::Error => "error",
            HeadRule::None => "none",
            HeadRule::Transplant => "transplant",
            HeadRule::Decapitate => "decapitate",
            HeadRule::Replace => "replace",
            HeadRule::ReplaceSameType => "replace_same_type",
        }
    }

    /// The rule of this name.
    pub fn parse(text: &str) -> Option<HeadRule> {
        HeadRule::ALL.into_iter().find(|rule| rule.as_str() == text)
    }

    /// The rule of `member.merge`, where it is a text: all but `error`, `none` by default.
    ///
    /// Errors: `error/param/wrong`.
    pub fn of_merge(value: Option<&str>) -> Result<HeadRule> {
        match value {
            None | Some("") => Ok(HeadRule::None),
            Some(text) => HeadRule::parse(text)
                .filter(|rule| *rule != HeadRule::Error)
                .ok_or_else(|| wrong("head_rule", "none, transplant, decapitate, replace or replace_same_type")),
        }
    }

    /// Whether it takes the head away from its source.
    pub fn takes(self) -> bool {
        !matches!(self, HeadRule::Error | HeadRule::None)
    }
}

/// The rule for a head that belongs to nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewbieRule {
    /// It is attached.
    Attach,
    /// It stays nobody's.
    None,
    /// It is attached, then the head the receiver was named by is deleted.
    Replace,
    /// It is attached and displaces the only head of its type.
    ReplaceSameType,
}

impl NewbieRule {
    /// Every rule.
    pub const ALL: [NewbieRule; 4] =
        [NewbieRule::Attach, NewbieRule::None, NewbieRule::Replace, NewbieRule::ReplaceSameType];

    /// Its name in requests and replies.
    pub const fn as_str(self) -> &'static str {
        match self {
            NewbieRule::Attach => "attach",
            NewbieRule::None => "none",
            NewbieRule::Replace => "replace",
            NewbieRule::ReplaceSameType => "replace_same_type",
        }
    }
}

/// The rules of one head, by what its owner is: a body of several heads, a body of this one head, nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// For a source of several heads.
    pub multi: HeadRule,
    /// For a source of one head.
    pub single: HeadRule,
    /// For a head of nobody.
    pub newbie: NewbieRule,
}

impl Default for Rules {
    fn default() -> Rules {
        Rules { multi: HeadRule::Error, single: HeadRule::Error, newbie: NewbieRule::Attach }
    }
}

impl Rules {
    /// Reads the object `head_rule` of `head_attach`. Errors: `error/param/wrong`.
    pub fn read(value: Option<Object>) -> Result<Rules> {
        const RULE: &str = "error, none, transplant, decapitate, replace or replace_same_type";
        let mut rules = Rules::default();
        let Some(object) = value else { return Ok(rules) };
        for entry in object.iter() {
            let (name, value) = entry?;
            let text = match value {
                Value::Null | Value::String("") => continue,
                Value::String(text) => text,
                _ => return Err(wrong("head_rule", "an object of texts")),
            };
            match name {
                "multi" => rules.multi = HeadRule::parse(text).ok_or_else(|| wrong("head_rule.multi", RULE))?,
                "single" => rules.single = HeadRule::parse(text).ok_or_else(|| wrong("head_rule.single", RULE))?,
                "newbie" => {
                    let known = NewbieRule::ALL.into_iter().find(|rule| rule.as_str() == text);
                    rules.newbie =
                        known.ok_or_else(|| wrong("head_rule.newbie", "attach, none, replace or replace_same_type"))?;
                }
                _ => return Err(wrong("head_rule", "an object with the keys multi, single and newbie")),
            }
        }
        Ok(rules)
    }
}
