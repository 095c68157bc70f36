//! Ids of questionnaires, questions, answers and formats: they are keys of datakeys, so they need no escaping there.

use crate::domain::error::{Error, Id, Result};

/// The longest id. Longer ones would be no names.
const LONGEST: usize = 64;

/// An id of a question, an answer or a format. Errors: `error/anketa/id`, which names the parameter.
pub fn checked<'a>(parameter: &str, id: &'a str) -> Result<&'a str> {
    let is_usual = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if (1..=LONGEST).contains(&id.len()) && id.bytes().all(is_usual) {
        return Ok(id);
    }
    Err(Error::new(Id::AnketaId, parameter))
}

/// An id of a questionnaire, which is the first key of datakeys. Errors: `error/anketa/id`.
pub fn of_anketa<'a>(parameter: &str, id: &'a str) -> Result<&'a str> {
    if is_reserved(id) || id.starts_with('-') {
        return Err(Error::new(Id::AnketaId, parameter));
    }
    checked(parameter, id)
}

/// Whether it names what the system keeps, not a questionnaire.
pub fn is_reserved(id: &str) -> bool {
    matches!(id, "member" | "-group")
}
