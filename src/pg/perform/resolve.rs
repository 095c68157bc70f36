//! From an identifier as written to one in normal form, by all rules: those that read settings and tables too.

use crate::domain::address::{self, AddrType, Address, Check, phone};
use crate::domain::error::{Error, Id, Result};
use crate::domain::member::target::{Kind, Target};
use crate::domain::setting;
use crate::pg::guc;
use crate::pg::spi::Session;
use crate::pg::store::numbering::{self, Standing};
use crate::pg::store::setting as settings;
use std::borrow::Cow;

/// Reads an identifier by all rules; adds the warnings of rules that only warn.
///
/// Errors: `error/email/…`, `error/msisdn/…` and those of the other types, `error/id/format`,
/// `error/dataset/format`.
pub fn target(session: &Session, raw: &str, kind: Kind, warnings: &mut Vec<Error>) -> Result<Target> {
    // Lists are long, and most of their identifiers ask no table, which would look.
    pgrx::check_for_interrupts!();
    let (target, found) = Target::read(raw, kind, &guc::rules(true)?)?;
    warnings.extend(found);
    if let Target::Address(address) = &target {
        check_national(session, address)?;
        check_plan(session, address, warnings)?;
    }
    Ok(target)
}

/// Reads many identifiers; of each that is invalid the refusal becomes a warning.
pub fn each(session: &Session, list: &[Cow<str>], kind: Kind, warnings: &mut Vec<Error>) -> Vec<Option<Target>> {
    let mut read = |raw: &Cow<str>| target(session, raw, kind, warnings).map_err(|error| warnings.push(error)).ok();
    list.iter().map(&mut read).collect()
}

/// Refuses a national e-mail address where `email.utf8` is off; the setting is read only for such addresses.
fn check_national(session: &Session, address: &Address) -> Result<()> {
    if address.addr_type != AddrType::Email || address.value.is_ascii() {
        return Ok(());
    }
    if settings::number(session, setting::EMAIL_UTF8)? == Some(0) {
        return Err(Error::new(Id::EmailUtf8denied, "the address is not ASCII and email.utf8 is 0"));
    }
    Ok(())
}

/// Looks a Russian mobile number up in the numbering plan, where one is loaded.
fn check_plan(session: &Session, address: &Address, warnings: &mut Vec<Error>) -> Result<()> {
    let check = guc::phone_check();
    if check == Check::Off || !address.addr_type.is_phone() {
        return Ok(());
    }
    let Some((prefix, number)) = phone::plan_key(&address.value) else { return Ok(()) };
    if numbering::look_up(session, prefix, number) != Standing::Outside {
        return Ok(());
    }
    let refusal = Error::new(Id::MsisdnNotinplan, "the number is in no range of the numbering plan");
    match check {
        Check::Strict => Err(refusal),
        _ => {
            warnings.push(refusal);
            Ok(())
        }
    }
}

/// An identifier by all rules, as `address_normalize` shows it. Errors: as [`target`].
pub fn address(session: &Session, raw: &str, addr_type: Option<&str>, warnings: &mut Vec<Error>) -> Result<Address> {
    match target(session, raw, Kind::parse(addr_type)?, warnings)? {
        Target::Address(address) => Ok(address),
        Target::Id(_) | Target::Dataset(_) => {
            Err(Error::new(Id::AddrTypeUnusable, "id and dataset are numbers of the system, not addresses"))
        }
    }
}

/// The type an identifier would be read as: the one named, or the detected one.
pub fn type_of(raw: &str, addr_type: Option<&str>) -> Result<Option<AddrType>> {
    Ok(match Kind::parse(addr_type)? {
        Kind::Detect => Some(address::detect(raw)),
        Kind::Type(addr_type) => Some(addr_type),
        Kind::Id | Kind::Dataset => None,
    })
}
