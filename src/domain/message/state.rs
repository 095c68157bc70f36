//! How a launch goes: looked at where its channel wants that, sent, taken down (pipelines-and-hooks.md 5.6 and 5.7).
//!
//! ```text
//!  draft ──▶ moderating ──▶ approved ──▶ sending ──▶ done
//!    │ ▲          ╰──────▶ rejected         │          │
//!    │ ╰──────────────────────╯             │          │
//!    ╰──────────────────────────────────────┤          │
//!   stopped ◀──── stopping ◀────────────────┴──────────╯
//! ```

/// Where a launch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// It was made.
    Draft,
    /// The Moderate pipeline has it.
    Moderating,
    /// It passed.
    Approved,
    /// It did not.
    Rejected,
    /// Its messages are made and sent.
    Sending,
    /// All of them were handed over.
    Done,
    /// The Stop pipeline has it.
    Stopping,
    /// Nothing more of it is sent, and what was placed is taken down.
    Stopped,
}

/// What happens to a launch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It is given to the Moderate pipeline.
    Moderate,
    /// `moderate_pass`.
    Pass,
    /// `moderate_error`.
    Refuse,
    /// What was refused is written anew.
    Edit,
    /// Sending begins.
    Send,
    /// The last message was handed over.
    Finish,
    /// Somebody stops it.
    Stop {
        /// Whether its channel takes placements down by a pipeline of its own.
        by_pipeline: bool,
    },
    /// `stop`: the placement was taken down.
    Down,
}

impl Step {
    /// What is done, for messages.
    pub fn words(self) -> &'static str {
        match self {
            Step::Moderate => "to have it moderated",
            Step::Pass => "moderate_pass",
            Step::Refuse => "moderate_error",
            Step::Edit => "to write it anew",
            Step::Send => "to send it",
            Step::Finish => "to finish it",
            Step::Stop { .. } => "to stop it",
            Step::Down => "stop",
        }
    }
}

impl State {
    /// Every state by its name.
    pub const ALL: [(&'static str, State); 8] = [
        ("draft", State::Draft),
        ("moderating", State::Moderating),
        ("approved", State::Approved),
        ("rejected", State::Rejected),
        ("sending", State::Sending),
        ("done", State::Done),
        ("stopping", State::Stopping),
        ("stopped", State::Stopped),
    ];

    /// The state of this name.
    pub fn parse(name: &str) -> Option<State> {
        State::ALL.iter().find(|(known, _)| *known == name).map(|(_, state)| *state)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        State::ALL.iter().find(|(_, state)| *state == self).map_or("", |(name, _)| name)
    }

    /// The state after a step; none where the step has no meaning any more, or not yet, and is left out.
    pub fn after(self, step: Step) -> Option<State> {
        match (self, step) {
            (State::Draft, Step::Moderate) => Some(State::Moderating),
            (State::Moderating, Step::Pass) => Some(State::Approved),
            (State::Moderating, Step::Refuse) => Some(State::Rejected),
            (State::Rejected, Step::Edit) => Some(State::Draft),
            (State::Draft | State::Approved, Step::Send) => Some(State::Sending),
            (State::Sending, Step::Finish) => Some(State::Done),
            (State::Sending | State::Done, Step::Stop { by_pipeline: true }) => Some(State::Stopping),
            // What was not placed yet needs nobody to take it down.
            (State::Draft | State::Moderating | State::Approved, Step::Stop { .. }) => Some(State::Stopped),
            (State::Sending | State::Done, Step::Stop { by_pipeline: false }) => Some(State::Stopped),
            // The other side may take a placement down by itself.
            (State::Sending | State::Done | State::Stopping, Step::Down) => Some(State::Stopped),
            _ => None,
        }
    }

    /// Whether messages of it that were not begun stay where they are.
    pub fn is_halted(self) -> bool {
        matches!(self, State::Rejected | State::Stopping | State::Stopped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use State::{Approved, Done, Draft, Moderating, Rejected, Sending, Stopped, Stopping};
    use proptest::prelude::*;

    const STEPS: [Step; 9] = [
        Step::Moderate,
        Step::Pass,
        Step::Refuse,
        Step::Edit,
        Step::Send,
        Step::Finish,
        Step::Stop { by_pipeline: true },
        Step::Stop { by_pipeline: false },
        Step::Down,
    ];

    /// Every state with what each of [`STEPS`] makes of it, written out.
    #[test]
    fn every_step_in_every_state() {
        let table: [(State, [Option<State>; 9]); 8] = [
            (Draft, [Some(Moderating), None, None, None, Some(Sending), None, Some(Stopped), Some(Stopped), None]),
            (Moderating, [None, Some(Approved), Some(Rejected), None, None, None, Some(Stopped), Some(Stopped), None]),
            (Approved, [None, None, None, None, Some(Sending), None, Some(Stopped), Some(Stopped), None]),
            (Rejected, [None, None, None, Some(Draft), None, None, None, None, None]),
            (Sending, [None, None, None, None, None, Some(Done), Some(Stopping), Some(Stopped), Some(Stopped)]),
            (Done, [None, None, None, None, None, None, Some(Stopping), Some(Stopped), Some(Stopped)]),
            (Stopping, [None, None, None, None, None, None, None, None, Some(Stopped)]),
            (Stopped, [None; 9]),
        ];
        for (state, afters) in table {
            for (step, after) in STEPS.into_iter().zip(afters) {
                assert_eq!(state.after(step), after, "{state:?} {step:?}");
            }
            assert_eq!(State::parse(state.name()), Some(state));
        }
        assert_eq!(State::parse("sent"), None);
    }

    proptest! {
        #[test]
        fn a_second_answer_is_nothing_and_what_is_halted_never_sends(steps in prop::collection::vec(0..9_usize, 0..20)) {
            let mut state = Draft;
            for step in steps.into_iter().map(|step| STEPS[step]) {
                let Some(next) = state.after(step) else { continue };
                prop_assert_eq!(next.after(step), None);
                prop_assert!(!state.is_halted() || next.is_halted() || step == Step::Edit);
                prop_assert!(next != Sending || matches!(state, Draft | Approved));
                state = next;
            }
        }
    }
}
