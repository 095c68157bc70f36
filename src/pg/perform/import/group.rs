//! The group of an import: made where it is not there (members.md 10.2).

use crate::domain::address::AddrType;
use crate::domain::datakey::date::Now;
use crate::domain::error::{Error, Id, Result};
use crate::domain::group::{GroupKind, NewGroup, check_gid};
use crate::domain::import::{AutoGroup, Caption, Options};
use crate::domain::json::encoded;
use crate::pg::perform::express;
use crate::pg::perform::group::make;
use crate::pg::perform::membership::list_group;
use crate::pg::spi::Session;
use crate::pg::store::{anketa, group};

/// The code of the group of an import, if it has one. That of an express import is always new.
///
/// Errors: `wrong_group_id`, `error/group/id`, `error/group/exists`.
pub fn of(session: &Session, options: &Options, caption: &Caption, now: &Now) -> Result<Option<String>> {
    if options.express {
        let caption_shown = encoded(&caption.shown(&anketa::all(session)))?;
        let create = |new: &NewGroup| express::create(session, new, &caption_shown);
        let asked = options.auto_group.unwrap_or_default();
        return made(asked, GroupKind::Express, caption.addr_type, now, &create).map(Some);
    }
    let Some(asked) = options.auto_group else { return Ok(None) };
    if let Some(id) = asked.id {
        group::hold(session, &[id]);
        if group::find(session, id).is_some() {
            return list_group(session, id, caption.addr_type).map(|group| Some(group.gid.to_owned()));
        }
    }
    let create = |new: &NewGroup| make(session, new).map(|made| made.is_some());
    made(asked, GroupKind::List, caption.addr_type, now, &create).map(Some)
}

/// Makes the group that is asked for, or one with the standard code and name; gives its code. Errors: `error/group/exists`.
fn made(
    AutoGroup { id, name }: AutoGroup,
    kind: GroupKind,
    addr_type: AddrType,
    now: &Now,
    create: &dyn Fn(&NewGroup) -> Result<bool>,
) -> Result<String> {
    let at = now.instant.to_zoned(now.zone.clone());
    let word = if kind == GroupKind::Express { "importex" } else { "import" };
    let standard = format!("{word}{}", at.strftime("%Y%m%d%H%M%S"));
    let title = at.strftime("Внесены %Y-%m-%d %H:%M:%S").to_string();
    // Two imports of one second: the second one gets a number behind its code.
    let numbered = (1..1000).map(|n| if n == 1 { standard.clone() } else { format!("{standard}-{n}") });
    for gid in id.map(str::to_owned).into_iter().chain(numbered.take_while(|_| id.is_none())) {
        let name = name.unwrap_or(&title);
        if create(&NewGroup { gid: Some(check_gid(&gid)?), name, kind, addr_type, community: None })? {
            return Ok(gid);
        }
    }
    Err(Error::new(Id::GroupExists, "auto_group.id"))
}
