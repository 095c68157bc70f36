//! `member.get`: reads a subscriber (members.md 9.4 and 9.5).

use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{self, Node, Value};
use crate::domain::member::get::{GetRequest, Selection};
use crate::domain::member::select::select;
use crate::domain::member::system::{self, Body};
use crate::domain::member::target::Target;
use crate::domain::reply::reply;
use crate::pg::guc;
use crate::pg::jsonb::Encoded;
use crate::pg::perform::{heads, resolve, subject};
use crate::pg::spi::Session;
use crate::pg::store::{address, body, delivery_error, group, head, retired_dataset, stoplist};

/// Performs a request. Errors: those of reading it, `error/member/notexists`.
pub fn get(session: &Session, request: Value) -> Result<Encoded> {
    let mut request = GetRequest::read(request, &guc::limits())?;
    let mut warnings = std::mem::take(&mut request.warnings);
    match resolve::target(session, &request.email, request.kind, &mut warnings)? {
        Target::Dataset(dataset) => by_dataset(session, dataset, &request.selection, &warnings),
        target => by_head(session, &target, &request.selection, |dataset, node| {
            let mut keys = vec![("datakey", node)];
            if request.with_heads {
                keys.push(("member", Node::object([("heads", heads::cards(session, dataset)?)])));
            }
            Encoded::new(&reply(keys, &warnings))
        }),
    }
}

/// The value of one path alone, for the short form. Errors: as [`get`].
pub fn get_path(session: &Session, email: &str, path: &str) -> Result<Encoded> {
    let selection = Selection::parse(path, &guc::limits())?;
    let target = resolve::target(session, email, crate::domain::member::target::Kind::Detect, &mut Vec::new())?;
    by_head(session, &target, &selection, |_, node| Encoded::new(&node))
}

/// Reads through a head and hands the selected data on.
fn by_head(
    session: &Session,
    target: &Target,
    selection: &Selection,
    answer: impl for<'n> FnOnce(i64, Node<'n>) -> Result<Encoded>,
) -> Result<Encoded> {
    let known = address::find(session, target)?.and_then(|known| Some((known.owner?.dataset, known.id)));
    let (dataset, id) = known.ok_or_else(not_exists)?;
    let (body, data) = body::read(session, dataset)?.ok_or_else(not_exists)?;
    if !selection.reads_system() {
        return answer(dataset, select(data, None, selection)?);
    }
    let head = head::read(session, dataset, id)?.ok_or_else(not_exists)?;
    let document = subject::document(session, &body, &head)?;
    let system = json::root(&document)?.as_object();
    answer(dataset, select(data, system, selection)?)
}

/// The refusal of a call on nobody.
#[cold]
pub fn not_exists() -> Error {
    Error::new(Id::MemberNotexists, "there is no such subscriber")
}

/// Reads a body by its number, with all its heads.
///
/// The number of a body that was merged away stands for the one that took its place; the answer then says which was
/// asked for.
fn by_dataset(session: &Session, asked: i64, selection: &Selection, warnings: &[Error]) -> Result<Encoded> {
    let dataset = match body::version(session, asked) {
        Some(_) => asked,
        None => retired_dataset::successor(session, asked).ok_or_else(not_exists)?,
    };
    let mut keys = with_cards(session, dataset, |data| select(data, None, selection))?;
    if asked != dataset {
        keys.push(("merged_dataset", Node::from(asked)));
    }
    Encoded::new(&reply(keys, warnings))
}

/// A body with all of its data and all of its heads, as the answer to a read by its number has them.
///
/// Errors: `error/member/notexists`, `error/json/corrupt`.
pub fn whole(session: &Session, dataset: i64) -> Result<Vec<(&'static str, Node<'_>)>> {
    with_cards(session, dataset, |data| Ok(Node::from(data)))
}

fn with_cards<'s>(
    session: &'s Session,
    dataset: i64,
    shown: impl FnOnce(Value<'s>) -> Result<Node<'s>>,
) -> Result<Vec<(&'static str, Node<'s>)>> {
    let (body, data) = body::read(session, dataset)?.ok_or_else(not_exists)?;
    let mut numbers = Vec::new();
    let mut cards = Vec::new();
    for head in head::of_body(session, dataset)? {
        numbers.push(Node::from(head.id));
        cards.push((head.id.to_string(), card(session, &body, &head)?));
    }
    Ok(vec![
        ("dataset", Node::from(dataset)),
        ("data", shown(data)?),
        ("heads", Node::array(numbers)),
        ("head", Node::object(cards)),
    ])
}

fn card<'s>(session: &'s Session, body: &Body<'s>, head: &system::Head<'s>) -> Result<Node<'s>> {
    let error = delivery_error::read(session, &head.address);
    let groups = group::of_head(session, body.dataset, head.id);
    let stops = stoplist::read(session, &head.address);
    Ok(system::head_card(body, head, &error, &groups, &stops, &guc::time_zone()?))
}
