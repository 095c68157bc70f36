//! `member_lock`: a transaction of several calls locks everybody first, so that it cannot deadlock (DESIGN 5.2).

use crate::domain::error::Result;
use crate::domain::json::{Node, Value};
use crate::domain::member::set::writable;
use crate::domain::member::target::{Kind, Target};
use crate::domain::reply::reply;
use crate::domain::request::Request;
use crate::pg::jsonb::Encoded;
use crate::pg::perform::lock::{self, Purpose};
use crate::pg::perform::resolve;
use crate::pg::spi::Session;

/// Performs a request: 1 for each identifier with a subscriber, 0 for one without or that is invalid.
///
/// Errors: `error/param/…`, `error/addr_type/…`, `error/member/versioning`, `error/member/concurrent`.
pub fn lock(session: &Session, request: Value) -> Result<Encoded> {
    let mut request = Request::open(request, &["list", "addr_type"], &[])?;
    let mut warnings = std::mem::take(&mut request.warnings);
    let list = request.required("list", request.identifiers("list")?)?;
    let kind = writable(Kind::of(&request, "addr_type")?)?;
    let read = resolve::each(session, &list, kind, &mut warnings);
    let targets: Vec<Target> = read.iter().flatten().cloned().collect();
    let mut held = lock::hold_all(session, &targets, &[], Purpose::Change)?.keep().into_iter();
    let answers = list.iter().zip(&read).map(|(raw, target)| {
        let known = target.as_ref().and_then(|_| held.next().flatten());
        (raw.as_ref(), Node::from(i64::from(known.is_some_and(|known| known.owner.is_some()))))
    });
    let answers: Vec<(&str, Node)> = answers.collect();
    Encoded::new(&reply(vec![("list", Node::object(answers))], &warnings))
}
