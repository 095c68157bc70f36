//! tmp
use crate::domain::pipe::demand::Happening;
use crate::domain::pipe::failure::{Code, Failure};
use crate::pg::spi::Session;
/// tmp
pub fn register(_: &Session, _: Happening) -> Result<(), Failure> {
    Err(Failure::new(Code::Store, "tmp"))
}
