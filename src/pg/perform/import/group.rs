//! The group of an import: made where it is not there (members.md 10.2).

use crate::domain::address::AddrType;
use crate::domain::datakey::date::Now;
use crate::domain::error::{Error, Id, Result};
use crate::domain::group::{GroupKind, NewGroup};
use crate::domain::import::{AutoGroup, Options};
use crate::pg::perform::group::make;
use crate::pg::perform::membership::list_group;
use crate::pg::spi::Session;
use crate::pg::store::group;

/// The code of the group of an import, if it has one. Errors: `wrong_group_id`, `error/group/id`.
pub fn of(session: &Session, options: &Options, addr_type: AddrType, now: &Now) -> Result<Option<String>> {
    let Some(AutoGroup { id, name }) = options.auto_group else { return Ok(None) };
    if let Some(id) = id {
        group::hold(session, &[id]);
        if group::find(session, id).is_some() {
            return list_group(session, id, addr_type).map(|group| Some(group.gid.to_owned()));
        }
    }
    let at = now.instant.to_zoned(now.zone.clone());
    let standard = at.strftime("import%Y%m%d%H%M%S").to_string();
    let title = at.strftime("Внесены %Y-%m-%d %H:%M:%S").to_string();
    // Two imports of one second: the second one gets a number behind its code.
    let numbered = (1..1000).map(|n| if n == 1 { standard.clone() } else { format!("{standard}-{n}") });
    for gid in id.map(str::to_owned).into_iter().chain(numbered.take_while(|_| id.is_none())) {
        let name = name.unwrap_or(&title);
        let new = NewGroup { gid: Some(&gid), name, kind: GroupKind::List, addr_type, community: None };
        if make(session, &new)?.is_some() {
            return Ok(Some(gid));
        }
    }
    Err(Error::new(Id::GroupExists, "auto_group.id"))
}
