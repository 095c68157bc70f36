//! What the Eventer pipe registers: an event of a message in the log and the message's own state, or a step of a launch,
//! in one transaction (pipelines-and-hooks.md 3.11).

use crate::domain::error::{Error, Id};
use crate::domain::message::smid::is_acceptable;
use crate::domain::message::state::Step;
use crate::domain::pipe::data::{Data, Object};
use crate::domain::pipe::demand::Happening;
use crate::domain::pipe::failure::{Code, Failure};
use crate::domain::pipe::pipes::EventCode;
use crate::pg::guc;
use crate::pg::perform::channel;
use crate::pg::perform::event_emit;
use crate::pg::perform::launch;
use crate::pg::spi::Session;
use crate::pg::store::message::{self, Kept};

/// Registers an event. Fails with the words that pipelines show: the number of the message has no right form or is not
/// known, the event is none of the channel, or says something else.
pub fn register(session: &Session, happening: Happening) -> Result<(), Failure> {
    let smid = happening.send_message_id.as_str();
    if !is_acceptable(smid, guc::smid_any()) {
        return Err(Failure::new(Code::Params, "send_message_id has a wrong format"));
    }
    let message = message::find(session, smid);
    let message = message.ok_or_else(|| Failure::new(Code::Input, "no message has this send_message_id"))?;
    let reason = text(&happening.rest, "message");
    match happening.code {
        EventCode::ModeratePass => answered(session, &message, smid, Step::Pass, reason),
        EventCode::ModerateError => answered(session, &message, smid, Step::Refuse, reason),
        EventCode::Stop => answered(session, &message, smid, Step::Down, reason),
        _ => happened(session, &happening, &message, reason),
    }
}

/// Keeps a message back that was handed over, and tells the log why. Fails where there is none, or as events do.
pub fn keep_back(session: &Session, send_message_id: &str, reason: &'static str) -> Result<(), Failure> {
    let message = message::find(session, send_message_id);
    let message = message.ok_or_else(|| Failure::new(Code::Input, "no message has this send_message_id"))?;
    tell_suppressed(session, send_message_id, &message, reason).map_err(failed)?;
    message::note(session, message.dataset, send_message_id, guc::statement_micros(), "suppress", Some(reason));
    Ok(())
}

/// Tells the log that a message is kept back. Errors: those of `event_emit`.
pub fn tell_suppressed(session: &Session, send_message_id: &str, message: &Kept, reason: &str) -> Result<(), Error> {
    event_emit::of_message(session, "suppress", send_message_id, message, vec![("reason", Data::from(reason))])
}

/// The real address of a message is not known any more: says so in its state, and gives what its run fails with.
pub fn lost_address(session: &Session, send_message_id: &str) -> Error {
    let error = Error::new(Id::MessageSubstitute, "the hidden address went with the server's memory: send it again");
    if let Some(message) = message::find(session, send_message_id) {
        let at = guc::statement_micros();
        message::note(session, message.dataset, send_message_id, at, "undeliv", Some(&error.explain));
    }
    error
}

fn answered(session: &Session, message: &Kept, smid: &str, step: Step, reason: Option<&str>) -> Result<(), Failure> {
    if message.launch == 0 {
        return Err(Failure::new(Code::Input, "the message belongs to no launch"));
    }
    launch::answered(session, message.launch, smid, step, reason).map_err(failed)
}

fn happened(session: &Session, happening: &Happening, message: &Kept, reason: Option<&str>) -> Result<(), Failure> {
    let code = code(session, happening, message)?;
    let smid = happening.send_message_id.as_str();
    let mut data: Vec<(&str, Data)> = happening.rest.iter().map(|(key, value)| (key.as_str(), value.clone())).collect();
    data.extend(happening.action.map(|action| ("action_type", Data::from(action))));
    event_emit::of_message(session, &code, smid, message, data).map_err(failed)?;
    message::note(session, message.dataset, smid, guc::statement_micros(), happening.code.name(), reason);
    // A placement is one message: it is placed when it was handed over.
    let is_placed = message.dataset == 0 && matches!(happening.code, EventCode::Send | EventCode::Deliv);
    if is_placed && launch::is_sending(session, message.launch) {
        launch::step(session, message.launch, Step::Finish, None);
    }
    Ok(())
}

/// The event's code in the log: `<channel>.<event>`.
fn code(session: &Session, happening: &Happening, message: &Kept) -> Result<String, Failure> {
    let wrong = |words: &str| Err(Failure::new(Code::Params, words));
    let (Some(id), Some(action)) = (happening.channel, happening.action) else {
        return wrong("channel_id and action_type are needed");
    };
    if id != message.channel {
        return wrong("the message went by another channel");
    }
    let channel = channel::open_by_id(session, id).map_err(failed)?.settings;
    match channel.events.iter().find(|event| event.id == action) {
        None => wrong("action_type is no event of the channel"),
        Some(event) if event.base != happening.code => wrong("event_type is not the base of action_type"),
        Some(event) => Ok(channel.code(event)),
    }
}

fn text<'a>(rest: &'a Object, key: &str) -> Option<&'a str> {
    match rest.get(key) {
        Some(Data::Text(text)) => Some(text),
        _ => None,
    }
}

fn failed(error: Error) -> Failure {
    Failure::new(Code::Params, format!("{}: {}", error.id.as_str(), error.explain))
}
