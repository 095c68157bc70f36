//! Erasing a person: how an erased identifier is known again, and how traces of one are found in texts.

use crate::domain::address::{AddrType, Address};
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::Value;
use crate::domain::member::target::Kind;
use crate::domain::request::Request;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::borrow::Cow;

/// How long the secret key is: a block of SHA-256, which HMAC takes as it is.
pub const KEY: usize = 64;

/// The secret key that erased identifiers are hashed with.
pub struct Key([u8; KEY]);

impl Key {
    /// The key as the table keeps it. Errors: `error/erase/key`.
    pub fn read(stored: &[u8]) -> Result<Key> {
        let key = stored.try_into().map(Key);
        key.map_err(|_| Error::new(Id::EraseKey, format!("the key must have {KEY} octets")))
    }

    /// What stays of an erased identifier: HMAC-SHA256 of its type and its value. The same for the same identifier, and
    /// without the key nothing can be compared with it.
    pub fn hash(&self, address: &Address) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new((&self.0).into());
        mac.update(address.addr_type.as_str().as_bytes());
        mac.update(&[0]);
        mac.update(address.value.as_bytes());
        mac.finalize().into_bytes().into()
    }
}

/// Whom a request of `member_erase` or `member_export` is about.
pub struct ErasureRequest<'a> {
    /// The identifier as written.
    pub email: Cow<'a, str>,
    /// Its kind.
    pub kind: Kind,
    /// Why; only erasing takes it.
    pub reason: Option<&'a str>,
    /// Warnings of reading the request.
    pub warnings: Vec<Error>,
}

