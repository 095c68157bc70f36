//! A message that waits is looked at again when its run begins: who it is for may have left in the meantime (shapes.md 11).

use crate::domain::error::Result;
use crate::domain::message::suppress::Purpose;
use crate::domain::pipe::kind::Kind;
use crate::pg::perform::run::recipient;
use crate::pg::spi::Session;
use crate::pg::store::pipeline_run::Run;
use crate::pg::store::{launch, message, stoplist};

/// Why what a run sends must not go any more; none where it may, and for what was not meant to wait: that was looked at in
/// the call.
///
/// Errors: `error/json/corrupt`.
pub fn reason(session: &Session, run: &Run) -> Result<Option<&'static str>> {
    let is_message = run.kind == Kind::Message.name() && run.address_id != 0;
    let has_waited = run.launch != 0 || run.run_at.is_some();
    let Some(smid) = run.send_message_id.filter(|_| is_message && has_waited) else { return Ok(None) };
    let Some((address, lock)) = recipient(session, run)? else { return Ok(None) };
    let stops = stoplist::read(session, &address);
    if lock == 0 && stops.is_empty() {
        return Ok(None);
    }
    // Only letters that are sent at once, and launches, are for something else than their text.
    let purpose = launch::find(session, run.launch).map_or(Purpose::Message, |launch| launch.purpose);
    let sender = message::find(session, smid).map_or(0, |message| message.sender);
    Ok(purpose.reason(lock, sender != 0 && stops.iter().any(|stop| stop.sender == sender)))
}
