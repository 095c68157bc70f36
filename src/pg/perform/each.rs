//! The lock bits of a head follow the stop-lists and the delivery errors of its identifier (members.md 11 and 14).

use crate::domain::error::Result;
use crate::domain::member::system::lock as locks;
use crate::pg::guc;
use crate::pg::perform::follow::follow_heads;
use crate::pg::spi::Session;
use crate::pg::store::address::Known;
use crate::pg::store::{address, body, entrance, head};

/// Has the lock bits of a head follow the stop-lists and the delivery errors of its identifier, under the lock of its body.
/// The row of an identifier without a subscriber is written anew: who lets it in meanwhile notices an update, and under
/// REPEATABLE READ not a lock.
///
/// Errors: `error/json/corrupt`.
pub fn follow(session: &Session, known: &Known, host: Option<&str>) -> Result<()> {
    let Some(dataset) = known.owner.map(|owner| owner.dataset) else {
        address::release(session, &known.address);
        return Ok(());
    };
    // An earlier identifier of the same call may have given the body a newer version.
    let (Some(version), Some(mut head)) = (body::version(session, dataset), head::read(session, dataset, known.id)?)
    else {
        return Ok(());
    };
    let bits = head.lock & locks::UNCONFIRMED | entrance::locks(session, &known.address)?;
    if bits != head.lock {
        head.lock = bits;
        head::change(session, dataset, &head);
        body::touch(session, dataset, version + 1, guc::statement_micros(), host);
    }
    // Rules ask for errors too, which may be others though the bits are the same.
    follow_heads(session, &[dataset])
}
