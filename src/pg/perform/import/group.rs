//! The group of an import: made where it is not there (members.md 10.2).

use crate::domain::address::AddrType;
use crate::domain::datakey::date::Now;
use crate::domain::error::Result;
use crate::domain::import::Options;
use crate::pg::perform::auto_group;
use crate::pg::spi::Session;

/// The code of the group of an import, if it has one. Errors: `wrong_group_id`, `error/group/id`, `error/group/exists`.
pub fn of(session: &Session, options: &Options, addr_type: AddrType, now: &Now) -> Result<Option<String>> {
    options.auto_group.map(|asked| auto_group::of(session, asked, addr_type, now)).transpose()
}
