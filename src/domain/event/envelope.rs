//! One event as outside systems read it (pipelines-and-hooks.md 9.1, shapes.md 7).

use crate::domain::error::Result;
use crate::domain::json::{Object, Value, append, compact, quote};
use crate::domain::time::rfc3339;
use md5::{Digest, Md5};
use std::fmt::Display;
use twox_hash::XxHash64;

/// The room for an envelope of usual size, in octets.
const USUAL: usize = 512;
/// Digits behind the second in `event_date`.
const NANOSECONDS: u8 = 9;

/// What an event tells. What is None does not apply and is left out.
#[derive(Clone, Copy, Debug, Default)]
pub struct Envelope<'a> {
    /// Its type.
    pub event_type: &'a str,
    /// When it happened, in the server's microseconds.
    pub at: i64,
    /// The body it is about; 0 for nobody.
    pub dataset: i64,
    /// The head it is about in normal form, if that is an e-mail.
    pub email: Option<&'a str>,
    /// The number of the base.
    pub list_id: Option<i64>,
    /// The number of the account.
    pub account_id: i64,
    /// How often the message was tried to be sent; shown above 0.
    pub sends_trying_num: i64,
    /// Whether a test caused it.
    pub is_test: bool,
    /// Whether the content was sent without substitutions.
    pub is_static: Option<bool>,
    /// The hash of the subscription.
    pub subscription_hash_id: Option<&'a str>,
    /// What the hook adds.
    pub custom_data: Option<Object<'a>>,
    /// What is peculiar to its type.
    pub event_data: Object<'a>,
    /// The subscriptions.
    pub subscription: Option<Value<'a>>,
    /// The content of the message.
    pub content: Option<Value<'a>>,
}

impl Envelope<'_> {
    /// The envelope as one compact JSON object: its own keys in the order of the table, those of the documents in it
    /// in the order of their bytes, numbers as they are stored. The same event gives the same bytes.
    ///
    /// Errors: `error/json/corrupt`.
    pub fn json(&self) -> Result<String> {
        let mut out = Writer { out: String::with_capacity(USUAL) };
        out.text("event_type", self.event_type);
        out.text("event_date", &rfc3339(self.at, NANOSECONDS));
        if let Some(profile) = profile_id(self.dataset) {
            out.text("profile_id", &profile);
        }
        if let Some(email) = self.email {
            out.plain("_xxh", format_args!("\"{:016x}\"", XxHash64::oneshot(0, email.as_bytes())));
            out.plain("_md5", format_args!("\"{:032x}\"", u128::from_be_bytes(Md5::digest(email).into())));
        }
        if let Some(list) = self.list_id {
            out.plain("list_id", list);
        }
        out.plain("account_id", self.account_id);
        if self.sends_trying_num > 0 {
            out.plain("sends_trying_num", self.sends_trying_num);
        }
        out.plain("is_test", self.is_test);
        if let Some(is_static) = self.is_static {
            out.plain("is_static", is_static);
        }
        if let Some(hash) = self.subscription_hash_id {
            out.text("subscription_hash_id", hash);
        }
        out.document("custom_data", self.custom_data.map(Value::Object))?;
        out.document("event_data", Some(Value::Object(self.event_data)))?;
        out.document("subscription", self.subscription)?;
        out.document("content", self.content)?;
        Ok(out.end())
    }
}

/// The number of a body as outside systems know it: 24 hexadecimal digits. None for 0, which is nobody.
pub fn profile_id(dataset: i64) -> Option<String> {
    if dataset == 0 { None } else { Some(format!("{dataset:024x}")) }
}

/// An object under construction.
struct Writer {
    out: String,
}

impl Writer {
    fn key(&mut self, key: &str) {
        self.out.push(if self.out.is_empty() { '{' } else { ',' });
        quote(key, &mut self.out);
        self.out.push(':');
    }

    fn text(&mut self, key: &str, text: &str) {
        self.key(key);
        quote(text, &mut self.out);
    }

    /// What is JSON as it is shown: a number, a truth value.
    fn plain(&mut self, key: &str, value: impl Display) {
        self.key(key);
        append(value, &mut self.out);
    }

    fn document(&mut self, key: &str, value: Option<Value>) -> Result<()> {
        let Some(value) = value else { return Ok(()) };
        self.key(key);
        compact(value, &mut self.out)
    }

