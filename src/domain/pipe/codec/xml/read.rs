//! XML to documents.

use super::name::{is_name, is_space, is_text};
use super::{ATTRIBUTE, TEXT};
use crate::domain::pipe::codec::{LEVELS, failure};
use crate::domain::pipe::data::{Data, Object};
use crate::domain::pipe::failure::Failure;
use quick_xml::XmlVersion;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesDecl, BytesRef, BytesStart, Event};
use quick_xml::reader::Reader;
use std::collections::btree_map::Entry;

/// Reads a document.
pub(in super::super) fn unpack(text: &str) -> Result<Data, Failure> {
    let mut reader = Reader::from_str(text);
    // What is open, from the root inwards.
    let mut open: Vec<Element> = Vec::new();
    let mut root = None;
    loop {
        match reader.read_event().map_err(|error| no_xml(&error))? {
            Event::Start(start) => {
                if root.is_some() || open.len() >= LEVELS {
                    return Err(failure("the XML has two roots or too many levels"));
                }
                open.push(Element::begin(&start)?);
            }
            Event::Empty(start) => {
                if root.is_some() {
                    return Err(failure("the XML has two roots"));
                }
                close(Element::begin(&start)?, &mut open, &mut root);
            }
            Event::End(_) => {
                let element = open.pop().ok_or_else(|| failure("no XML: an end without a beginning"))?;
                close(element, &mut open, &mut root);
            }
            Event::Text(text) => append(&mut open, &text.xml10_content())?,
            Event::CData(text) => append(&mut open, &text.xml10_content())?,
            Event::GeneralRef(reference) => append(&mut open, &meaning(&reference)?)?,
            Event::Decl(declaration) => check_encoding(&declaration)?,
            Event::DocType(_) => return Err(failure("the XML has a document type definition")),
            Event::Comment(_) | Event::PI(_) => {}
            Event::Eof => break,
        }
    }
    match root {
        Some((name, value)) if open.is_empty() => Ok(Data::object([(name, value)])),
        _ => Err(failure("no XML: it ends too early")),
    }
}

/// An element that has begun.
struct Element {
    name: String,
    /// Its attributes and what stands inside, by key.
    pairs: Object,
    text: String,
    /// Whether elements stand inside.
    has_elements: bool,
}

impl Element {
    fn begin(start: &BytesStart<'_>) -> Result<Element, Failure> {
        let name = name_of(start.name().as_ref())?;
        let mut pairs = Object::new();
        let mut attributes = start.attributes();
        // The library would compare each name with all before it.
        for attribute in attributes.with_checks(false) {
            let attribute = attribute.map_err(|error| no_xml(&error))?;
            let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|error| no_xml(&error))?;
            let key = format!("{ATTRIBUTE}{}", name_of(attribute.key.as_ref())?);
            if pairs.insert(key, Data::Text(checked(value.into_owned())?)).is_some() {
                return Err(failure("no XML: an element has two attributes of one name"));
            }
        }
        Ok(Element { name, pairs, text: String::new(), has_elements: false })
    }

    /// Puts an element inside; one of a name that came before makes it a list.
    fn put(&mut self, name: String, value: Data) {
        self.has_elements = true;
        match self.pairs.entry(name) {
            Entry::Vacant(place) => _ = place.insert(value),
            Entry::Occupied(mut place) => match place.get_mut() {
                Data::List(items) => items.push(value),
                first => *first = Data::List(vec![std::mem::take(first), value]),
            },
        }
    }

    fn end(mut self) -> (String, Data) {
        if self.pairs.is_empty() {
            return (self.name, Data::Text(self.text));
        }
        let is_layout = self.has_elements && is_space(&self.text);
        if !self.text.is_empty() && !is_layout {
            self.pairs.insert(TEXT.to_owned(), Data::Text(self.text));
        }
        (self.name, Data::Object(self.pairs))
    }
}

/// Puts an element that has ended where it belongs.
fn close(element: Element, open: &mut [Element], root: &mut Option<(String, Data)>) {
    let (name, value) = element.end();
    match open.last_mut() {
        Some(outer) => outer.put(name, value),
        None => *root = Some((name, value)),
    }
}

fn append(open: &mut [Element], text: &str) -> Result<(), Failure> {
    match open.last_mut() {
        Some(element) if is_text(text) => element.text.push_str(text),
        None if is_space(text) => {}
        None => return Err(failure("no XML: text outside the root")),
        Some(_) => return Err(unknown_character()),
    }
    Ok(())
}

/// What a reference stands for: a character by its number, or one of the five that XML names.
fn meaning(reference: &BytesRef<'_>) -> Result<String, Failure> {
    let by_number = reference.resolve_char_ref().map_err(|error| no_xml(&error))?;
    let by_name = || resolve_predefined_entity(reference).map(str::to_owned);
    by_number.map(String::from).or_else(by_name).ok_or_else(|| failure("the XML has an entity that is not defined"))
}

fn check_encoding(declaration: &BytesDecl<'_>) -> Result<(), Failure> {
    let Some(encoding) = declaration.encoding() else { return Ok(()) };
    let encoding = encoding.map_err(|error| no_xml(&error))?;
    let is_ours = ["utf-8", "utf8", "us-ascii"].iter().any(|ours| encoding.eq_ignore_ascii_case(ours));
    if is_ours { Ok(()) } else { Err(failure("the XML is in another encoding than UTF-8")) }
}

fn name_of(text: &str) -> Result<String, Failure> {
    if is_name(text) { Ok(text.to_owned()) } else { Err(failure("no XML: not a name")) }
}

fn checked(text: String) -> Result<String, Failure> {
    if is_text(&text) { Ok(text) } else { Err(unknown_character()) }
}

fn unknown_character() -> Failure {
    failure("the XML holds a character that XML has not")
}

/// What the library says, which may repeat a name of the document and no more.
fn no_xml(error: &dyn std::error::Error) -> Failure {
    failure(format!("no XML: {error}"))
}
