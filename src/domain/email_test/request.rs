//! What a request of `email.test` asks for (members.md 11.2).

use crate::domain::error::{Error, Id, Result};
use crate::domain::group::AutoGroup;
use crate::domain::json::Value;
use crate::domain::request::{Request, wrong};
use std::ops::RangeInclusive;
use std::time::Duration;

/// How long asking about one address may take where the request does not say.
const TIMEOUT: i64 = 15;
/// How long it may be told to take, in seconds: the callers behind it wait that long.
const TIMEOUTS: RangeInclusive<i64> = 1..=300;

/// How far mail servers are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// They are not.
    None,
    /// Up to MAIL FROM: whether mail is taken there at all.
    Lite,
    /// Up to RCPT TO: whether it is taken for the address.
    Full,
}

/// What is tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checks {
    /// `smtp.test`.
    pub depth: Depth,
    /// `smtp.timeout`: how long asking about one address may take.
    pub timeout: Duration,
    /// `delivery.error`: whether failed deliveries are shown and count.
    pub with_delivery: bool,
}

impl Checks {
    /// Reads `smtp.test` (0, `lite`, `full`; 1 is lite), `smtp.timeout`, `delivery.error`. Errors: `error/param/wrong`.
    pub fn read(request: &Request) -> Result<Checks> {
        let seconds = request.number("smtp.timeout")?.unwrap_or(TIMEOUT);
        if !TIMEOUTS.contains(&seconds) {
            return Err(wrong("smtp.timeout", "from 1 to 300 seconds"));
        }
        Ok(Checks {
            depth: depth(request)?,
            timeout: Duration::from_secs(seconds.unsigned_abs()),
            with_delivery: request.flag("delivery.error")?,
        })
    }
}

fn depth(request: &Request) -> Result<Depth> {
    match request.value("smtp.test")? {
        None | Some(Value::String("" | "0") | Value::Bool(false)) => Ok(Depth::None),
        // What clients sent before there were two kinds: the one that nobody takes for an attack.
        Some(Value::String("lite" | "1") | Value::Bool(true)) => Ok(Depth::Lite),
        Some(Value::String("full")) => Ok(Depth::Full),
        Some(value) => match value.as_i64() {
            Some(0) => Ok(Depth::None),
            Some(1) => Ok(Depth::Lite),
            _ => Err(wrong("smtp.test", "0, lite or full")),
        },
    }
}

/// The list group for addresses that mail does not reach, and whether it is emptied first: `auto_group`, `clean_group`.
///
/// Errors: `error/param/wrong`, `error/param/missing` for a group that is to be emptied and not named.
pub fn auto_group<'a>(request: &Request<'a>) -> Result<Option<(AutoGroup<'a>, bool)>> {
    let clean = request.flag("clean_group")?;
    match AutoGroup::read(request)? {
        None if clean => Err(Error::new(Id::ParamMissing, "auto_group: clean_group empties it")),
        group => Ok(group.map(|group| (group, clean))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::error::Id;
    use crate::domain::json::{parse, root};

    fn read(text: &str) -> Result<Checks> {
        let bytes = parse(text).unwrap();
        Checks::read(&Request::open(root(&bytes).unwrap(), &[], &[]).unwrap())
    }

    #[test]
    fn nothing_is_tested_that_is_not_asked_for() {
        let plain = Checks { depth: Depth::None, timeout: Duration::from_secs(15), with_delivery: false };
        for text in ["{}", r#"{"smtp.test": 0}"#, r#"{"smtp.test": "0", "delivery.error": 0}"#, r#"{"smtp.test": ""}"#]
        {
            assert_eq!(read(text), Ok(plain), "{text}");
        }
        let full = r#"{"smtp.test": "full", "smtp.timeout": "3", "delivery.error": "1"}"#;
        let expected = Checks { depth: Depth::Full, timeout: Duration::from_secs(3), with_delivery: true };
        assert_eq!(read(full), Ok(expected));
        for text in [r#"{"smtp.test": "lite"}"#, r#"{"smtp.test": 1}"#, r#"{"smtp.test": "1"}"#] {
            assert_eq!(read(text).unwrap().depth, Depth::Lite, "{text}");
        }
    }

    #[test]
    fn other_values_are_refused() {
        for text in [
            r#"{"smtp.test": 2}"#,
            r#"{"smtp.test": "rcpt"}"#,
            r#"{"smtp.test": []}"#,
            r#"{"smtp.timeout": 0}"#,
            r#"{"smtp.timeout": 301}"#,
            r#"{"smtp.timeout": "soon"}"#,
        ] {
            assert_eq!(read(text).unwrap_err().id, Id::ParamWrong, "{text}");
        }
    }

    #[test]
    fn only_a_group_that_is_named_can_be_emptied() {
        let read = |text: &str| {
            let bytes = parse(text).unwrap();
            let found = auto_group(&Request::open(root(&bytes).unwrap(), &[], &[]).unwrap());
            found.map(|group| group.map(|(_, clean)| clean)).map_err(|error| error.id)
        };
        assert_eq!(read("{}"), Ok(None));
        assert_eq!(read(r#"{"auto_group": {"id": ""}}"#), Ok(Some(false)));
        assert_eq!(read(r#"{"auto_group": {"id": "bad", "name": "Bad"}, "clean_group": 1}"#), Ok(Some(true)));
        assert_eq!(read(r#"{"clean_group": 1}"#), Err(Id::ParamMissing));
    }
}
