//! What outgoing connections may reach (DESIGN "What must always be true", 12).
//!
//! A name is resolved once, its addresses are checked, and the connection goes to exactly those: between the check and
//! the connection nobody can give the name another address. Kafka's client resolves names by itself, so its brokers are
//! checked by name and port, against a list.

use super::Reach;
use super::failure::Failure;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Why a host is not connected to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is an address that is not allowed.
    Address,
    /// It is a name, and none of its addresses is allowed.
    Name,
    /// It is a name that has no address.
    Unresolved,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Refusal::Address => "the address is not a public one",
            Refusal::Name => "the name has no public address",
            Refusal::Unresolved => "the name has no address",
        })
    }
}

impl std::error::Error for Refusal {}

impl From<Refusal> for Failure {
    /// An address stays what it is; a name may get another.
    fn from(refusal: Refusal) -> Failure {
        match refusal {
            Refusal::Address => Failure::stop("address_not_allowed", refusal.to_string()),
            Refusal::Name => Failure::again("address_not_allowed", refusal.to_string()),
            Refusal::Unresolved => Failure::again("unresolved", refusal.to_string()),
        }
    }
}

/// The addresses of a host that may be connected to, at least one. `host` is a name, or an address with or without
/// brackets.
pub async fn resolve(host: &str, port: u16, reach: &Reach) -> Result<Vec<SocketAddr>, Refusal> {
    if let Some(address) = literal(host) {
        return if allowed(address, reach) { Ok(vec![(address, port).into()]) } else { Err(Refusal::Address) };
    }
    let found: Vec<SocketAddr> = match tokio::net::lookup_host((host, port)).await {
        Ok(found) => found.collect(),
        Err(_) => Vec::new(),
    };
    if found.is_empty() {
        return Err(Refusal::Unresolved);
    }
    let allowed: Vec<_> = found.into_iter().filter(|found| allowed(found.ip(), reach)).collect();
    if allowed.is_empty() { Err(Refusal::Name) } else { Ok(allowed) }
}

/// Checks a host that is written as an address: an HTTP client does not ask its resolver about those.
pub fn check_literal(host: &str, reach: &Reach) -> Result<(), Refusal> {
    match literal(host) {
        Some(address) if !allowed(address, reach) => Err(Refusal::Address),
        _ => Ok(()),
    }
}

fn literal(host: &str) -> Option<IpAddr> {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    bare.parse().ok()
}

/// A resolver for HTTP clients: it gives allowed addresses only.
#[derive(Debug)]
pub(super) struct Guard(pub Reach);

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.0.clone();
        Box::pin(async move {
            // Port 0 stands for the one of the URL.
            let found = resolve(name.as_str(), 0, &reach).await?;
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// Whether a Kafka broker may be talked to: the list counts; without one, all where private addresses are allowed, and
/// none elsewhere. Hosts are compared without regard to case.
pub fn broker_allowed(broker: &str, reach: &Reach) -> bool {
    if reach.kafka.is_empty() { reach.private } else { reach.kafka.iter().any(|one| one.eq_ignore_ascii_case(broker)) }
}

/// Whether an address may be connected to.
pub(super) fn allowed(address: IpAddr, reach: &Reach) -> bool {
    reach.private || is_public(address)
}

/// Whether it is an address of the public Internet that a single host can have (the special-purpose registries of
/// RFC 6890). Addresses that hold another one inside (mapped, 6to4, NAT64) are judged by that one.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => match embedded(address) {
            Some(inner) => is_public_v4(inner),
            None => is_public_v6(address),
        },
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let special = match address.octets() {
        // This network, private, loopback, link-local.
        [0 | 10 | 127, ..] | [169, 254, ..] | [172, 16..=31, ..] | [192, 168, ..] => true,
        // Shared by a provider's customers; protocol assignments; relays of 6to4; benchmarks.
        [100, 64..=127, ..] | [192, 0, 0, _] | [192, 88, 99, _] | [198, 18 | 19, ..] => true,
        // Documentation.
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => true,
        // Multicast, reserved, broadcast.
        [224..=255, ..] => true,
        _ => false,
    };
    !special
}

/// Global unicast is 2000::/3; of that, protocol assignments (Teredo too) and documentation are not for hosts.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let special = match address.segments() {
        [0x2001, 0..=0x1ff, ..] | [0x2001, 0x0db8, ..] | [0x3fff, 0..=0x0fff, ..] => true,
        [0x2000..=0x3fff, ..] => false,
        _ => true,
    };
    !special
}

