//! Reading a query: by the strength of operators, straight into operations.

use super::Query;
use super::operation::{Binding, Constant, Operation, State};
use super::scan::{self, Operator};
use crate::domain::group::Pattern;
use crate::domain::pipe::template::{Place, Prefix, Problem, Reference, Start, Text, start};

/// The most octets of a query.
const LONGEST: usize = 10_000;
/// How deep expressions may lie in one another.
const DEEPEST: usize = 100;

/// See [`Query::parse`].
pub(super) fn parse(query: &str) -> Result<Query, Problem> {
    if query.len() > LONGEST {
        return Err(Problem::new("the query is longer than 10000 octets"));
    }
    let mut parser = Parser { rest: query, depth: 0, query: Query { operations: Vec::new(), bindings: Vec::new() } };
    let read = parser.expression(0).and_then(|()| parser.end());
    let at = query.chars().count() - parser.rest.chars().count() + 1;
    read.map_err(|problem| Problem::new(format!("at character {at}: {problem}")))?;
    Ok(parser.query)
}

struct Parser<'q> {
    rest: &'q str,
    depth: usize,
    query: Query,
}

impl<'q> Parser<'q> {
    /// An operand and all operators behind it that bind at least so tightly, with their operands.
    fn expression(&mut self, floor: u8) -> Result<(), Problem> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Problem::new("the query is too deep"));
        }
        self.operand()?;
        while let Some((operator, behind)) = scan::operator(self.skip_space()) {
            let (strength, right) = operator.binds();
            if strength < floor {
                break;
            }
            self.rest = behind;
            self.operation(operator, right)?;
        }
        self.depth -= 1;
        Ok(())
    }

    /// What an operator does with the operand before it and the one that it reads.
    fn operation(&mut self, operator: Operator, right: u8) -> Result<(), Problem> {
        match operator {
            Operator::Or => return self.junction(true, right),
            Operator::And => return self.junction(false, right),
            Operator::Is { not } => return self.state(not),
            Operator::Match { not } => return self.pattern(not, right),
            Operator::Compare(comparison) => {
                self.expression(right)?;
                self.push(Operation::Compare(comparison));
            }
            Operator::Add => {
                self.expression(right)?;
                self.push(Operation::Add);
            }
            Operator::Calculate(arithmetic) => {
                self.expression(right)?;
                self.push(Operation::Calculate(arithmetic));
            }
        }
        Ok(())
    }

    /// The right side of `||` and `&&`, which is passed over when the left one decides.
    fn junction(&mut self, when: bool, right: u8) -> Result<(), Problem> {
        let at = self.query.operations.len();
        self.expression(right)?;
        self.push(Operation::Truth);
        let over = self.query.operations.len() - at;
        self.query.operations.insert(at, Operation::Skip { when, over });
        Ok(())
    }

    fn state(&mut self, not: bool) -> Result<(), Problem> {
        let (what, behind) = match scan::word(self.skip_space()) {
            ("null", behind) => (State::Null, behind),
            ("defined", behind) => (State::Defined, behind),
            _ => return Err(Problem::new("behind is and isnot goes null or defined")),
        };
        self.rest = behind;
        self.push(Operation::Is { what, not });
        Ok(())
    }

    /// A regular expression that is a constant is made ready here.
    fn pattern(&mut self, not: bool, right: u8) -> Result<(), Problem> {
        let at = self.query.operations.len();
        self.expression(right)?;
        let pattern = match self.query.operations.get(at..) {
            Some([Operation::Constant(Constant::Text(written))]) => {
                let pattern = Pattern::parse(written);
                Some(pattern.map_err(|error| Problem::new(format!("the regular expression: {}", error.explain)))?)
            }
            _ => None,
        };
        if pattern.is_some() {
            self.query.operations.truncate(at);
        }
        self.push(Operation::Match { pattern, not });
        Ok(())
    }

    fn operand(&mut self) -> Result<(), Problem> {
        let text = self.skip_space();
        if let Some(inside) = text.strip_prefix('(') {
            self.rest = inside;
            self.expression(0)?;
            let closed = self.skip_space().strip_prefix(')');
            self.rest = closed.ok_or_else(|| Problem::new("an operator or a closing bracket is needed"))?;
            return Ok(());
        }
        let (operation, behind) = self.value(text)?.ok_or_else(|| Problem::new("an operand is needed"))?;
        self.rest = behind;
        self.push(operation);
        Ok(())
    }

    /// A constant, a template or a name.
    fn value(&mut self, text: &'q str) -> Result<Option<(Operation, &'q str)>, Problem> {
        if let Some(quoted) = scan::quoted(text) {
            let (inside, behind) = quoted.ok_or_else(|| Problem::new("the quote is not closed"))?;
            let inside = Text::parse(&inside)?;
            return Ok(Some((self.text(inside), behind)));
        }
        if let Some((Start::Value(reference), behind)) = start(text, false)? {
            return Ok(Some((self.bind(bare(reference)?), behind)));
        }
        if let Some((number, behind)) = scan::number(text) {
            if !scan::word(behind).0.is_empty() || behind.starts_with('.') {
                return Err(Problem::new("a number is digits, and with a point more digits"));
            }
            return Ok(Some((Operation::Constant(Constant::Number(number.to_owned())), behind)));
        }
        Ok(scan::name(text).map(|(name, behind)| {
            let word = text.strip_suffix(behind).unwrap_or(text);
            (named(word).map_or(Operation::Name(name), Operation::Constant), behind)
        }))
    }

    fn text(&mut self, text: Text) -> Operation {
        match text.plain() {
            Some(plain) => Operation::Constant(Constant::Text(plain.to_owned())),
            None => self.bind(Binding::Quoted(text)),
        }
    }

    fn bind(&mut self, binding: Binding) -> Operation {
        self.query.bindings.push(binding);
        Operation::Bound(self.query.bindings.len() - 1)
    }

    fn end(&mut self) -> Result<(), Problem> {
        if self.skip_space().is_empty() { Ok(()) } else { Err(Problem::new("an operator is needed")) }
    }

    fn skip_space(&mut self) -> &'q str {
        self.rest = self.rest.trim_start();
        self.rest
    }

    fn push(&mut self, operation: Operation) {
        self.query.operations.push(operation);
    }
}

/// A word that is a value.
pub(super) fn named(word: &str) -> Option<Constant> {
    match word {
        "null" => Some(Constant::Null),
        "true" => Some(Constant::Bool(true)),
        "false" => Some(Constant::Bool(false)),
        _ => None,
    }
}

/// A template outside of quotes.
fn bare(reference: Reference) -> Result<Binding, Problem> {
    match reference {
        Reference { prefix: Prefix::Items, place } => {
            Err(Problem::new(format!("${place} gives the items of a list: it cannot stand in a query")))
        }
        Reference { prefix, place: Place::Scope(path) } => Ok(Binding::Bare { path, typed: prefix == Prefix::Typed }),
        Reference { place, .. } => Err(Problem::new(format!("{place} has no item here"))),
    }
}
