//! The calls that take one request and give one reply, and their short forms.

use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{self, Node, Value};
use crate::pg::boundary::{Answer, Call, sql_function};
use crate::pg::jsonb::Encoded;
use crate::pg::perform::{
    api, blocked, delete, erase, exists, explain, export, find, get, heads, lock_call, merge, origin, set, settings,
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
    blocked_value_list, Read, blocked::list;
    blocked_value_create, Write, blocked::create;
    blocked_value_delete, Write, blocked::delete;
    origin_list, Read, origin::list;
    origin_get, Read, origin::get;
    origin_create, Write, origin::create;
    origin_set, Write, origin::set;
    origin_delete, Write, origin::delete;
    sys_settings_get, Read, settings::get;
    sys_settings_set, Write, settings::set;
}

sql_function! { member_set_short => set_short }
sql_function! { member_get_short => get_short }
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
