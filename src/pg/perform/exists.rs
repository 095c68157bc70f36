//! `member.exists`: whether identifiers have a subscriber (members.md 9.2).

use crate::domain::error::Result;
use crate::domain::json::{Node, Value};
use crate::domain::member::delete::one_or_list;
use crate::domain::member::set::writable;
use crate::domain::member::target::Kind;
use crate::domain::reply::reply;
use crate::domain::request::Request;
use crate::pg::jsonb::Encoded;
use crate::pg::perform::resolve;
use crate::pg::spi::Session;
use crate::pg::store::address;

const KNOWN: &[&str] = &["email", "list", "addr_type"];

/// Performs a request: 1, 0, or null for an invalid identifier, with a warning that says why.
///
/// Errors: those of reading the request.
pub fn exists(session: &Session, request: Value) -> Result<Encoded> {
    let mut request = Request::open(request, KNOWN, &[])?;
    let mut warnings = std::mem::take(&mut request.warnings);
    let kind = writable(Kind::of(&request, "addr_type")?)?;
    let mut answers = Vec::new();
    for raw in one_or_list(&request)? {
        let answer = match resolve::target(session, &raw, kind, &mut warnings) {
            Ok(target) => {
                let known = address::find(session, &target)?;
                Node::from(i64::from(known.is_some_and(|known| known.owner.is_some())))
            }
            Err(invalid) => {
                warnings.push(invalid);
                Node::Null
            }
        };
        answers.push((raw, answer));
    }
    Encoded::new(&reply(vec![("list", Node::object(answers))], &warnings))
}
