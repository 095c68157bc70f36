//! Whether a domain ends in a known top-level domain (members.md 2.2).

/// The embedded list: the crate that carries Mozilla's Public Suffix List, and its version.
pub const LIST: &str = "psl 2.1.247";
/// The day on which that list was published. A newer one is a line in the CHANGELOG; no stored normal form depends on it.
pub const LIST_DATE: &str = "2026-11-05";

/// Whether this domain in normal form (readable, lower case, two labels or more) ends in a top-level domain of the list.
///
/// The whole domain is looked up, not its last label alone: some top-level domains stand in the list only as
/// `*.tld`, because nothing can be registered right below them.
pub fn is_known(domain: &str) -> bool {
    psl::suffix(domain.as_bytes()).is_some_and(|suffix| suffix.is_known())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_the_one_that_is_built() {
        let (name, version) = LIST.split_once(' ').unwrap();
        let lock = include_str!("../../../Cargo.lock");
        assert!(lock.contains(&format!("name = \"{name}\"\nversion = \"{version}\"\n")));
    }

    #[test]
    fn the_page_tells_the_version_and_the_day() {
        let page = include_str!("../../../docs/addresses.md");
        assert!(page.contains(&format!("{LIST} of {LIST_DATE}")));
    }

    #[test]
    fn knows_the_top_level_domains() {
        for domain in [
            "test.ru",
            "тест.рф",
            "企业.企业",
            "a.co.uk",
            "a.museum",
            "b.a.ck",
            "www.ck",
            "пошта.укр",
            "डाटा.भारत",
            "a.مصر",
        ] {
            assert!(is_known(domain), "{domain}");
        }
        for domain in
            ["a.b", "a.local", "a.test", "a.example", "a.invalid", "почта.нетакого", "a.c0m", "localhost.localdomain"]
        {
            assert!(!is_known(domain), "{domain}");
        }
    }
}
