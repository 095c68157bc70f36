//! What came of testing an address: how answers and reports show it (members.md 11.2).

use super::Status;
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Node, Value};
use crate::domain::member::system::DeliveryError;
use crate::domain::time::show_pg_micros;
use jiff::tz::TimeZone;

/// The columns of a report.
pub const COLUMNS: [&str; 5] = ["email", "total", "syntax", "delivery.lock", "smtp.status"];

/// One address.
pub enum Tested<'a> {
    /// It is none; the rule that it breaks.
    Malformed(Id),
    /// It is well formed.
    Sound {
        /// Its normal form.
        email: &'a str,
        /// Its number, where it is registered.
        id: Option<i64>,
        /// Its failed deliveries, where they were asked for.
        delivery: Option<&'a DeliveryError<'a>>,
        /// What its mail server said, where that was asked for: a finding.
        smtp: Option<Value<'a>>,
    },
}

impl<'a> Tested<'a> {
    /// Whether nothing that was tested speaks against it. Errors: `error/json/corrupt`.
    pub fn is_ok(&self) -> Result<bool> {
        match self {
            Tested::Malformed(_) => Ok(false),
            Tested::Sound { delivery, .. } => Ok(!delivery.is_some_and(|error| error.lock) && !self.has_failed()?),
        }
    }

    /// Whether its mail server was asked and did not take it. Errors: `error/json/corrupt`.
    pub fn has_failed(&self) -> Result<bool> {
        Ok(self.status()?.is_some_and(|status| status != Status::Ok.as_str()))
    }

    fn status(&self) -> Result<Option<&'a str>> {
        let Tested::Sound { smtp: Some(Value::Object(finding)), .. } = self else { return Ok(None) };
        Ok(finding.get("status")?.and_then(|status| status.as_str()))
    }

    /// `{"total", "syntax", "email", "email.id", "delivery"?, "smtp"?}`; of what is no address `{"total", "syntax", "email":
    /// null}`.
    pub fn node(&self, zone: &TimeZone) -> Result<Node<'a>> {
        let total = ("total", Node::from(word(self.is_ok()?, "bad")));
        let Tested::Sound { email, id, delivery, smtp } = self else {
            return Ok(Node::object([total, ("syntax", Node::from(self.syntax())), ("email", Node::Null)]));
        };
        let mut keys = vec![
            total,
            ("syntax", Node::from(self.syntax())),
            ("email", Node::from(*email)),
            ("email.id", Node::from(*id)),
        ];
        keys.extend(delivery.map(|error| ("delivery", deliveries(error, zone))));
        keys.extend(smtp.map(|finding| ("smtp", Node::from(finding))));
        Ok(Node::object(keys))
    }

    /// The values of [`COLUMNS`]; null for what was not tested. `raw` is the address as sent.
    pub fn row(&self, raw: &'a str) -> Result<Node<'a>> {
        let lock = match self {
            Tested::Sound { delivery: Some(error), .. } => Node::from(word(!error.lock, "error")),
            _ => Node::Null,
        };
        let status = self.status()?.map_or(Node::Null, Node::from);
        let total = Node::from(word(self.is_ok()?, "bad"));
        Ok(Node::array([Node::from(raw), total, Node::from(self.syntax()), lock, status]))
    }

    fn syntax(&self) -> &'static str {
        match self {
            Tested::Malformed(rule) => rule.as_str(),
            Tested::Sound { .. } => "ok",
        }
    }
}

fn word(is_ok: bool, other: &'static str) -> &'static str {
    if is_ok { "ok" } else { other }
}

fn deliveries<'a>(error: &DeliveryError<'a>, zone: &TimeZone) -> Node<'a> {
    Node::object([
        ("str", error.message.map_or(Node::Null, Node::from)),
        ("lock", Node::from(i64::from(error.lock))),
        ("dt", error.at.map_or(Node::Null, |at| Node::from(show_pg_micros(at, zone)))),
        ("error", Node::from(i64::from(error.errors))),
    ])
}

/// What an identifier broke, where a refusal is about the identifier; any other refusal stays one.
pub fn rule_of(error: Error) -> Result<Id> {
    if error.id.is_about_address() { Ok(error.id) } else { Err(error) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::json::{encoded, parse, print, root};

    fn shown(tested: &Tested, raw: &str) -> (String, String) {
        let print = |node: &Node| print(root(&encoded(node).unwrap()).unwrap()).unwrap();
        (print(&tested.node(&TimeZone::UTC).unwrap()), print(&tested.row(raw).unwrap()))
    }

    #[test]
    fn what_is_no_address_has_a_rule_and_nothing_else() {
        let expected = r#"{"email": null, "total": "bad", "syntax": "error/email/multydog"}"#;
        let row = r#"["a@b@c", "bad", "error/email/multydog", null, null]"#;
        let tested = Tested::Malformed(Id::EmailMultydog);
        assert_eq!(shown(&tested, "a@b@c"), (expected.to_owned(), row.to_owned()));
    }

    #[test]
    fn what_was_not_asked_for_is_left_out() {
        let tested = Tested::Sound { email: "a@b.com", id: None, delivery: None, smtp: None };
        let expected = r#"{"email": "a@b.com", "total": "ok", "syntax": "ok", "email.id": null}"#;
        assert_eq!(
            shown(&tested, " A@b.com"),
            (expected.to_owned(), r#"[" A@b.com", "ok", "ok", null, null]"#.to_owned())
        );
    }

    #[test]
    fn a_lock_or_a_refusal_makes_it_bad() {
        let (good, bad) = (parse(r#"{"status": "ok"}"#).unwrap(), parse(r#"{"status": "rcptto"}"#).unwrap());
        let (good, bad) = (root(&good).unwrap(), root(&bad).unwrap());
        let free = DeliveryError::default();
        let locked =
            DeliveryError { lock: true, at: Some(0), message: Some("no"), errors: 2, ..DeliveryError::default() };
        let sound = |delivery, smtp| Tested::Sound { email: "a@b.com", id: Some(7), delivery, smtp };
        for (tested, ok, failed) in [
            (sound(Some(&free), Some(good)), true, false),
            (sound(Some(&locked), Some(good)), false, false),
            (sound(Some(&free), Some(bad)), false, true),
            (sound(None, Some(bad)), false, true),
        ] {
            assert_eq!((tested.is_ok(), tested.has_failed()), (Ok(ok), Ok(failed)));
        }
        let (node, row) = shown(&sound(Some(&locked), Some(bad)), "a@b.com");
        assert!(
            node.contains(r#""delivery": {"dt": "2000-01-01 00:00:00", "str": "no", "lock": 1, "error": 2}"#),
            "{node}"
        );
        assert!(node.contains(r#""smtp": {"status": "rcptto"}"#), "{node}");
        assert_eq!(row, r#"["a@b.com", "bad", "ok", "error", "rcptto"]"#);
    }
}
