//! Datakeys that mean something else than data: `member.*`, `-group.*` and `@…` (members.md 6.6).

use crate::domain::datakey::{Mode, Op, Operand, PASSAGE, PASSAGE_STORE, Program, Step, located};
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::Value;

/// An operation on the head rather than on the data, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Special {
    /// What it does.
    pub act: Act,
    index: usize,
    key: String,
}

impl Special {
    fn of(op: &Op, act: Act) -> Special {
        Special { act, index: op.index(), key: op.key().to_owned() }
    }

    /// An error with the operation's index and key in front.
    pub fn locate(&self, error: Error) -> Error {
        located(error, self.index, &self.key)
    }

    /// The code of the list group that it is about, if it is about one, and whether the head comes to it.
    pub fn group(&self) -> Option<(&str, bool)> {
        match &self.act {
            Act::Group { gid, enters } => Some((gid, *enters)),
            _ => None,
        }
    }
}

/// What an operation does to the head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// `member.error.error` deleted: the delivery errors and their lock go.
    ClearErrors,
    /// `member.lockconfirm` set to 1: the head needs confirmation again.
    LockConfirm,
    /// `member.origin` set.
    Origin(OriginRef),
    /// `-group.<gid>` set to 1 or deleted: the head comes to a list group or leaves it.
    Group {
        /// The code of the group.
        gid: String,
        /// Whether it comes.
        enters: bool,
    },
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
    /// Operations on what the passage of a sequence keeps, in order; their paths begin with [`PASSAGE_STORE`].
    pub passage: Vec<Op<'a>>,
    /// Whether a copy reads what the passage keeps.
    pub reads_passage: bool,
}

