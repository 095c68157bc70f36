//! How people write phone numbers: digits of any script, separators, a plus or `00`, an extension (members.md 2.2).

use crate::domain::error::{Error, Id, Result};
use icu_properties::CodePointMapData;
use icu_properties::props::GeneralCategory;
use rlibphonenumber::PHONE_NUMBER_UTIL;

/// More digits than any number has, prefixes for dialling abroad included.
const MAX_DIGITS: usize = 32;
/// The most digits of an extension behind a word that can mean nothing else.
const MAX_EXTENSION: usize = 20;
/// The most behind a mark that could as well stand between two numbers.
const MAX_EXTENSION_AFTER_MARK: usize = 6;
/// Words that announce an extension, in lower case; one that begins another stands behind it.
const EXTENSION_WORDS: [&str; 11] =
    ["добавочный", "доб", "внутренний", "внутр", "вн", ";ext=", "extension", "extn", "ext", "anexo", "int"];
/// Marks that announce an extension; the two crosses are Latin and Cyrillic.
const EXTENSION_MARKS: [char; 5] = ['#', ',', ';', 'x', 'х'];

/// A number as it was written, without what does not count.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Written {
    /// Its digits, ASCII.
    pub digits: String,
    /// Whether a plus stood before them.
    pub plus: bool,
}

impl Written {
    /// Whether it begins with the country code: behind a plus or `00`.
    pub fn is_international(&self) -> bool {
        self.plus || self.digits.starts_with("00")
    }

    /// The digits, from the country code on if it is there.
    pub fn significant(&self) -> &str {
        if self.plus { &self.digits } else { self.digits.strip_prefix("00").unwrap_or(&self.digits) }
    }
}

/// Reads the text of a number. An extension is not part of an identity and is dropped.
/// Errors: `error/msisdn/empty`, `error/msisdn/badchars`, `error/msisdn/badlength` (no digit, or more than 32).
pub(super) fn read(raw: &str) -> Result<Written> {
    let text = raw.trim();
    if text.is_empty() {
        return Err(Error::new(Id::MsisdnEmpty, "the phone number is empty"));
    }
    let mut number = Written { digits: String::new(), plus: false };
    for (at, c) in text.char_indices() {
        match digit(c) {
            Some(digit) => number.digits.push(digit),
            None if is_separator(c) => {}
            None if matches!(c, '+' | '＋') && !number.plus && number.digits.is_empty() => number.plus = true,
            None if !number.digits.is_empty() && text.get(at..).is_some_and(is_extension) => break,
            None => {
                return Err(Error::new(
                    Id::MsisdnBadchars,
                    "the phone number holds a character that is no part of one",
                ));
            }
        }
    }
    match number.digits.len() {
        1..=MAX_DIGITS => Ok(number),
        digits => Err(Error::new(Id::MsisdnBadlength, format!("the phone number has {digits} digits"))),
    }
}

/// The ASCII digit that a decimal digit of any script means.
fn digit(c: char) -> Option<char> {
    if c.is_ascii() {
        return c.is_ascii_digit().then_some(c);
    }
    match general_category(c) {
        GeneralCategory::DecimalNumber => {
            PHONE_NUMBER_UTIL.normalize_digits_only(c.encode_utf8(&mut [0; 4])).chars().next()
        }
        _ => None,
    }
}

/// White space, brackets, dashes, dots, slashes, and the invisible characters that copying brings along.
fn is_separator(c: char) -> bool {
    use GeneralCategory::{ClosePunctuation, ConnectorPunctuation, DashPunctuation, Format, OpenPunctuation};
    c.is_whitespace()
        || matches!(c, '.' | '/' | '\\' | '·' | '．' | '／' | '−' | 'ー')
        || matches!(
            general_category(c),
            DashPunctuation | OpenPunctuation | ClosePunctuation | ConnectorPunctuation | Format
        )
}

