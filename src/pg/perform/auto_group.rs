//! `auto_group`: the list group that an import or a test of addresses fills (members.md 10.2 and 11.2).

use crate::domain::address::AddrType;
use crate::domain::datakey::date::Now;
use crate::domain::error::{Error, Id, Result};
use crate::domain::group::{AutoGroup, GroupKind, NewGroup, check_gid};
use crate::pg::perform::group::make;
use crate::pg::perform::membership::list_group;
use crate::pg::spi::Session;
use crate::pg::store::group;

/// The code of the group, made where it is not there. Errors: `wrong_group_id`, `error/group/id`, `error/group/exists`.
pub fn of(session: &Session, asked: AutoGroup, addr_type: AddrType, now: &Now) -> Result<String> {
    if let Some(id) = asked.id {
        group::hold(session, &[id]);
        if group::find(session, id).is_some() {
            return list_group(session, id, addr_type).map(|group| group.gid.to_owned());
        }
    }
    let create = |new: &NewGroup| make(session, new).map(|made| made.is_some());
    made_as(asked, &LIST, addr_type, now, &create)
}

/// What kind of group is made, and the word that its standard code begins with.
pub struct Form {
    kind: GroupKind,
    word: &'static str,
}

/// A list group.
const LIST: Form = Form { kind: GroupKind::List, word: "import" };
/// The group of an express import.
pub const EXPRESS: Form = Form { kind: GroupKind::Express, word: "importex" };

/// Makes the group that is asked for, or one with the standard code and name; gives its code. `create` is false where the
/// code is taken.
///
/// Errors: `error/group/id`, `error/group/exists`.
pub fn made_as(
    AutoGroup { id, name }: AutoGroup,
    form: &Form,
    addr_type: AddrType,
    now: &Now,
    create: &dyn Fn(&NewGroup) -> Result<bool>,
) -> Result<String> {
    let at = now.instant.to_zoned(now.zone.clone());
    let standard = format!("{}{}", form.word, at.strftime("%Y%m%d%H%M%S"));
    let title = at.strftime("Внесены %Y-%m-%d %H:%M:%S").to_string();
    // Two calls of one second: the second one gets a number behind its code.
    let numbered = (1..1000).map(|n| if n == 1 { standard.clone() } else { format!("{standard}-{n}") });
    for gid in id.map(str::to_owned).into_iter().chain(numbered.take_while(|_| id.is_none())) {
        let name = name.unwrap_or(&title);
        if create(&NewGroup { gid: Some(check_gid(&gid)?), name, kind: form.kind, addr_type, community: None })? {
            return Ok(gid);
        }
    }
    Err(Error::new(Id::GroupExists, "auto_group.id"))
}
