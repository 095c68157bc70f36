//! `sys.settings.*`: the account's settings (shapes.md 1).

use crate::domain::error::Result;
use crate::domain::json::{Node, Value};
use crate::domain::reply::reply;
use crate::domain::request::{Request, wrong};
use crate::domain::setting::{self, Setting};
use crate::pg::jsonb::Encoded;
use crate::pg::perform::entrance::{limit_emails, rest_of_limit, rest_of_room};
use crate::pg::perform::stoplist_allowance;
use crate::pg::spi::Session;
use crate::pg::store::setting as settings;

/// `sys.settings.get {list?: [name]}`: `{"list": {name: value}}`; all of them without a list.
/// Errors: `error/setting/unknown`, `error/param/wrong`.
pub fn get(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &["list"], &[])?;
    let asked: Vec<Setting> = match request.list("list")? {
        None => setting::ALL.to_vec(),
        Some(list) => list.iter().map(|name| named(name?)).collect::<Result<_>>()?,
    };
    let values = asked.into_iter().map(|setting| Ok((setting.name, value_of(session, setting)?)));
    let list = Node::object(values.collect::<Result<Vec<_>>>()?);
    Encoded::new(&reply(vec![("list", list)], &request.warnings))
}

/// `sys.settings.set {list: {name: value}}`: `{"list": {name: value}}`, the new values.
/// Errors: `error/setting/unknown`, `error/param/missing`, `error/param/wrong`.
pub fn set(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &["list"], &[])?;
    let given = request.required("list", request.object("list")?)?;
    let mut values = Vec::new();
    for entry in given.iter() {
        let (name, value) = entry?;
        let setting = Setting::named(name)?;
        values.push((setting, setting.check(value)?));
    }
    for (setting, value) in &values {
        settings::write(session, *setting, value)?;
        if *setting == setting::NOCONFIRM_LIMIT && !value.is_null() {
            limit_emails(session)?;
        }
    }
    let list = Node::object(values.into_iter().map(|(setting, value)| (setting.name, value)));
    Encoded::new(&reply(vec![("list", list)], &request.warnings))
}

fn named(name: Value) -> Result<Setting> {
    match name {
        Value::String(name) => Setting::named(name),
        _ => Err(wrong("list", "a list of names")),
    }
}

fn value_of(session: &Session, setting: Setting) -> Result<Node<'_>> {
    let rest = match setting {
        setting::NOCONFIRM_REST => rest_of_limit(session)?,
        setting::HARD_REST => rest_of_room(session)?,
        setting::STOPLIST_MEMBER_REST => stoplist_allowance::rest(session)?,
        stored => return settings::read(session, stored),
    };
    Ok(rest.map_or(Node::Null, Node::from))
}
