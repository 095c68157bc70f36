//! The group of an import: made where it is not there (members.md 10.2).

use crate::domain::datakey::date::Now;
use crate::domain::error::Result;
use crate::domain::group::NewGroup;
use crate::domain::import::{Caption, Options};
use crate::domain::json::encoded;
use crate::pg::perform::{auto_group, express};
use crate::pg::spi::Session;
use crate::pg::store::anketa;

/// The code of the group of an import, if it has one. That of an express import is always new.
///
/// Errors: `wrong_group_id`, `error/group/id`, `error/group/exists`.
pub fn of(session: &Session, options: &Options, caption: &Caption, now: &Now) -> Result<Option<String>> {
    let asked = options.auto_group;
    if options.express {
        let columns = encoded(&caption.shown(&anketa::all(session)))?;
        let create = |new: &NewGroup| express::create(session, new, &columns);
        return auto_group::made_as(asked.unwrap_or_default(), &auto_group::EXPRESS, caption.addr_type, now, &create)
            .map(Some);
    }
    asked.map(|asked| auto_group::of(session, asked, caption.addr_type, now)).transpose()
}
