//! Work that is done now and then.

use std::time::Duration;

/// When it was done last, in the server's microseconds.
pub struct Pace(i64);

impl Pace {
    /// It was done now.
    pub fn new(at: i64) -> Pace {
        Pace(at)
    }

    /// Whether the period has passed: then when it was done before, and it counts as done now.
    pub fn is_due(&mut self, at: i64, period: Duration) -> Option<i64> {
        let next = self.0.saturating_add(i64::try_from(period.as_micros()).unwrap_or(i64::MAX));
        (at >= next).then(|| std::mem::replace(&mut self.0, at))
    }
}
