//! Which type an identifier has when the caller does not say (members.md 2.3).

use super::AddrType;

/// The type of an identifier given without one: what holds an `@` is an e-mail address, what is 10 to 15 digits
/// when spaces and ` +()-.` are left out is a phone number, everything else is taken for an e-mail address, so that
/// its error is one of e-mail syntax. White space around the text does not count.
pub fn detect(raw: &str) -> AddrType {
    let mut digits = 0_usize;
    for byte in raw.trim().bytes() {
        match byte {
            b'0'..=b'9' => digits += 1,
            b' ' | b'+' | b'(' | b')' | b'-' | b'.' => {}
            _ => return AddrType::Email,
        }
    }
    if (10..=15).contains(&digits) { AddrType::Msisdn } else { AddrType::Email }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The rule of members.md 2.3, word for word.
    fn by_the_page(raw: &str) -> AddrType {
        let rest: String = raw.trim().chars().filter(|c| !" +()-.".contains(*c)).collect();
        if raw.contains('@') {
            AddrType::Email
        } else if rest.chars().all(|c| c.is_ascii_digit()) && (10..=15).contains(&rest.len()) {
            AddrType::Msisdn
        } else {
            AddrType::Email
        }
    }

    #[test]
    fn detects() {
        for raw in ["89211234567", "+7 (921) 123-45-67", " 921.123.45.67\n", "123456789012345", "(((1234567890"] {
            assert_eq!(detect(raw), AddrType::Msisdn, "{raw}");
        }
        for raw in [
            "",
            "a@b.ru",
            "89211234567@sms.ru",
            "123456789",
            "1234567890123456",
            "8921123456x",
            "８９２１１２３４５６７",
        ] {
            assert_eq!(detect(raw), AddrType::Email, "{raw}");
        }
    }

    proptest! {
        #[test]
        fn is_the_rule_of_the_page(raw in "[0-9 +().@a\\-]{0,20}|\\PC{0,12}") {
            prop_assert_eq!(detect(&raw), by_the_page(&raw));
        }
    }
}
