//! One identifier that is to be attached: an item of `head_attach` (members.md 7.2).

use super::data_rule::DataRule;
use super::rule::Rules;
use crate::domain::datakey::Limits;
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::Value;
use crate::domain::member::set::writable;
use crate::domain::member::special::OriginRef;
use crate::domain::member::target::Kind;
use crate::domain::request::{Request, wrong};
use std::borrow::Cow;

const KNOWN: &[&str] = &["head", "head_addr_type", "head_origin", "newbie.confirm", "head_rule", "data_rule"];

/// What a request says of one identifier.
#[derive(Debug)]
pub struct Attach<'a> {
    /// The identifier as written.
    pub head: Cow<'a, str>,
    /// Its kind.
    pub kind: Kind,
    /// Where it comes from.
    pub origin: Option<OriginRef>,
    /// Whether a new e-mail needs confirmation.
    pub confirm: bool,
    /// What happens to it.
    pub rules: Rules,
    /// What happens to the data of its owner.
    pub data_rule: DataRule<'a>,
}

impl<'a> Attach<'a> {
    /// Reads the list `head_attach`; adds warnings of unknown parameters.
    ///
    /// Errors: `error/param/…`, `error/addr_type/…`, `error/origin/notexists`, `error/datakey/…`.
    pub fn read_list(request: &Request<'a>, limits: &Limits, warnings: &mut Vec<Error>) -> Result<Vec<Attach<'a>>> {
        let Some(list) = request.list("head_attach")? else { return Ok(Vec::new()) };
        list.iter().map(|item| Attach::read(item?, limits, warnings)).collect()
    }

    fn read(item: Value<'a>, limits: &Limits, warnings: &mut Vec<Error>) -> Result<Attach<'a>> {
        if item.as_object().is_none() {
            return Err(wrong("head_attach", "a list of objects"));
        }
        let mut request = Request::open(item, KNOWN, &[])?;
        warnings.append(&mut request.warnings);
        Ok(Attach {
            rules: Rules::read(request.object("head_rule")?)?,
            data_rule: DataRule::read(request.object("data_rule")?, limits)?,
            ..Attach::of_head(&request)?
        })
    }

    /// Reads the parameters `head`, `head_addr_type`, `head_origin` and `newbie.confirm`; an identifier that belongs to
    /// somebody is refused.
    ///
    /// Errors: `error/param/…`, `error/addr_type/…`, `error/origin/notexists`.
    pub fn of_head(request: &Request<'a>) -> Result<Attach<'a>> {
        let kind = writable(Kind::of(request, "head_addr_type")?)?;
        if kind == Kind::Id {
            return Err(Error::new(Id::AddrTypeUnusable, "head_addr_type id: an identifier is attached by itself"));
        }
        Ok(Attach {
            head: request.required("head", request.identifier("head")?)?,
            kind,
            origin: request.value("head_origin")?.map(OriginRef::read).transpose()?,
            confirm: request.flag("newbie.confirm")?,
            rules: Rules::default(),
            data_rule: DataRule::default(),
        })
    }
}