    fn end(mut self) -> String {
        self.out.push('}');
        self.out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::json::root;
    use crate::domain::json::tests::{bytes, document};
    use proptest::prelude::*;
    use serde_json::Value as Json;

    /// 2018-03-04 13:13:19.034315 UTC.
    const AT: i64 = 573_484_399_034_315;

    fn envelope() -> Envelope<'static> {
        Envelope { event_type: "click", at: AT, account_id: 161, ..Envelope::default() }
    }

    #[test]
    fn what_does_not_apply_is_left_out() {
        let expected = r#"{"event_type":"click","event_date":"2018-03-04T13:13:19.034315000Z","account_id":161,"is_test":false,"event_data":{}}"#;
        assert_eq!(envelope().json().unwrap(), expected);
    }

    #[test]
    fn keys_stand_in_the_order_of_the_table() {
        let data = bytes(r#"{"lat": 0, "z": 1.50, "aa": {"ы": "\"", "b": [1, {"c": 1e3, "aa": null}]}}"#);
        let custom = bytes(r#"{"id": "7", "name": "x"}"#);
        let list = bytes(r#"[{"resource_id": 3}]"#);
        let full = Envelope {
            dataset: 0x2a,
            email: Some("test@example.com"),
            list_id: Some(50),
            sends_trying_num: 2,
            is_test: true,
            is_static: Some(false),
            subscription_hash_id: Some("0a4b910312345"),
            custom_data: root(&custom).unwrap().as_object(),
            event_data: root(&data).unwrap().as_object().unwrap(),
            subscription: Some(root(&list).unwrap()),
            content: Some(Value::Null),
            ..envelope()
        };
        let expected = concat!(
            r#"{"event_type":"click","event_date":"2018-03-04T13:13:19.034315000Z","#,
            r#""profile_id":"00000000000000000000002a","#,
            r#""_xxh":"f93201d6e05ae9a0","_md5":"55502f40dc8b7c769880b10874abc9d0","#,
            r#""list_id":50,"account_id":161,"sends_trying_num":2,"is_test":true,"is_static":false,"#,
            r#""subscription_hash_id":"0a4b910312345","custom_data":{"id":"7","name":"x"},"#,
            r#""event_data":{"aa":{"b":[1,{"aa":null,"c":1000}],"ы":"\""},"lat":0,"z":1.50},"#,
            r#""subscription":[{"resource_id":3}],"content":null}"#,
        );
        assert_eq!(full.json().unwrap(), expected);
    }

    #[test]
    fn hashes_are_those_of_the_reference_programs() {
        let hashes = |email| {
            let json: Json =
                serde_json::from_str(&Envelope { email: Some(email), ..envelope() }.json().unwrap()).unwrap();
            (json["_xxh"].as_str().unwrap().to_owned(), json["_md5"].as_str().unwrap().to_owned())
        };
        assert_eq!(hashes(""), ("ef46db3751d8e999".into(), "d41d8cd98f00b204e9800998ecf8427e".into()));
        assert_eq!(hashes("a"), ("d24ec4f1a98c6e5b".into(), "0cc175b9c0f1b6a831c399e269772661".into()));
    }

    #[test]
    fn a_profile_is_24_digits_and_nobody_has_none() {
        assert_eq!(profile_id(0), None);
        assert_eq!(profile_id(1).unwrap(), "000000000000000000000001");
        assert_eq!(profile_id(i64::MAX).unwrap(), "000000007fffffffffffffff");
    }

    proptest! {
        #[test]
        fn it_reads_back_as_what_went_in(json in document(), code in "[a-z\"\\\\.]{1,9}", at in any::<i64>()) {
            let bytes = bytes(&json.to_string());
            let sent = Envelope { event_type: &code, at, content: Some(root(&bytes).unwrap()), ..envelope() };
            let read: Json = serde_json::from_str(&sent.json().unwrap()).unwrap();
            prop_assert_eq!(&read["content"], &json);
            prop_assert_eq!(read["event_type"].as_str(), Some(code.as_str()));
            prop_assert_eq!(read["event_date"].as_str().unwrap().len(), "2018-03-04T13:13:19.034315796Z".len());
        }
    }
}
