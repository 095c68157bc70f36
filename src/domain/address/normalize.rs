//! From raw text to an address, by the rules that the settings give (members.md 2.2 and 2.3, shapes.md 1 and 4).

use super::{AddrType, Region, detect, email, opaque, phone, tld};
use crate::domain::error::{Error, Id, Result};

/// An identifier of one type in normal form. Two texts name the same identifier when these are equal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// Its type.
    pub addr_type: AddrType,
    /// Its normal form.
    pub value: String,
}

impl Address {
    /// The domain of an e-mail address, readable; none for other types.
    pub fn domain(&self) -> Option<&str> {
        match self.addr_type {
            AddrType::Email => email::domain(&self.value),
            _ => None,
        }
    }
}

/// What happens to an address that is well formed but does not pass a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// It is not asked.
    Off,
    /// It is accepted with a warning.
    Warn,
    /// It is refused.
    Strict,
}

/// The settings that decide about an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// `email.utf8`: whether e-mail addresses may hold other characters than ASCII.
    pub utf8: bool,
    /// `pg_member.tld_check`: the top-level domain is in the embedded list.
    pub tld: Check,
    /// `pg_member.phone_check`: the number is valid by the library.
    pub phone: Check,
    /// `pg_member.default_region`: where a number without a country code is dialled.
    pub region: Region,
}

/// An address and what the caller should know about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Normalized {
    /// The address.
    pub address: Address,
    /// The errors of checks that only warn.
    pub warnings: Vec<Error>,
}

/// The address that `raw` names. Without a type it is detected ([`detect`]). The numbering plan is a table and
/// therefore not asked here: see [`phone::plan_key`].
///
/// Errors: those of the type (`error/email/…`, `error/msisdn/…`, `error/csid/…` and so on), one for each text.
pub fn normalize(raw: &str, addr_type: Option<AddrType>, rules: &Rules) -> Result<Normalized> {
    let addr_type = addr_type.unwrap_or_else(|| detect(raw));
    let mut warnings = Vec::new();
    let value = match addr_type {
        AddrType::Email => checked_email(raw, rules, &mut warnings)?,
        AddrType::Msisdn | AddrType::Viber | AddrType::Vknotify => checked_phone(raw, rules, &mut warnings)?,
        AddrType::Csid => opaque::csid(raw)?.to_owned(),
        AddrType::Umid => opaque::umid(raw)?.to_owned(),
        AddrType::Pushapp => opaque::pushapp(raw)?.to_owned(),
        AddrType::Push => opaque::number(raw, Id::PushFormat)?.to_owned(),
        AddrType::Vk => opaque::number(raw, Id::VkFormat)?.to_owned(),
        AddrType::Tg => opaque::number(raw, Id::TgFormat)?.to_owned(),
        AddrType::Max => opaque::number(raw, Id::MaxFormat)?.to_owned(),
    };
    Ok(Normalized { address: Address { addr_type, value }, warnings })
}

fn checked_email(raw: &str, rules: &Rules, warnings: &mut Vec<Error>) -> Result<String> {
    let value = email::normalize(raw)?;
    if !rules.utf8 && !value.is_ascii() {
        return Err(Error::new(Id::EmailUtf8denied, "national addresses are switched off"));
    }
    if rules.tld != Check::Off && !email::domain(&value).is_some_and(tld::is_known) {
        complain(rules.tld, Error::new(Id::EmailBadtld, "the top-level domain is not known"), warnings)?;
    }
    Ok(value.into_owned())
}

fn checked_phone(raw: &str, rules: &Rules, warnings: &mut Vec<Error>) -> Result<String> {
    let value = match phone::normalize(raw, rules.region) {
        Ok(value) => value.into_owned(),
        Err(error) if error.id == Id::MsisdnBadlength && rules.phone != Check::Strict => {
            let value = phone::unchecked(raw, rules.region)?;
            if rules.phone == Check::Warn {
                warnings.push(error);
            }
            value
        }
        Err(error) => return Err(error),
    };
    if phone::is_russian_fixed(&value) {
        return Err(Error::new(Id::MsisdnNotmobile, "the number is a Russian one outside 9xx"));
    }
    Ok(value)
}