impl<'a> ErasureRequest<'a> {
    /// Reads `{email, addr_type?}`, and `reason?` where there may be one.
    ///
    /// Errors: `error/param/missing`, `error/param/wrong`, `error/addr_type/unknown`, `error/addr_type/unusable`.
    pub fn read(value: Value<'a>, takes_reason: bool) -> Result<ErasureRequest<'a>> {
        let known: &[&str] = if takes_reason { &["email", "addr_type", "reason"] } else { &["email", "addr_type"] };
        let mut request = Request::open(value, known, &[])?;
        let kind = Kind::of(&request, "addr_type")?;
        if kind == Kind::Dataset {
            return Err(Error::new(Id::AddrTypeUnusable, "name the person by an identifier"));
        }
        Ok(ErasureRequest {
            email: request.required("email", request.identifier("email")?)?,
            kind,
            reason: if takes_reason { request.text("reason")? } else { None },
            warnings: std::mem::take(&mut request.warnings),
        })
    }
}

/// Identifiers of other types than e-mail and phone that are shorter are not looked for in texts: anything could be
/// written so.
const LEAST: usize = 6;
/// What a JSON document or a URL may write right before a value, beside what no value goes on with.
const ESCAPES: &str = r"|%[0-9a-f]{2}|\\[bfnrt]|\\u[0-9a-f]{4}";
/// What may stand between the digits of a phone number.
const GAP: &str = "[ ().-]{0,2}";

/// A regular expression, as the server writes them, that finds these identifiers in a text in small letters; none where
/// there is nothing to look for.
pub fn mentions(addresses: &[&Address]) -> Option<String> {
    let each: Vec<String> = addresses.iter().filter_map(|address| mention(address)).collect();
    (!each.is_empty()).then(|| each.join("|"))
}

fn mention(address: &Address) -> Option<String> {
    let value = address.value.to_ascii_lowercase();
    Some(match address.addr_type {
        AddrType::Email => {
            let value: String = value.chars().map(written).collect();
            format!(r"(^|[^[:alnum:]._+-]{ESCAPES}){value}($|[^[:alnum:].-]|[.-]($|[^[:alnum:]]))")
        }
        kind if kind.is_phone() => {
            let mut digits = value.chars().filter(char::is_ascii_digit);
            // The country's own way to begin a number at home.
            let first = digits.next().map(|first| if first == '7' { "[78]".into() } else { first.to_string() })?;
            let rest: String = digits.map(|digit| format!("{GAP}{digit}")).collect();
            format!("(^|[^0-9]{ESCAPES}){first}{rest}($|[^0-9])")
        }
        _ if value.len() < LEAST => return None,
        // As a whole text of a document: a part of one may be anything.
        _ => regex::escape(&serde_json::Value::from(value).to_string()),
    })
}

/// A character as texts and URLs write it.
fn written(char: char) -> String {
    if char.is_ascii_alphanumeric() {
        return char.to_string();
    }
    let plain = regex::escape(char.encode_utf8(&mut [0; 4]));
    let encoded: String = char.to_string().bytes().map(|byte| format!("%{byte:02x}")).collect();
    format!("({plain}|{encoded})")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn address(addr_type: AddrType, value: &str) -> Address {
        Address { addr_type, value: value.into() }
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn a_hash_is_that_of_the_standard() {
        let key = Key::read(&[7; KEY]).ok().unwrap();
        // Worked out with another library.
        let known = "87a771f62b2a6ec850339368eebeba598eefe86c75d225484202c70c79f112a6";
        assert_eq!(hex(&key.hash(&address(AddrType::Email, "anna@example.com"))), known);
    }

    #[test]
    fn type_value_and_key_all_count() {
        let (one, two) = (Key::read(&[1; KEY]).ok().unwrap(), Key::read(&[2; KEY]).ok().unwrap());
        let phone = address(AddrType::Msisdn, "+79261234567");
        let viber = address(AddrType::Viber, "+79261234567");
        assert_ne!(one.hash(&phone), one.hash(&viber));
        assert_ne!(one.hash(&phone), two.hash(&phone));
        assert_eq!(Key::read(&[1; 32]).map(|_| ()).unwrap_err().id, Id::EraseKey);
    }

    /// Whether a text in small letters names the identifier. The server's classes and ours are the same here.
    fn finds(addr_type: AddrType, value: &str, text: &str) -> bool {
        let pattern = mentions(&[&address(addr_type, value)]);
        pattern.is_some_and(|pattern| regex::Regex::new(&pattern).unwrap().is_match(&text.to_lowercase()))
    }

    #[test]
    fn an_email_is_found_however_it_is_written_and_is_no_part_of_another() {
        let value = "ada.b+x@mail.example.com";
        for text in [
            "ada.b+x@mail.example.com",
            r#"{"to": "Ada.B+x@Mail.Example.com"}"#,
            "?m=ada.b%2Bx%40mail.example.com&n=1",
            "?m%3Dada.b%2Bx%40mail.example.com",
            r#""line\nada.b+x@mail.example.com""#,
            "write to ada.b+x@mail.example.com.",
            "<ada.b+x@mail.example.com>",
        ] {
            assert!(finds(AddrType::Email, value, text), "{text}");
        }
        for text in [
            "bada.b+x@mail.example.com",
            "ada.b+x@mail.example.com.br",
            "ada.b+x@mail-example.com",
            "x@mail.example.com",
        ] {
            assert!(!finds(AddrType::Email, value, text), "{text}");
        }
    }

    #[test]
    fn a_phone_is_found_with_gaps_and_with_the_trunk_digit() {
        for text in
            ["+79261234567", "tel:+7 (926) 123-45-67", "8 926 123 45 67", "%2b79261234567", "{\"n\": 79261234567}"]
        {
            assert!(finds(AddrType::Msisdn, "+79261234567", text), "{text}");
        }
        for text in ["179261234567", "792612345678", "7926123456"] {
            assert!(!finds(AddrType::Msisdn, "+79261234567", text), "{text}");
        }
    }

    #[test]
    fn other_identifiers_are_found_as_whole_texts_and_short_ones_not_at_all() {
        assert!(finds(AddrType::Csid, "C \"10\\42\"", r#"{"id": "C \"10\\42\""}"#));
        assert!(!finds(AddrType::Csid, "C-1042", r#"{"id": "C-10420"}"#));
        assert!(!finds(AddrType::Vk, "1042", r#"{"id": "1042"}"#));
        assert_eq!(mentions(&[]), None);
    }

    proptest! {
        /// Whatever the value, the pattern is a valid one and finds the value in a document.
        #[test]
        fn a_document_that_holds_a_value_mentions_it(value in "[ -~]{6,20}", other in "[a-z]{1,5}") {
            let document = serde_json::json!({ other: value }).to_string();
            prop_assert!(finds(AddrType::Csid, &value, &document));
        }

        #[test]
        fn an_email_is_found_in_its_document(local in "[a-z0-9!#$&*+/=?^_`{|}~-]{1,8}", domain in "[a-zж]{1,8}\\.com") {
            let value = format!("{local}@{domain}");
            let document = serde_json::json!({ "a": [value] }).to_string();
            prop_assert!(finds(AddrType::Email, &value, &document));
        }
    }
}
