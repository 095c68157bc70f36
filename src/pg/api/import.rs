//! `member_import` and `member_import_from` (members.md 10).

use crate::domain::error::Result;
use crate::domain::json::root;
use crate::pg::api::request::writing;
use crate::pg::boundary::{Answer, Call, sql_function};
use crate::pg::perform::import::{from, track};

sql_function! { member_import => |call: &Call| writing(call, track::import) }
sql_function! { member_import_from => import_from }

/// `member_import_from(query, mapping)`.
fn import_from(call: &Call) -> Result<Answer> {
    let (Some(query), Some(mapping)) = (call.text(0), call.jsonb(1)) else { return Ok(Answer::Null) };
    from::import_from(query, root(mapping)?).map(Answer::encoded)
}
