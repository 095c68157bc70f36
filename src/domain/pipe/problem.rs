//! What is wrong with a pipeline: all of it at once, each with its pipe (shapes.md 11).

use super::pipes::PipeId;
use crate::domain::error::{Error, Id};
use crate::domain::json::Node;

/// Whether a pipeline can be set all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// It cannot.
    Error,
    /// It can, but probably does not what was meant.
    Warning,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// How bad it is.
    pub level: Level,
    /// The pipe; none where it is the pipeline, or a pipe without a number.
    pub pipe: Option<PipeId>,
    /// Which problem it is.
    pub id: Id,
    /// What exactly, without values of templates.
    pub explain: String,
}

impl Problem {
    /// `{"level", "pipe", "id", "explain"}`.
    pub fn node<'a>(&self) -> Node<'a> {
        let level = match self.level {
            Level::Error => "error",
            Level::Warning => "warning",
        };
        Node::object([
            ("level", Node::from(level)),
            ("pipe", Node::from(self.pipe)),
            ("id", Node::from(self.id.as_str())),
            ("explain", Node::from(self.explain.clone())),
        ])
    }

    /// A line of a refusal: `pipe 3: error/pipeline/exit: …`.
    fn line(&self) -> String {
        let place = self.pipe.map(|pipe| format!("pipe {pipe}: ")).unwrap_or_default();
        format!("{place}{}: {}", self.id.as_str(), self.explain)
    }
}

/// Everything that is wrong so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Notes an error.
    pub fn error(&mut self, pipe: Option<PipeId>, id: Id, explain: impl Into<String>) {
        self.0.push(Problem { level: Level::Error, pipe, id, explain: explain.into() });
    }

    /// Notes a warning.
    pub fn warn(&mut self, pipe: Option<PipeId>, id: Id, explain: impl Into<String>) {
        self.0.push(Problem { level: Level::Warning, pipe, id, explain: explain.into() });
    }

    /// Notes what refused the whole.
    pub fn refusal(&mut self, error: Error) {
        self.error(None, error.id, error.explain);
    }

    /// Notes what was found elsewhere.
    pub fn append(&mut self, mut others: Problems) {
        self.0.append(&mut others.0);
    }

    /// Whether there is an error among them.
    pub fn has_error(&self) -> bool {
        self.0.iter().any(|problem| problem.level == Level::Error)
    }

    /// All of them: of the pipeline first, then by pipe, errors before warnings.
    pub fn sorted(mut self) -> Vec<Problem> {
        self.0.sort_by_key(|problem| (problem.pipe, problem.level));
        self.0
    }
}

/// `[{"level", "pipe", "id", "explain"}]`.
pub fn nodes<'a>(problems: &[Problem]) -> Node<'a> {
    Node::array(problems.iter().map(Problem::node))
}

/// The refusal of a pipeline: every error, a line each. None where there are only warnings.
pub fn refusal(problems: &[Problem]) -> Option<Error> {
    let errors = problems.iter().filter(|problem| problem.level == Level::Error);
    let lines: Vec<String> = errors.map(Problem::line).collect();
    if lines.is_empty() { None } else { Some(Error::new(Id::PipelineInvalid, lines.join("\n"))) }
}
