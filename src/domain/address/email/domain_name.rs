//! What stands behind the `@` of an e-mail address: a domain name of two labels or more, in its own letters
//! (UTS 46, IDNA 2008). Address literals and comments are refused (shapes.md 4).

use crate::domain::error::{Error, Id, Result};
use icu_properties::CodePointMapData;
use icu_properties::props::GeneralCategory;
use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};

/// The most octets of a label as DNS has it (RFC 1035 2.3.4).
pub(super) const MAX_LABEL: usize = 63;

/// A domain name in normal form.
pub(super) struct DomainName {
    /// Lower case, `xn--` labels decoded.
    pub readable: String,
    /// How many octets the name has in DNS, where other letters than ASCII are encoded.
    pub encoded_len: usize,
}

/// The domain name in normal form. Error: `error/email/baddomain`.
pub(super) fn normalize(domain: &str) -> Result<DomainName> {
    let refuse = |explain: &str| Err(Error::new(Id::EmailBaddomain, explain));
    let uts46 = Uts46::new();
    let encoded = uts46.to_ascii(domain.as_bytes(), AsciiDenyList::STD3, Hyphens::Check, DnsLength::Ignore);
    let (readable, valid) = uts46.to_unicode(domain.as_bytes(), AsciiDenyList::STD3, Hyphens::Check);
    let (Ok(encoded), Ok(())) = (encoded, valid) else {
        return refuse("what stands behind the @ is no domain name");
    };
    let mut labels = encoded.split('.');
    if !labels.all(|label| (1..=MAX_LABEL).contains(&label.len())) {
        return refuse("a label of the domain is empty or longer than 63 octets");
    }
    match encoded.rsplit_once('.') {
        None => return refuse("the domain has only one label"),
        // Such a name would be read as an IPv4 address (RFC 1123 2.1).
        Some((_, last)) if last.bytes().all(|byte| byte.is_ascii_digit()) => {
            return refuse("the domain ends in a number");
        }
        Some(_) => {}
    }
    if !readable.chars().all(is_registrable) {
        return refuse("the domain holds a character that no registry accepts");
    }
    Ok(DomainName { encoded_len: encoded.len(), readable: readable.into_owned() })
}

/// Whether IDNA 2008 (RFC 5892) lets a character stand in a name. UTS 46 alone would let symbols and emoji through.
fn is_registrable(c: char) -> bool {
    use GeneralCategory::{DecimalNumber, LowercaseLetter, ModifierLetter, NonspacingMark, OtherLetter, SpacingMark};
    c.is_ascii()
        || matches!(
            CodePointMapData::<GeneralCategory>::new().get(c),
            LowercaseLetter | OtherLetter | ModifierLetter | NonspacingMark | SpacingMark | DecimalNumber
        )
        // The exceptions of RFC 5892 2.6 and the joiners, whose context UTS 46 has checked.
        || matches!(
            c,
            '\u{B7}' | '\u{375}' | '\u{5F3}' | '\u{5F4}' | '\u{6FD}' | '\u{6FE}' | '\u{F0B}' | '\u{200C}' | '\u{200D}'
                | '\u{3007}' | '\u{30FB}'
        )
}
