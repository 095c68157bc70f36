//! Datakey programs: lists of operations (members.md 6.2).

use super::date::DateType;
use super::limits::{Limits, beyond};
use super::mode::Mode;
use super::path::{Path, Shown};
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Array, Raw, Value, View};

/// What a copying mode needs as its third element.
const NO_SOURCE: &str = "a copying mode takes the key to copy from";

/// Where an operation's value comes from.
#[derive(Clone, Debug)]
pub enum Operand<'a> {
    /// There is none: `delete`.
    None,
    /// It stands in the program.
    Value(Value<'a>),
    /// It is stored under this path of the copy source.
    Copy(Box<Path<'a>>),
}

/// One operation: `[key, mode, value, type]`.
#[derive(Clone, Debug)]
pub struct Op<'a> {
    index: usize,
    key: &'a str,
    path: Path<'a>,
    mode: Mode,
    operand: Operand<'a>,
    /// Levels of containers in a value that stands in the program.
    depth: usize,
    date: Option<DateType>,
}

/// A list of operations, performed in order.
#[derive(Clone, Debug, Default)]
pub struct Program<'a> {
    ops: Vec<Op<'a>>,
}

impl<'a> Program<'a> {
    /// Reads a program. What depends on the data (conflicts, dates, sizes) shows when it is applied.
    ///
    /// Errors, which name the operation, counted from 0, and its key: `error/datakey/syntax`, `error/datakey/mode`,
    /// `error/datakey/type`, `error/datakey/limit`, `error/json/corrupt`.
    pub fn parse(list: Value<'a>, limits: &Limits) -> Result<Program<'a>> {
        let Value::Array(list) = list else {
            return Err(Error::new(
                Id::DatakeySyntax,
                format!("a program is a list of operations, not {}", list.kind()),
            ));
        };
        if list.len() > limits.max_operations {
            return Err(beyond("max_operations", limits.max_operations));
        }
        let mut ops = Vec::with_capacity(list.len());
        for (index, op) in list.raws().enumerate() {
            let Some(Value::Array(op)) = op?.container()? else { return Err(wrong_form(index)) };
            ops.push(Op::parse(index, op, limits)?);
        }
        Ok(Program { ops })
    }

    /// The program whose `insert`s also replace what is empty: null, `""`, `[]` and `{}` (members.md 8.1).
    pub fn fill(mut self) -> Program<'a> {
        self.ops.iter_mut().filter(|op| op.mode == Mode::Insert).for_each(|op| op.mode = Mode::Fill);
        self
    }

    /// Its operations.
    pub fn ops(&self) -> &[Op<'a>] {
        &self.ops
    }

    /// Its operations, to be taken apart.
    pub fn into_ops(self) -> Vec<Op<'a>> {
        self.ops
    }
}

/// A program of operations that were read before, in this order.
impl<'a> From<Vec<Op<'a>>> for Program<'a> {
    fn from(ops: Vec<Op<'a>>) -> Program<'a> {
        Program { ops }
    }
}

impl<'a> Op<'a> {
    fn parse(index: usize, op: Array<'a>, limits: &Limits) -> Result<Op<'a>> {
        let mut elements = op.raws();
        let mut next = || elements.next().transpose();
        let (key, mode, value, date) = (next()?, next()?, next()?, next()?);
        let (Some(key), Some(mode), true) = (key, mode, op.len() <= 4) else { return Err(wrong_form(index)) };
        let Some(key) = key.text()? else { return Err(wrong_form(index)) };
        Op::read(index, key, mode, value, date, limits).map_err(|error| located(error, index, key))
    }

    /// Reads one operation from the elements of its list; `index` is what error messages call it.
    ///
    /// Errors: `error/datakey/syntax`, `error/datakey/mode`, `error/datakey/type`, `error/datakey/limit`.
    pub fn new(
        index: usize,
        key: &'a str,
        mode: Value<'a>,
        value: Option<Value<'a>>,
        date: Option<Value<'a>>,
        limits: &Limits,
    ) -> Result<Op<'a>> {
        let (mode, value, date) = (Raw::from(mode), value.map(Raw::from), date.map(Raw::from));
        Op::read(index, key, mode, value, date, limits).map_err(|error| located(error, index, key))
    }

