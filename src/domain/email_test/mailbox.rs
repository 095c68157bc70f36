//! An e-mail address as mail servers and DNS take it.

use crate::domain::address::email;

/// Whom a mail server is asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailbox {
    /// The address, its domain encoded for DNS.
    pub address: String,
    /// The domain, readable.
    pub domain: String,
    /// The domain, encoded for DNS.
    pub host: String,
}

impl Mailbox {
    /// That of an e-mail address in normal form; none for any other text.
    pub fn of(email: &str) -> Option<Mailbox> {
        let domain = email::domain(email)?;
        let host = idna::domain_to_ascii(domain).ok().filter(|host| !host.is_empty())?;
        let local = email.strip_suffix(domain)?;
        Some(Mailbox { address: format!("{local}{host}"), domain: domain.to_owned(), host })
    }

    /// Whether only servers with SMTPUTF8 can take it (RFC 6531).
    pub fn is_international(&self) -> bool {
        !self.address.is_ascii()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_domain_is_encoded_and_the_rest_stays() {
        let cases = [
            ("anna@example.com", "anna@example.com", "example.com", false),
            ("anna@пример.рф", "anna@xn--e1afmkfd.xn--p1ai", "xn--e1afmkfd.xn--p1ai", false),
            ("анна@example.com", "анна@example.com", "example.com", true),
        ];
        for (email, address, host, international) in cases {
            let mailbox = Mailbox::of(email).unwrap();
            assert_eq!((mailbox.address.as_str(), mailbox.host.as_str()), (address, host));
            assert_eq!(mailbox.is_international(), international, "{email}");
        }
        assert_eq!(Mailbox::of("anna@пример.рф").unwrap().domain, "пример.рф");
        assert_eq!(Mailbox::of("79261234567"), None);
        assert_eq!(Mailbox::of("anna@"), None);
    }
}
