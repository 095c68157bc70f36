//! A sequence: what `sequence_set` takes, the table keeps and `sequence_get` shows (members.md 15). Events that it takes
//! start passages: ways of people through a pipeline.

use crate::domain::error::{Error, Result};
use crate::domain::hook::{Filters, LONGEST_NAME, Section, read_events, read_filters, whole, written_filters};
use crate::domain::json::{Node, Value};
use crate::domain::request::{Request, wrong};

/// The parameters of a sequence; the first two are the caller's.
const KNOWN: &[&str] = &["id", "channel", "name", "active", "events", "filters", "pipe", "delay"];
/// The longest delay: ten years, in seconds.
const LONGEST_DELAY: u32 = 10 * 366 * 86_400;

/// A valid sequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sequence {
    /// Its name.
    pub name: String,
    /// Whether events start passages.
    pub active: bool,
    /// The codes of events that it takes.
    pub events: Vec<String>,
    /// What narrows them down.
    pub filters: Filters,
    /// The channel whose Schedule pipeline it starts; 0 where none is named yet.
    pub channel: i64,
    /// The pipe where runs enter; none is the first.
    pub pipe: Option<i64>,
    /// How long after the event, in seconds.
    pub delay: u32,
}

impl Sequence {
    /// Reads a request. With `before`, the document that is kept, it is an edit: what is not given keeps its value, and
    /// null gives it its default. The channel is looked up by the caller. Gives the warnings too.
    ///
    /// Errors: `error/param/missing`, `error/param/wrong`.
    pub fn read(request: Value, before: Option<&Sequence>) -> Result<(Sequence, Vec<Error>)> {
        let mut warnings = Request::open(request, KNOWN, &[])?.warnings;
        let object = request.as_object().unwrap_or_default();
        let sequence = Sequence::of(&mut Section::new("", object, &mut warnings), before)?;
        Ok((sequence, warnings))
    }

    /// Opens the document that is kept. Errors: as [`Sequence::read`], where the document is not one of ours.
    pub fn open(stored: Value) -> Result<Sequence> {
        let object = stored.as_object().ok_or_else(|| wrong("the stored sequence", "an object"))?;
        let sequence = Sequence::of(&mut Section::new("", object, &mut Vec::new()), None)?;
        let channel = object.get("channel")?.and_then(|channel| channel.as_i64());
        Ok(Sequence { channel: channel.unwrap_or_default(), ..sequence })
    }

    fn of(section: &mut Section, before: Option<&Sequence>) -> Result<Sequence> {
        let name = section.text("name", before.map(|kept| kept.name.as_str()), LONGEST_NAME)?;
        let events = read_events(section, before.map(|kept| kept.events.as_slice()))?;
        let pipe = |value: Value| value.as_i64().filter(|pipe| *pipe > 0).map(Some);
        Ok(Sequence {
            name: section.required("name", name)?,
            active: section.flag("active", before.map(|kept| kept.active), true)?,
            events: section.required("events", events)?,
            filters: read_filters(section, before.map(|kept| &kept.filters))?,
            channel: before.map_or(0, |kept| kept.channel),
            pipe: section.take("pipe", before.map(|kept| kept.pipe), None, pipe, "the id of a pipe")?,
            delay: section.number("delay", before.map(|kept| kept.delay), 0, 0..=LONGEST_DELAY)?,
        })
    }

    /// The document that the table keeps.
    pub fn stored(&self) -> Node<'_> {
        Node::object(self.fields())
    }

    /// The document that callers see.
    pub fn shown(&self, id: i64) -> Node<'_> {
        Node::object([("id", Node::from(id))].into_iter().chain(self.fields()))
    }

    fn fields(&self) -> Vec<(&'static str, Node<'_>)> {
        vec![
            ("name", Node::from(self.name.as_str())),
            ("active", Node::from(self.active)),
            ("events", Node::array(self.events.iter().map(|code| Node::from(code.as_str())))),
            ("filters", written_filters(&self.filters)),
            ("channel", Node::from(self.channel)),
            ("pipe", Node::from(self.pipe)),
            ("delay", whole(self.delay)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::error::Id;
    use crate::domain::json::{encoded, parse, root};

    fn read(text: &str, before: Option<&Sequence>) -> Result<(Sequence, Vec<Error>)> {
        let bytes = parse(text).unwrap();
        Sequence::read(root(&bytes).unwrap(), before)
    }

    const CART: &str = r#"{"name": "Cart", "events": ["cart"], "channel": "mail", "pipe": 7, "delay": 3600,
                           "filters": {"segments": [3]}}"#;

    #[test]
    fn an_edit_keeps_what_it_does_not_name() {
        let (first, warnings) = read(CART, None).unwrap();
        assert!(warnings.is_empty() && first.active);
        assert_eq!((first.pipe, first.delay, first.filters.segments.as_slice()), (Some(7), 3600, &[3_i64][..]));
        let first = Sequence { channel: 10_001, ..first };
        let (edited, _) = read(r#"{"id": 1, "active": 0, "pipe": null}"#, Some(&first)).unwrap();
        assert_eq!(edited, Sequence { active: false, pipe: None, ..first });
    }

    #[test]
    fn what_is_kept_opens_as_it_was() {
        let first = Sequence { channel: 10_001, ..read(CART, None).unwrap().0 };
        let stored = encoded(&first.stored()).unwrap();
        assert_eq!(Sequence::open(root(&stored).unwrap()), Ok(first));
    }

    #[test]
    fn what_is_wrong_is_refused_by_name() {
        for (text, id) in [
            (r#"{"events": ["a"]}"#, Id::ParamMissing),
            (r#"{"name": "a"}"#, Id::ParamMissing),
            (r#"{"name": "a", "events": []}"#, Id::ParamWrong),
            (r#"{"name": "a", "events": ["a"], "pipe": 0}"#, Id::ParamWrong),
            (r#"{"name": "a", "events": ["a"], "delay": -1}"#, Id::ParamWrong),
            (r#"{"name": "a", "events": ["a"], "filters": {"segments": "x"}}"#, Id::ParamWrong),
        ] {
            assert_eq!(read(text, None).unwrap_err().id, id, "{text}");
        }
        let (_, warnings) = read(r#"{"name": "a", "events": ["a"], "dealy": 5}"#, None).unwrap();
        assert_eq!(warnings, [Error::new(Id::ParamUnknown, "dealy")]);
    }
}
