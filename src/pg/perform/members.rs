//! The members of a group of either kind, in the order of their numbers.

use crate::domain::address::AddrType;
use crate::domain::error::{Error, Id, Result};
use crate::domain::group::GroupKind;
use crate::pg::spi::Session;
use crate::pg::store::group::Group;
use crate::pg::store::{group_count, group_member, head};

/// The next members behind a number: body and identifier.
///
/// Errors: those of the rule.
pub fn next(session: &Session, group: &Group, behind: i64, limit: i64) -> Result<Vec<(i64, i64)>> {
    match group.kind {
        GroupKind::List => Ok(group_member::next(session, group.gid, behind, limit)),
        GroupKind::Filter => Err(Error::new(Id::ParamUnsupported, "group: a filter group")),
    }
}

/// How many members it has, where that is counted already.
pub fn known_total(session: &Session, group: &Group) -> Option<i64> {
    (group.kind == GroupKind::List || group.live == Some("exact")).then(|| group_count::total(session, group.gid))
}

/// Those of these heads, body and identifier, that are there still and of this type.
pub fn of_type(session: &Session, heads: &[(i64, i64)], addr_type: AddrType) -> Vec<(i64, i64)> {
    head::of_type_among(session, heads, addr_type)
}