    fn read(
        index: usize,
        key: &'a str,
        mode: Raw<'a>,
        value: Option<Raw<'a>>,
        date: Option<Raw<'a>>,
        limits: &Limits,
    ) -> Result<Op<'a>> {
        let path = single(key, limits)?;
        let (mode, is_copy) = mode.text_bytes().and_then(Mode::parse).ok_or_else(unknown_mode)?;
        let mut op = Op { index, key, path, mode, operand: Operand::None, depth: 0, date: None };
        match (mode, value) {
            (Mode::Delete, value) => {
                refuse_unless_empty(value)?;
                refuse_unless_empty(date)?;
                return Ok(op);
            }
            (_, Some(value)) if !is_copy => {
                op.operand = Operand::Value(value.read()?);
                op.depth = if value.is_container() { View::Stored(value).depth(limits.depth())? } else { 0 };
            }
            (_, Some(source)) => {
                let source = source.text()?.ok_or_else(|| syntax(NO_SOURCE))?;
                op.operand = Operand::Copy(Box::new(single(source, limits)?));
            }
            (_, None) => return Err(syntax(if is_copy { NO_SOURCE } else { "this mode takes a value" })),
        }
        if let Some(date) = date {
            op.date = read_date(date)?;
        }
        Ok(op)
    }

    /// The internal operation that adds an integer (members.md 10.4): what is not a number counts as 0, on both sides.
    ///
    /// Errors: `error/datakey/syntax`, `error/datakey/limit`.
    pub fn calc(index: usize, key: &'a str, value: Value<'a>, limits: &Limits) -> Result<Op<'a>> {
        let path = single(key, limits).map_err(|error| located(error, index, key))?;
        Ok(Op { index, key, path, mode: Mode::Calc, operand: Operand::Value(value), depth: 0, date: None })
    }

    /// An operation that no caller wrote: it puts this value at a path, or what its mode makes of it.
    pub fn of_value(path: Path<'a>, mode: Mode, value: Value<'a>) -> Op<'a> {
        Op { index: 0, key: "", path, mode, operand: Operand::Value(value), depth: 0, date: None }
    }

    /// The removal of a path that no caller wrote.
    pub fn removal(path: Path<'a>) -> Op<'a> {
        Op { index: 0, key: "", path, mode: Mode::Delete, operand: Operand::None, depth: 0, date: None }
    }

    /// Its place in the list, from 0.
    pub fn index(&self) -> usize {
        self.index
    }

    /// The key as it was written.
    pub fn key(&self) -> &'a str {
        self.key
    }

    /// The key as a path, without wildcards.
    pub fn path(&self) -> &Path<'a> {
        &self.path
    }

    /// What it does.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Where its value comes from.
    pub fn operand(&self) -> &Operand<'a> {
        &self.operand
    }

    /// The path that it copies from, if it does.
    pub fn source(&self) -> Option<&Path<'a>> {
        match &self.operand {
            Operand::Copy(source) => Some(source),
            _ => None,
        }
    }

    /// The date that its value must be, if any.
    pub fn date(&self) -> Option<&DateType> {
        self.date.as_ref()
    }

    /// Levels of containers in a value that stands in the program; above the limit, any number stands for all.
    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    /// An error with the operation's index and key in front.
    pub fn locate(&self, error: Error) -> Error {
        located(error, self.index, self.key)
    }
}

/// A path to one place.
fn single<'a>(text: &'a str, limits: &Limits) -> Result<Path<'a>> {
    let path = Path::read(text, limits)?;
    if path.has_wildcard() { Err(syntax("wildcards are for reading; a key * is written \\*")) } else { Ok(path) }
}

fn read_date(date: Raw) -> Result<Option<DateType>> {
    match date.read()? {
        Value::Null => Ok(None),
        Value::String(text) => DateType::parse(text),
        _ => Err(Error::new(Id::DatakeyType, "a type is a text")),
    }
}

fn refuse_unless_empty(value: Option<Raw>) -> Result<()> {
    match value.map(Raw::read).transpose()? {
        None | Some(Value::Null | Value::String("")) => Ok(()),
        Some(_) => Err(syntax("delete takes neither value nor type")),
    }
}

/// An error of the operation of this index and key.
#[cold]
pub fn located(error: Error, index: usize, key: &str) -> Error {
    Error::new(error.id, format!("operation {index}, key {}: {}", Shown(key), error.explain))
}

#[cold]
fn wrong_form(index: usize) -> Error {
    syntax(&format!("operation {index}: an operation is a list [key, mode, value, type] whose key is a text"))
}

#[cold]
fn unknown_mode() -> Error {
    Error::new(Id::DatakeyMode, "there is no such mode")
}

#[cold]
fn syntax(explain: &str) -> Error {
    Error::new(Id::DatakeySyntax, explain)
}
