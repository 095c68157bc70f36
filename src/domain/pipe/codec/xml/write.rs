//! Documents to XML.

use super::name::{is_name, is_text};
use super::{ATTRIBUTE, TEXT};
use crate::domain::pipe::codec::{failure, text_of};
use crate::domain::pipe::data::Data;
use crate::domain::pipe::failure::Failure;
use quick_xml::Writer;
use quick_xml::escape::partial_escape;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};
use std::borrow::Cow;
use std::io;

/// Writes a document that has been checked, with a declaration.
pub(in super::super) fn pack(document: &Data) -> Result<Vec<u8>, Failure> {
    let only = match document {
        Data::Object(pairs) if pairs.len() == 1 => pairs.first_key_value(),
        _ => None,
    };
    let Some((root, value)) = only.filter(|(_, value)| !matches!(value, Data::List(_))) else {
        return Err(failure("XML needs an object with one key, which names the root, and no list below it"));
    };
    let mut writer = Writer::new(Vec::new());
    write(&mut writer, Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    element(&mut writer, root, value)?;
    Ok(writer.into_inner())
}

type Pen = Writer<Vec<u8>>;

/// One element; of a list, each of its items.
fn element(writer: &mut Pen, name: &str, value: &Data) -> Result<(), Failure> {
    if !is_name(name) {
        return Err(failure("a key is no name of an element"));
    }
    match value {
        Data::List(items) => items.iter().try_for_each(|item| match item {
            Data::List(_) => Err(failure("XML has no list in a list")),
            item => element(writer, name, item),
        }),
        Data::Object(pairs) => {
            let mut start = BytesStart::new(name);
            for (key, value) in pairs {
                if let Some(key) = key.strip_prefix(ATTRIBUTE) {
                    attribute(&mut start, key, value)?;
                }
            }
            write(writer, Event::Start(start))?;
            if let Some(text) = pairs.get(TEXT) {
                write_text(writer, text)?;
            }
            let inside = pairs.iter().filter(|(key, _)| !key.starts_with(ATTRIBUTE) && *key != TEXT);
            inside.into_iter().try_for_each(|(key, value)| element(writer, key, value))?;
            write(writer, Event::End(BytesEnd::new(name)))
        }
        value => {
            write(writer, Event::Start(BytesStart::new(name)))?;
            write_text(writer, value)?;
            write(writer, Event::End(BytesEnd::new(name)))
        }
    }
}

fn attribute(start: &mut BytesStart<'_>, name: &str, value: &Data) -> Result<(), Failure> {
    if !is_name(name) {
        return Err(failure("a key is no name of an attribute"));
    }
    start.push_attribute((name, text(value)?.as_ref()));
    Ok(())
}

fn write_text(writer: &mut Pen, value: &Data) -> Result<(), Failure> {
    write(writer, Event::Text(BytesText::from_escaped(partial_escape(text(value)?))))
}

/// A value as text, of characters that XML has.
fn text(value: &Data) -> Result<Cow<'_, str>, Failure> {
    let text = match value {
        Data::Null => Cow::Borrowed(""),
        Data::Bool(true) => Cow::Borrowed("true"),
        Data::Bool(false) => Cow::Borrowed("false"),
        Data::Number(number) => Cow::Borrowed(number.as_str()),
        Data::Text(text) => Cow::Borrowed(text.as_str()),
        Data::Bytes(_) => Cow::Owned(text_of(value)),
        Data::List(_) | Data::Object(_) => return Err(failure("an attribute or #text holds more than one value")),
    };
    if is_text(&text) { Ok(text) } else { Err(failure("a text holds a character that XML has not")) }
}

fn write(writer: &mut Pen, event: Event<'_>) -> Result<(), Failure> {
    writer.write_event(event).map_err(|error: io::Error| failure(error.to_string()))
}
