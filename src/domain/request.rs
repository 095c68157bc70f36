//! Reading a request: one JSON object with the parameter names of the specification (members.md 0 and 4).
//!
//! Reading is faithful and complete: a parameter of the wrong form is refused, an unknown one is a warning, one that
//! this version cannot honour is refused by name. What comes out is typed; nothing behind it checks again.

use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Array, Object, Value};
use std::borrow::Cow;

/// Parameters that any request may carry for the transport; they mean nothing to a call itself.
const ENVELOPE: &[&str] = &["action", "request.id", "session", "apikey", "one_time_auth"];

/// A request and the warnings that reading it gave.
pub struct Request<'a> {
    object: Object<'a>,
    /// What the reply will carry under `warnings`.
    pub warnings: Vec<Error>,
}

impl<'a> Request<'a> {
    /// Opens a request of a call that knows these parameters, and some that it cannot honour yet.
    ///
    /// Errors: `error/param/wrong` when it is not an object, `error/param/unsupported`.
    pub fn open(value: Value<'a>, known: &[&str], unsupported: &[&str]) -> Result<Request<'a>> {
        let Value::Object(object) = value else {
            return Err(Error::new(Id::ParamWrong, "the request must be a JSON object"));
        };
        let mut warnings = Vec::new();
        for entry in object.iter() {
            let (name, value) = entry?;
            if unsupported.contains(&name) {
                refuse_unsupported(name, value)?;
            } else if !known.contains(&name) && !ENVELOPE.contains(&name) {
                warnings.push(Error::new(Id::ParamUnknown, name));
            }
        }
        Ok(Request { object, warnings })
    }

    /// The parameter, unless it is absent or null.
    pub fn value(&self, name: &str) -> Result<Option<Value<'a>>> {
        Ok(self.object.get(name)?.filter(|value| !value.is_null()))
    }

    /// Whether the parameter is there with any value, null included.
    pub fn has(&self, name: &str) -> Result<bool> {
        Ok(self.object.get(name)?.is_some())
    }

    /// A text. Errors: `error/param/wrong`.
    pub fn text(&self, name: &str) -> Result<Option<&'a str>> {
        match self.value(name)? {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(wrong(name, "a text")),
        }
    }

    /// An identifier: a text, or a number, which stands for its digits. Errors: `error/param/wrong`.
    pub fn identifier(&self, name: &str) -> Result<Option<Cow<'a, str>>> {
        self.value(name)?.map(|value| identifier_of(value).ok_or_else(|| wrong(name, "a text or a number"))).transpose()
    }

    /// A whole number, also one written as a text. Errors: `error/param/wrong`.
    pub fn number(&self, name: &str) -> Result<Option<i64>> {
        let number = |value| match value {
            Value::String(text) => text.parse().ok(),
            other => other.as_i64(),
        };
        self.value(name)?.map(|value| number(value).ok_or_else(|| wrong(name, "a whole number"))).transpose()
    }

    /// A switch: 0 or 1, as number or text, or a boolean. Errors: `error/param/wrong`.
    pub fn flag(&self, name: &str) -> Result<bool> {
        match self.value(name)? {
            None | Some(Value::String("" | "0") | Value::Bool(false)) => Ok(false),
            Some(Value::String("1") | Value::Bool(true)) => Ok(true),
            Some(value) => match value.as_i64() {
                Some(0) => Ok(false),
                Some(1) => Ok(true),
                _ => Err(wrong(name, "0 or 1")),
            },
        }
    }

    /// A list. Errors: `error/param/wrong`.
    pub fn list(&self, name: &str) -> Result<Option<Array<'a>>> {
        match self.value(name)? {
            None => Ok(None),
            Some(Value::Array(list)) => Ok(Some(list)),
            Some(_) => Err(wrong(name, "a list")),
        }
    }

    /// A list of identifiers. Errors: `error/param/wrong`.
    pub fn identifiers(&self, name: &str) -> Result<Option<Vec<Cow<'a, str>>>> {
        let Some(list) = self.list(name)? else { return Ok(None) };
        let read =
            |item: Result<Value<'a>>| identifier_of(item?).ok_or_else(|| wrong(name, "a list of texts or numbers"));
        list.iter().map(read).collect::<Result<_>>().map(Some)
    }

    /// An object. Errors: `error/param/wrong`.
    pub fn object(&self, name: &str) -> Result<Option<Object<'a>>> {
        match self.value(name)? {
            None => Ok(None),
            Some(Value::Object(object)) => Ok(Some(object)),
            Some(_) => Err(wrong(name, "an object")),
        }
    }

    /// The parameter, which must be there. Errors: `error/param/missing`.
    pub fn required<T>(&self, name: &str, value: Option<T>) -> Result<T> {
        value.ok_or_else(|| Error::new(Id::ParamMissing, name))
    }
}

