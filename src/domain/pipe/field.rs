//! The fields of a channel on templates, senders, resources, campaigns, subscriptions and the account, and the values in
//! them (pipelines-and-hooks.md 6.2).

use super::data::{Data, Object};
use crate::domain::error::{Error, Id, Result};
use crate::domain::hook::MASK;
use std::collections::BTreeSet;

/// The longest shortname.
const LONGEST_NAME: usize = 64;
/// The most columns of a line of a form.
const MOST_COLUMNS: usize = 4;
/// The most fields and elements of a form.
const MOST_FIELDS: usize = 500;

/// What values of a field are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldType {
    /// A whole number.
    Int,
    /// A text of one line.
    String,
    /// True or false.
    Bool,
    /// Anything.
    Json,
    /// A text.
    Text,
    /// A text with tags.
    Html,
    /// `{"name", "mime", "size", "url"}`, or a list of such.
    File,
    /// One of the values of its options.
    Enum,
    /// `#rrggbb`.
    Color,
    /// A record of an entity of the channel.
    Entity,
}

const TYPES: [(&str, FieldType); 10] = [
    ("int", FieldType::Int),
    ("string", FieldType::String),
    ("bool", FieldType::Bool),
    ("json", FieldType::Json),
    ("text", FieldType::Text),
    ("html", FieldType::Html),
    ("file", FieldType::File),
    ("enum", FieldType::Enum),
    ("color", FieldType::Color),
    ("entity", FieldType::Entity),
];

/// Elements of a form that hold no value.
const ELEMENTS: [&str; 3] = ["message", "header", "divider"];

/// A field.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// The name that templates reach it by.
    pub shortname: String,
    /// What its values are.
    pub kind: FieldType,
    /// Whether a value must be given.
    pub required: bool,
    /// The value where none is given.
    pub default: Option<Data>,
    /// The values of an enum.
    pub options: Vec<Data>,
    /// Whether its values let one in somewhere: they are shown hidden.
    pub secret: bool,
}

/// A form: fields and what stands between them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Form {
    /// As it was given: a list of elements, or of lines of one to four of them.
    pub document: Data,
    /// Its fields.
    pub fields: Vec<Field>,
}

impl Form {
    /// Reads a form; explanations call it `name`. Null and an empty list are a form without fields.
    ///
    /// Errors: `error/channel/field`.
    pub fn read(name: &str, document: &Data) -> Result<Form> {
        let none = Vec::new();
        let lines = match document {
            Data::List(lines) => lines,
            Data::Null => &none,
            _ => return Err(wrong(format!("{name} must be a list"))),
        };
        let mut fields = Vec::new();
        let mut elements = 0_usize;
        for line in lines {
            let columns = match line {
                Data::List(columns) if (1..=MOST_COLUMNS).contains(&columns.len()) => columns.as_slice(),
                Data::List(_) => return Err(wrong(format!("a line of {name} has one to {MOST_COLUMNS} columns"))),
                column => std::slice::from_ref(column),
            };
            for element in columns {
                elements += 1;
                fields.extend(read_element(name, element)?);
            }
        }
        if elements > MOST_FIELDS {
            return Err(wrong(format!("{name} has more than {MOST_FIELDS} elements")));
        }
        let mut names = BTreeSet::new();
        match fields.iter().find(|field| !names.insert(&field.shortname)) {
            Some(twice) => Err(wrong(format!("{name} has the field {} twice", twice.shortname))),
            None => Ok(Form { document: Data::List(lines.clone()), fields }),
        }
    }

    /// The field of this name.
    pub fn field(&self, shortname: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.shortname == shortname)
    }

    /// Checks values, which may be of some fields only: each against its field. What is of no field is not looked at.
    ///
    /// Errors: `error/channel/field`.
    pub fn check(&self, values: &Object) -> Result<()> {
        for (name, value) in values {
            if let Some(field) = self.field(name) {
                field.check(value)?;
            }
        }
        Ok(())
    }

    /// The values with the defaults of those that are not given.
    ///
    /// Errors: `error/channel/field` where one is wrong, or a required one is missing.
    pub fn complete(&self, mut values: Object) -> Result<Object> {
        self.check(&values)?;
        for field in &self.fields {
            if values.get(&field.shortname).is_none_or(|value| *value == Data::Null) {
                match &field.default {
                    Some(default) => _ = values.insert(field.shortname.clone(), default.clone()),
                    None if field.required => return Err(wrong(format!("{} is required", field.shortname))),
                    None => {}
                }
            }
        }
        Ok(values)
    }
}

/// Puts the values that are kept in place of masks that came back. Errors: `error/channel/field` where none is kept.
pub fn unmask(values: &mut Object, kept: &Object) -> Result<()> {
    for (name, value) in values.iter_mut().filter(|(_, value)| **value == Data::from(MASK)) {
        let missing = || wrong(format!("{name}: *** stands for a value that is kept already, and there is none"));
        *value = kept.get(name).cloned().ok_or_else(missing)?;
    }
    Ok(())
}

