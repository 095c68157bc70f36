//! The settings that a session may choose, and what it asks for later has too (shapes.md 1).

use super::{region_name, time_zone_name, versioning};

/// Their names, without `pg_member.`, and their values.
pub fn of_session() -> [(&'static str, String); 3] {
    let versioning = if versioning() { "on" } else { "off" };
    [("time_zone", time_zone_name()), ("default_region", region_name()), ("versioning", versioning.to_owned())]
}
