//! Passwords, keys and tokens of a hook.

use super::MASK;
use std::fmt;
use std::ops::Deref;

/// A text that lets one in somewhere. It is read as the text it is; printed for a programmer it is hidden, so that no log
/// and no message of a test shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Deref for Secret {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Secret {
        Secret(text.to_owned())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}
