//! Addresses of data: schemes, marks of dates in them, and places that end in `/` (members.md 10.2 and 15).

use crate::domain::error::{Error, Id, Result};
use crate::domain::request::wrong;
use jiff::Zoned;
use url::Url;

/// What kind of place data are fetched from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// `http`, `https`.
    Http,
    /// `file`: of the server itself.
    File,
}

/// Reads an address. Errors: `error/import/scheme`, `error/param/wrong`.
pub fn parse(text: &str) -> Result<(Scheme, Url)> {
    let url = Url::parse(text).map_err(|_| unreadable(text))?;
    match url.scheme() {
        "http" | "https" => Ok((Scheme::Http, url)),
        "file" if url.host_str().is_none_or(|host| host == "localhost") => Ok((Scheme::File, url)),
        "file" => Err(wrong("users.url", "a file of this server: file:///path")),
        _ => Err(other_scheme()),
    }
}

/// Why an address cannot be read: those of other systems need not be addresses of the web.
fn unreadable(text: &str) -> Error {
    let scheme = text.split_once("://").map_or("", |(scheme, _)| scheme);
    let is_scheme =
        scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && scheme.chars().all(|c| c.is_ascii_alphanumeric());
    match scheme {
        _ if !is_scheme => wrong("users.url", "an address"),
        "http" | "https" | "file" => wrong("users.url", "an address"),
        _ => other_scheme(),
    }
}

fn other_scheme() -> Error {
    Error::new(Id::ImportScheme, "data come by http, https and file")
}

/// Fills marks in braces: `{RND}` with a number of 19 digits, the same everywhere, and texts of `YYYY`, `YY`, `MM`, `DD`,
/// `hh`, `mm`, `ss` and punctuation with parts of an instant: `{YYYY-MM-DD}`. What else stands in braces stays.
pub fn filled(text: &str, at: &Zoned, random: u64) -> String {
    // From 10^18 on every number below 10^19 has 19 digits.
    const LEAST: u64 = 1_000_000_000_000_000_000;
    let random = LEAST + random % (9 * LEAST);
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, mark, behind)) = next_mark(rest) {
        out.push_str(before);
        match mark {
            "RND" => out.push_str(&random.to_string()),
            mark => match moment(mark, at) {
                Some(moment) => out.push_str(&moment),
                None => out.extend(["{", mark, "}"]),
            },
        }
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// The next braces: what stands before them, in them, behind them.
fn next_mark(text: &str) -> Option<(&str, &str, &str)> {
    let (before, opened) = text.split_once('{')?;
    let (mark, behind) = opened.split_once('}')?;
    // Of two opening braces the inner one counts; the outer one stays as it is.
    match mark.rfind('{') {
        None => Some((before, mark, behind)),
        Some(inner) => {
            let start = before.len() + 1 + inner;
            Some((text.get(..start)?, text.get(start + 1..start + mark.len() - inner)?, behind))
        }
    }
}

/// What a mark says of an instant; nothing if it is no mark.
fn moment(mark: &str, at: &Zoned) -> Option<String> {
    let parts: [(&str, String); 7] = [
        ("YYYY", format!("{:04}", at.year())),
        ("YY", format!("{:02}", at.year().rem_euclid(100))),
        ("MM", format!("{:02}", at.month())),
        ("DD", format!("{:02}", at.day())),
        ("hh", format!("{:02}", at.hour())),
        ("mm", format!("{:02}", at.minute())),
        ("ss", format!("{:02}", at.second())),
    ];
    let (mut out, mut rest, mut is_mark) = (String::new(), mark, false);
    while let Some(first) = rest.chars().next() {
        if let Some((word, value)) = parts.iter().find(|(word, _)| rest.starts_with(word)) {
            out.push_str(value);
            rest = rest.get(word.len()..)?;
            is_mark = true;
        } else if first.is_ascii_punctuation() {
            out.push(first);
            rest = rest.get(1..)?;
        } else {
            return None;
        }
    }
    is_mark.then_some(out)
}

/// Where data are that were named by the place that they lie in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// Where parameters lie that belong to them.
    pub request: Option<Url>,
    /// Where data are to be sought, one after the other.
    pub data: Vec<Url>,
}

