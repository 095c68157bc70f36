//! `stoplist.get`: records of the stop-list, page by page (members.md 14).

use crate::domain::address::{AddrType, Address};
use crate::domain::error::{Error, Result};
use crate::domain::group::{NoGroups, Target as For};
use crate::domain::json::{Node, Value};
use crate::domain::member::selector::{Selected, Selector};
use crate::domain::member::stoplist::Record;
use crate::domain::member::stoplist_list::{ListRequest, compile, parameters};
use crate::domain::member::system::stop_keys;
use crate::domain::member::target::{Kind, Target};
use crate::domain::reply::reply;
use crate::domain::request::Request;
use crate::pg::guc;
use crate::pg::jsonb::Encoded;
use crate::pg::perform::selection::{Joins, Selection, bind};
use crate::pg::perform::stoplist::number;
use crate::pg::perform::{gathered, lock, resolve};
use crate::pg::spi::{Query, Session};
use crate::pg::store::address::columns;
use crate::pg::store::stoplist::{self, Listed};
use pgrx::pg_sys::{INT8OID, TEXTARRAYOID, TEXTOID};
use std::collections::BTreeSet;

/// Whose records are shown.
enum Whose<'s> {
    /// Everybody's; of one type, where one is named.
    All(Option<AddrType>),
    /// Those of these identifiers, in this order.
    Of(Vec<Address>),
    /// Those of the heads of a selection.
    Heads(Selection<'s>),
}

/// `{<whom>?, addr_type?, type?, sender?, filter?, order?, first?, skip?}`: `{"list": [{email, addr_type, id, type, sender,
/// dt, source}], "last_page"?}`.
///
/// Errors: those of reading the request, of the selector and of the identifier in `email`, `error/dictionary/notexists`.
pub fn get(session: &Session, request: Value) -> Result<Encoded> {
    let opened = Request::open(request, &parameters(), &[])?;
    let request = ListRequest::read(&opened, &guc::filter_limits())?;
    let mut warnings = opened.warnings.clone();
    let whose = whose(session, &opened, &request, &mut warnings)?;
    let mut records = Vec::new();
    let query = query(session, &request, &whose)?;
    for row in session.query(&query).iter() {
        records.push(stoplist::listed(&row)?);
    }
    let is_last = request.first.is_some_and(|first| records.len() as i64 <= first);
    records.truncate(request.first.and_then(|first| usize::try_from(first).ok()).unwrap_or(usize::MAX));
    let mut keys = vec![("list", shown(records)?)];
    if is_last {
        keys.push(("last_page", Node::from(1)));
    }
    Encoded::new(&reply(keys, &warnings))
}

fn whose<'s>(
    session: &'s Session,
    opened: &Request,
    request: &ListRequest,
    warnings: &mut Vec<Error>,
) -> Result<Whose<'s>> {
    let Some(selected) = &request.selected else {
        return Ok(Whose::All(match request.kind {
            Kind::Type(addr_type) => Some(addr_type),
            _ => None,
        }));
    };
    match gathered::at_once(session, opened, selected)? {
        Some(list) => {
            let targets = targets(session, selected, &list, warnings)?;
            let known = lock::look(session, &targets)?.into_iter().flatten();
            let mut seen = BTreeSet::new();
            Ok(Whose::Of(known.filter(|known| seen.insert(known.id)).map(|known| known.address).collect()))
        }
        None => Ok(Whose::Heads(Selection::read(session, opened)?)),
    }
}

/// Those of these identifiers that are valid. The one of `email`, and a list of one, must be; of others a warning says what
/// is wrong.
fn targets<S: AsRef<str>>(
    session: &Session,
    selected: &Selected,
    list: &[S],
    warnings: &mut Vec<Error>,
) -> Result<Vec<Target>> {
    let must_be_valid = matches!(&selected.selector, Selector::Listed(list) if list.len() == 1);
    let mut targets = Vec::with_capacity(list.len());
    for raw in list {
        match resolve::target(session, raw.as_ref(), selected.kind, warnings) {
            Ok(target) => targets.push(target),
            Err(invalid) if must_be_valid => return Err(invalid),
            Err(invalid) => warnings.push(invalid),
        }
    }
    Ok(targets)
}

