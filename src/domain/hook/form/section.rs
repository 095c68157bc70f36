//! One object of a hook's settings: what is given, what is kept, what is the default.

use crate::domain::error::{Error, Id, Result};
use crate::domain::hook::Secret;
use crate::domain::json::{Node, Object, Value};
use crate::domain::request::wrong;
use std::ops::RangeInclusive;

/// What stands for a secret in replies.
pub const MASK: &str = "***";

/// What a section is written as.
pub type Pairs<'a> = Vec<(&'static str, Node<'a>)>;

/// An object of settings under the name by which errors call it. An absent key keeps its value, null stands for the
/// default.
pub struct Section<'a, 'w> {
    name: &'static str,
    object: Object<'a>,
    /// Whether it was given as null: then nothing in it is kept.
    is_cleared: bool,
    warnings: &'w mut Vec<Error>,
}

impl<'a, 'w> Section<'a, 'w> {
    /// A section by its name, which is empty for the request itself; its keys are not checked yet.
    pub fn new(name: &'static str, object: Object<'a>, warnings: &'w mut Vec<Error>) -> Section<'a, 'w> {
        Section { name, object, is_cleared: false, warnings }
    }

    /// A section in this one, all keys of which are known; None where it is absent.
    ///
    /// Errors: `error/param/wrong` for what is neither an object nor null, which stands for an empty one.
    pub fn inner(&mut self, name: &'static str, known: &[&str]) -> Result<Option<Section<'a, '_>>> {
        let Some(mut section) = self.open(name)? else { return Ok(None) };
        section.check_keys(known, &[])?;
        Ok(Some(section))
    }

    /// The same with keys that are checked later. The last part of the name is the key.
    pub fn open(&mut self, name: &'static str) -> Result<Option<Section<'a, '_>>> {
        let key = name.rsplit('.').next().unwrap_or(name);
        let (object, is_cleared) = match self.object.get(key)? {
            None => return Ok(None),
            Some(Value::Null) => (Object::default(), true),
            Some(Value::Object(object)) => (object, false),
            Some(_) => return Err(wrong(name, "an object")),
        };
        Ok(Some(Section { name, object, is_cleared, warnings: self.warnings }))
    }

    /// Warns of unknown keys and refuses those that this version cannot honour.
    ///
    /// Errors: `error/param/unsupported`.
    pub fn check_keys(&mut self, known: &[&str], unsupported: &[&str]) -> Result<()> {
        for entry in self.object.iter() {
            let (key, value) = entry?;
            if unsupported.contains(&key) && !value.is_null() {
                return Err(Error::new(Id::ParamUnsupported, self.named(key)));
            }
            if !known.contains(&key) && !unsupported.contains(&key) {
                let unknown = Error::new(Id::ParamUnknown, self.named(key));
                self.warnings.push(unknown);
            }
        }
        Ok(())
    }

