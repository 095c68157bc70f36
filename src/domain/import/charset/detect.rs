//! Finding out the charset: by what stands at the beginning, and where that is plain ASCII, by the first place that is not.

use super::Charset;
use crate::domain::error::Result;
use crate::domain::import::limit::{SAMPLE, unreadable};
use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, KOI8_R, KOI8_U};
use std::io::{Read, Seek, SeekFrom};

/// The charset of data from their beginning, and how long their byte order mark is. Data that are ASCII from beginning to
/// end are `utf-8`. Leaves the place anywhere. Errors: those of reading.
pub fn detect<R: Read + Seek + ?Sized>(data: &mut R) -> Result<(Charset, usize)> {
    data.rewind().map_err(unreadable)?;
    let head = sample(data)?;
    if let Some(marked) = marked(&head) {
        return Ok(marked);
    }
    if let Some(order) = unmarked_utf16(&head) {
        return Ok((order, 0));
    }
    let telling = if head.is_ascii() { first_beyond_ascii(data)? } else { head.clone() };
    let charset = if telling.is_empty() { of_ascii(&head) } else { of_bytes(&telling) };
    Ok((charset, 0))
}

/// What a byte order mark at the beginning says, and how long it is.
pub fn marked(head: &[u8]) -> Option<(Charset, usize)> {
    match head {
        [0xEF, 0xBB, 0xBF, ..] => Some((Charset::Utf8, 3)),
        [0xFF, 0xFE, ..] => Some((Charset::Utf16Le, 2)),
        [0xFE, 0xFF, ..] => Some((Charset::Utf16Be, 2)),
        // U+FEFF in UTF-7: `+/v8-`; other last characters mean that a text follows in the same run.
        [b'+', b'/', b'v', b'8', b'-', ..] => Some((Charset::Utf7, 5)),
        [b'+', b'/', b'v', b'8' | b'9' | b'+' | b'/', ..] => Some((Charset::Utf7, 0)),
        _ => None,
    }
}

/// No text of another charset holds zeros, and in UTF-16 every separator and every Latin letter does.
fn unmarked_utf16(head: &[u8]) -> Option<Charset> {
    let zeros = |start: usize| head.iter().skip(start).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    let is_plenty = |count: usize| count.saturating_mul(16) > head.len();
    // Zeros in both places are data that are no text at all.
    match () {
        () if is_plenty(odd) && odd > even.saturating_mul(16) => Some(Charset::Utf16Le),
        () if is_plenty(even) && even > odd.saturating_mul(16) => Some(Charset::Utf16Be),
        () => None,
    }
}

/// ASCII is UTF-7 if its runs of base64 spell Cyrillic, and UTF-8 otherwise.
fn of_ascii(head: &[u8]) -> Charset {
    if !head.contains(&b'+') {
        return Charset::Utf8;
    }
    let whole_lines = head.iter().rposition(|byte| *byte == b'\n').and_then(|end| head.get(..end)).unwrap_or(head);
    let decoded = charset::Charset::for_label(b"utf-7").map(|utf7| utf7.decode_without_bom_handling(whole_lines).0);
    let (mut cyrillic, mut other) = (0_usize, 0_usize);
    for letter in decoded.as_deref().unwrap_or_default().chars().filter(|letter| !letter.is_ascii()) {
        if is_cyrillic(letter) { cyrillic += 1 } else { other += 1 }
    }
    if cyrillic > other.saturating_mul(4) { Charset::Utf7 } else { Charset::Utf8 }
}

fn of_bytes(telling: &[u8]) -> Charset {
    let is_utf8 = match std::str::from_utf8(telling) {
        Ok(_) => true,
        // The sample may end within a character.
        Err(error) => error.error_len().is_none(),
    };
    if is_utf8 {
        return Charset::Utf8;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(telling, true);
    let guess = detector.guess(Some(b"ru"), Utf8Detection::Deny);
    if guess == KOI8_U || guess == KOI8_R {
        return Charset::Koi8R;
    }
    // The detector knows no mac-cyrillic, whose small letters are those of cp1251 but one.
    let score = |charset: Charset| charset.encoding().map_or(i64::MIN, |encoding| plausible(encoding, telling));
    if score(Charset::MacCyrillic) > score(Charset::Cp1251) { Charset::MacCyrillic } else { Charset::Cp1251 }
}

/// How much like Russian a text reads: letters speak for it; what is none, and capitals behind small letters, against it.
fn plausible(encoding: &'static Encoding, bytes: &[u8]) -> i64 {
    let (text, _) = encoding.decode_without_bom_handling(bytes);
    let mut before = ' ';
    let mut score = 0;
    for letter in text.chars() {
        if !letter.is_ascii() {
            let is_russian = matches!(letter, 'а'..='я' | 'А'..='Я' | 'ё' | 'Ё');
            let is_odd = letter.is_uppercase() && before.is_lowercase();
            score += if is_russian && !is_odd { 1 } else { -2 };
        }
        before = letter;
    }
    score
}

fn is_cyrillic(letter: char) -> bool {
    matches!(letter, '\u{400}'..='\u{4FF}')
}

/// So much from here as a sample has.
fn sample<R: Read + ?Sized>(data: &mut R) -> Result<Vec<u8>> {
    let mut head = Vec::with_capacity(SAMPLE);
    data.take(SAMPLE as u64).read_to_end(&mut head).map_err(unreadable)?;
    Ok(head)
}

/// A sample from the first byte on that is not ASCII; nothing if there is none. The place is behind the head.
fn first_beyond_ascii<R: Read + Seek + ?Sized>(data: &mut R) -> Result<Vec<u8>> {
    loop {
        let here = data.stream_position().map_err(unreadable)?;
        let next = sample(data)?;
        let plain = Encoding::ascii_valid_up_to(&next);
        if next.is_empty() {
            return Ok(next);
        }
        if plain < next.len() {
            data.seek(SeekFrom::Start(here.saturating_add(plain as u64))).map_err(unreadable)?;
            return sample(data);
        }
    }
}
