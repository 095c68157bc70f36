//! From conditions to SQL.

use super::params::{Param, Params};
use super::sets::Sql;
use super::{Target, attribute, column};
use crate::domain::address::AddrType;
use crate::domain::datakey::Path;
use crate::domain::error::Result;
use crate::domain::group::attr::{Aspect, Attr, Source};
use crate::domain::group::nested::{MAX_NESTED, cycle};
use crate::domain::group::question::Question;
use crate::domain::group::system_key::Column;
use crate::domain::group::test::Relation;
use crate::domain::group::tree::{Condition, Kind};
use crate::domain::group::write::written;
use crate::domain::json::encoded;

/// A filter being compiled.
pub struct Walk<'t> {
    pub target: &'t Target<'t>,
    /// The paths that are columns of the row.
    columns: &'t dyn Fn(&Path) -> Option<Column>,
    pub params: Params,
    /// How many groups lie around what is compiled.
    nested: usize,
    /// How many lay around the filter as a whole.
    around: usize,
}

impl<'t> Walk<'t> {
    pub fn new(target: &'t Target<'t>, columns: &'t dyn Fn(&Path) -> Option<Column>, nested: usize) -> Walk<'t> {
        Walk { target, columns, params: Params::new(target.first), nested, around: nested }
    }

    pub fn into_params(self) -> Vec<Param> {
        self.params.into_vec()
    }

    /// All of these conditions.
    pub fn all(&mut self, conditions: &[Condition]) -> Result<Sql> {
        self.together(conditions, Kind::All).map(Sql::All)
    }

    /// Conditions side by side. Those that only the document can tell are asked in one call: it is read once.
    fn together(&mut self, conditions: &[Condition], kind: fn(Vec<Condition>) -> Kind) -> Result<Vec<Sql>> {
        let (of_document, others): (Vec<_>, Vec<_>) =
            conditions.iter().cloned().partition(|condition| self.needs_document(condition));
        let mut parts = others.iter().map(|condition| self.one(condition)).collect::<Result<Vec<_>>>()?;
        if !of_document.is_empty() {
            let asked = Condition { kind: kind(of_document), negated: false, label: None };
            let leaf = self.leaf(&asked)?;
            parts.push(Sql::Row(format!("member.filter_match({leaf}, b.data)")));
        }
        Ok(parts)
    }

    /// Whether a condition is about the data alone, and not about registered datakeys.
    fn needs_document(&self, condition: &Condition) -> bool {
        match &condition.kind {
            Kind::All(conditions) | Kind::Any(conditions) => {
                !conditions.is_empty() && conditions.iter().all(|condition| self.needs_document(condition))
            }
            Kind::Test(attr, _) => self.is_unregistered(attr),
            Kind::Has(has) => self.is_unregistered(&has.place),
            Kind::Heads(..) | Kind::OwnsHead(_) | Kind::InGroup(_) | Kind::Statistics(_) => false,
        }
    }

    fn is_unregistered(&self, attr: &Attr) -> bool {
        attr.source() == Source::Body && self.column_of(attr).is_none() && self.registered(attr).is_none()
    }

    /// The column of the row that a path of the data stands for. In the filter of a group it is the data.
    fn column_of(&self, attr: &Attr) -> Option<Column> {
        let is_of_row = attr.source() == Source::Body && self.nested == self.around;
        attr.path().filter(|_| is_of_row).and_then(self.columns)
    }

    /// The datakey, if it is registered.
    fn registered(&self, attr: &Attr) -> Option<&'t str> {
        let path = attr.path()?.to_string();
        self.target.attributes.get(&path).map(String::as_str)
    }

