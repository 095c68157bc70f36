//! One object of parameters, read key by key; what is wrong with a value is noted, and reading goes on.
//!
//! The readers of values ([`Params::text`], [`Params::whole`], …) give None where they noted something; whether a value
//! may be absent is said by [`Params::need`], [`Params::optional`] and [`Params::or`].

use super::draft::{Exit, Findings};
use crate::domain::error::Id;
use crate::domain::pipe::data::{Data, Object};
use crate::domain::pipe::pipes::PipeId;
use crate::domain::pipe::template::{Form, Path, Text};
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::time::Duration;

/// The parameters of a pipe, or an object within them.
pub struct Params<'a, 'f> {
    /// What explanations call it: `params`.
    name: String,
    object: &'a Object,
    findings: &'f mut Findings,
}

impl<'a, 'f> Params<'a, 'f> {
    /// The pipe itself.
    pub fn new(object: &'a Object, findings: &'f mut Findings) -> Params<'a, 'f> {
        Params { name: String::new(), object, findings }
    }

    /// An object within, under this name.
    pub fn within<'b>(&mut self, name: &str, object: &'b Object) -> Params<'b, '_> {
        Params { name: self.named(name), object, findings: self.findings }
    }

    /// The object under a key.
    pub fn inner(&mut self, key: &str) -> Option<Params<'a, '_>> {
        let object = self.object_at(key)?;
        Some(self.within(key, object))
    }

    /// The same, empty where it is absent.
    pub fn inner_or_empty(&mut self, key: &str) -> Option<Params<'a, '_>> {
        static EMPTY: Object = Object::new();
        let object = self.or(key, &EMPTY, Params::object_at)?;
        Some(self.within(key, object))
    }

    /// The same as plain pairs.
    pub fn object_at(&mut self, key: &str) -> Option<&'a Object> {
        match self.value(key) {
            Some(Data::Object(object)) => Some(object),
            _ => self.wrong(key, "an object"),
        }
    }

    /// Warns of keys that have no effect.
    pub fn check_keys(&mut self, known: &[&str]) {
        for key in self.object.keys().filter(|key| !known.contains(&key.as_str())) {
            let explain = format!("{} is not known", self.named(key));
            self.findings.warn(Id::PipelineUnknown, explain);
        }
    }

    /// The full name of a key: `params.limit.count`.
    pub fn named(&self, key: &str) -> String {
        if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) }
    }

    /// What stands under a key, unless it is absent or null.
    pub fn value(&self, key: &str) -> Option<&'a Data> {
        self.object.get(key).filter(|value| **value != Data::Null)
    }

    /// All pairs.
    pub fn pairs(&self) -> &'a Object {
        self.object
    }

    /// Notes that a value has not the form that it must have.
    pub fn wrong<T>(&mut self, key: &str, form: &str) -> Option<T> {
        self.refuse(Id::PipelineParam, format!("{} must be {form}", self.named(key)))
    }

    /// Notes an error of this pipe.
    pub fn refuse<T>(&mut self, id: Id, explain: String) -> Option<T> {
        self.findings.error(id, explain);
        None
    }

    /// Notes a warning of this pipe.
    pub fn warn(&mut self, id: Id, explain: String) {
        self.findings.warn(id, explain);
    }

    /// A value that must be there.
    pub fn need<T>(&mut self, key: &str, read: impl FnOnce(&mut Self, &str) -> Option<T>) -> Option<T> {
        match self.object.contains_key(key) {
            true => read(self, key),
            false => self.refuse(Id::PipelineParam, format!("{} is missing", self.named(key))),
        }
    }

    /// A value that may be absent or null.
    pub fn optional<T>(&mut self, key: &str, read: impl FnOnce(&mut Self, &str) -> Option<T>) -> Option<Option<T>> {
        match self.value(key) {
            Some(_) => read(self, key).map(Some),
            None => Some(None),
        }
    }

    /// The same with a default.
    pub fn or<T>(&mut self, key: &str, default: T, read: impl FnOnce(&mut Self, &str) -> Option<T>) -> Option<T> {
        self.optional(key, read).map(|value| value.unwrap_or(default))
    }

    /// A text without templates.
    pub fn plain(&mut self, key: &str) -> Option<&'a str> {
        match self.value(key) {
            Some(Data::Text(text)) => Some(text),
            _ => self.wrong(key, "a text"),
        }
    }

    /// A text with templates.
    pub fn text(&mut self, key: &str) -> Option<Text> {
        let text = self.plain(key)?;
        let parsed = self.parsed(key, Text::parse(text))?;
        self.looks_at(parsed.paths());
        Some(parsed)
    }

    /// The same, empty where it is absent.
    pub fn text_or_empty(&mut self, key: &str) -> Option<Text> {
        match self.value(key) {
            Some(_) => self.text(key),
            None => self.parsed(key, Text::parse("")),
        }
    }

    /// Any value, with templates in its texts.
    pub fn form(&mut self, key: &str) -> Option<Form> {
        match self.object.get(key) {
            Some(value) => self.form_of(key, value),
            None => self.wrong(key, "given"),
        }
    }

    /// An object with templates in its texts.
    pub fn document(&mut self, key: &str) -> Option<Form> {
        self.object_at(key)?;
        self.form(key)
    }

    /// A value with templates that came from this key.
    pub fn form_of(&mut self, key: &str, value: &Data) -> Option<Form> {
        let parsed = self.parsed(key, Form::parse(value))?;
        self.looks_at(parsed.paths());
        Some(parsed)
    }

    /// A key of an object with its value; the key may spread a list.
    pub fn pair_of(&mut self, key: &str, value: &Data) -> Option<(String, Form)> {
        let (name, form) = self.parsed(key, Form::pair(key, value))?;
        self.looks_at(form.paths());
        Some((name, form))
    }

    fn parsed<T>(&mut self, key: &str, parsed: Result<T, impl Display>) -> Option<T> {
        match parsed {
            Ok(parsed) => Some(parsed),
            Err(error) => self.refuse(Id::PipelineTemplate, format!("{}: {error}", self.named(key))),
        }
    }

    /// Notes what a template looks at.
    pub fn looks_at<'p>(&mut self, paths: impl IntoIterator<Item = &'p Path>) {
        self.findings.roots.extend(paths.into_iter().map(|path| path.root));
    }

    /// A whole number within bounds.
    pub fn whole(&mut self, key: &str, bounds: RangeInclusive<i64>) -> Option<i64> {
        let number = match self.value(key) {
            Some(Data::Number(number)) => number.as_i64(),
            _ => None,
        };
        let fitting = number.filter(|number| bounds.contains(number));
        fitting.or_else(|| match *bounds.end() {
            i64::MAX => self.wrong(key, &format!("a whole number from {}", bounds.start())),
            end => self.wrong(key, &format!("a whole number from {} to {end}", bounds.start())),
        })
    }

    /// A span of time in seconds, with decimals if need be, from `least` to `most` of them.
    pub fn seconds(&mut self, key: &str, least: f64, most: f64) -> Option<Duration> {
        let seconds = match self.value(key) {
            Some(Data::Number(number)) => number.as_f64(),
            _ => None,
        };
        let fitting = seconds.filter(|seconds| (least..=most).contains(seconds));
        let span = fitting.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        span.or_else(|| self.wrong(key, &format!("a number of seconds from {least} to {most}")))
    }

    /// True or false.
    pub fn flag(&mut self, key: &str) -> Option<bool> {
        match self.value(key) {
            Some(Data::Bool(on)) => Some(*on),
            _ => self.wrong(key, "true or false"),
        }
    }

    /// One of these names, in letters of any case.
    pub fn choice<T: Copy>(&mut self, key: &str, names: &[(&str, T)]) -> Option<T> {
        let meant = match self.value(key) {
            Some(Data::Text(text)) => names.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)),
            _ => None,
        };
        meant.map(|(_, meant)| *meant).or_else(|| {
            let names: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
            self.wrong(key, &format!("one of {}", names.join(", ")))
        })
    }

    /// The number of a pipe.
    pub fn pipe(&mut self, key: &str) -> Option<PipeId> {
        self.whole(key, 1..=PipeId::MAX)
    }

    /// The number of a pipe of the same pipeline that the event may go to.
    pub fn exit(&mut self, key: &str) -> Option<PipeId> {
        let to = self.pipe(key)?;
        let name = self.named(key);
        self.findings.exits.push(Exit { name, to });
        Some(to)
    }
}
