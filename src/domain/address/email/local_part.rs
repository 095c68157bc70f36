//! What stands before the `@` of an e-mail address: a dot-atom of RFC 5322, with the letters of all scripts as
//! RFC 6531 allows. Quoted strings and comments are refused (shapes.md 4).

use crate::domain::error::{Error, Id, Result};
use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory, GeneralCategoryGroup};
use icu_properties::{CodePointMapData, CodePointSetData};
use unicode_normalization::UnicodeNormalization;

/// The most octets of a local part (RFC 5321 4.5.3.1.1).
pub(super) const MAX_LOCAL: usize = 64;
/// The character that asks for the coloured form of the symbol before it.
const EMOJI_PRESENTATION: char = '\u{FE0F}';

/// The local part in lower case and NFC. Errors: `error/email/badlocal`, `error/email/toolong` (over 64 octets).
pub(super) fn normalize(local: &str) -> Result<String> {
    // Lower-casing can leave letters and marks that compose, hence NFC behind it too.
    let form: String = local.nfc().collect::<String>().to_lowercase().nfc().collect();
    if form.split('.').any(str::is_empty) {
        return Err(Error::new(Id::EmailBadlocal, "a dot stands first, last or beside another before the @"));
    }
    let mut previous = '.';
    for c in form.chars() {
        if c != '.' && !is_allowed(c, previous) {
            return Err(Error::new(Id::EmailBadlocal, "a character before the @ is not allowed there"));
        }
        previous = c;
    }
    match form.len() {
        ..=MAX_LOCAL => Ok(form),
        octets => Err(Error::new(Id::EmailToolong, format!("{octets} octets stand before the @"))),
    }
}

/// Whether this is one of the ASCII characters of an atom (RFC 5322 3.2.3).
pub(super) const fn is_atext(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'/' | b'=' | b'?' | b'^'..=b'`' | b'{'..=b'~')
}

/// Whether a character may stand in an atom. Of the other scripts that is letters, marks, digits and symbols; not
/// punctuation, white space, controls, unassigned and private characters, nor anything invisible: two addresses
/// that look the same must not be two people.
fn is_allowed(c: char, previous: char) -> bool {
    if let Ok(byte) = u8::try_from(c)
        && byte.is_ascii()
    {
        return is_atext(byte);
    }
    if c == EMOJI_PRESENTATION {
        return is_in(GeneralCategoryGroup::Symbol, previous) && !previous.is_ascii();
    }
    // U+FFFC and U+FFFD stand for something that was lost.
    !matches!(c, '\u{FFFC}' | '\u{FFFD}')
        && !CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
        && is_in(WORD, c)
}

/// Letters, marks, digits and symbols.
const WORD: GeneralCategoryGroup = GeneralCategoryGroup::Letter
    .union(GeneralCategoryGroup::Mark)
    .union(GeneralCategoryGroup::Number)
    .union(GeneralCategoryGroup::Symbol);

fn is_in(group: GeneralCategoryGroup, c: char) -> bool {
    group.contains(CodePointMapData::<GeneralCategory>::new().get(c))
}
