//! `cache`: an answer may be one that was given before (shapes.md 10).

use crate::domain::error::Result;
use crate::domain::json::{Node, encoded};
use crate::domain::request::{Request, wrong};
use sha2::{Digest, Sha256};

/// The longest time that an answer may be old, in seconds: a year.
const LONGEST: i64 = 31_536_000;

/// What a request that names a cache asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cached {
    /// How many seconds old the answer may be.
    pub ttl: i64,
    /// What tells its question from others: SHA-256 of it. Questions may be longer than an index takes, and name people.
    pub question: [u8; 32],
}

impl Cached {
    /// Reads `cache: {"ttl": seconds}`; `question` is what two requests have in common that ask for the same. None without it.
    ///
    /// Errors: `error/param/wrong`, `error/json/limit`.
    pub fn read<'a>(
        request: &Request,
        question: impl IntoIterator<Item = (&'a str, Node<'a>)>,
    ) -> Result<Option<Cached>> {
        let Some(cache) = request.object("cache")? else { return Ok(None) };
        let ttl = cache.get("ttl")?.and_then(|ttl| ttl.as_i64()).filter(|ttl| (0..=LONGEST).contains(ttl));
        let ttl = ttl.ok_or_else(|| wrong("cache", "{ttl: seconds}, at most a year"))?;
        let question = encoded(&Node::object(question))?;
        Ok(Some(Cached { ttl, question: Sha256::digest(question).into() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::error::Id;
    use crate::domain::json::{parse, root};

    fn read(text: &str, question: &[(&'static str, i64)]) -> Result<Option<Cached>> {
        let bytes = parse(text).unwrap();
        let request = Request::open(root(&bytes).unwrap(), &["cache"], &[]).unwrap();
        Cached::read(&request, question.iter().map(|(name, value)| (*name, Node::from(*value))))
    }

    #[test]
    fn equal_questions_have_one_answer() {
        let cached = |question| read(r#"{"cache": {"ttl": 60}}"#, question).unwrap().unwrap();
        assert_eq!(cached(&[("a", 1), ("b", 2)]), cached(&[("b", 2), ("a", 1)]));
        assert_ne!(cached(&[("a", 1)]).question, cached(&[("a", 2)]).question);
        assert_eq!(cached(&[]).ttl, 60);
    }

    #[test]
    fn a_cache_has_a_time() {
        assert_eq!(read("{}", &[]), Ok(None));
        for text in
            [r#"{"cache": {}}"#, r#"{"cache": {"ttl": -1}}"#, r#"{"cache": {"ttl": 31536001}}"#, r#"{"cache": 5}"#]
        {
            assert_eq!(read(text, &[]).unwrap_err().id, Id::ParamWrong, "{text}");
        }
    }
}