    /// The full name of a key: `transport.url`.
    pub fn named(&self, key: &str) -> String {
        if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) }
    }

    /// What is given for a key as `read` takes it; what is `kept` where it is absent; the default where it is null.
    ///
    /// Errors: `error/param/wrong`, saying that the key must be `form`, where `read` gives None.
    pub fn take<T>(
        &self,
        key: &str,
        kept: Option<T>,
        default: T,
        read: impl FnOnce(Value<'a>) -> Option<T>,
        form: &str,
    ) -> Result<T> {
        match self.object.get(key)? {
            None => Ok(kept.filter(|_| !self.is_cleared).unwrap_or(default)),
            Some(Value::Null) => Ok(default),
            Some(value) => read(value).ok_or_else(|| wrong(&self.named(key), form)),
        }
    }

    /// What is given for a key, null among it.
    pub fn value(&self, key: &str) -> Result<Option<Value<'a>>> {
        self.object.get(key)
    }

    /// What must be there. Errors: `error/param/missing`.
    pub fn required<T>(&self, key: &str, value: Option<T>) -> Result<T> {
        value.ok_or_else(|| Error::new(Id::ParamMissing, self.named(key)))
    }

    /// A text of at most so many bytes without control characters; None for an empty one.
    pub fn text(&self, key: &str, kept: Option<&str>, longest: usize) -> Result<Option<String>> {
        let fits = |text: &str| text.len() <= longest && !text.contains(char::is_control);
        self.checked_text(key, kept, fits, &format!("a text of at most {longest} bytes on one line"))
    }

    /// A text that passes a check; None for an empty one.
    pub fn checked_text(
        &self,
        key: &str,
        kept: Option<&str>,
        check: impl Fn(&str) -> bool,
        form: &str,
    ) -> Result<Option<String>> {
        let read = |value: Value| match value {
            Value::String("") => Some(None),
            Value::String(text) if check(text) => Some(Some(text.to_owned())),
            _ => None,
        };
        self.take(key, Some(kept.map(str::to_owned)), None, read, form)
    }

    /// The same for a secret: a mask keeps what is kept.
    pub fn secret(
        &self,
        key: &str,
        kept: Option<&Secret>,
        check: impl Fn(&str) -> bool,
        form: &str,
    ) -> Result<Option<Secret>> {
        if self.object.get(key)?.is_some_and(|value| value.as_str() == Some(MASK)) {
            return kept.map(|kept| Some(kept.clone())).ok_or_else(|| nothing_kept(&self.named(key)));
        }
        Ok(self.checked_text(key, kept.map(|kept| &**kept), check, form)?.as_deref().map(Secret::from))
    }

    /// A whole number within bounds; an optional one where there may be none.
    pub fn number<T: From<u32>>(
        &self,
        key: &str,
        kept: Option<T>,
        default: T,
        bounds: RangeInclusive<u32>,
    ) -> Result<T> {
        let form = format!("a whole number from {} to {}", bounds.start(), bounds.end());
        self.take(key, kept, default, |value| number_in(value, &bounds).map(T::from), &form)
    }

    /// A switch: a boolean, or 0 or 1.
    pub fn flag(&self, key: &str, kept: Option<bool>, default: bool) -> Result<bool> {
        self.take(key, kept, default, switch, "0 or 1")
    }

    /// One of these names.
    pub fn choice<T: Copy>(&self, key: &str, kept: Option<T>, default: T, names: &[(&str, T)]) -> Result<T> {
        let form = names.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(" or ");
        self.take(key, kept, default, |value| one_of(value, names), &form)
    }
}

/// The refusal of a mask that stands for nothing.
pub fn nothing_kept(name: &str) -> Error {
    wrong(name, "given: *** stands for a secret that is kept already, and there is none")
}

/// What a name stands for.
pub fn one_of<T: Copy>(value: Value, names: &[(&str, T)]) -> Option<T> {
    let given = value.as_str()?;
    names.iter().find(|(name, _)| *name == given).map(|(_, meant)| *meant)
}

/// A name of what was meant.
pub fn name_of<T: PartialEq>(meant: T, names: &[(&'static str, T)]) -> Node<'static> {
    Node::from(names.iter().find(|(_, other)| *other == meant).map(|(name, _)| *name))
}

/// A whole number, also one written as a text, within bounds.
pub fn number_in(value: Value, bounds: &RangeInclusive<u32>) -> Option<u32> {
    let number = match value {
        Value::String(text) => text.parse().ok(),
        other => other.as_i64().and_then(|number| u32::try_from(number).ok()),
    };
    number.filter(|number| bounds.contains(number))
}

fn switch(value: Value) -> Option<bool> {
    match value {
        Value::Bool(on) => Some(on),
        other => number_in(other, &(0..=1)).map(|number| number == 1),
    }
}

/// A number as a node.
pub fn whole<'a>(number: u32) -> Node<'a> {
    Node::from(i64::from(number))
}

/// A secret as it is kept, or the mask of it.
pub fn hidden(secret: &str, masked: bool) -> Node<'_> {
    Node::from(if masked { MASK } else { secret })
}
