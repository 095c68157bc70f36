//! The calls that take one request and give one reply, and their short forms.

use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{self, Node, Value};
use crate::pg::boundary::{Answer, Call, sql_function};
use crate::pg::jsonb::Encoded;
use crate::pg::perform::{
    anketa, anketa_quest, api, authext, blocked, confirm, delete, email, email_test, erase, exists, explain, export,
    find, format, get, group, group_fill, group_filter, heads, lock_call, member_count, member_list, member_update,
    member_where, merge, origin, set, settings, stat, stoplist, stoplist_get,
};
use crate::pg::spi::{Access, Session};

/// Opens a session, performs the call on its request, and answers.
fn perform(call: &Call, access: Access, work: fn(&Session, Value) -> Result<Encoded>) -> Result<Answer> {
    let Some(bytes) = call.jsonb(0) else { return Ok(Answer::Null) };
    let session = Session::open(access);
    let encoded = work(&session, json::root(bytes)?)?;
    drop(session);
    Ok(Answer::encoded(encoded))
}

macro_rules! calls {
    ($($name:ident, $access:ident, $work:path;)*) => {
        $(sql_function! { $name => |call: &Call| perform(call, Access::$access, $work) })*
    };
}

calls! {
    member_set, Write, set::set;
    member_get, Read, get::get;
    member_exists, Read, exists::exists;
    member_find, Read, find::find;
    member_delete, Write, delete::delete;
    member_update, Write, member_update::update_members;
    member_erase, Write, erase::erase;
    member_export, Read, export::export;
    member_api, Write, api::api;
    member_head_list, Read, heads::list;
    member_head_attach, Write, heads::attach;
    member_head_detach, Write, heads::detach;
    member_head_replace, Write, heads::replace;
    member_merge, Write, merge::merge;
    member_explain, Read, explain::explain;
    member_lock, Write, lock_call::lock;
    member_confirm, Write, confirm::confirm;
    member_cookie, Write, confirm::cookies;
    email_get, Read, email::get;
    email_cleanerror, Write, email::clean_error;
    email_test, Write, email_test::test;
    stat_uni, Read, stat::stat;
    stoplist_get, Write, stoplist_get::get;
    stoplist_add, Write, stoplist::add;
    stoplist_delete, Write, stoplist::delete;
    stoplist_erase, Write, stoplist::erase;
    authext_list, Read, authext::list;
    authext_get, Read, authext::get;
    authext_create, Write, authext::create;
    authext_set, Write, authext::set;
    authext_delete, Write, authext::delete;
    blocked_value_list, Read, blocked::list;
    blocked_value_create, Write, blocked::create;
    blocked_value_delete, Write, blocked::delete;
    group_list, Read, group::list;
    group_get, Read, group::get;
    group_create, Write, group::create;
    group_set, Write, group::set;
    group_delete, Write, group::delete;
    group_clean, Write, group_fill::clean;
    group_snapshot, Write, group_fill::snapshot;
    group_filter_set, Write, group_filter::set;
    group_filter_get, Read, group_filter::get;
    group_filter_match, Read, group_filter::matches;
    member_list, Read, member_list::list;
    member_list_count, Write, member_count::count;
    member_where, Write, member_where::member_where;
    origin_list, Read, origin::list;
    origin_get, Read, origin::get;
    origin_create, Write, origin::create;
    origin_set, Write, origin::set;
    origin_delete, Write, origin::delete;
    anketa_list, Read, anketa::list;
    anketa_get, Read, anketa::get;
    anketa_create, Write, anketa::create;
    anketa_set, Write, anketa::set;
    anketa_delete, Write, anketa::delete;
    anketa_quest_add, Write, anketa_quest::add;
    anketa_quest_set, Write, anketa_quest::set;
    anketa_quest_delete, Write, anketa_quest::delete;
    anketa_quest_order, Write, anketa_quest::order;
    anketa_quest_response_delete, Write, anketa_quest::response_delete;
    anketa_quest_response_order, Write, anketa_quest::response_order;
    format_list, Read, format::list;
    format_get, Read, format::get;
    format_set, Write, format::set;
    format_delete, Write, format::delete;
    sys_settings_get, Read, settings::get;
    sys_settings_set, Write, settings::set;
}

sql_function! { member_set_short => set_short }
sql_function! { member_get_short => get_short }
sql_function! { stoplist_cancel => cancel }
sql_function! { member_erase_short => erase_short }
sql_function! { member_export_short => export_short }

/// `member_set(address, program)`.
fn set_short(call: &Call) -> Result<Answer> {
    let (Some(address), Some(program)) = (call.text(0), call.jsonb(1)) else { return Ok(Answer::Null) };
    refuse_request(address)?;
    let keys = [("email", Node::from(address)), ("datakey", Node::from(json::root(program)?))];
    let request = Encoded::new(&Node::object(keys))?;
    let session = Session::open(Access::Write);
    let encoded = set::set(&session, json::root(request.bytes())?)?;
    drop(session);
    Ok(Answer::encoded(encoded))
}

/// `member_get(address, path)`.
fn get_short(call: &Call) -> Result<Answer> {
    let (Some(address), Some(path)) = (call.text(0), call.text(1)) else { return Ok(Answer::Null) };
    refuse_request(address)?;
    let session = Session::open(Access::Read);
    let encoded = get::get_path(&session, address, path)?;
    drop(session);
    Ok(Answer::encoded(encoded))
}

/// `stoplist_cancel(cookie)`.
fn cancel(call: &Call) -> Result<Answer> {
    let Some(cookie) = call.text(0) else { return Ok(Answer::Null) };
    let request = Encoded::new(&Node::object([("cookie", Node::from(cookie))]))?;
    let session = Session::open(Access::Write);
    let encoded = stoplist::cancel(&session, json::root(request.bytes())?)?;
    drop(session);
    Ok(Answer::encoded(encoded))
}

/// `member_erase(address)`.
fn erase_short(call: &Call) -> Result<Answer> {
    on_address(call, Access::Write, erase::erase_address)
}

/// `member_export(address)`.
fn export_short(call: &Call) -> Result<Answer> {
    on_address(call, Access::Read, export::export_address)
}

/// Opens a session and makes a call on an address alone.
fn on_address(call: &Call, access: Access, work: fn(&Session, &str) -> Result<Encoded>) -> Result<Answer> {
    let Some(address) = call.text(0) else { return Ok(Answer::Null) };
    refuse_request(address)?;
    let session = Session::open(access);
    let encoded = work(&session, address)?;
    drop(session);
    Ok(Answer::encoded(encoded))
}

/// A request written as a plain literal is taken for the short form: says so instead of calling it an address.
fn refuse_request(address: &str) -> Result<()> {
    if address.trim_start().starts_with('{') {
        return Err(Error::new(Id::ParamCast, "the address begins with { and looks like a whole request"));
    }
    Ok(())
}
