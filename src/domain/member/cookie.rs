//! The codes in the links of letters: who holds one has read the mailbox (members.md 9.13, shapes.md 11).
//!
//! A cookie says what it is for and is signed with a key of the account, so nothing is stored for a link that is never
//! followed. It names one entry of an identifier, or one record of a stop-list, by its instant: an old link does nothing
//! to a later one.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use url::Url;

/// How many octets of the signature a cookie carries.
const SIGNED: usize = 16;
/// The octets before them: purpose, number, sender, instant.
const PLAIN: usize = 25;

/// A key: as long as a block of the hash, so that every key is one.
pub type Key = [u8; 64];

/// What following a link does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// It confirms the identifier.
    Confirm,
    /// It takes the subscriber's own record out of a stop-list.
    Cancel,
}

/// A cookie, read or to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cookie {
    /// What it is for.
    pub purpose: Purpose,
    /// The number of the identifier.
    pub id: i64,
    /// The sender whose stop-list it is about; 0 for the global one.
    pub sender: i64,
    /// When the identifier entered, or was confirmed the last time before it has to be again; or when the record was made. In the
    /// server's microseconds.
    pub at: i64,
}

impl Cookie {
    /// Its text, signed with a key.
    pub fn seal(&self, key: &Key) -> String {
        let plain = self.plain();
        let signature = signer(key, &plain).finalize().into_bytes();
        let octets: Vec<u8> = plain.into_iter().chain(signature.into_iter().take(SIGNED)).collect();
        URL_SAFE_NO_PAD.encode(octets)
    }

    /// Reads a cookie that was signed with this key; none for any other text.
    pub fn open(text: &str, key: &Key) -> Option<Cookie> {
        let octets = decoded(text)?;
        let (plain, signature) = octets.split_at_checked(PLAIN)?;
        signer(key, plain).verify_truncated_left(signature).ok()?;
        Cookie::read(plain)
    }

    /// The identifier that a cookie names, whether it is genuine or not: for locking in advance.
    pub fn named(text: &str) -> Option<i64> {
        Some(Cookie::read(decoded(text)?.get(..PLAIN)?)?.id)
    }

    /// The link of a letter: `<base>/member.confirm?…` or `<base>/stoplist.cancel?…`, whose parameters are those of the
    /// call. None without a base.
    pub fn link(&self, base: &str, key: &Key) -> Option<String> {
        let base = Some(base.trim_end_matches('/')).filter(|base| !base.is_empty())?;
        let (id, cookie) = (self.id, self.seal(key));
        Some(match self.purpose {
            Purpose::Confirm => format!("{base}/member.confirm?addr_type=id&email={id}&cookie={cookie}"),
            Purpose::Cancel => format!("{base}/stoplist.cancel?cookie={cookie}"),
        })
    }

    fn plain(&self) -> Vec<u8> {
        let purpose = match self.purpose {
            Purpose::Confirm => b'c',
            Purpose::Cancel => b's',
        };
        let numbers = [self.id, self.sender, self.at];
        std::iter::once(purpose).chain(numbers.into_iter().flat_map(i64::to_be_bytes)).collect()
    }

    fn read(plain: &[u8]) -> Option<Cookie> {
        let (purpose, numbers) = plain.split_first()?;
        let purpose = match purpose {
            b'c' => Purpose::Confirm,
            b's' => Purpose::Cancel,
            _ => return None,
        };
        let mut numbers = numbers.chunks_exact(8).map(|octets| octets.try_into().map(i64::from_be_bytes));
        let mut next = || numbers.next()?.ok();
        Some(Cookie { purpose, id: next()?, sender: next()?, at: next()? })
    }
}

/// Whether links may begin with this: an address of http or https without parameters, or nothing.
pub fn is_base(text: &str) -> bool {
    let is_plain =
        |url: Url| matches!(url.scheme(), "http" | "https") && url.query().is_none() && url.fragment().is_none();
    text.is_empty() || Url::parse(text).is_ok_and(is_plain)
}

/// The octets of a text that has the length of a cookie.
fn decoded(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok().filter(|octets| octets.len() == PLAIN + SIGNED)
}

fn signer(key: &Key, plain: &[u8]) -> Hmac<Sha256> {
    let mut signer = Hmac::<Sha256>::new(key.into());
    signer.update(plain);
    signer
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KEY: &Key = &[7; 64];

    fn cookies() -> impl Strategy<Value = Cookie> {
        let purpose = prop_oneof![Just(Purpose::Confirm), Just(Purpose::Cancel)];
        (purpose, any::<i64>(), any::<i64>(), any::<i64>()).prop_map(|(purpose, id, sender, at)| Cookie {
            purpose,
            id,
            sender,
            at,
        })
    }

    proptest! {
        #[test]
        fn what_was_sealed_opens_with_the_same_key_alone(cookie in cookies(), other in any::<u8>(), place in 0..64usize) {
            let text = cookie.seal(KEY);
            prop_assert_eq!(Cookie::open(&text, KEY), Some(cookie));
            let mut stranger = *KEY;
            stranger[place] = other;
            prop_assert_eq!(Cookie::open(&text, &stranger).is_some(), other == KEY[place]);
            prop_assert_eq!(Cookie::named(&text), Some(cookie.id));
            prop_assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
        }

        #[test]
        fn a_cookie_with_any_bit_changed_is_none(cookie in cookies(), place in 0..(PLAIN + SIGNED) * 8) {
            let mut octets = URL_SAFE_NO_PAD.decode(cookie.seal(KEY)).unwrap();
            octets[place / 8] ^= 1 << (place % 8);
            prop_assert_eq!(Cookie::open(&URL_SAFE_NO_PAD.encode(octets), KEY), None);
        }

        #[test]
        fn no_other_text_is_one(text in ".{0,80}") {
            prop_assert_eq!(Cookie::open(&text, KEY), None);
        }
    }

    #[test]
    fn links_name_the_call_and_its_parameters() {
        let confirm = Cookie { purpose: Purpose::Confirm, id: 7, sender: 0, at: 1 };
        let cancel = Cookie { purpose: Purpose::Cancel, ..confirm };
        let link = confirm.link("https://example.com/m/", KEY).unwrap();
        assert_eq!(
            link,
            format!("https://example.com/m/member.confirm?addr_type=id&email=7&cookie={}", confirm.seal(KEY))
        );
        let link = cancel.link("https://example.com", KEY).unwrap();
        assert_eq!(link, format!("https://example.com/stoplist.cancel?cookie={}", cancel.seal(KEY)));
        assert_eq!(confirm.link("", KEY), None);
        let bases =
            ["", "https://example.com/m", "http://localhost", "example.com", "ftp://example.com", "https://a?b=c"];
        assert_eq!(bases.map(is_base), [true, true, true, false, false, false]);
    }
}
