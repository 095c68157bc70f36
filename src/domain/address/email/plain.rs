//! The short way for what nearly every address is: ASCII, valid, nothing to decode. Its results are those of the careful
//! way; its pace is near that of lower-casing alone.

use super::MAX_ADDRESS;
use super::domain_name::MAX_LABEL;
use super::local_part::{MAX_LOCAL, is_atext};
use std::borrow::Cow;

// What a byte is, one bit each.
const LOWER: u8 = 1;
const UPPER: u8 = 2;
const DIGIT: u8 = 4;
const DOT: u8 = 8;
const HYPHEN: u8 = 16;
/// May stand in an atom, not in a domain name.
const SIGN: u8 = 32;
/// May stand in neither.
const OTHER: u8 = 64;

/// What every byte is.
#[expect(clippy::indexing_slicing, reason = "the compiler runs this: an index out of bounds would not build")]
const KINDS: [u8; 256] = {
    let mut kinds = [OTHER; 256];
    let mut byte = 0_u8;
    while byte < u8::MAX {
        kinds[byte as usize] = match byte {
            b'a'..=b'z' => LOWER,
            b'A'..=b'Z' => UPPER,
            b'0'..=b'9' => DIGIT,
            b'.' => DOT,
            b'-' => HYPHEN,
            _ if is_atext(byte) => SIGN,
            _ => OTHER,
        };
        byte += 1;
    }
    kinds
};

/// The normal form of an address that is plain; None sends every other text, errors included, the careful way.
pub(super) fn plain(text: &str) -> Option<Cow<'_, str>> {
    let at = memchr::memchr(b'@', text.as_bytes())?;
    let (local, domain) = (text.get(..at)?, text.get(at + 1..)?);
    let (before, behind) = (kinds(local), kinds(domain));
    let dots = has_double_dot(text.as_bytes()) || local.starts_with('.') || local.ends_with('.');
    let is_plain = before != 0
        && before & OTHER == 0
        && behind & (OTHER | SIGN) == 0
        && behind & DOT != 0
        && !dots
        && local.len() <= MAX_LOCAL
        && text.len() <= MAX_ADDRESS
        && has_plain_labels(domain, behind);
    if !is_plain {
        return None;
    }
    let upper = (before | behind) & UPPER != 0;
    Some(if upper { Cow::Owned(text.to_ascii_lowercase()) } else { Cow::Borrowed(text) })
}

/// What the bytes of a text are, all together.
fn kinds(text: &str) -> u8 {
    text.bytes().fold(0, |kinds, byte| kinds | KINDS.get(usize::from(byte)).unwrap_or(&OTHER))
}

/// Whether two dots stand side by side. Every pair is looked at, so that the compiler can take many at a time.
fn has_double_dot(text: &[u8]) -> bool {
    let next = text.iter().skip(1);
    text.iter().zip(next).fold(false, |found, (a, b)| found | (*a == b'.' && *b == b'.'))
}

/// Whether the labels of a domain of letters, digits, hyphens and dots are as they should be. Without hyphens, long labels
/// and digits at the end there is little to look at.
fn has_plain_labels(domain: &str, kinds: u8) -> bool {
    if domain.starts_with('.') || domain.ends_with(|c: char| c == '.' || c.is_ascii_digit()) {
        return false;
    }
    kinds & HYPHEN == 0 && domain.len() <= MAX_LABEL || domain.split('.').all(is_plain_label)
}

/// Whether a label has neither hyphens at its ends nor the mark of what is encoded, such as `xn--`.
fn is_plain_label(label: &str) -> bool {
    label.len() <= MAX_LABEL
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.as_bytes().get(2..4).is_none_or(|mark| mark != b"--")
}
