//! What a group is: its code, its kind, the type of its members (members.md 12.1).

use crate::domain::address::AddrType;
use crate::domain::error::{Error, Id, Result};
use crate::domain::member::system::community_of;
use crate::domain::request::{Request, wrong};

/// The longest code, in octets.
const MAX_GID: usize = 128;

/// Where the members of a group come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupKind {
    /// It has members of its own.
    List,
    /// Its members are those that a rule holds for.
    Filter,
    /// An express import made it: its members are identifiers with data of their own, subscribers or not.
    Express,
}

impl GroupKind {
    /// The word used in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            GroupKind::List => "list",
            GroupKind::Filter => "filter",
            GroupKind::Express => "express",
        }
    }

    /// The kind of this exact word in a table.
    pub fn parse(word: &str) -> Option<GroupKind> {
        [GroupKind::List, GroupKind::Filter, GroupKind::Express].into_iter().find(|kind| kind.as_str() == word)
    }

    /// The word used in requests and replies: to callers the group of an express import is a list group.
    pub const fn shown(self) -> &'static str {
        match self {
            GroupKind::List | GroupKind::Express => "list",
            GroupKind::Filter => "filter",
        }
    }

    /// The kind that a caller can make, of the exact word for it.
    fn asked(word: &str) -> Option<GroupKind> {
        [GroupKind::List, GroupKind::Filter].into_iter().find(|kind| kind.shown() == word)
    }

    /// A code made of a number, as groups get it that are not given one: `pl86492`, `p24`.
    pub fn gid(self, number: i64) -> String {
        match self {
            GroupKind::List | GroupKind::Express => format!("pl{number}"),
            GroupKind::Filter => format!("p{number}"),
        }
    }
}

/// A request of `group.create`.
pub struct NewGroup<'a> {
    /// Its code; none for one made of a number.
    pub gid: Option<&'a str>,
    /// Its name.
    pub name: &'a str,
    /// Where its members come from.
    pub kind: GroupKind,
    /// The type of its members.
    pub addr_type: AddrType,
    /// The number of the community of VKontakte, or of the bot of a messenger, whose audience it is.
    pub community: Option<i64>,
}

impl<'a> NewGroup<'a> {
    /// Reads `{id?, name, type: list|filter, addr_type?, community?, bot?}`; without a type the members are e-mails.
    ///
    /// Errors: `error/param/missing`, `error/param/wrong`, `error/group/id`, `error/addr_type/unknown`.
    pub fn read(request: &Request<'a>) -> Result<NewGroup<'a>> {
        let gid = request.text("id")?.filter(|gid| !gid.is_empty()).map(check_gid).transpose()?;
        let name = request.text("name")?.or(gid);
        let kind = request.required("type", request.text("type")?)?;
        let addr_type = match request.text("addr_type")? {
            None | Some("") => AddrType::Email,
            Some(word) => AddrType::parse(word).ok_or_else(|| Error::new(Id::AddrTypeUnknown, "addr_type"))?,
        };
        Ok(NewGroup {
            gid,
            name: request.required("name", name)?,
            kind: GroupKind::asked(kind).ok_or_else(|| wrong("type", "list or filter"))?,
            addr_type,
            community: audience(request, addr_type)?,
        })
    }
}

/// The parameter that names whose audience a group of a type is: `community` or `bot`; none for other types.
pub fn audience_key(addr_type: AddrType) -> Option<&'static str> {
    match addr_type {
        AddrType::Vk => Some("community"),
        AddrType::Tg | AddrType::Max => Some("bot"),
        _ => None,
    }
}

/// `community` of a group of type vk, `bot` of one of type tg or max (shapes.md 12).
fn audience(request: &Request, addr_type: AddrType) -> Result<Option<i64>> {
    let mut audience = None;
    for (key, types) in [("community", "vk"), ("bot", "tg or max")] {
        let Some(written) = request.identifier(key)? else { continue };
        if audience_key(addr_type) != Some(key) {
            return Err(wrong(key, &format!("given for a group of type {types} alone")));
        }
        audience = Some(community_of(&written).ok_or_else(|| wrong(key, "a number"))?);
    }
    Ok(audience)
}

/// A code that can be written as `-group.<gid>` and shown in a list. Errors: `error/group/id`.
pub fn check_gid(gid: &str) -> Result<&str> {
    let is_sound = !gid.is_empty() && gid.len() <= MAX_GID && gid.trim() == gid && !gid.chars().any(char::is_control);
    if is_sound { Ok(gid) } else { Err(Error::new(Id::GroupId, "id")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::json::{parse, root};

    fn read<T>(text: &str, check: impl FnOnce(NewGroup) -> T) -> Result<T> {
        let bytes = parse(text).unwrap();
        let request =
            Request::open(root(&bytes).unwrap(), &["id", "name", "type", "addr_type", "community", "bot"], &[]);
        NewGroup::read(&request.unwrap()).map(check)
    }

    #[test]
    fn a_group_has_a_kind_a_type_and_a_name() {
        read(r#"{"id": "g.1", "type": "filter"}"#, |new| {
            assert_eq!(
                (new.gid, new.name, new.kind, new.addr_type),
                (Some("g.1"), "g.1", GroupKind::Filter, AddrType::Email)
            );
        })
        .unwrap();
        read(r#"{"name": "Fans", "type": "list", "addr_type": "vk", "community": "42"}"#, |new| {
            assert_eq!((new.gid, new.addr_type, new.community), (None, AddrType::Vk, Some(42)));
        })
        .unwrap();
        read(r#"{"name": "Readers", "type": "list", "addr_type": "max", "bot": 7}"#, |new| {
            assert_eq!(new.community, Some(7));
        })
        .unwrap();
    }

    #[test]
    fn what_is_no_group_is_refused() {
        for (request, id) in [
            (r#"{"type": "list"}"#, Id::ParamMissing),
            (r#"{"name": "n"}"#, Id::ParamMissing),
            (r#"{"name": "n", "type": "lists"}"#, Id::ParamWrong),
            (r#"{"name": "n", "type": "list", "addr_type": "id"}"#, Id::AddrTypeUnknown),
            (r#"{"name": "n", "type": "list", "community": "1"}"#, Id::ParamWrong),
            (r#"{"name": "n", "type": "list", "addr_type": "vk", "bot": "1"}"#, Id::ParamWrong),
            (r#"{"name": "n", "type": "list", "addr_type": "vk", "community": 1, "bot": 1}"#, Id::ParamWrong),
            (r#"{"name": "n", "type": "list", "addr_type": "tg", "bot": "b"}"#, Id::ParamWrong),
            (r#"{"id": " g", "type": "list"}"#, Id::GroupId),
            (r#"{"id": "a\nb", "type": "list"}"#, Id::GroupId),
        ] {
            assert_eq!(read(request, |_| ()).unwrap_err().id, id, "{request}");
        }
        assert!(check_gid(&"x".repeat(128)).is_ok());
        assert_eq!(check_gid(&"x".repeat(129)).unwrap_err().id, Id::GroupId);
    }

    #[test]
    fn codes_made_of_numbers_tell_the_kind() {
        assert_eq!((GroupKind::List.gid(86492), GroupKind::Filter.gid(24)), ("pl86492".into(), "p24".into()));
    }
}
