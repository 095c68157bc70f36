//! Datakeys that mean something else than data: `member.*`, `-group.*` and `@…` (members.md 6.6).

use crate::domain::datakey::{Mode, Op, Operand, Program};
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::Value;

/// An operation on the head rather than on the data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Special {
    /// `member.error.error` deleted: the delivery errors and their lock go.
    ClearErrors,
    /// `member.lockconfirm` set to 1: the head needs confirmation again.
    LockConfirm,
    /// `member.origin` set.
    Origin(OriginRef),
}

/// An origin as callers name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OriginRef {
    /// By its number.
    Number(i64),
    /// By its label.
    Label(String),
}

impl OriginRef {
    /// Reads a number or a label; a text of digits is a number. Errors: `error/origin/notexists`.
    pub fn read(value: Value) -> Result<OriginRef> {
        match value {
            Value::String(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => {
                text.parse().map(OriginRef::Number).map_err(|_| no_origin())
            }
            Value::String(text) => Ok(OriginRef::Label(text.to_owned())),
            other => other.as_i64().map(OriginRef::Number).ok_or_else(no_origin),
        }
    }
}

fn no_origin() -> Error {
    Error::new(Id::OriginNotexists, "an origin is named by its number or its label")
}

/// A program taken apart: what changes data, and what changes the head.
#[derive(Debug, Default)]
pub struct Parted<'a> {
    /// Operations on the body, in order.
    pub data: Vec<Op<'a>>,
    /// Operations on the head, in order.
    pub special: Vec<Special>,
    /// Keys that are ignored: `error/datakey/readonly`.
    pub warnings: Vec<Error>,
    /// Whether a copy reads `member` or `-group`.
    pub reads_system: bool,
}

/// Takes a program apart. Errors: `error/datakey/mode`, `error/datakey/readonly`, `error/origin/notexists`,
/// `error/param/unsupported` for `-group` and `@member.sequence_data@`.
pub fn part<'a>(program: Program<'a>) -> Result<Parted<'a>> {
    let mut parted = Parted::default();
    for op in program.into_ops() {
        parted.reads_system |= op.source().is_some_and(|source| is_system(source.first_key()));
        match op.path().special() {
            Some("member") => head_operation(&op, &mut parted)?,
            Some("-group") if op.path().steps().len() == 2 => return Err(unsupported(&op)),
            Some("-group") => parted.warnings.push(ignored(op.key())),
            Some(_) => return Err(unsupported(&op)),
            None => parted.data.push(op),
        }
    }
    Ok(parted)
}

fn is_system(first_key: Option<&str>) -> bool {
    matches!(first_key, Some("member" | "-group"))
}

fn unsupported(op: &Op) -> Error {
    Error::new(Id::ParamUnsupported, format!("datakey {}", op.path()))
}

fn head_operation(op: &Op, parted: &mut Parted) -> Result<()> {
    match op.key() {
        "member.error.error" if op.mode() == Mode::Delete => parted.special.push(Special::ClearErrors),
        "member.error.error" => return Err(only(op, "delete")),
        "member.lockconfirm" => match op.operand() {
            Operand::Value(value) if op.mode() == Mode::Set && is_one(value) => parted.special.push(Special::LockConfirm),
            _ => return Err(only(op, "set with the value 1")),
        },
        "member.origin" => match op.operand() {
            Operand::Value(value) if op.mode() == Mode::Set => {
                parted.special.push(Special::Origin(OriginRef::read(*value)?));
            }
            _ => return Err(only(op, "set")),
        },
        key => parted.warnings.push(ignored(key)),
    }
    Ok(())
}

fn ignored(key: &str) -> Error {
    Error::new(Id::DatakeyReadonly, format!("{key} is ignored"))
}

fn only(op: &Op, allowed: &str) -> Error {
    Error::new(Id::DatakeyMode, format!("operation {}: {} takes only {allowed}", op.index(), op.key()))
}

fn is_one(value: &Value) -> bool {
    matches!(value, Value::String("1")) || value.as_i64() == Some(1)
}
