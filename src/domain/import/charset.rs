//! Charsets of data: their names, and how the bytes of a field become text (members.md 10.2).

mod detect;
mod stream;

use crate::domain::error::{Error, Id, Result};
use encoding_rs::{Encoding, KOI8_R, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1251, X_MAC_CYRILLIC};

pub use detect::{detect, marked};
pub use stream::converted;

/// How the characters of data are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charset {
    /// `koi8-r`.
    Koi8R,
    /// `cp1251`.
    Cp1251,
    /// `utf-8`.
    Utf8,
    /// `utf-7` of RFC 2152.
    Utf7,
    /// `utf-16`, the low byte first.
    Utf16Le,
    /// `utf-16`, the high byte first.
    Utf16Be,
    /// `mac-cyrillic`.
    MacCyrillic,
}

impl Charset {
    /// The charset of a name; other usual spellings are understood. `utf-16` is low byte first until the data say
    /// otherwise. Errors: `error/import/charset`.
    pub fn parse(name: &str) -> Result<Charset> {
        Ok(match name.to_ascii_lowercase().as_str() {
            "koi8-r" | "koi8r" => Charset::Koi8R,
            "cp1251" | "cp-1251" | "windows-1251" => Charset::Cp1251,
            "utf-8" | "utf8" => Charset::Utf8,
            "utf-7" | "utf7" => Charset::Utf7,
            "utf-16" | "utf16" | "utf-16le" => Charset::Utf16Le,
            "utf-16be" => Charset::Utf16Be,
            "mac-cyrillic" | "x-mac-cyrillic" => Charset::MacCyrillic,
            _ => return Err(Error::new(Id::ImportCharset, "the charset is not one that is known")),
        })
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Charset::Koi8R => "koi8-r",
            Charset::Cp1251 => "cp1251",
            Charset::Utf8 => "utf-8",
            Charset::Utf7 => "utf-7",
            Charset::Utf16Le | Charset::Utf16Be => "utf-16",
            Charset::MacCyrillic => "mac-cyrillic",
        }
    }

    /// Whether separators, quotes and ends of lines are single bytes in it, so that rows are cut before they are decoded.
    /// The others are converted to UTF-8 first.
    pub fn is_cut_as_bytes(self) -> bool {
        !matches!(self, Charset::Utf7 | Charset::Utf16Le | Charset::Utf16Be)
    }

    /// The text of a field of a row that was cut; none if the bytes are no text, or hold a zero, which no text of the
    /// server does.
    pub fn decode(self, bytes: &[u8]) -> Option<String> {
        let encoding = if self.is_cut_as_bytes() { self.encoding()? } else { UTF_8 };
        let text = encoding.decode_without_bom_handling_and_without_replacement(bytes)?;
        (!text.contains('\0')).then(|| text.into_owned())
    }

    fn encoding(self) -> Option<&'static Encoding> {
        match self {
            Charset::Koi8R => Some(KOI8_R),
            Charset::Cp1251 => Some(WINDOWS_1251),
            Charset::Utf8 => Some(UTF_8),
            Charset::Utf16Le => Some(UTF_16LE),
            Charset::Utf16Be => Some(UTF_16BE),
            Charset::MacCyrillic => Some(X_MAC_CYRILLIC),
            Charset::Utf7 => None,
        }
    }
}
