//! The number of a message, `send_message_id`: `5a9bf01a17_3cd_11_6f_0_2.5a8c045fc1dde44cbf718f78`
//! (pipelines-and-hooks.md 3.11).
//!
//! Eight hexadecimal digits of the time and the account behind them; campaign, template, base, segment and the message's
//! own number; behind the dot the number of the identifier that it goes to, 24 digits.

use std::fmt;

/// The longest number of any form, in octets.
pub const LONGEST: usize = 256;
/// The digits of the time.
const TIME_DIGITS: usize = 8;
/// The digits behind the dot.
const ADDRESS_DIGITS: usize = 24;

/// A number of the platform's form, read or to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Smid {
    /// When it was sent, or its launch, in seconds since 1970.
    pub time: u32,
    /// The account.
    pub account: u64,
    /// The campaign; 0 for none.
    pub campaign: u64,
    /// The template; 0 for none.
    pub message: u64,
    /// The base.
    pub list: u64,
    /// The segment; 0 for none.
    pub segment: u64,
    /// What tells messages apart that agree in all the rest.
    pub number: u64,
    /// The identifier that it goes to; 0 for a placement, which goes to nobody.
    pub address: u128,
}

impl Smid {
    /// Reads a number; none for any other text.
    pub fn parse(text: &str) -> Option<Smid> {
        let (head, address) = text.split_once('.')?;
        if address.len() != ADDRESS_DIGITS || !is_hex(address) {
            return None;
        }
        let mut fields = head.split('_');
        let (time, account) = fields.next()?.split_at_checked(TIME_DIGITS)?;
        let mut next = || number(fields.next()?);
        let smid = Smid {
            time: u32::try_from(number(time)?).ok()?,
            account: number(account)?,
            campaign: next()?,
            message: next()?,
            list: next()?,
            segment: next()?,
            number: next()?,
            address: u128::from_str_radix(address, 16).ok()?,
        };
        fields.next().is_none().then_some(smid)
    }

    /// The launch as pipelines and hooks name it: account, campaign and time, eight digits each.
    pub fn launch_id(&self) -> String {
        format!("{:08x}{:08x}{:08x}", self.account, self.campaign, self.time)
    }
}

impl fmt::Display for Smid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Smid { time, account, campaign, message, list, segment, number, address } = self;
        write!(f, "{time:08x}{account:x}_{campaign:x}_{message:x}_{list:x}_{segment:x}_{number:x}.{address:024x}")
    }
}

/// Whether a text may stand for a message: one of the platform's form, or any short one where that is allowed.
pub fn is_acceptable(text: &str, any: bool) -> bool {
    Smid::parse(text).is_some() || (any && (1..=LONGEST).contains(&text.len()))
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|digit| digit.is_ascii_digit() || (b'a'..=b'f').contains(&digit))
}

/// At least one digit, small letters only.
fn number(text: &str) -> Option<u64> {
    if is_hex(text) { u64::from_str_radix(text, 16).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const EXAMPLE: &str = "5a9bf01a17_3cd_11_6f_0_2.5a8c045fc1dde44cbf718f78";

    #[test]
    fn the_example_of_the_pages_says_what_they_say_beside_it() {
        let smid = Smid::parse(EXAMPLE).unwrap();
        assert_eq!((smid.account, smid.campaign, smid.message, smid.list, smid.segment), (23, 973, 17, 111, 0));
        assert_eq!(smid.launch_id(), "00000017000003cd5a9bf01a");
        assert_eq!(smid.to_string(), EXAMPLE);
    }

    #[test]
    fn other_texts_are_none() {
        for text in [
            "",
            ".",
            "5a9bf01a_3cd_11_6f_0_2.5a8c045fc1dde44cbf718f78",
            "5a9bf01a17_3cd_11_6f_0.5a8c045fc1dde44cbf718f78",
            "5a9bf01a17_3cd_11_6f_0_2_1.5a8c045fc1dde44cbf718f78",
            "5a9bf01a17_3cd_11__0_2.5a8c045fc1dde44cbf718f78",
            "5A9BF01A17_3cd_11_6f_0_2.5a8c045fc1dde44cbf718f78",
            "5a9bf01a17_3cd_+1_6f_0_2.5a8c045fc1dde44cbf718f78",
            "5a9bf01a17_3cd_11_6f_0_2.5a8c045fc1dde44cbf718f7",
            "5a9bf01a17_3cd_11_6f_0_2.5a8c045fc1dde44cbf718f788",
            "5a9bf01a17_3cd_11_6f_0_2.+a8c045fc1dde44cbf718f78",
            "5a9bf01a17_ffffffffffffffffff_11_6f_0_2.5a8c045fc1dde44cbf718f78",
            " 5a9bf01a17_3cd_11_6f_0_2.5a8c045fc1dde44cbf718f78",
        ] {
            assert_eq!(Smid::parse(text), None, "{text}");
            assert!(!is_acceptable(text, false), "{text}");
            assert_eq!(is_acceptable(text, true), !text.is_empty(), "{text}");
        }
        assert!(!is_acceptable(&"x".repeat(257), true));
        assert!(is_acceptable(&"x".repeat(256), true));
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(
            (time, account, campaign, message) in any::<(u32, u64, u64, u64)>(),
            (list, segment, number, address) in any::<(u64, u64, u64, u64)>(),
        ) {
            let smid = Smid { time, account, campaign, message, list, segment, number, address: address.into() };
            prop_assert_eq!(Smid::parse(&smid.to_string()), Some(smid));
        }

        #[test]
        fn no_text_breaks_it(text in "[0-9a-f_.]{0,60}|.{0,40}") {
            if let Some(smid) = Smid::parse(&text) {
                prop_assert_eq!(Smid::parse(&smid.to_string()), Some(smid));
            }
        }
    }
}
