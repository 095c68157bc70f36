//! Whom a call is about: an identifier as text and type, or one of the two kinds of numbers (members.md 2.1).

use crate::domain::address::{self, AddrType, Address, Normalized, Rules, opaque};
use crate::domain::error::{Error, Id, Result};
use crate::domain::request::Request;

/// What the parameter `addr_type` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// No type given: e-mail or phone, told from the text.
    Detect,
    /// One of the types of identifiers.
    Type(AddrType),
    /// `id`: the number of an identifier.
    Id,
    /// `dataset`: the number of a body; only reading takes it.
    Dataset,
}

impl Kind {
    /// Reads an `addr_type`; empty means not given. Errors: `error/addr_type/unknown`.
    pub fn parse(text: Option<&str>) -> Result<Kind> {
        match text {
            None | Some("") => Ok(Kind::Detect),
            Some("id") => Ok(Kind::Id),
            Some("dataset") => Ok(Kind::Dataset),
            Some(name) => AddrType::parse(name)
                .map(Kind::Type)
                .ok_or_else(|| Error::new(Id::AddrTypeUnknown, "addr_type is not one of the known types")),
        }
    }

    /// The type named by a request's parameter. Errors: `error/addr_type/unknown`, `error/param/wrong`.
    pub fn of(request: &Request, parameter: &str) -> Result<Kind> {
        Kind::parse(request.text(parameter)?)
    }
}

/// Whom a call is about, in a form that can be looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// An identifier in normal form.
    Address(Address),
    /// The number of an identifier.
    Id(i64),
    /// The number of a body.
    Dataset(i64),
}

impl Target {
    /// Reads an identifier of this kind; also gives the warnings of its rules.
    ///
    /// Errors: those of the identifier's type (`error/email/…`, `error/msisdn/…`, …), `error/id/format`,
    /// `error/dataset/format`.
    pub fn read(raw: &str, kind: Kind, rules: &Rules) -> Result<(Target, Vec<Error>)> {
        let addr_type = match kind {
            Kind::Id => return Ok((Target::Id(opaque::parse_number(raw, Id::IdFormat)?), Vec::new())),
            Kind::Dataset => return Ok((Target::Dataset(opaque::parse_number(raw, Id::DatasetFormat)?), Vec::new())),
            Kind::Detect => None,
            Kind::Type(addr_type) => Some(addr_type),
        };
        let Normalized { address, warnings } = address::normalize(raw, addr_type, rules)?;
        Ok((Target::Address(address), warnings))
    }

    /// The identifier, where it is one.
    pub fn address(&self) -> Option<&Address> {
        match self {
            Target::Address(address) => Some(address),
            Target::Id(_) | Target::Dataset(_) => None,
        }
    }
}
