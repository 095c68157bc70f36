//! `anketa.*`: questionnaires (members.md 8.2).

use crate::domain::anketa::{Anketa, find, id};
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Node, Value};
use crate::domain::list::{Column, List, PARAMETERS, Scalar};
use crate::domain::reply::reply;
use crate::domain::request::Request;
use crate::pg::jsonb::Encoded;
use crate::pg::spi::Session;
use crate::pg::store::{anketa, sequence};

/// What a list may be filtered and sorted by.
fn columns<'s>() -> [Column<Anketa<'s>>; 3] {
    [
        Column { name: "id", value: |anketa| Scalar::Text(anketa.id) },
        Column { name: "name", value: |anketa| Scalar::Text(anketa.name) },
        Column { name: "system", value: |anketa| Scalar::Number(i64::from(anketa.system)) },
    ]
}

/// `anketa.list {filter?, order?, skip?, first?}`: `{"list": [{"id", "name", "system"}], "last_page"?}`.
///
/// Errors: `error/param/missing`, `error/param/wrong`.
pub fn list(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &PARAMETERS, &[])?;
    let page = List::read(&request, &columns())?.apply(anketa::all(session));
    Encoded::new(&reply(page.keys(Anketa::item), &request.warnings))
}

/// `anketa.get {id}`: `{"obj": {"id", "name", "system", "quests"}}`.
///
/// Errors: `error/param/missing`, `error/anketa/notexists`.
pub fn get(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &["id"], &[])?;
    let id = request.required("id", request.text("id")?)?;
    let ankets = anketa::named(session, &[id]);
    Encoded::new(&reply(vec![("obj", find(&ankets, id)?.node())], &request.warnings))
}

/// `anketa.create {id?, name, copy_from?}`: `{"id"}`. With `copy_from` the questions of another one come along.
///
/// Errors: `error/param/missing`, `error/anketa/id`, `error/anketa/exists`, `error/anketa/notexists`.
pub fn create(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &["id", "name", "copy_from"], &[])?;
    let name = request.required("name", request.text("name")?)?;
    let given = request.text("id")?.map(|given| id::of_anketa("id", given)).transpose()?;
    let source = request.text("copy_from")?;
    let ankets = anketa::named(session, &Vec::from_iter(source));
    let source = source.map(|source| find(&ankets, source)).transpose()?;
    let id = match given {
        Some(id) if anketa::create(session, id, name) => id.to_owned(),
        Some(_) => return Err(Error::new(Id::AnketaExists, "the id belongs to another questionnaire")),
        None => numbered("a", sequence::next_anketa_id, |id| anketa::create(session, id, name)),
    };
    for quest in source.iter().flat_map(|source| &source.quests) {
        anketa::write_quest(session, &id, quest);
        quest.choices().iter().for_each(|choice| anketa::write_answer(session, &id, quest.id, choice));
    }
    answer(&id, &request.warnings)
}

/// The first id of a row of numbered ones that could be taken.
pub fn numbered(prefix: &str, next: fn() -> i64, take: impl Fn(&str) -> bool) -> String {
    loop {
        let id = format!("{prefix}{}", next());
        if take(&id) {
            return id;
        }
    }
}

/// `anketa.set {id, name}`: `{"id"}`. Errors: `error/param/missing`, `error/anketa/notexists`.
pub fn set(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &["id", "name"], &[])?;
    let held = hold(session, &request, "id")?;
    anketa::rename(session, held.id, request.required("name", request.text("name")?)?);
    answer(held.id, &request.warnings)
}

/// `anketa.delete {id}`: `{"id"}`; the data stay.
///
/// Errors: `error/param/missing`, `error/anketa/notexists`, `error/anketa/builtin`.
pub fn delete(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &["id"], &[])?;
    let held = hold(session, &request, "id")?;
    refuse_system(held.system)?;
    anketa::delete(session, held.id);
    answer(held.id, &request.warnings)
}

/// The questionnaire that a parameter names, locked against other changes.
///
/// Errors: `error/param/missing`, `error/anketa/notexists`.
pub fn hold<'s>(session: &'s Session, request: &Request, parameter: &str) -> Result<Anketa<'s>> {
    let id = request.required(parameter, request.text(parameter)?)?;
    anketa::hold(session, id);
    find(&anketa::named(session, &[id]), id).cloned()
}

/// Refuses to delete what the extension brought. Errors: `error/anketa/builtin`.
pub fn refuse_system(system: bool) -> Result<()> {
    if system { Err(Error::new(Id::AnketaBuiltin, "the extension brought it")) } else { Ok(()) }
}

/// `{"id"}`.
pub fn answer(id: &str, warnings: &[Error]) -> Result<Encoded> {
    Encoded::new(&reply(vec![("id", Node::from(id))], warnings))
}
