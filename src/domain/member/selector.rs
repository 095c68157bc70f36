//! Whom a call on many is about: the selector family (members.md 9.1).

use super::delete::one_or_list;
use super::set::writable;
use super::target::Kind;
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::Object;
use crate::domain::request::{Request, asks_nothing};
use std::borrow::Cow;

/// The ways to say it; a request uses one of them.
pub const SELECTORS: [&str; 7] = ["email", "list", "group", "group.filter", "url", "stat.uni", "sql"];
/// The parameters that go with them.
pub const OPTIONS: [&str; 5] = ["addr_type", "member.haslock", "sync", "track.info", "result"];

/// Whom a call is about.
#[derive(Clone, Debug)]
pub enum Selector<'a> {
    /// These identifiers, as written: `email` or `list`.
    Listed(Vec<Cow<'a, str>>),
    /// The heads that `group` or `group.filter` selects.
    Heads,
    /// The identifiers in a file, one on a line: `url`.
    Url(&'a str),
    /// What a question to the statistics gives: `stat.uni`.
    Statistics(Object<'a>),
    /// What a query gives: `sql`.
    Query(&'a str),
}

/// What a request of a call on many says about whom and how.
#[derive(Clone, Debug)]
pub struct Selected<'a> {
    /// Whom.
    pub selector: Selector<'a>,
    /// The kind of identifiers that are written out.
    pub kind: Kind,
    /// Whether the caller waits for it.
    pub is_sync: bool,
    /// What the caller wrote beside its track.
    pub info: Option<&'a str>,
}

impl<'a> Selected<'a> {
    /// Reads [`SELECTORS`] and [`OPTIONS`] but for `member.haslock` and `result`. A call with `email` or `list` is waited
    /// for, one with another selector is not, unless `sync` says otherwise.
    ///
    /// Errors: `error/param/missing`, `error/param/wrong`, `error/addr_type/…`.
    pub fn read(request: &Request<'a>) -> Result<Selected<'a>> {
        let selector = Selector::read(request)?;
        let is_sync = match request.value("sync")? {
            Some(_) => request.flag("sync")?,
            None => matches!(selector, Selector::Listed(_)),
        };
        // Of groups and filters it is the type of their heads.
        let kind = match selector {
            Selector::Heads => Kind::Detect,
            _ => writable(Kind::of(request, "addr_type")?)?,
        };
        Ok(Selected { selector, kind, is_sync, info: request.text("track.info")? })
    }
}

impl<'a> Selector<'a> {
    /// Whether a request says whom at all. Errors: `error/json/corrupt`.
    pub fn is_given(request: &Request) -> Result<bool> {
        Ok(!named(request)?.is_empty())
    }

    fn read(request: &Request<'a>) -> Result<Selector<'a>> {
        match named(request)?.as_slice() {
            [] => Err(Error::new(Id::ParamMissing, format!("one of {}", SELECTORS.join(", ")))),
            ["email" | "list"] => one_or_list(request).map(Selector::Listed),
            ["group" | "group.filter"] => Ok(Selector::Heads),
            ["url"] => request.required("url", request.text("url")?).map(Selector::Url),
            ["sql"] => request.required("sql", request.text("sql")?).map(Selector::Query),
            ["stat.uni"] => request.required("stat.uni", request.object("stat.uni")?).map(Selector::Statistics),
            more => Err(Error::new(Id::ParamWrong, format!("{} exclude each other", more.join(" and ")))),
        }
    }
}

/// The ways that a request uses.
fn named(request: &Request) -> Result<Vec<&'static str>> {
    let mut named = Vec::new();
    for name in SELECTORS {
        // An empty filter would hold for everybody: whoever wants that says so.
        let is_named = match name {
            "email" | "list" => request.value(name)?.is_some(),
            _ => request.value(name)?.is_some_and(|value| !asks_nothing(&value)),
        };
        if is_named {
            named.push(name);
        }
    }
    Ok(named)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::address::AddrType;
    use crate::domain::json::{parse, root};

    fn read<T>(text: &str, check: impl FnOnce(Selected) -> T) -> Result<T> {
        let bytes = parse(text).unwrap();
        let known = [SELECTORS.as_slice(), &OPTIONS].concat();
        Selected::read(&Request::open(root(&bytes).unwrap(), &known, &[]).unwrap()).map(check)
    }

    #[test]
    fn who_names_identifiers_waits_and_who_selects_does_not() {
        for (text, shown, is_sync) in [
            (r#"{"email": "a"}"#, r#"Listed(["a"])"#, true),
            (r#"{"list": ["a", 7]}"#, r#"Listed(["a", "7"])"#, true),
            (r#"{"list": ["a"], "sync": 0}"#, r#"Listed(["a"])"#, false),
            (r#"{"group": "g"}"#, "Heads", false),
            (r#"{"group.filter": [1], "sync": "1"}"#, "Heads", true),
            (
                r#"{"group": "", "group.filter": [], "url": "", "stat.uni": {}, "sql": "", "email": "a"}"#,
                r#"Listed(["a"])"#,
                true,
            ),
            (r#"{"url": "https://a"}"#, r#"Url("https://a")"#, false),
            (r#"{"sql": "select 1"}"#, r#"Query("select 1")"#, false),
        ] {
            let read = read(text, |read| (format!("{:?}", read.selector), read.is_sync)).unwrap();
            assert_eq!(read, (shown.to_owned(), is_sync), "{text}");
        }
        assert!(matches!(
            read(r#"{"stat.uni": {"select": []}}"#, |read| matches!(read.selector, Selector::Statistics(_))),
            Ok(true)
        ));
        let kind = |text| read(text, |read| read.kind).unwrap();
        assert_eq!(kind(r#"{"sql": "x", "addr_type": "id"}"#), Kind::Id);
        assert_eq!(kind(r#"{"group": "x", "addr_type": "email"}"#), Kind::Detect);
        assert_eq!(kind(r#"{"url": "x", "addr_type": "vk"}"#), Kind::Type(AddrType::Vk));
    }

    #[test]
    fn exactly_one_way_says_whom() {
        let every = "one of email, list, group, group.filter, url, stat.uni, sql";
        for (text, id, explain) in [
            ("{}", Id::ParamMissing, every),
            (r#"{"email": null}"#, Id::ParamMissing, every),
            (r#"{"group.filter": []}"#, Id::ParamMissing, every),
            (r#"{"email": "a", "list": []}"#, Id::ParamWrong, "email and list exclude each other"),
            (r#"{"group": "a", "sql": "b", "url": "c"}"#, Id::ParamWrong, "group and url and sql exclude each other"),
            (r#"{"url": 1}"#, Id::ParamWrong, "url must be a text"),
            (r#"{"sql": [1]}"#, Id::ParamWrong, "sql must be a text"),
            (r#"{"stat.uni": [1]}"#, Id::ParamWrong, "stat.uni must be an object"),
            (r#"{"list": "a"}"#, Id::ParamWrong, "list must be a list"),
            (r#"{"email": "1", "addr_type": "dataset"}"#, Id::AddrTypeUnusable, "addr_type dataset"),
        ] {
            let error = read(text, |_| ()).unwrap_err();
            assert_eq!(error.id, id, "{text}");
            assert!(error.explain.starts_with(explain), "{text}: {}", error.explain);
        }
    }
}