fn query(session: &Session, request: &ListRequest, whose: &Whose) -> Result<Query> {
    let mut query = Query::default();
    query.push(
        "SELECT a.id, s.addr_type, s.value, s.kind, s.sender, s.at, s.source FROM member.stoplist s \
           LEFT JOIN member.address a \
             ON a.value OPERATOR(pg_catalog.=) s.value AND a.addr_type OPERATOR(pg_catalog.=) s.addr_type",
    );
    if let Whose::Of(addresses) = whose {
        let [values, types] = columns(&addresses.iter().collect::<Vec<_>>());
        let (values, types) = (query.bind(TEXTARRAYOID, values), query.bind(TEXTARRAYOID, types));
        query.push(&format!(
            " JOIN ROWS FROM (pg_catalog.unnest({values}), pg_catalog.unnest({types})) \
                WITH ORDINALITY AS n (value, addr_type, place) \
                ON n.value OPERATOR(pg_catalog.=) s.value AND n.addr_type OPERATOR(pg_catalog.=) s.addr_type"
        ));
    }
    query.push(" WHERE true");
    match whose {
        Whose::Heads(selection) => {
            query.push(" AND EXISTS (SELECT 1");
            selection.add_to(session, &mut query, Joins::default())?;
            query.push(
                " AND h.value OPERATOR(pg_catalog.=) s.value AND h.addr_type OPERATOR(pg_catalog.=) s.addr_type)",
            );
        }
        Whose::All(Some(addr_type)) => equals(&mut query, "s.addr_type", addr_type.as_str()),
        Whose::All(None) | Whose::Of(_) => {}
    }
    if let Some(record) = request.record.map(Record::as_str) {
        equals(&mut query, "s.kind", record);
    }
    if let Some(sender) = request.sender {
        let sender = query.bind(INT8OID, number(session, sender)?);
        query.push(&format!(" AND s.sender OPERATOR(pg_catalog.=) {sender}"));
    }
    add_filter(request, &mut query)?;
    add_order(request, whose, &mut query);
    Ok(query)
}

fn equals(query: &mut Query, column: &str, text: &str) {
    let text = query.bind(TEXTOID, text);
    query.push(&format!(" AND {column} OPERATOR(pg_catalog.=) {text}"));
}

fn add_filter(request: &ListRequest, query: &mut Query) -> Result<()> {
    let (matcher, zone) = (request.filter.at(&guc::now()?)?, guc::time_zone_name());
    let attributes = BTreeSet::new();
    let target = For { attributes: &attributes, groups: &NoGroups, zone: &zone, first: query.bound() + 1 };
    let compiled = compile(&matcher, &target)?;
    compiled.params.iter().for_each(|param| _ = bind(query, param));
    query.push(&format!(" AND ({})", compiled.sql));
    Ok(())
}

/// By what is asked for; then as the identifiers are written out, else by identifier; one more than is shown tells whether
/// more follow.
fn add_order(request: &ListRequest, whose: &Whose, query: &mut Query) {
    query.push(" ORDER BY ");
    for (column, is_descending) in &request.order {
        query.push(&format!("{column} {}, ", if *is_descending { "DESC NULLS LAST" } else { "ASC NULLS LAST" }));
    }
    if let Whose::Of(_) = whose {
        query.push("n.place, ");
    }
    query.push("s.value, s.addr_type, s.kind, s.sender");
    let skip = query.bind(INT8OID, request.skip);
    query.push(&format!(" OFFSET {skip}"));
    if let Some(first) = request.first {
        let limit = query.bind(INT8OID, first + 1);
        query.push(&format!(" LIMIT {limit}"));
    }
}

fn shown<'s>(records: Vec<Listed<'s>>) -> Result<Node<'s>> {
    let zone = guc::time_zone()?;
    Ok(Node::array(records.into_iter().map(|listed| {
        let mut keys = stop_keys(&listed.stop, &zone);
        keys.push(("id", Node::from(listed.id)));
        keys.push(("addr_type", Node::from(listed.address.addr_type.as_str())));
        keys.push(("email", Node::from(listed.address.value)));
        Node::object(keys)
    })))
}