impl Places {
    /// An address as it stands; of one that ends in `/` what lies there, where `ending` is what files of that kind end in.
    /// Errors: `error/param/wrong`.
    pub fn of(url: &Url, ending: &str) -> Result<Places> {
        if !url.path().ends_with('/') {
            return Ok(Places { request: None, data: vec![url.clone()] });
        }
        let join = |name: &str| {
            let mut place = url.join(name).map_err(|_| wrong("users.url", "an address"))?;
            place.set_query(url.query());
            Ok(place)
        };
        let data = ["data", "import"].map(|name| join(&format!("{name}.{ending}")));
        Ok(Places { request: Some(join("request.json")?), data: data.into_iter().collect::<Result<_>>()? })
    }
}

/// What files end in whose parameters say so with `content_type`. Errors: `error/import/request`.
pub fn ending(content_type: Option<&str>) -> Result<&str> {
    match content_type.filter(|text| !text.is_empty()) {
        None => Ok("csv"),
        Some(text) if text.bytes().all(|byte| byte.is_ascii_alphanumeric()) && text.len() <= 16 => Ok(text),
        Some(_) => Err(Error::new(Id::ImportRequest, "content_type is no ending of a file")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemes_that_are_built() {
        assert_eq!(parse("https://example.com/a.csv").unwrap().0, Scheme::Http);
        assert_eq!(parse("file:///srv/a.csv").unwrap().0, Scheme::File);
        assert_eq!(parse("file://other/srv/a.csv").unwrap_err().id, Id::ParamWrong);
        for other in [
            "ftp://e.com/a",
            "sftp://e.com/a",
            "rfs://upload/a",
            "soap://e.com",
            "gbd://authext:1@d/t",
            "amocrm://authext:1@/",
        ] {
            assert_eq!(parse(other).unwrap_err().id, Id::ImportScheme, "{other}");
        }
        assert_eq!(parse("people.csv").unwrap_err().id, Id::ParamWrong);
    }

    #[test]
    fn marks_are_filled() {
        let at: Zoned = "2026-03-04T05:06:07+03[Europe/Moscow]".parse().unwrap();
        for (text, expected) in [
            ("http://e.com/{YYYY-MM-DD}/{hhmmss}.csv", "http://e.com/2026-03-04/050607.csv"),
            (
                "http://e.com/{YY}{MM}{DD}?r={RND}&s={RND}",
                "http://e.com/260304?r=1000000000000000005&s=1000000000000000005",
            ),
            ("http://e.com/{id}/{-}/{{MM}}/{", "http://e.com/{id}/{-}/{03}/{"),
            ("http://e.com/plain", "http://e.com/plain"),
        ] {
            assert_eq!(filled(text, &at, 5), expected);
        }
        for random in [0, u64::MAX, 9_000_000_000_000_000_000] {
            assert_eq!(filled("{RND}", &at, random).len(), 19);
        }
    }

    #[test]
    fn what_lies_in_a_place() {
        let url = |text: &str| Url::parse(text).unwrap();
        let places = Places::of(&url("http://e.com/in/?k=1"), "xlsx").unwrap();
        assert_eq!(places.request, Some(url("http://e.com/in/request.json?k=1")));
        assert_eq!(places.data, [url("http://e.com/in/data.xlsx?k=1"), url("http://e.com/in/import.xlsx?k=1")]);
        assert_eq!(Places::of(&url("http://e.com/in/a"), "csv").unwrap().data, [url("http://e.com/in/a")]);
        assert_eq!(ending(None).unwrap(), "csv");
        assert_eq!(ending(Some("../x")).unwrap_err().id, Id::ImportRequest);
    }
}