    fn one(&mut self, condition: &Condition) -> Result<Sql> {
        let sql = match &condition.kind {
            Kind::All(conditions) => self.all(conditions)?,
            Kind::Any(conditions) => Sql::Any(self.together(conditions, Kind::Any)?),
            Kind::Heads(relation, number) => self.heads(*relation, *number),
            Kind::OwnsHead(addr_type) => self.owns_head(*addr_type),
            Kind::InGroup(gids) => self.in_group(gids)?,
            Kind::Statistics(question) => self.statistics(question)?,
            Kind::Test(attr, test) => match (self.column_of(attr), self.registered(attr)) {
                (Some(column), _) => column::of_row(self, column, attr, test, &positive(condition))?,
                (None, Some(path)) if attr.source() == Source::Body => {
                    attribute::test(self, path, attr, test, &positive(condition))?
                }
                _ => column::test(self, attr, test, &positive(condition))?,
            },
            Kind::Has(has) => {
                let path = self.params.text(self.registered(&has.place).unwrap_or_default());
                attribute::in_documents(self, &path, &positive(condition))?
            }
        };
        Ok(sql.negated(condition.negated))
    }

    /// A condition as the jsonb parameter of a function.
    pub fn leaf(&mut self, condition: &Condition) -> Result<String> {
        let list = std::slice::from_ref(condition);
        Ok(self.params.bind(Param::Jsonb(encoded(&written(list))?)))
    }

    fn heads(&mut self, relation: Relation, number: i64) -> Sql {
        let number = self.params.integer(number);
        Sql::Row(format!(
            "(SELECT pg_catalog.count(*) FROM member.head o \
               WHERE o.dataset OPERATOR(pg_catalog.=) h.dataset) {} {number}",
            operator(relation)
        ))
    }

    fn owns_head(&mut self, addr_type: AddrType) -> Sql {
        let addr_type = self.params.text(addr_type.as_str());
        Sql::Row(format!(
            "EXISTS (SELECT FROM member.head o \
              WHERE o.dataset OPERATOR(pg_catalog.=) h.dataset AND o.addr_type OPERATOR(pg_catalog.=) {addr_type})"
        ))
    }

    /// The heads of which a question finds something.
    fn statistics(&mut self, question: &Question) -> Result<Sql> {
        let target = Target { first: self.params.next(), ..*self.target };
        let found = question.stat.compile_heads(&target, self.nested)?;
        self.params.extend(found.params);
        Ok(Sql::Row(format!("h.id OPERATOR(pg_catalog.=) ANY ({})", found.sql)))
    }

    /// One of these groups: list groups in one look, filter groups by their filters.
    fn in_group(&mut self, gids: &[String]) -> Result<Sql> {
        let mut parts = Vec::new();
        let mut lists = Vec::new();
        let groups = self.target.groups;
        for gid in gids {
            let Some(segment) = groups.segment(gid) else {
                lists.push(gid.clone());
                continue;
            };
            if self.nested == MAX_NESTED {
                return Err(cycle(gid));
            }
            self.nested += 1;
            let mut all = vec![self.all(segment.matcher.conditions())?];
            self.nested -= 1;
            if let Some(addr_type) = segment.addr_type {
                let addr_type = self.params.text(addr_type.as_str());
                all.push(Sql::Row(format!("h.addr_type OPERATOR(pg_catalog.=) {addr_type}")));
            }
            parts.push(Sql::All(all));
        }
        if !lists.is_empty() {
            let lists = self.params.bind(Param::Texts(lists));
            parts.push(Sql::Row(format!(
                "EXISTS (SELECT FROM member.group_member m WHERE m.dataset OPERATOR(pg_catalog.=) h.dataset \
                  AND m.id OPERATOR(pg_catalog.=) h.id AND m.gid OPERATOR(pg_catalog.=) ANY ({lists}))"
            )));
        }
        Ok(Sql::Any(parts))
    }
}

/// The condition without its negation, which the SQL around it says, and without what only hits need.
fn positive(condition: &Condition) -> Condition {
    Condition { kind: condition.kind.clone(), negated: false, label: None }
}

/// The server's operator of a relation.
pub fn operator(relation: Relation) -> &'static str {
    match relation {
        Relation::Equal => "OPERATOR(pg_catalog.=)",
        Relation::Less => "OPERATOR(pg_catalog.<)",
        Relation::LessOrEqual => "OPERATOR(pg_catalog.<=)",
        Relation::Greater => "OPERATOR(pg_catalog.>)",
        Relation::GreaterOrEqual => "OPERATOR(pg_catalog.>=)",
    }
}

/// Whether an attribute is the value itself.
pub fn is_plain(attr: &Attr) -> bool {
    attr.aspect() == Aspect::Itself
}
