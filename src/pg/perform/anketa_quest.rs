//! `anketa.quest.*`: the questions of questionnaires, and the answers that they offer (members.md 8.2).

use crate::domain::anketa::define::{
    Given, added, changed, differing, differing_choices, ids, ordered_choices, ordered_quests,
};
use crate::domain::anketa::{Anketa, Choice, Quest};
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Node, Value};
use crate::domain::reply::reply;
use crate::domain::request::Request;
use crate::pg::jsonb::Encoded;
use crate::pg::perform::anketa::{answer, hold, numbered, refuse_system};
use crate::pg::spi::Session;
use crate::pg::store::{anketa, sequence};
use std::collections::HashSet;

/// `anketa.quest.add {anketa.id, obj: question | [question]}`: `{"id"}`, of a list all ids.
///
/// Errors: `error/param/missing`, `error/param/wrong`, `error/anketa/notexists`, `error/anketa/id`,
/// `error/quest/exists`, `error/quest/type`, `error/quest/order`.
pub fn add(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &["anketa.id", "obj"], &[])?;
    let (given, is_list) = Given::read_all(&request)?;
    let held = hold(session, &request, "anketa.id")?;
    let taken: HashSet<&str> =
        held.quests.iter().map(|quest| quest.id).chain(given.iter().filter_map(|given| given.id)).collect();
    let is_free = |id: &str| !taken.contains(id);
    let id = |given: &Given| given.id.map_or_else(|| numbered("q", sequence::next_quest_id, is_free), str::to_owned);
    let ids: Vec<String> = given.iter().map(id).collect();
    write_changes(session, &held, &added(&held, &given, &ids)?);
    answer_all(&ids, is_list, &request, &given)
}

/// `anketa.quest.set {anketa.id, obj: question | [question]}`: `{"id"}`, of a list all ids. What is not given stays, answers
/// too; the type stays.
///
/// Errors: `error/param/missing`, `error/param/wrong`, `error/anketa/notexists`, `error/quest/notexists`,
/// `error/quest/type`, `error/quest/order`.
pub fn set(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &["anketa.id", "obj"], &[])?;
    let (given, is_list) = Given::read_all(&request)?;
    let held = hold(session, &request, "anketa.id")?;
    write_changes(session, &held, &changed(&held, &given)?);
    let ids: Vec<String> = given.iter().filter_map(|given| given.id).map(str::to_owned).collect();
    answer_all(&ids, is_list, &request, &given)
}

/// Writes the questions of a questionnaire that are not as they were, and of their answers those that are not.
fn write_changes(session: &Session, old: &Anketa, new: &Anketa) {
    for (quest, choices) in differing(old, new) {
        anketa::write_quest(session, new.id, quest);
        write_choices(session, new.id, quest, &choices);
    }
}

fn answer_all(ids: &[String], is_list: bool, request: &Request, given: &[Given]) -> Result<Encoded> {
    let mut warnings = request.warnings.clone();
    warnings.extend(given.iter().flat_map(|given| &given.warnings).cloned());
    let mut nodes = ids.iter().map(|id| Node::from(id.as_str()));
    let id = if is_list { Some(Node::array(nodes)) } else { nodes.next() };
    Encoded::new(&reply(id.map(|id| ("id", id)).into_iter().collect(), &warnings))
}

fn write_choices(session: &Session, anketa: &str, quest: &Quest, choices: &[&Choice]) {
    choices.iter().for_each(|choice| anketa::write_answer(session, anketa, quest.id, choice));
}

/// `anketa.quest.delete {anketa.id, id}`: `{"id"}`; the data stay.
///
/// Errors: `error/param/missing`, `error/anketa/notexists`, `error/quest/notexists`, `error/anketa/builtin`.
pub fn delete(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &["anketa.id", "id"], &[])?;
    let held = hold(session, &request, "anketa.id")?;
    let quest = held.quest(request.required("id", request.text("id")?)?)?;
    refuse_system(quest.system)?;
    anketa::delete_quests(session, held.id, Some(quest.id));
    answer(quest.id, &request.warnings)
}

/// `anketa.quest.order {anketa.id, order}`: `{"order"}`, all questions as they stand now. Those that are left out follow.
///
/// Errors: `error/param/missing`, `error/param/wrong`, `error/anketa/notexists`, `error/quest/order`.
pub fn order(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &["anketa.id", "order"], &[])?;
    let held = hold(session, &request, "anketa.id")?;
    let wanted = ids("order", request.required("order", request.list("order")?)?)?;
    let ordered = Anketa { quests: ordered_quests(&held.quests, &wanted)?, ..held.clone() };
    write_changes(session, &held, &ordered);
    answer_order(ordered.quests.iter().map(|quest| quest.id), &request)
}

/// `anketa.quest.response.delete {anketa.id, quest.id, id}`: `{"id"}`; the data stay.
///
/// Errors: `error/param/missing`, `error/anketa/notexists`, `error/quest/notexists`, `error/quest/answer`,
/// `error/anketa/builtin`.
pub fn response_delete(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &["anketa.id", "quest.id", "id"], &[])?;
    let held = hold(session, &request, "anketa.id")?;
    let quest = held.quest(request.required("quest.id", request.text("quest.id")?)?)?;
    let code = request.required("id", request.identifier("id")?)?;
    let choice = quest.choices().iter().find(|choice| choice.code == code);
    let choice = choice.ok_or_else(|| Error::new(Id::QuestAnswer, "the question offers no answer of this code"))?;
    refuse_system(choice.system)?;
    anketa::delete_answers(session, held.id, Some(quest.id), Some(choice.code));
    answer(choice.code, &request.warnings)
}

/// `anketa.quest.response.order {anketa.id, id, order}`, where `id` is the question: `{"order"}`, all its answers as they
/// stand now.
///
/// Errors: `error/param/missing`, `error/param/wrong`, `error/anketa/notexists`, `error/quest/notexists`,
/// `error/quest/order`.
pub fn response_order(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &["anketa.id", "id", "order"], &[])?;
    let held = hold(session, &request, "anketa.id")?;
    let quest = held.quest(request.required("id", request.text("id")?)?)?;
    let wanted = ids("order", request.required("order", request.list("order")?)?)?;
    let ordered = ordered_choices(quest.choices(), &wanted)?;
    write_choices(session, held.id, quest, &differing_choices(quest.choices(), &ordered));
    answer_order(ordered.iter().map(|choice| choice.code), &request)
}

fn answer_order<'n>(ids: impl Iterator<Item = &'n str>, request: &Request) -> Result<Encoded> {
    Encoded::new(&reply(vec![("order", Node::array(ids.map(Node::from)))], &request.warnings))
}