/// The IPv4 address that packets to this one end at: mapped (::ffff:0:0/96), NAT64 (64:ff9b::/96), 6to4 (2002::/16).
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let join = |high: u16, low: u16| Ipv4Addr::from(u32::from(high) << 16 | u32::from(low));
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some(join(high, low)),
        [0x2002, high, low, ..] => Some(join(high, low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn public(text: &str) -> bool {
        is_public(text.parse().unwrap())
    }

    #[test]
    fn addresses_inside_are_not_public() {
        let inside = [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "10.255.255.255",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.0.9",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::7f00:1",
            "::ffff:127.0.0.1",
            "::ffff:10.1.2.3",
            "::ffff:169.254.169.254",
            "64:ff9b::10.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:1ff::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2002:a00:1::5",
            "2002:c0a8:101::1",
            "3fff::1",
            "3fff:fff::1",
            "5f00::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "ff0e::1",
        ];
        for text in inside {
            assert!(!public(text), "{text}");
        }
    }

    #[test]
    fn addresses_outside_are_public() {
        let outside = [
            "1.1.1.1",
            "8.8.8.8",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "128.0.0.1",
            "169.253.0.1",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.1",
            "192.167.1.1",
            "192.169.0.1",
            "198.17.0.1",
            "198.20.0.1",
            "203.0.112.1",
            "223.255.255.255",
            "::ffff:8.8.8.8",
            "64:ff9b::8.8.8.8",
            "2001:200::1",
            "2001:4860:4860::8888",
            "2002:808:808::1",
            "2a00:1450::1",
            "3ffe::1",
            "3fff:1000::1",
        ];
        for text in outside {
            assert!(public(text), "{text}");
        }
    }

    #[test]
    fn literals_are_checked_with_and_without_brackets() {
        let closed = Reach::default();
        let open = Reach { private: true, ..Reach::default() };
        for host in ["127.0.0.1", "::1", "[::1]", "[::ffff:10.0.0.1]"] {
            assert_eq!(check_literal(host, &closed), Err(Refusal::Address), "{host}");
            assert_eq!(check_literal(host, &open), Ok(()), "{host}");
        }
        for host in ["example.com", "8.8.8.8", "[2a00:1450::1]"] {
            assert_eq!(check_literal(host, &closed), Ok(()), "{host}");
        }
    }

    #[tokio::test]
    async fn names_are_judged_by_their_addresses() {
        let closed = Reach::default();
        assert_eq!(resolve("localhost", 80, &closed).await, Err(Refusal::Name));
        assert_eq!(resolve("10.0.0.1", 80, &closed).await, Err(Refusal::Address));
        assert_eq!(resolve("8.8.8.8", 80, &closed).await, Ok(vec!["8.8.8.8:80".parse().unwrap()]));
        let open = Reach { private: true, ..closed };
        let found = resolve("localhost", 80, &open).await.unwrap();
        assert!(found.iter().all(|address| address.ip().is_loopback() && address.port() == 80), "{found:?}");
    }

    #[tokio::test]
    async fn the_guard_of_http_clients_gives_no_inner_address() {
        let refused = Guard(Reach::default()).resolve("localhost".parse().unwrap()).await.err().unwrap();
        assert_eq!(refused.downcast_ref::<Refusal>(), Some(&Refusal::Name));
        let open = Guard(Reach { private: true, ..Reach::default() });
        assert!(open.resolve("localhost".parse().unwrap()).await.unwrap().count() > 0);
    }

    #[test]
    fn brokers_are_allowed_by_list() {
        let listed =
            |private, list: &[&str]| Reach { private, kafka: list.iter().map(|one| (*one).to_owned()).collect() };
        let cases = [
            (false, &[][..], "k:9092", false),
            (true, &[][..], "k:9092", true),
            (false, &["k:9092"][..], "K:9092", true),
            (true, &["k:9092"][..], "k:9093", false),
            (false, &["k:9092", "l:9092"][..], "l:9092", true),
            (true, &["k:9092"][..], "10.0.0.1:9092", false),
        ];
        for (private, list, broker, expected) in cases {
            assert_eq!(broker_allowed(broker, &listed(private, list)), expected, "{private} {list:?} {broker}");
        }
    }
}