/// A text or a whole number as the text of an identifier.
pub fn identifier_of(value: Value<'_>) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        // A number of any size stands for its digits.
        Value::Number(number) => Some(number.to_string()).filter(|text| !text.contains('.')).map(Cow::Owned),
        _ => None,
    }
}

/// The refusal of a parameter's form.
pub fn wrong(name: &str, form: &str) -> Error {
    Error::new(Id::ParamWrong, format!("{name} must be {form}"))
}

/// Refuses a parameter that asks for something.
fn refuse_unsupported(name: &str, value: Value) -> Result<()> {
    if asks_nothing(&value) { Ok(()) } else { Err(Error::new(Id::ParamUnsupported, name)) }
}

/// Whether a value is empty, or 0: such a parameter asks for nothing.
pub fn asks_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) | Value::String("" | "0") => true,
        Value::Array(list) => list.len() == 0,
        Value::Object(object) => object.len() == 0,
        other => other.as_i64() == Some(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::json::{parse, root};

    /// Runs a check on a request that knows `a` and cannot honour `later`.
    fn with<T>(text: &str, check: impl FnOnce(Request) -> T) -> Result<T> {
        let bytes = parse(text).unwrap();
        Request::open(root(&bytes).unwrap(), &["a"], &["later"]).map(check)
    }

    #[test]
    fn a_switch_is_zero_or_one_in_any_writing() {
        for (value, on) in [
            ("0", false),
            ("1", true),
            ("\"0\"", false),
            ("\"1\"", true),
            ("\"\"", false),
            ("true", true),
            ("null", false),
        ] {
            let read = with(&format!("{{\"a\": {value}}}"), |request| request.flag("a")).unwrap();
            assert_eq!(read, Ok(on), "{value}");
        }
        for value in ["2", "\"yes\"", "[]", "{}", "0.5", "-1"] {
            let read = with(&format!("{{\"a\": {value}}}"), |request| request.flag("a")).unwrap();
            assert_eq!(read.unwrap_err().id, Id::ParamWrong, "{value}");
        }
    }

    #[test]
    fn an_identifier_is_a_text_or_the_digits_of_a_number() {
        for (value, text) in [("\"Ab \"", "Ab "), ("12345678901234567890", "12345678901234567890"), ("-7", "-7")] {
            let read =
                with(&format!("{{\"a\": {value}}}"), |request| request.identifier("a").unwrap().map(String::from));
            assert_eq!(read.unwrap().as_deref(), Some(text));
        }
        for value in ["1.5", "true", "[1]", "{}"] {
            let read = with(&format!("{{\"a\": {value}}}"), |request| request.identifier("a").map(|_| ()));
            assert_eq!(read.unwrap().unwrap_err().id, Id::ParamWrong, "{value}");
        }
    }

    #[test]
    fn an_unknown_parameter_is_a_warning_and_an_unsupported_one_a_refusal() {
        let warnings = with(r#"{"a": 1, "b": 2, "request.id": 3}"#, |request| request.warnings).unwrap();
        assert_eq!(warnings, [Error::new(Id::ParamUnknown, "b")]);
        assert_eq!(with(r#"{"later": [1]}"#, |_| ()).unwrap_err(), Error::new(Id::ParamUnsupported, "later"));
        for nothing in ["null", "0", "\"\"", "[]", "{}", "false"] {
            assert!(with(&format!("{{\"later\": {nothing}}}"), |_| ()).is_ok(), "{nothing}");
        }
        assert_eq!(with("[]", |_| ()).unwrap_err().id, Id::ParamWrong);
    }
}
