//! Which segments a person is in, for hooks (pipelines-and-hooks.md 7).

use crate::domain::address::{AddrType, Address};
use crate::domain::error::Result;
use crate::domain::group::GroupKind;
use crate::pg::perform::rules::{Rule, filter_of};
use crate::pg::perform::statistics::Findings;
use crate::pg::perform::subject::{Read, types};
use crate::pg::spi::Session;
use crate::pg::store::group::{self, Group};
use crate::pg::store::{group_member, head, live_member};

/// Those of the segments of these numbers that somebody is in now: with the identifier that an event names, or with any of
/// the right type where it names none. A segment that is not there, or whose rule cannot be asked, holds nobody.
///
/// Errors: `error/json/corrupt`.
pub fn of_person(session: &Session, wanted: &[i64], dataset: i64, named: Option<&Address>) -> Result<Vec<i64>> {
    let mut segments = Vec::new();
    if wanted.is_empty() || dataset == 0 {
        return Ok(segments);
    }
    let heads = head::names(session, dataset)?;
    let heads: Vec<(i64, AddrType)> = heads
        .into_iter()
        .filter(|head| named.is_none_or(|named| *named == head.address))
        .filter_map(|head| Some((head.id?, head.address.addr_type)))
        .collect();
    for number in wanted {
        let Some(group) = group::by_number(session, *number) else { continue };
        let mut of_type = heads.iter().filter(|(_, addr_type)| *addr_type == group.addr_type);
        if of_type.any(|(id, _)| is_in(session, &group, dataset, *id).unwrap_or(false)) {
            segments.push(*number);
        }
    }
    Ok(segments)
}

fn is_in(session: &Session, group: &Group, dataset: i64, id: i64) -> Result<bool> {
    if group.kind == GroupKind::Express {
        return Ok(false);
    }
    if group.kind == GroupKind::List {
        return Ok(!group_member::among(session, dataset, id, &[group.gid]).is_empty());
    }
    let Some(read) = Read::head(session, dataset, id)? else { return Ok(false) };
    let statistics = Findings::about_all(session, vec![id]);
    let rule = Rule::now(session, filter_of(group)?)?;
    if rule.asks_statistics() && group.live == Some("periodic") {
        // Looking through the log for each event would hold up all others: what was found last counts.
        return Ok(live_member::of_body(session, dataset).contains(&(id, group.gid)));
    }
    rule.holds(&read.who(&types(session, dataset)?, &statistics.about(id))?)
}