/// Refuses or warns, as the check says.
fn complain(check: Check, error: Error, warnings: &mut Vec<Error>) -> Result<()> {
    match check {
        Check::Off => Ok(()),
        Check::Warn => {
            warnings.push(error);
            Ok(())
        }
        Check::Strict => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RULES: Rules = Rules { utf8: true, tld: Check::Strict, phone: Check::Strict, region: Region::RU };

    fn value(raw: &str, addr_type: AddrType, rules: &Rules) -> std::result::Result<(String, Vec<Id>), Id> {
        let done = normalize(raw, Some(addr_type), rules).map_err(|error| error.id)?;
        assert_eq!(done.address.addr_type, addr_type);
        Ok((done.address.value, done.warnings.into_iter().map(|warning| warning.id).collect()))
    }

    fn plain(value: &str) -> std::result::Result<(String, Vec<Id>), Id> {
        Ok((value.to_owned(), Vec::new()))
    }

    #[test]
    fn every_type_has_its_normal_form() {
        let token = "T".repeat(64);
        let pushapp = format!("{token}@fcm.android.7");
        for (addr_type, raw, form) in [
            (AddrType::Email, " Test@test.RU", "test@test.ru"),
            (AddrType::Msisdn, "8 (921) 123-45-67", "+79211234567"),
            (AddrType::Viber, "+49 1512 3456789", "+4915123456789"),
            (AddrType::Csid, " Test@test.RU ", "Test@test.RU"),
            (AddrType::Push, " 17", "17"),
            (AddrType::Pushapp, &pushapp, &pushapp),
            (AddrType::Vk, "0017", "17"),
            (AddrType::Vknotify, "9211234567", "+79211234567"),
            (AddrType::Tg, "17 ", "17"),
            (AddrType::Max, "17", "17"),
            (AddrType::Umid, " aB ", "aB"),
        ] {
            assert_eq!(value(raw, addr_type, &RULES), plain(form), "{raw}");
        }
    }

    #[test]
    fn every_type_has_its_error() {
        for (addr_type, raw, id) in [
            (AddrType::Email, "test", Id::EmailNodog),
            (AddrType::Msisdn, "", Id::MsisdnEmpty),
            (AddrType::Viber, "nick", Id::MsisdnBadchars),
            (AddrType::Vknotify, "123", Id::MsisdnBadlength),
            (AddrType::Csid, " ", Id::CsidEmpty),
            (AddrType::Push, "x", Id::PushFormat),
            (AddrType::Pushapp, "x", Id::PushappFormat),
            (AddrType::Vk, "id17", Id::VkFormat),
            (AddrType::Tg, "@nick", Id::TgFormat),
            (AddrType::Max, "", Id::MaxFormat),
            (AddrType::Umid, "", Id::UmidFormat),
        ] {
            assert_eq!(value(raw, addr_type, &RULES), Err(id), "{raw}");
        }
    }

    #[test]
    fn the_type_is_detected_unless_given() {
        let detected = |raw| normalize(raw, None, &RULES).map(|done| done.address).map_err(|error| error.id);
        assert_eq!(
            detected("Test@Test.ru"),
            Ok(Address { addr_type: AddrType::Email, value: "test@test.ru".to_owned() })
        );
        assert_eq!(
            detected("8 921 123-45-67"),
            Ok(Address { addr_type: AddrType::Msisdn, value: "+79211234567".to_owned() })
        );
        assert_eq!(detected("some text"), Err(Id::EmailNodog));
        assert_eq!(value("89211234567", AddrType::Csid, &RULES), plain("89211234567"));
    }

    #[test]
    fn the_domain_of_an_email_address_alone() {
        let address = |addr_type, value: &str| Address { addr_type, value: value.to_owned() };
        assert_eq!(address(AddrType::Email, "проверка@тест.рф").domain(), Some("тест.рф"));
        assert_eq!(address(AddrType::Csid, "test@test.ru").domain(), None);
    }

    #[test]
    fn top_level_domains_are_checked_as_set() {
        let tld = |tld, raw| value(raw, AddrType::Email, &Rules { tld, ..RULES });
        for check in [Check::Off, Check::Warn, Check::Strict] {
            for raw in ["проверка@тест.рф", "企业@企业.企业", "user@xn--e1aybc.xn--p1ai"] {
                assert!(tld(check, raw).is_ok_and(|(_, warnings)| warnings.is_empty()), "{raw}");
            }
        }
        assert_eq!(tld(Check::Off, "User@host.local"), plain("user@host.local"));
        assert_eq!(tld(Check::Warn, "User@host.local"), Ok(("user@host.local".to_owned(), vec![Id::EmailBadtld])));
        assert_eq!(tld(Check::Strict, "User@host.local"), Err(Id::EmailBadtld));
        assert_eq!(tld(Check::Off, "user@local"), Err(Id::EmailBaddomain));
    }

    #[test]
    fn national_addresses_can_be_switched_off() {
        let rules = Rules { utf8: false, ..RULES };
        for raw in ["проверка@test.ru", "test@тест.рф", "test@xn--e1aybc.xn--p1ai", "test@тест.нетакого"]
        {
            assert_eq!(value(raw, AddrType::Email, &rules), Err(Id::EmailUtf8denied), "{raw}");
        }
        for (raw, form) in [("Test@test.ru", "test@test.ru"), ("test@ｔｅｓｔ。ru", "test@test.ru")] {
            assert_eq!(value(raw, AddrType::Email, &rules), plain(form), "{raw}");
        }
        assert_eq!(value("проверка", AddrType::Email, &rules), Err(Id::EmailNodog), "syntax comes first");
    }

    #[test]
    fn phones_are_checked_as_set_and_are_mobile_in_russia() {
        let phone = |phone, raw| value(raw, AddrType::Msisdn, &Rules { phone, ..RULES });
        assert_eq!(phone(Check::Off, "+7 930 001 23 45"), plain("+79300012345"));
        assert_eq!(phone(Check::Warn, "+7 930 001 23 45"), Ok(("+79300012345".to_owned(), vec![Id::MsisdnBadlength])));
        assert_eq!(phone(Check::Strict, "+7 930 001 23 45"), Err(Id::MsisdnBadlength));
        for check in [Check::Off, Check::Warn, Check::Strict] {
            for addr_type in [AddrType::Msisdn, AddrType::Viber, AddrType::Vknotify] {
                for fixed in ["8 (495) 123-45-67", "+7 812 309 54 62", "8 800 555 35 35", "3843123456"] {
                    let found = value(fixed, addr_type, &Rules { phone: check, ..RULES });
                    assert_eq!(found, Err(Id::MsisdnNotmobile), "{fixed}");
                }
            }
            for abroad in ["+77012345678", "+77272581234", "+4930123456", "+12015550123"] {
                assert_eq!(phone(check, abroad), plain(abroad));
            }
            assert_eq!(phone(check, "12"), Err(Id::MsisdnBadlength));
        }
    }

    /// The next number of a fixed sequence that looks random (xorshift).
    fn next(state: &mut u64) -> u64 {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        *state
    }

    #[test]
    fn no_text_of_any_type_fails_in_an_unnamed_way() {
        const PIECES: [&str; 48] = [
            "@",
            "@",
            "@",
            ".",
            ".",
            "+",
            "+7",
            "8",
            "9",
            "0",
            "00",
            "1",
            "7",
            "921",
            "375",
            "(",
            ")",
            "-",
            "--",
            " ",
            "xn--",
            "a",
            "Z",
            "é",
            "e\u{301}",
            "\u{301}",
            "я",
            "Σ",
            "ß",
            "İ",
            "企",
            "א",
            "ب",
            "١",
            "９",
            "＠",
            "。",
            "\u{200d}",
            "\u{202e}",
            "💩",
            "доб.",
            "ext",
            "#",
            ";phone-context=",
            "tel:",
            "\u{0}",
            "\u{10ffff}",
            "com",
        ];
        let rules =
            [RULES, Rules { utf8: false, tld: Check::Warn, phone: Check::Off, region: Region::parse("US").unwrap() }];
        let mut state = 0x9E37_79B9_7F4A_7C15;
        let mut accepted = 0;
        for round in 0..200_000_usize {
            let pieces = next(&mut state) % 14;
            let raw: String = (0..pieces).map(|_| PIECES[(next(&mut state) % 48) as usize]).collect();
            for addr_type in AddrType::ALL {
                let rules = &rules[round % 2];
                if let Ok(done) = normalize(&raw, Some(*addr_type), rules) {
                    accepted += 1;
                    let again = normalize(&done.address.value, Some(*addr_type), rules).map(|again| again.address);
                    assert_eq!(again, Ok(done.address), "{raw:?}");
                }
            }
        }
        assert!(accepted > 200_000);
    }

    proptest! {
        #[test]
        fn errors_tell_nothing_personal(local in "[qwz]{6,10}", digits in "[0-9]{7,20}") {
            for raw in [format!("{local} x@host.local"), format!("{local}@{local}.local"), local.clone(), digits.clone(), format!("{digits}{local}")] {
                for addr_type in AddrType::ALL {
                    if let Err(error) = normalize(&raw, Some(*addr_type), &RULES) {
                        prop_assert!(!error.explain.contains(&local) && !error.explain.contains(&digits));
                    }
                }
            }
        }
    }
}
