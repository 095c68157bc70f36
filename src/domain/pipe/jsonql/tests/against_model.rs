//! Random expressions, printed with as few brackets as they need or with more, against a naive evaluator of trees.

use super::super::Query;
use crate::domain::json::root;
use crate::domain::pipe::data::Data;
use crate::domain::pipe::scope::Scope;
use proptest::prelude::*;
use std::cmp::Ordering;

/// An expression.
#[derive(Clone, Debug)]
enum Tree {
    /// A value, and where the query has it from.
    Leaf(V, Source),
    /// A field that nobody has.
    Nobody,
    Binary(&'static str, Box<Tree>, Box<Tree>),
    Is(Box<Tree>, bool, &'static str),
    /// Brackets that need not be.
    Brackets(Box<Tree>),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Source {
    Literal,
    Document,
    Quoted,
    Bare,
    Typed,
}

/// A value of the model. A number has its digits if it was written.
#[derive(Clone, Debug, PartialEq)]
enum V {
    Absent,
    Null,
    Bool(bool),
    Number(i128, i128, Option<String>),
    Text(String),
    List,
}

/// What ends an evaluation.
#[derive(Debug)]
enum End {
    Failure,
    /// The model's numbers are too small for it.
    TooLarge,
}

const OPERATORS: [(&str, u8); 15] = [
    ("||", 1),
    ("&&", 2),
    ("=", 3),
    ("!=", 3),
    (">", 3),
    ("<", 3),
    (">=", 3),
    ("<=", 3),
    ("~=", 3),
    ("!~=", 3),
    ("+", 4),
    ("-", 4),
    ("*", 5),
    ("/", 5),
    ("%", 5),
];

fn strength(operator: &str) -> u8 {
    OPERATORS.iter().find(|(known, _)| *known == operator).map_or(6, |(_, strength)| *strength)
}

/// Texts that would do harm if they were spliced.
const TEXTS: [&str; 13] =
    ["", "a", "b", "true", "null", "5", "-2.50", "007", "it's", "' || true || '", "a) || (true", "$in.v0", "\\$x"];

fn leaf() -> impl Strategy<Value = Tree> {
    let number = (-9i128..10, prop::sample::select(vec!["", ".5", ".0", ".25"]))
        .prop_map(|(whole, fraction)| written(&format!("{whole}{fraction}")).unwrap());
    let value = prop_oneof![
        4 => number,
        2 => any::<bool>().prop_map(V::Bool),
        1 => Just(V::Null),
        1 => Just(V::List),
        3 => prop::sample::select(TEXTS.to_vec()).prop_map(|text| V::Text(text.to_owned())),
    ];
    let source =
        prop::sample::select(vec![Source::Literal, Source::Document, Source::Quoted, Source::Bare, Source::Typed]);
    prop_oneof![
        12 => (value, source).prop_map(|(value, source)| match value {
            V::List if source == Source::Literal => Tree::Leaf(V::List, Source::Document),
            value => Tree::Leaf(value, source),
        }),
        1 => Just(Tree::Nobody),
    ]
}

fn tree() -> impl Strategy<Value = Tree> {
    leaf().prop_recursive(5, 32, 2, |inner| {
        let operators: Vec<&'static str> = OPERATORS.iter().map(|(operator, _)| *operator).chain(["^"]).collect();
        prop_oneof![
            8 => (prop::sample::select(operators), inner.clone(), inner.clone())
                .prop_map(|(operator, left, right)| Tree::Binary(operator, Box::new(left), Box::new(right))),
            1 => (inner.clone(), any::<bool>(), prop::sample::select(vec!["null", "defined"]))
                .prop_map(|(inner, not, what)| Tree::Is(Box::new(inner), not, what)),
            1 => inner.prop_map(|inner| Tree::Brackets(Box::new(inner))),
        ]
    })
}

/// The query of a tree, its values put into the scope.
fn print(tree: &Tree, scope: &mut Scope) -> String {
    match tree {
        Tree::Nobody => "nobody.[3]".to_owned(),
        Tree::Brackets(inner) => format!("( {})", print(inner, scope)),
        Tree::Is(inner, not, what) => {
            format!("{} {} {what}", operand(inner, 3, scope), if *not { "isnot" } else { "is" })
        }
        Tree::Binary(operator, left, right) => {
            let own = strength(operator);
            let from_right = *operator == "^";
            let left = operand(left, if from_right { own + 1 } else { own }, scope);
            let right = operand(right, if from_right { own } else { own + 1 }, scope);
            format!("{left} {operator} {right}")
        }
        Tree::Leaf(value, Source::Literal) => literal(value),
        Tree::Leaf(value, source) => {
            let name = format!("v{}", scope.input.len());
            scope.input.insert(name.clone(), data(value));
            match source {
                Source::Quoted => format!("'$in.{name}'"),
                Source::Bare => format!("${{in.{name}}}"),
                Source::Typed => format!("$#in.{name}"),
                _ => name,
            }
        }
    }
}

/// In brackets if it binds less tightly.
fn operand(tree: &Tree, needed: u8, scope: &mut Scope) -> String {
    let own = match tree {
        Tree::Binary(operator, _, _) => strength(operator),
        Tree::Is(..) => 3,
        _ => 7,
    };
    let printed = print(tree, scope);
    if own < needed { format!("({printed})") } else { printed }
}

fn literal(value: &V) -> String {
    match value {
        V::Text(text) => format!("'{}'", text.replace('\'', "''").replace("\\$", "$").replace('$', "\\$")),
        other => text_of(other).unwrap_or_else(|| "null".to_owned()),
    }
}

fn data(value: &V) -> Data {
    match value {
        V::Number(_, _, Some(written)) => Data::from_json(serde_json::from_str(written).unwrap()),
        V::Text(text) => Data::from(text.as_str()),
        V::Bool(truth) => Data::Bool(*truth),
        V::List => Data::List(vec![Data::Null]),
        _ => Data::Null,
    }
}

/// A number from its digits, unless it is too large for the model.
fn written(text: &str) -> Option<V> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let below = 10i128.checked_pow(fraction.len() as u32)?;
    Some(V::Number(format!("{whole}{fraction}").parse().ok()?, below, Some(text.to_owned())))
}

/// A number, or a text that looks like one: digits, with a sign or none, and with a point more digits.
fn numeric(value: &V) -> Result<Option<(i128, i128)>, End> {
    match value {
        V::Number(above, below, _) => Ok(Some((*above, *below))),
        V::Text(text) if looks_like_number(text) => match written(text) {
            Some(V::Number(above, below, _)) => Ok(Some((above, below))),
            _ => Err(End::TooLarge),
        },
        _ => Ok(None),
    }
}

fn looks_like_number(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.chars().all(|letter| letter.is_ascii_digit());
    let unsigned = text.strip_prefix('-').or(text.strip_prefix('+')).unwrap_or(text);
    let parts: Vec<&str> = unsigned.split('.').collect();
    parts.len() < 3 && parts.into_iter().all(digits)
}

fn text_of(value: &V) -> Option<String> {
    match value {
        V::Bool(truth) => Some(truth.to_string()),
        V::Text(text) | V::Number(_, _, Some(text)) => Some(text.clone()),
        V::Number(above, below, None) => long_division(*above, *below),
        _ => None,
    }
}

/// Digit by digit, until nothing is left over.
fn long_division(above: i128, below: i128) -> Option<String> {
    let (above, below, sign) =
        (above.abs(), below.abs(), if (above < 0) != (below < 0) && above != 0 { "-" } else { "" });
    let mut digits = format!("{sign}{}", above / below);
    let mut left = above % below;
    for at in 0..130 {
        if left == 0 {
            return Some(digits);
        }
        digits.push_str(if at == 0 { "." } else { "" });
        let next = left.checked_mul(10)?;
        digits.push_str(&(next / below).to_string());
        left = next % below;
    }
    None
}

/// What the value of a leaf is where it stands.
fn seen(value: &V, source: Source) -> V {
    let text = |value: &V| match value {
        V::List => "[null]".to_owned(),
        other => text_of(other).unwrap_or_default(),
    };
    match (source, value) {
        (Source::Quoted, value) => V::Text(text(value)),
        (Source::Bare, V::Text(given)) => match given.as_str() {
            "true" => V::Bool(true),
            "null" => V::Null,
            other => written(other).filter(|_| looks_like_number(other)).unwrap_or(value.clone()),
        },
        // A literal has no way to write a backslash before a dollar sign.
        (Source::Literal, V::Text(given)) => V::Text(given.replace("\\$", "$")),
        _ => value.clone(),
    }
}

fn evaluate(tree: &Tree) -> Result<V, End> {
    match tree {
        Tree::Nobody => Ok(V::Absent),
        Tree::Leaf(value, source) => Ok(seen(value, *source)),
        Tree::Brackets(inner) => evaluate(inner),
        Tree::Is(inner, not, what) => {
            let value = evaluate(inner)?;
            Ok(V::Bool(match (*what, *not) {
                ("null", false) => value == V::Null,
                ("null", true) => value != V::Null && value != V::Absent,
                (_, not) => (value == V::Absent) == not,
            }))
        }
        Tree::Binary(operator @ ("||" | "&&"), left, right) => {
            let V::Bool(left) = evaluate(left)? else { return Err(End::Failure) };
            if left == (*operator == "||") {
                return Ok(V::Bool(left));
            }
            let V::Bool(right) = evaluate(right)? else { return Err(End::Failure) };
            Ok(V::Bool(right))
        }
        Tree::Binary(operator, left, right) => binary(operator, &evaluate(left)?, &evaluate(right)?),
    }
}

fn binary(operator: &str, left: &V, right: &V) -> Result<V, End> {
    Ok(match operator {
        "=" => V::Bool(equal(left, right)?),
        "!=" => V::Bool(!equal(left, right)?),
        ">" => V::Bool(order(left, right)? == Some(Ordering::Greater)),
        "<" => V::Bool(order(left, right)? == Some(Ordering::Less)),
        ">=" => V::Bool(matches!(order(left, right)?, Some(Ordering::Greater | Ordering::Equal))),
        "<=" => V::Bool(matches!(order(left, right)?, Some(Ordering::Less | Ordering::Equal))),
        "~=" | "!~=" => {
            let pattern = text_of(right).ok_or(End::Failure)?;
            let pattern = regex::Regex::new(&pattern).map_err(|_| End::Failure)?;
            let found = text_of(left).is_some_and(|text| pattern.is_match(&text));
            V::Bool(found == (operator == "~="))
        }
        "+" => match (left, right) {
            (V::Number(..), V::Number(..)) => calculate("+", left, right)?,
            _ => V::Text(text_of(left).ok_or(End::Failure)? + &text_of(right).ok_or(End::Failure)?),
        },
        other => calculate(other, left, right)?,
    })
}

fn equal(left: &V, right: &V) -> Result<bool, End> {
    Ok(match (left, right) {
        (V::Null, V::Null) => true,
        (V::Bool(left), V::Bool(right)) => left == right,
        (V::Bool(truth), V::Text(text)) | (V::Text(text), V::Bool(truth)) => truth.to_string() == *text,
        _ => order(left, right)? == Some(Ordering::Equal),
    })
}

fn order(left: &V, right: &V) -> Result<Option<Ordering>, End> {
    if let (V::Text(left), V::Text(right)) = (left, right) {
        return Ok(Some(left.cmp(right)));
    }
    let (Some((a, b)), Some((c, d))) = (numeric(left)?, numeric(right)?) else { return Ok(None) };
    let (a, c) = (a.checked_mul(d).ok_or(End::TooLarge)?, c.checked_mul(b).ok_or(End::TooLarge)?);
    Ok(Some(if (b < 0) == (d < 0) { a.cmp(&c) } else { c.cmp(&a) }))
}

fn calculate(operator: &str, left: &V, right: &V) -> Result<V, End> {
    let (Some((a, b)), Some((c, d))) = (numeric(left)?, numeric(right)?) else { return Err(End::Failure) };
    let times = |left: i128, right: i128| left.checked_mul(right).ok_or(End::TooLarge);
    let (above, below) = match operator {
        "+" => (times(a, d)?.checked_add(times(c, b)?).ok_or(End::TooLarge)?, times(b, d)?),
        "-" => (times(a, d)?.checked_sub(times(c, b)?).ok_or(End::TooLarge)?, times(b, d)?),
        "*" => (times(a, c)?, times(b, d)?),
        "/" | "%" if c == 0 => return Err(End::Failure),
        "/" => (times(a, d)?, times(b, c)?),
        "%" => (times(a, d)? % times(c, b)?, times(b, d)?),
        _ => power((a, b), (c, d))?,
    };
    let shared = gcd(above, below);
    let sign = if below < 0 { -1 } else { 1 };
    Ok(V::Number(sign * above / shared, sign * below / shared, None))
}

fn power((a, b): (i128, i128), (c, d): (i128, i128)) -> Result<(i128, i128), End> {
    if c % d != 0 {
        return Err(End::Failure);
    }
    let exponent = c / d;
    if exponent < 0 && a == 0 {
        return Err(End::Failure);
    }
    let shared = gcd(a, b);
    let raise = |base: i128| base.checked_pow(u32::try_from(exponent.abs()).ok()?);
    let raised = (raise(a / shared).ok_or(End::TooLarge)?, raise(b / shared).ok_or(End::TooLarge)?);
    Ok(if exponent < 0 { (raised.1, raised.0) } else { raised })
}

fn gcd(left: i128, right: i128) -> i128 {
    if right == 0 { left.abs().max(1) } else { gcd(right, left % right) }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn queries_mean_what_trees_mean(tree in tree()) {
        let expected = match evaluate(&tree) {
            Ok(V::Bool(truth)) => Some(truth),
            Ok(_) | Err(End::Failure) => None,
            Err(End::TooLarge) => return Ok(()),
        };
        let mut scope = Scope::default();
        let query = print(&tree, &mut scope);
        // A pattern that is a constant is refused before anything is asked.
        let Ok(read) = Query::parse(&query) else {
            prop_assert!(query.contains("~="), "{}", query);
            return Ok(());
        };
        let given = read.matches(&scope);
        prop_assert_eq!(given.as_ref().ok().copied(), expected, "{}: {:?}", query, given);
        if read.is_plain() {
            let stored = Data::Object(scope.input).stored().unwrap();
            prop_assert_eq!(read.holds(root(&stored).unwrap()).ok(), expected, "{}", query);
        }
    }
}