/// Takes a program apart. Errors: `error/datakey/mode`, `error/datakey/readonly`, `error/origin/notexists`,
/// `error/param/unsupported` for other names with an `@`.
pub fn part<'a>(program: Program<'a>) -> Result<Parted<'a>> {
    let mut parted = Parted::default();
    for op in program.into_ops() {
        parted.reads_system |= op.source().is_some_and(|source| is_system(source.first_key()));
        parted.reads_passage |= op.source().is_some_and(|source| source.special() == Some(PASSAGE));
        match op.path().special() {
            Some("member") => head_operation(&op, &mut parted)?,
            Some("-group") => group_operation(&op, &mut parted)?,
            Some(PASSAGE_STORE) => parted.passage.push(op),
            Some(PASSAGE) => {
                return Err(op.locate(Error::new(Id::DatakeyReadonly, format!("it is written as {PASSAGE_STORE}"))));
            }
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
    op.locate(Error::new(Id::ParamUnsupported, "there is no such key of the system"))
}

fn head_operation(op: &Op, parted: &mut Parted) -> Result<()> {
    let mut push = |act| parted.special.push(Special::of(op, act));
    match op.key() {
        "member.error.error" if op.mode() == Mode::Delete => push(Act::ClearErrors),
        "member.error.error" => return Err(only(op, "delete")),
        "member.lockconfirm" => match op.operand() {
            Operand::Value(value) if op.mode() == Mode::Set && is_one(value) => push(Act::LockConfirm),
            _ => return Err(only(op, "set with the value 1")),
        },
        "member.origin" => match op.operand() {
            Operand::Value(value) if op.mode() == Mode::Set => {
                push(Act::Origin(OriginRef::read(*value).map_err(|error| op.locate(error))?));
            }
            _ => return Err(only(op, "set")),
        },
        key => parted.warnings.push(ignored(key)),
    }
    Ok(())
}

/// `-group.<gid>`; `-group` alone and what lies deeper is ignored (shapes.md 5).
fn group_operation(op: &Op, parted: &mut Parted) -> Result<()> {
    let [_, Step::Key(gid)] = op.path().steps() else {
        parted.warnings.push(ignored(op.key()));
        return Ok(());
    };
    let enters = match op.operand() {
        Operand::Value(value) if op.mode() == Mode::Set && is_one(value) => true,
        _ if op.mode() == Mode::Delete => false,
        _ => return Err(only(op, "set with the value 1 and delete")),
    };
    parted.special.push(Special::of(op, Act::Group { gid: gid.clone().into_owned(), enters }));
    Ok(())
}

fn ignored(key: &str) -> Error {
    Error::new(Id::DatakeyReadonly, format!("{key} is ignored"))
}

fn only(op: &Op, allowed: &str) -> Error {
    op.locate(Error::new(Id::DatakeyMode, format!("it takes only {allowed}")))
}

fn is_one(value: &Value) -> bool {
    matches!(value, Value::String("1")) || value.as_i64() == Some(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::datakey::Limits;
    use crate::domain::json::{parse, root};

    fn parted<T>(text: &str, check: impl FnOnce(Parted) -> T) -> Result<T> {
        let bytes = parse(text).unwrap();
        Program::parse(root(&bytes).unwrap(), &Limits::default()).and_then(part).map(check)
    }

    fn acts(parted: &Parted) -> Vec<Act> {
        parted.special.iter().map(|special| special.act.clone()).collect()
    }

    #[test]
    fn head_operations_are_taken_out_and_the_rest_keeps_its_order() {
        let program = r#"[["a","set",1],["member.origin","set","site"],["b","delete"],["member.error.error","delete"],
                          ["member.lockconfirm","set","1"],["member.origin","set",7],["\\@c","set",2]]"#;
        parted(program, |parted| {
            let keys: Vec<_> = parted.data.iter().map(Op::key).collect();
            assert_eq!(keys, ["a", "b", r"\@c"]);
            let site = Act::Origin(OriginRef::Label("site".into()));
            let seven = Act::Origin(OriginRef::Number(7));
            assert_eq!(acts(&parted), [site, Act::ClearErrors, Act::LockConfirm, seven]);
            assert!(parted.warnings.is_empty() && !parted.reads_system);
        })
        .unwrap();
    }

    #[test]
    fn what_the_system_keeps_is_ignored_with_a_warning() {
        let program = r#"[["member.email","set.copy","email"],["-group","delete"],["x","set.copy","member.id"]]"#;
        parted(program, |parted| {
            assert_eq!(parted.warnings.iter().map(|warning| warning.id).collect::<Vec<_>>(), [Id::DatakeyReadonly; 2]);
            assert_eq!(parted.data.len(), 1);
            assert!(parted.reads_system);
        })
        .unwrap();
    }

    #[test]
    fn a_list_group_is_entered_and_left() {
        let program =
            r#"[["-group.g\\.1","set",1],["-group.g2","set","1"],["-group.g3","delete"],["-group.g.x","set",1]]"#;
        parted(program, |parted| {
            let group = |gid: &str, enters| Act::Group { gid: gid.into(), enters };
            assert_eq!(acts(&parted), [group("g.1", true), group("g2", true), group("g3", false)]);
            assert_eq!(parted.warnings.iter().map(|warning| warning.id).collect::<Vec<_>>(), [Id::DatakeyReadonly]);
        })
        .unwrap();
    }

    #[test]
    fn what_a_passage_keeps_is_taken_out_too() {
        let program = r#"[["@member.sequence_data.store@.n","set",1],["a","set.copy","@member.sequence_data@.n"],
                          ["@member.sequence_data.store@","merge",{}]]"#;
        parted(program, |parted| {
            assert_eq!(parted.passage.iter().map(Op::index).collect::<Vec<_>>(), [0, 2]);
            assert!(parted.data.len() == 1 && parted.reads_passage && !parted.reads_system);
        })
        .unwrap();
    }

    #[test]
    fn special_keys_take_only_their_modes() {
        for (operation, id) in [
            (r#"["member.error.error","set",0]"#, Id::DatakeyMode),
            (r#"["member.lockconfirm","set",0]"#, Id::DatakeyMode),
            (r#"["member.lockconfirm","delete"]"#, Id::DatakeyMode),
            (r#"["member.origin","push",1]"#, Id::DatakeyMode),
            (r#"["member.origin","set",[]]"#, Id::OriginNotexists),
            (r#"["-group.g1","set",2]"#, Id::DatakeyMode),
            (r#"["-group.g1","set.copy","a"]"#, Id::DatakeyMode),
            (r#"["-group.g1","push",1]"#, Id::DatakeyMode),
            (r#"["@member.sequence_data@","set",1]"#, Id::DatakeyReadonly),
            (r#"["@member.sequence","set",1]"#, Id::ParamUnsupported),
        ] {
            let refusal = parted(&format!(r#"[["a","set",1],{operation}]"#), |_| ()).unwrap_err();
            let key = operation.split('"').nth(1).unwrap();
            assert_eq!(refusal.id, id, "{operation}");
            assert!(refusal.explain.starts_with(&format!("operation 1, key \"{key}\": ")), "{refusal}");
        }
    }

    #[test]
    fn what_is_found_out_later_has_a_place_too() {
        let program = r#"[["a","set",1],["-group.g1","set",1],["member.origin","set","site"]]"#;
        parted(program, |parted| {
            let located = |place: usize| parted.special[place].locate(Error::new(Id::OriginNotexists, "x")).explain;
            assert_eq!(located(0), r#"operation 1, key "-group.g1": x"#);
            assert_eq!(located(1), r#"operation 2, key "member.origin": x"#);
        })
        .unwrap();
    }
}
