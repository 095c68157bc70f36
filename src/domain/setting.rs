//! The settings of `sys.settings`: their names, forms and defaults (shapes.md 1, members.md 10.6).

use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Node, Value};
use crate::domain::request::wrong;

/// The form of a setting's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// 0 or 1.
    Switch(i64),
    /// A count, or null for no limit.
    Limit,
    /// A text that never changes.
    Fixed(&'static str),
    /// Computed; cannot be set.
    Computed,
}

/// A setting that the platform names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its name.
    pub name: &'static str,
    form: Form,
}

/// Whether e-mail addresses beyond ASCII are accepted.
pub const EMAIL_UTF8: Setting = Setting { name: "email.utf8", form: Form::Switch(1) };
/// How many new e-mails a month may enter without confirmation.
pub const NOCONFIRM_LIMIT: Setting = Setting { name: "member.noconfirm.limit", form: Form::Limit };
/// How many of them are left.
pub const NOCONFIRM_REST: Setting = Setting { name: "member.noconfirm.rest", form: Form::Computed };
/// How many heads there may be before every new e-mail needs confirmation.
pub const TARIF_LIMIT: Setting = Setting { name: "member.tarif.limit", form: Form::Limit };

/// How many heads there may be at all.
pub const HARD_LIMIT: Setting = Setting { name: "member.hard.limit", form: Form::Limit };
/// How many more may come.
pub const HARD_REST: Setting = Setting { name: "member.hard.rest", form: Form::Computed };
/// Whether the account may change the records that subscribers made in the stop-list.
pub const STOPLIST_MEMBER_EDIT: Setting = Setting { name: "stoplist.member.edit", form: Form::Switch(0) };
/// How many of these records calls may change in a month; a share of the tariff where nobody set it.
pub const STOPLIST_MEMBER_LIMIT: Setting = Setting { name: "stoplist.member.limit", form: Form::Limit };
/// How many of them are left.
pub const STOPLIST_MEMBER_REST: Setting = Setting { name: "stoplist.member.rest", form: Form::Computed };
/// The code of the questionnaire of demographic fields.
const ANKETA_BASE: Setting = Setting { name: "anketa.id.base", form: Form::Fixed("base") };
/// The code of the questionnaire of the account's own fields.
const ANKETA_CUSTOM: Setting = Setting { name: "anketa.id.custom", form: Form::Fixed("custom") };

/// Every setting.
pub const ALL: &[Setting] = &[
    ANKETA_BASE,
    ANKETA_CUSTOM,
    EMAIL_UTF8,
    HARD_LIMIT,
    HARD_REST,
    NOCONFIRM_LIMIT,
    NOCONFIRM_REST,
    STOPLIST_MEMBER_EDIT,
    STOPLIST_MEMBER_LIMIT,
    STOPLIST_MEMBER_REST,
    TARIF_LIMIT,
];

impl Setting {
    /// The setting of this name. Errors: `error/setting/unknown`.
    pub fn named(name: &str) -> Result<Setting> {
        let known = ALL.iter().find(|setting| setting.name == name);
        known.copied().ok_or_else(|| Error::new(Id::SettingUnknown, format!("there is no setting {name}")))
    }

    /// The value it has when nobody set it.
    pub fn default_value<'a>(self) -> Node<'a> {
        match self.form {
            Form::Switch(on) => Node::from(on),
            Form::Fixed(text) => Node::from(text),
            Form::Limit | Form::Computed => Node::Null,
        }
    }

    /// Checks a value and gives what is stored. Errors: `error/param/wrong`.
    pub fn check<'a>(self, value: Value<'a>) -> Result<Node<'a>> {
        let number = match value {
            Value::String(text) => text.parse().ok(),
            other => other.as_i64(),
        };
        match (self.form, number) {
            (Form::Switch(_), Some(0 | 1)) => Ok(number.map_or(Node::Null, Node::from)),
            (Form::Limit, Some(0..)) => Ok(number.map_or(Node::Null, Node::from)),
            (Form::Limit, None) if value.is_null() => Ok(Node::Null),
            (Form::Switch(_), _) => Err(wrong(self.name, "0 or 1")),
            (Form::Limit, _) => Err(wrong(self.name, "a whole number from 0, or null for no limit")),
            (Form::Computed, _) => {
                Err(Error::new(Id::ParamWrong, format!("{} is computed and cannot be set", self.name)))
            }
            (Form::Fixed(_), _) => Err(Error::new(Id::ParamWrong, format!("{} cannot be set", self.name))),
        }
    }
}
