//! The arguments of the trigger `member_sync()`: which columns are the address and which are data.

use crate::domain::error::{Error, Id, Result};
use crate::domain::head::HeadRule;
use crate::domain::json::{Node, Object, Value};
use crate::domain::request::identifier_of;

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
    /// The columns of further identifiers, each with its type, if it is not to be detected.
    pub heads: Vec<(Option<&'a str>, &'a str)>,
    /// What happens to a further identifier that belongs to somebody else.
    pub head_rule: HeadRule,
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
            heads: Vec::new(),
            head_rule: HeadRule::Error,
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
                ("head", column) => mapping.heads.push((None, column)),
                ("head_rule", rule) => mapping.head_rule = HeadRule::parse(rule).ok_or_else(|| wrong(argument))?,
                ("on_delete", "keep") => mapping.on_delete = OnDelete::Keep,
                ("on_delete", "detach") => mapping.on_delete = OnDelete::Detach,
                ("on_delete", "delete") => mapping.on_delete = OnDelete::Delete,
                ("invalid", "skip") => mapping.invalid = Invalid::Skip,
                ("invalid", "fail") => mapping.invalid = Invalid::Fail,
                (name, column) => match (name.strip_prefix("data:"), name.strip_prefix("head:")) {
                    (Some(key), _) => mapping.data.push((key, column)),
                    (None, Some(addr_type)) => mapping.heads.push((Some(addr_type), column)),
                    (None, None) => return Err(wrong(argument)),
                },
            }
        }
        mapping.address = address.ok_or_else(|| Error::new(Id::SyncArgument, "address=COLUMN is missing"))?;
        Ok(mapping)
    }

    /// The identifiers of a row in the order of the arguments, the address first; columns that are NULL say nothing.
    /// Errors: `error/sync/argument`.
    pub fn identifiers(&self, row: Object) -> Result<Vec<Identifier<'a>>> {
        let columns = [(self.addr_type, self.address)].into_iter().chain(self.heads.iter().copied());
        let mut found = Vec::with_capacity(1 + self.heads.len());
        for (addr_type, name) in columns {
            let text = match column(row, name)? {
                Value::Null => continue,
                // 5.00 is 5, and a number beyond 64 bits stands for its digits.
                value => match value.as_i64() {
                    Some(number) => number.to_string(),
                    None => identifier_of(value).ok_or_else(|| no_identifier(name))?.into_owned(),
                },
            };
            found.push(Identifier { addr_type, text });
        }
        Ok(found)
    }

    /// The request of `member.set` for a row whose identifiers are these, at least one. A column that is NULL says
    /// nothing, unless it was something in the same person's row `before`: then its key is deleted.
    ///
    /// Errors: `error/sync/argument`.
    pub fn request<'r>(
        &self,
        identifiers: &'r [Identifier<'a>],
        row: Object<'r>,
        before: Option<Object<'r>>,
    ) -> Result<Node<'r>>
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
        let (address, others) = identifiers.split_first().map_or((None, identifiers), |(one, rest)| (Some(one), rest));
        Ok(Node::object([
            ("email", Node::from(address.map_or("", |address| address.text.as_str()))),
            ("addr_type", Node::from(address.map_or(self.addr_type, |address| address.addr_type))),
            ("datakey", Node::array(program)),
            ("head_attach", Node::array(others.iter().map(|other| self.attach(other)))),
        ]))
    }

    fn attach<'r>(&self, other: &'r Identifier<'a>) -> Node<'r>
    where
        'a: 'r,
    {
        let rule = self.head_rule.as_str();
        Node::object([
            ("head", Node::from(other.text.as_str())),
            ("head_addr_type", Node::from(other.addr_type)),
            ("head_rule", Node::object([("multi", Node::from(rule)), ("single", Node::from(rule))])),
        ])
    }
}

/// An identifier of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identifier<'a> {
    /// Its type, if it is not to be detected.
    pub addr_type: Option<&'a str>,
    /// As it stands in the column.
    pub text: String,
}

fn column<'r>(row: Object<'r>, name: &str) -> Result<Value<'r>> {
    row.get(name)?.ok_or_else(|| Error::new(Id::SyncArgument, format!("the table has no column {name}")))
}

fn no_identifier(column: &str) -> Error {
    Error::new(Id::SyncArgument, format!("column {column} is no text and no whole number"))
}

fn wrong(argument: &str) -> Error {
    Error::new(Id::SyncArgument, format!("{argument} is none of the trigger's arguments"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::json::{parse, root};

    #[test]
    fn reads_every_argument() {
        let arguments = [
            "address=email",
            "addr_type=email",
            "data:a=b.c=city",
            "on_delete=detach",
            "invalid=fail",
            "head=phone",
            "head:csid=card",
            "head_rule=transplant",
        ];
        let mapping = Mapping::read(arguments.into_iter()).unwrap();
        assert_eq!(mapping.address, "email");
        assert_eq!(mapping.addr_type, Some("email"));
        assert_eq!(mapping.data, [("a=b.c", "city")]);
        assert_eq!(mapping.heads, [(None, "phone"), (Some("csid"), "card")]);
        assert_eq!(mapping.head_rule, HeadRule::Transplant);
        assert_eq!((mapping.on_delete, mapping.invalid), (OnDelete::Detach, Invalid::Fail));
    }

    #[test]
    fn an_identifier_is_a_text_or_a_whole_number_of_any_size() {
        let mapping = Mapping::read(["address=n", "addr_type=csid"].into_iter()).unwrap();
        for (value, text) in [
            (r#""C-1""#, Some("C-1")),
            ("42", Some("42")),
            ("42.00", Some("42")),
            ("-7", Some("-7")),
            ("98765432109876543210", Some("98765432109876543210")),
            ("1.5", None),
            ("true", None),
            ("[1]", None),
        ] {
            let row = parse(&format!(r#"{{"n": {value}}}"#)).unwrap();
            let read = mapping.identifiers(root(&row).unwrap().as_object().unwrap());
            match text {
                Some(text) => assert_eq!(read.unwrap().first().unwrap().text, text, "{value}"),
                None => assert_eq!(read.unwrap_err().id, Id::SyncArgument, "{value}"),
            }
        }
        let row = parse(r#"{"n": null}"#).unwrap();
        assert_eq!(mapping.identifiers(root(&row).unwrap().as_object().unwrap()).unwrap(), []);
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        for arguments in [
            &["address"][..],
            &["address="],
            &["adress=email"],
            &[],
            &["on_delete=drop", "address=a"],
            &["head_rule=steal", "address=a"],
        ] {
            let refusal = Mapping::read(arguments.iter().copied()).unwrap_err();
            assert_eq!(refusal.id, Id::SyncArgument, "{arguments:?}");
        }
    }
}