/// Reads an element; nothing for one that holds no value.
fn read_element(name: &str, element: &Data) -> Result<Option<Field>> {
    let kind = match element.get("type") {
        Some(Data::Text(kind)) => kind,
        _ => return Err(wrong(format!("an element of {name} must be an object with a type"))),
    };
    if ELEMENTS.contains(&kind.as_str()) {
        return Ok(None);
    }
    let known = TYPES.iter().find(|(known, _)| known == kind).map(|(_, kind)| *kind);
    let kind = known.ok_or_else(|| wrong(format!("the type of an element of {name} is not known")))?;
    Field::read(name, kind, element).map(Some)
}

/// Whether it is a name for fields, entities and events: a letter, then letters, digits and underscores, all small.
pub fn is_shortname(name: &str) -> bool {
    let is_of_name = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_';
    name.len() <= LONGEST_NAME
        && name.starts_with(|letter: char| letter.is_ascii_lowercase())
        && name.chars().all(is_of_name)
}

impl Field {
    fn read(form: &str, kind: FieldType, element: &Data) -> Result<Field> {
        let shortname = match element.get("shortname") {
            Some(Data::Text(name)) if is_shortname(name) => name.clone(),
            _ => {
                let form =
                    format!("a field of {form} needs a shortname of at most {LONGEST_NAME} small letters, digits, _");
                return Err(wrong(form));
            }
        };
        let flag = |key: &str| match element.get(key) {
            None | Some(Data::Null) => Ok(false),
            Some(Data::Bool(is_set)) => Ok(*is_set),
            Some(_) => Err(wrong(format!("{shortname}: {key} must be true or false"))),
        };
        let (required, secret) = (flag("required")?, flag("secret")?);
        let options = match (kind, element.get("options")) {
            (FieldType::Enum, Some(Data::List(options))) if !options.is_empty() => {
                options.iter().map(|option| option_value(&shortname, option)).collect::<Result<_>>()?
            }
            (FieldType::Enum, _) => return Err(wrong(format!("{shortname}: an enum has a list of options"))),
            _ => Vec::new(),
        };
        let default = element.get("default").filter(|default| **default != Data::Null).cloned();
        let field = Field { shortname, kind, required, default, options, secret };
        if let Some(default) = &field.default {
            field.check(default).map_err(|error| wrong(format!("default of {}", error.explain)))?;
        }
        Ok(field)
    }

    /// Checks a value; null is none. Errors: `error/channel/field`.
    pub fn check(&self, value: &Data) -> Result<()> {
        let (fits, form) = match self.kind {
            FieldType::Int => (is_whole(value), "a whole number"),
            FieldType::String | FieldType::Text | FieldType::Html => (matches!(value, Data::Text(_)), "a text"),
            FieldType::Bool => (matches!(value, Data::Bool(_)), "true or false"),
            FieldType::Json => (true, "JSON"),
            FieldType::File => (is_files(value), "a file {name, mime, size, url}, or a list of such"),
            FieldType::Enum => (self.options.contains(value), "one of its options"),
            FieldType::Color => (is_color(value), "a colour #rrggbb"),
            FieldType::Entity => (matches!(value, Data::Object(_) | Data::List(_)), "an object or a list of objects"),
        };
        match fits || *value == Data::Null {
            true => Ok(()),
            false => Err(wrong(format!("{} must be {form}", self.shortname))),
        }
    }

    /// Refuses to be given a text that is not known yet, where some texts are no values of it. Errors: `error/channel/field`.
    pub fn takes_any_text(&self) -> Result<()> {
        match self.kind {
            FieldType::String | FieldType::Text | FieldType::Html | FieldType::Json => Ok(()),
            _ => Err(wrong(format!("{} must take any text: a letter fills it in", self.shortname))),
        }
    }
}

/// `{"value", "title"}`, or the value alone.
fn option_value(field: &str, option: &Data) -> Result<Data> {
    match option {
        Data::Object(pairs) => {
            let value = pairs.get("value").cloned();
            value.ok_or_else(|| wrong(format!("{field}: an option is a value or {{value, title}}")))
        }
        value => Ok(value.clone()),
    }
}

fn is_whole(value: &Data) -> bool {
    matches!(value, Data::Number(number) if number.is_i64() || number.is_u64())
}

fn is_color(value: &Data) -> bool {
    let digits = match value {
        Data::Text(text) => text.strip_prefix('#'),
        _ => None,
    };
    digits.is_some_and(|digits| digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
}

fn is_files(value: &Data) -> bool {
    match value {
        Data::List(files) => files.iter().all(is_file),
        file => is_file(file),
    }
}

fn is_file(value: &Data) -> bool {
    let is_text = |key: &str| matches!(value.get(key), Some(Data::Text(_)));
    is_text("name") && is_text("mime") && is_text("url") && value.get("size").is_some_and(is_whole)
}

fn wrong(explain: impl Into<String>) -> Error {
    Error::new(Id::ChannelField, explain)
}
