//! The arguments of the trigger `member_sync()`: which columns are the address and which are data.

use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Node, Object, Value};

/// What happens to the subscriber when its row goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnDelete {
    /// Nothing.
    Keep,
    /// The identifier leaves its subscriber, if others remain.
    Detach,
    /// The identifier is deleted, with its subscriber if it was the last.
    Delete,
}

/// What happens when a row has no valid address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Invalid {
    /// The row is left out, with a warning.
    Skip,
    /// The statement fails.
    Fail,
}

/// A trigger's arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping<'a> {
    /// The column of the identifier.
    pub address: &'a str,
    /// Its type, if it is not to be detected.
    pub addr_type: Option<&'a str>,
    /// Datakeys and the columns they come from.
    pub data: Vec<(&'a str, &'a str)>,
    /// The rule for deleted rows.
    pub on_delete: OnDelete,
    /// The rule for rows without a valid address.
    pub invalid: Invalid,
}

impl<'a> Mapping<'a> {
    /// Reads the arguments, each `name=value`. Errors: `error/sync/argument` naming the argument.
    pub fn read(arguments: impl Iterator<Item = &'a str>) -> Result<Mapping<'a>> {
        let mut address = None;
        let mut mapping = Mapping {
            address: "",
            addr_type: None,
            data: Vec::new(),
            on_delete: OnDelete::Keep,
            invalid: Invalid::Skip,
        };
        for argument in arguments {
            let (name, value) = argument.rsplit_once('=').ok_or_else(|| wrong(argument))?;
            match (name, value) {
                (_, "") => return Err(wrong(argument)),
                ("address", column) => address = Some(column),
                ("addr_type", addr_type) => mapping.addr_type = Some(addr_type),
                ("on_delete", "keep") => mapping.on_delete = OnDelete::Keep,
                ("on_delete", "detach") => mapping.on_delete = OnDelete::Detach,
                ("on_delete", "delete") => mapping.on_delete = OnDelete::Delete,
                ("invalid", "skip") => mapping.invalid = Invalid::Skip,
                ("invalid", "fail") => mapping.invalid = Invalid::Fail,
                (name, column) => {
                    let key = name.strip_prefix("data:").ok_or_else(|| wrong(argument))?;
                    mapping.data.push((key, column));
                }
            }
        }
        mapping.address = address.ok_or_else(|| Error::new(Id::SyncArgument, "address=COLUMN is missing"))?;
        Ok(mapping)
    }

    /// The identifier of a row, as text; none where the column is NULL. Errors: `error/sync/argument`.
    pub fn address_of(&self, row: Object) -> Result<Option<String>> {
        match column(row, self.address)? {
            Value::Null => Ok(None),
            Value::String(text) => Ok(Some(text.to_owned())),
            other => match other.as_i64() {
                Some(number) => Ok(Some(number.to_string())),
                None => Err(Error::new(Id::SyncArgument, format!("column {} is no text", self.address))),
            },
        }
    }

    /// The request of `member.set` for a row. A column that is NULL says nothing, unless it was something in the same
    /// person's row `before`: then its key is deleted. Errors: `error/sync/argument`.
    pub fn request<'r>(&self, address: &'r str, row: Object<'r>, before: Option<Object<'r>>) -> Result<Node<'r>>
    where
        'a: 'r,
    {
        let mut program = Vec::with_capacity(self.data.len());
        for (key, name) in &self.data {
            let was = before.map(|before| column(before, name)).transpose()?;
            match column(row, name)? {
                Value::Null if was.is_none_or(|was| was.is_null()) => {}
                Value::Null => program.push(Node::array([Node::from(*key), Node::from("delete")])),
                value => program.push(Node::array([Node::from(*key), Node::from("set"), Node::from(value)])),
            }
        }
        Ok(Node::object([
            ("email", Node::from(address)),
            ("addr_type", self.addr_type.map_or(Node::Null, Node::from)),
            ("datakey", Node::array(program)),
        ]))
    }
}

fn column<'r>(row: Object<'r>, name: &str) -> Result<Value<'r>> {
    row.get(name)?.ok_or_else(|| Error::new(Id::SyncArgument, format!("the table has no column {name}")))
}

fn wrong(argument: &str) -> Error {
    Error::new(Id::SyncArgument, format!("{argument} is none of the trigger's arguments"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_argument() {
        let arguments = ["address=email", "addr_type=email", "data:a=b.c=city", "on_delete=detach", "invalid=fail"];
        let mapping = Mapping::read(arguments.into_iter()).unwrap();
        assert_eq!(mapping.address, "email");
        assert_eq!(mapping.addr_type, Some("email"));
        assert_eq!(mapping.data, [("a=b.c", "city")]);
        assert_eq!((mapping.on_delete, mapping.invalid), (OnDelete::Detach, Invalid::Fail));
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        for arguments in [&["address"][..], &["address="], &["adress=email"], &[], &["on_delete=drop", "address=a"]] {
            let refusal = Mapping::read(arguments.iter().copied()).unwrap_err();
            assert_eq!(refusal.id, Id::SyncArgument, "{arguments:?}");
        }
    }
}
