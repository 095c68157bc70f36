//! The settings of the probe that are texts.

use crate::domain::address::email;
use std::net::{IpAddr, SocketAddr};

/// The port of DNS.
const DNS_PORT: u16 = 53;

/// Addresses with or without a port, with commas between them; none where one of them is no address.
pub fn name_servers(text: &str) -> Option<Vec<SocketAddr>> {
    let listed = text.split(',').map(str::trim).filter(|one| !one.is_empty());
    listed.map(|one| one.parse().ok().or_else(|| Some((one.parse::<IpAddr>().ok()?, DNS_PORT).into()))).collect()
}

/// Whether a text can be said in EHLO: a name of host, an address in brackets, or nothing.
pub fn is_helo(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-[]:".contains(&byte))
}

/// Whether a text can be said in MAIL FROM: an address in ASCII, or nothing.
pub fn is_sender(text: &str) -> bool {
    text.is_empty() || text.is_ascii() && email::normalize(text).is_ok_and(|normal| normal.eq_ignore_ascii_case(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_may_leave_out_the_port() {
        let servers = name_servers("192.0.2.1, [2001:db8::1]:5353,2001:db8::2,").unwrap();
        let shown: Vec<String> = servers.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["192.0.2.1:53", "[2001:db8::1]:5353", "[2001:db8::2]:53"]);
        assert_eq!(name_servers(" "), Some(Vec::new()));
        for text in ["localhost", "192.0.2.1:x", "192.0.2"] {
            assert_eq!(name_servers(text), None, "{text}");
        }
    }

    #[test]
    fn nothing_is_said_that_would_be_another_command() {
        for text in ["", "mail.example.com", "[192.0.2.1]", "[IPv6:2001:db8::1]"] {
            assert!(is_helo(text), "{text}");
        }
        for text in ["a b", "a\r\nQUIT", "почта.рф", "<a>"] {
            assert!(!is_helo(text), "{text}");
        }
        assert!(is_sender("") && is_sender("probe@example.com") && is_sender("Probe@Example.com"));
        for text in ["probe", "a@b.com>\r\nDATA", " a@b.com", "анна@example.com"] {
            assert!(!is_sender(text), "{text}");
        }
    }
}
