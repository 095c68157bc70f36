//! What a query is read into.

use crate::domain::group::Pattern;
use crate::domain::pipe::template::{Path, Steps, Text};

/// One operation on the stack of values.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Operation {
    /// Puts a constant on the stack.
    Constant(Constant),
    /// Puts the value of this template on it.
    Bound(usize),
    /// Puts a field of the document on it, or that there is none.
    Name(Steps),
    /// Takes two, gives whether the first is so to the second.
    Compare(Comparison),
    /// Takes a text and, if there is no pattern here, an expression; gives whether it is found, or with `not` whether not.
    Match { pattern: Option<Pattern>, not: bool },
    /// Takes one, gives whether it is so, or with `not` whether it is there and not so.
    Is { what: State, not: bool },
    /// Takes two, gives their sum or both texts joined.
    Add,
    /// Takes two numbers, gives one.
    Calculate(Arithmetic),
    /// Looks at the truth on the stack: if it is this one, it stays, and the next `over` operations are passed over.
    /// Otherwise it is taken away.
    Skip { when: bool, over: usize },
    /// Fails unless a truth is on the stack.
    Truth,
}

/// A value that is written in a query.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Constant {
    Null,
    Bool(bool),
    /// Its digits, as written.
    Number(String),
    Text(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    Unequal,
    Greater,
    Less,
    GreaterOrEqual,
    LessOrEqual,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arithmetic {
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Power,
}

/// What `is` asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Null,
    Defined,
}

/// A template in a query.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Binding {
    /// Among text in quotes: a text.
    Quoted(Text),
    /// Outside of quotes. With `typed`, a text stays one even where it looks like a number.
    Bare { path: Path, typed: bool },
}
