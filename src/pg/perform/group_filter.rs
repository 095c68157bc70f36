//! `group.filter.*`: the rules of filter groups (members.md 12).

use crate::domain::address::AddrType;
use crate::domain::error::{Error, Id, Result};
use crate::domain::group::{Filter, GroupKind, check_groups};
use crate::domain::json::{Node, Value, encoded, root};
use crate::domain::member::delete::one_or_list;
use crate::domain::member::target::Kind;
use crate::domain::reply::reply;
use crate::domain::request::Request;
use crate::pg::guc;
use crate::pg::jsonb::Encoded;
use crate::pg::perform::group::{hold_rules, named};
use crate::pg::perform::rules::{self, Rule, filter_of};
use crate::pg::perform::statistics::Findings;
use crate::pg::perform::subject::{Read, types};
use crate::pg::perform::{live, lock, resolve};
use crate::pg::spi::Session;
use crate::pg::store::group::{self, Group};

/// `group.filter.set {id, filter}`: `{"id", "usage", "depth", "max_usage"}`.
///
/// Errors: `group_id_not_exists`, `wrong_group_id`, `error/filter/…`.
pub fn set(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &["id", "filter"], &[])?;
    hold_rules(session)?;
    let group = filter_group(session, &request)?;
    let written = request.required("filter", request.list("filter")?)?;
    let filter = rules::written(session, written)?;
    let figures = figures(session, &group, &filter)?;
    let rule = encoded(&Node::from(Value::Array(written)))?;
    group::change(session, &Group { filter: Some(&rule), update_time: guc::statement_micros(), ..group.clone() });
    live::refill(session, group.gid)?;
    let mut keys = vec![("id", Node::from(group.gid))];
    keys.extend(figures);
    Encoded::new(&reply(keys, &request.warnings))
}

/// `group.filter.get {id, with_name?}`: `{"filter", "usage", "depth", "max_usage", "name"?}`; with names, those of the groups
/// that the rule asks for.
///
/// Errors: `group_id_not_exists`, `wrong_group_id`.
pub fn get(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &["id", "with_name"], &[])?;
    let group = filter_group(session, &request)?;
    let filter = filter_of(&group)?;
    let mut keys = vec![("filter", group.filter.map(root).transpose()?.map_or(Node::Null, Node::from))];
    keys.extend(figures(session, &group, &filter)?);
    if request.flag("with_name")? {
        let mentions = filter.mentions();
        let names = mentions.asked_for().filter_map(|gid| {
            let name = group::find(session, gid)?.name;
            Some((gid.clone(), Node::from(name)))
        });
        keys.push(("name", Node::object(names)));
    }
    Encoded::new(&reply(keys, &request.warnings))
}

/// `group.filter.match {id | group.filter, email | list, addr_type?}`: `{"list": {as sent: 0|1|null}}`; null is invalid or nobody's.
///
/// Errors: those of the request, `group_id_not_exists`, `wrong_group_id`, `error/filter/…`.
pub fn matches(session: &Session, request: Value) -> Result<Encoded> {
    let mut request = Request::open(request, &["id", "group.filter", "email", "list", "addr_type"], &[])?;
    let mut warnings = std::mem::take(&mut request.warnings);
    let list = one_or_list(&request)?;
    let written = request.list("group.filter")?;
    if written.is_some() && request.value("id")?.is_some() {
        return Err(Error::new(Id::ParamWrong, "id and group.filter exclude each other"));
    }
    let (filter, addr_type) = match written {
        Some(written) => (rules::written(session, written)?, None),
        None => {
            let group = filter_group(session, &request)?;
            (filter_of(&group)?, Some(group.addr_type))
        }
    };
    let rule = Rule::now(session, filter)?;
    let targets = resolve::each(session, &list, Kind::of(&request, "addr_type")?, &mut warnings);
    let known: Vec<_> = targets.iter().flatten().cloned().collect();
    let found = lock::look(session, &known)?;
    let statistics = Findings::about_all(session, found.iter().flatten().map(|known| known.id).collect());
    let mut found = found.into_iter();
    let mut answers = Vec::with_capacity(list.len());
    for (raw, target) in list.iter().zip(&targets) {
        let head = target.as_ref().and_then(|_| found.next().flatten());
        let head = head.and_then(|known| Some((known.owner?.dataset, known.id)));
        let answer = head.map(|head| holds(session, &rule, addr_type, head, &statistics)).transpose()?.flatten();
        answers.push((raw.as_ref(), answer.map_or(Node::Null, |holds| Node::from(i64::from(holds)))));
    }
    Encoded::new(&reply(vec![("list", Node::object(answers))], &warnings))
}

/// Whether a rule for heads of a type holds for a head; nothing where there is no such head.
fn holds(
    session: &Session,
    rule: &Rule,
    addr_type: Option<AddrType>,
    (dataset, id): (i64, i64),
    statistics: &Findings,
) -> Result<Option<bool>> {
    let Some(read) = Read::head(session, dataset, id)? else { return Ok(None) };
    let is_of_type = addr_type.is_none_or(|addr_type| addr_type == read.addr_type);
    Ok(Some(is_of_type && rule.holds(&read.who(&types(session, dataset)?, &statistics.about(id))?)?))
}

/// The filter group that `id` names. Errors: `group_id_not_exists`, `wrong_group_id`.
fn filter_group<'s>(session: &'s Session, request: &Request) -> Result<Group<'s>> {
    let group = named(session, request)?;
    if group.kind != GroupKind::Filter {
        return Err(Error::new(Id::GroupWrong, "the group is a list group: it has members and no rule"));
    }
    Ok(group)
}

/// What a rule costs with those that it asks for.
///
/// Errors: `group_id_not_exists`, `error/filter/cycle`, `error/filter/depth`, `error/filter/usage`.
fn figures<'n>(session: &Session, group: &Group, filter: &Filter) -> Result<[(&'static str, Node<'n>); 3]> {
    let limits = guc::filter_limits();
    let rule = Rule::now(session, filter.clone())?;
    let figures = check_groups(&rule.matcher, Some(group.gid), rule.asked(), &limits)?;
    let number = |figure: u64| Node::from(i64::try_from(figure).unwrap_or(i64::MAX));
    Ok([
        ("usage", number(figures.usage)),
        ("depth", number(figures.depth as u64)),
        ("max_usage", number(limits.max_usage)),
    ])
}