/// Whether this whole text is an extension: a word or mark, then digits.
fn is_extension(text: &str) -> bool {
    let text = text.to_lowercase();
    match EXTENSION_WORDS.iter().find_map(|word| text.strip_prefix(word)) {
        Some(rest) => is_extension_number(rest, MAX_EXTENSION),
        None => {
            let rest = text.trim_start_matches(EXTENSION_MARKS);
            rest.len() < text.len() && is_extension_number(rest, MAX_EXTENSION_AFTER_MARK)
        }
    }
}

/// Whether this is the number of an extension, with what may stand between it and its word.
fn is_extension_number(text: &str, max_digits: usize) -> bool {
    let number = text.trim_start_matches([' ', '\u{A0}', '\t', '.', ':', '=']).trim_end_matches(['#', ')']);
    (1..=max_digits).contains(&number.chars().count()) && number.chars().all(|c| digit(c).is_some())
}

fn general_category(c: char) -> GeneralCategory {
    CodePointMapData::<GeneralCategory>::new().get(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(raw: &str) -> String {
        let number = read(raw).unwrap();
        format!("{}{}", if number.plus { "+" } else { "" }, number.digits)
    }

    #[test]
    fn separators_and_scripts() {
        for raw in [
            "8 (921) 123-45-67",
            "8.921.123.45.67",
            "8–921—123−45‑67",
            "\u{202a}8 921 123 45 67\u{202c}",
            "８９２１１２３４５６７",
            "٨٩٢١١٢٣٤٥٦٧",
            "८९२११२३४५६७",
            "8/921/1234567",
            "8［921］1234567",
            "8\u{a0}921\u{a0}1234567",
            "8_921_1234567",
            "\u{feff}8921\u{ad}123\u{200b}4567",
        ] {
            assert_eq!(written(raw), "89211234567", "{raw}");
        }
        for raw in ["+7 921 123-45-67", "＋７９２１１２３４５６７", "(+7) 921 1234567", " + 7 9211234567"] {
            assert_eq!(written(raw), "+79211234567", "{raw}");
        }
    }

    #[test]
    fn extensions_are_dropped() {
        for tail in [
            " доб. 12",
            " доб 12",
            "доб.12",
            " (доб. 12)",
            " ДОБ: 12",
            " добавочный 12",
            " вн. 12",
            " внутр.12",
            " внутренний 12",
            " ext. 5",
            " ext 5",
            ";ext=5",
            " EXT:5",
            " extension 5",
            " extn 5",
            " x5",
            " x 5",
            " х5",
            " #5",
            "#5",
            ", 5",
            ",,5",
            ";5",
            " int 5",
            " anexo 5",
            " доб. ١٢",
            " ext 12345678901234567890",
            " x123456",
        ] {
            assert_eq!(written(&format!("8 495 123-45-67{tail}")), "84951234567", "{tail}");
        }
        for tail in
            [" доб.", " доб. пять", " x1234567", ", 89211234567", " ext 123456789012345678901", "##", " доб. 1 доб. 2"]
        {
            assert_eq!(read(&format!("8 495 123-45-67{tail}")).unwrap_err().id, Id::MsisdnBadchars, "{tail}");
        }
    }

    #[test]
    fn refusals() {
        for raw in ["", " ", "\u{3000}\n"] {
            assert_eq!(read(raw).unwrap_err().id, Id::MsisdnEmpty, "{raw}");
        }
        for raw in [
            "1-800-FLOWERS",
            "доб. 12",
            "x5",
            "++79211234567",
            "7+9211234567",
            "+7921+1234567",
            "8921123456O",
            "8*921*1234567",
            "~8921",
            "8'921'1234567",
            "тел. 89211234567",
            "tel:+79211234567",
            "½",
            "8②",
            "8 921 &",
            "=79211234567",
        ] {
            assert_eq!(read(raw).unwrap_err().id, Id::MsisdnBadchars, "{raw}");
        }
        for raw in ["+", "()", "-", "123456789012345678901234567890123"] {
            assert_eq!(read(raw).unwrap_err().id, Id::MsisdnBadlength, "{raw}");
        }
    }
}
