//! Which part of a date is meant, and how that part is written: `YD` is `YYYY-MM-DD`, `Mh` is `MM-DD hh`.

use std::fmt;
use std::str::FromStr;

use jiff::civil::DateTime;

/// One component of a date, from the largest to the smallest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Component {
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
}

use Component::{Day, Hour, Minute, Month, Second, Year};

impl Component {
    const ALL: [Component; 6] = [Year, Month, Day, Hour, Minute, Second];

    /// The letter that names the component. Case matters: `M` is the month, `m` the minute.
    fn letter(self) -> char {
        match self {
            Year => 'Y',
            Month => 'M',
            Day => 'D',
            Hour => 'h',
            Minute => 'm',
            Second => 's',
        }
    }

    fn from_letter(letter: char) -> Option<Component> {
        Self::ALL.into_iter().find(|component| component.letter() == letter)
    }

    /// The sign between the component before and this one.
    fn separator(self) -> char {
        match self {
            Year | Month | Day => '-',
            Hour => ' ',
            Minute | Second => ':',
        }
    }

    /// How many digits it is written with.
    fn width(self) -> usize {
        if self == Year { 4 } else { 2 }
    }

    /// The fewest digits it may be given with: the year is always complete.
    fn least_digits(self) -> usize {
        if self == Year { 4 } else { 1 }
    }
}

/// What stands for the components outside of a range. Its year is a leap year, so that February 29 passes where the
/// year is not known; its month has 31 days, so that a lone day may be 31.
const FIRST: DateTime = DateTime::constant(2000, 1, 1, 0, 0, 0, 0);

/// A range of date components, `L` to `R`, neither outside of `Y M D h m s` nor in the wrong order.
/// Displayed as its two letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Precision {
    left: Component,
    right: Component,
}

impl Precision {
    /// Year to second, `Ys`: what `dt` and `current` mean when they name no range.
    pub const FULL: Precision = Precision { left: Year, right: Second };

    /// Those that begin with the year, the usual ones first.
    pub(super) const FROM_YEAR: [Precision; 6] = [
        Precision { left: Year, right: Second },
        Precision { left: Year, right: Day },
        Precision { left: Year, right: Minute },
        Precision { left: Year, right: Hour },
        Precision { left: Year, right: Month },
        Precision { left: Year, right: Year },
    ];

    /// Reads the two letters `LR`; anything else, or `L` after `R`, is None (members.md 6.7).
    pub fn parse(text: &str) -> Option<Precision> {
        let mut letters = text.chars();
        let left = Component::from_letter(letters.next()?)?;
        let right = Component::from_letter(letters.next()?)?;
        (letters.next().is_none() && left <= right).then_some(Precision { left, right })
    }

    /// The components of the range in the order in which they are written.
    fn components(self) -> impl Iterator<Item = Component> {
        Component::ALL.into_iter().filter(move |component| (self.left..=self.right).contains(component))
    }

    /// How a date of this precision looks, in letters: `YYYY-MM-DD hh:mm:ss` for `Ys`. For explanations.
    pub(super) fn form(self) -> String {
        let mut out = String::new();
        for component in self.components() {
            if component != self.left {
                out.push(component.separator());
            }
            out.extend(std::iter::repeat_n(component.letter(), component.width()));
        }
        out
    }

    /// How the server's `to_char` writes a date of this precision.
    pub fn to_char(self) -> String {
        self.form().replace("hh", "HH24").replace("mm", "MI").replace("ss", "SS")
    }

    /// Writes these components of `moment`, padded with zeros. Years are those of four digits; a year before 0 loses
    /// its sign, so callers keep such moments out.
    pub(super) fn print(self, moment: DateTime) -> String {
        let mut out = String::with_capacity(19);
        for component in self.components() {
            if component != self.left {
                out.push(component.separator());
            }
            match component {
                Year => {
                    let year = moment.year().unsigned_abs();
                    push_pair(&mut out, year / 100);
                    push_pair(&mut out, year % 100);
                }
                Month => push_pair(&mut out, moment.month().unsigned_abs().into()),
                Day => push_pair(&mut out, moment.day().unsigned_abs().into()),
                Hour => push_pair(&mut out, moment.hour().unsigned_abs().into()),
                Minute => push_pair(&mut out, moment.minute().unsigned_abs().into()),
                Second => push_pair(&mut out, moment.second().unsigned_abs().into()),
            }
        }
        out
    }

    /// Reads a date of exactly these components: each of them once, its separators, and nothing behind.
    pub(super) fn read(self, text: &str) -> Result<DateTime, Unreadable> {
        let mut fields = FIRST.with();
        let mut rest = text;
        for component in self.components() {
            if component != self.left {
                rest = skip_separator(rest, component.separator()).ok_or(Unreadable::Form)?;
            }
            let (digits, behind) = split_digits(rest, component.width());
            if digits.len() < component.least_digits() {
                return Err(Unreadable::Form);
            }
            rest = behind;
            fields = match component {
                Year => fields.year(number(digits)?),
                Month => fields.month(number(digits)?),
                Day => fields.day(number(digits)?),
                Hour => fields.hour(number(digits)?),
                Minute => fields.minute(number(digits)?),
                Second => fields.second(number(digits)?),
            };
        }
        if !rest.is_empty() {
            return Err(Unreadable::Form);
        }
        fields.build().map_err(|_| Unreadable::Calendar)
    }
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.left.letter(), self.right.letter())
    }
}

/// Why a text is no date of a precision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// It is not written as the precision asks.
    Form,
    /// It is written well, but the calendar or the clock has no such moment.
    Calendar,
}

/// What stands behind the separator; `T` may stand for the space between date and time.
fn skip_separator(text: &str, separator: char) -> Option<&str> {
    text.strip_prefix(separator).or_else(|| text.strip_prefix('T').filter(|_| separator == ' '))
}

/// The digits at the start of the text, at most so many, and what stands behind them.
fn split_digits(text: &str, most: usize) -> (&str, &str) {
    let count = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    text.split_at_checked(count).unwrap_or(("", text))
}

fn number<T: FromStr>(digits: &str) -> Result<T, Unreadable> {
    digits.parse().map_err(|_| Unreadable::Form)
}

/// Writes a number from 0 to 99 with two digits. By hand, because instants are shown several times in every reply.
fn push_pair(out: &mut String, number: u16) {
    for digit in [number / 10, number % 10] {
        out.push(char::from_digit(digit.into(), 10).unwrap_or('9'));
    }
}
