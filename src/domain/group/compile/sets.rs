//! Conditions while they are put together: sets of datasets as long as they are such, conditions on a row otherwise.

/// A part of the condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sql {
    /// Everyone whose dataset this query gives; its one column is `dataset`.
    Inside(String),
    /// Everyone else.
    Outside(String),
    /// A condition over `h` and `b` that is never null.
    Row(String),
    /// All of these.
    All(Vec<Sql>),
    /// One of these.
    Any(Vec<Sql>),
}

impl Sql {
    /// True of everyone, or of nobody.
    pub fn truth(truth: bool) -> Sql {
        if truth { Sql::All(Vec::new()) } else { Sql::Any(Vec::new()) }
    }

    /// The opposite, or the same.
    pub fn negated(self, negated: bool) -> Sql {
        if !negated {
            return self;
        }
        match self {
            Sql::Inside(query) => Sql::Outside(query),
            Sql::Outside(query) => Sql::Inside(query),
            Sql::Row(condition) => Sql::Row(format!("NOT ({condition})")),
            Sql::All(parts) => Sql::Any(parts.into_iter().map(|part| part.negated(true)).collect()),
            Sql::Any(parts) => Sql::All(parts.into_iter().map(|part| part.negated(true)).collect()),
        }
    }

    /// As a condition over `h` and `b`.
    pub fn condition(&self) -> String {
        match self {
            Sql::Inside(query) => is_in("h", query),
            Sql::Outside(query) => is_not_in("h", query),
            Sql::Row(condition) => condition.clone(),
            Sql::All(parts) => joined(parts.iter().map(Sql::condition), " AND ", "true"),
            Sql::Any(parts) => Sql::either(parts),
        }
    }

    /// One of these: all that are sets together are one set.
    fn either(parts: &[Sql]) -> String {
        let (sets, rows): (Vec<_>, Vec<_>) =
            parts.iter().map(|part| (part, part.set())).partition(|(_, set)| set.is_some());
        let together = union(sets.into_iter().filter_map(|(_, set)| set).collect());
        let rows = rows.into_iter().map(|(part, _)| part.condition());
        joined(together.map(|query| is_in("h", &query)).into_iter().chain(rows), " OR ", "false")
    }

    /// As a query of datasets, if a table of attributes alone can tell.
    fn set(&self) -> Option<String> {
        match self {
            Sql::Inside(query) => Some(query.clone()),
            Sql::Outside(_) | Sql::Row(_) => None,
            Sql::Any(parts) => union(parts.iter().map(Sql::set).collect::<Option<_>>()?),
            Sql::All(parts) => intersection(parts),
        }
    }
}

fn union(sets: Vec<String>) -> Option<String> {
    if sets.is_empty() { None } else { Some(sets.join(" UNION ALL ")) }
}

/// The datasets of the first set that are in the others too, and outside of what they must be outside of.
fn intersection(parts: &[Sql]) -> Option<String> {
    let mut first = None;
    let mut conditions = Vec::new();
    for part in parts {
        match (part, part.set()) {
            (_, Some(set)) if first.is_none() => first = Some(set),
            (_, Some(set)) => conditions.push(is_in("s", &set)),
            (Sql::Outside(query), None) => conditions.push(is_not_in("s", query)),
            _ => return None,
        }
    }
    let first = first?;
    if conditions.is_empty() {
        return Some(first);
    }
    Some(format!("SELECT s.dataset FROM ({first}) s WHERE {}", conditions.join(" AND ")))
}

fn is_in(alias: &str, query: &str) -> String {
    format!("{alias}.dataset OPERATOR(pg_catalog.=) ANY ({query})")
}

/// Written so that the planner can join: it does not with `<> ALL`.
fn is_not_in(alias: &str, query: &str) -> String {
    format!("NOT EXISTS (SELECT FROM ({query}) x WHERE x.dataset OPERATOR(pg_catalog.=) {alias}.dataset)")
}

fn joined(parts: impl Iterator<Item = String>, word: &str, none: &str) -> String {
    let parts: Vec<String> = parts.collect();
    match parts.as_slice() {
        [] => none.to_owned(),
        [only] => only.clone(),
        _ => format!("({})", parts.join(word)),
    }
}
