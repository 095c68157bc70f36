//! Writing a filter as SQL: the second reader of the tree.
//!
//! A condition that the server can judge by a column and an operator of its own, with exactly the meaning of [`Test`],
//! becomes that: then an index helps. Everything else calls the functions `member.filter_…`, which run the first reader.
//! A registered datakey is read from `member.attr_value`, and the condition becomes the *set* of datasets that meet it,
//! so that the planner may begin with the index; conditions on sets stay sets through `and` and `or`.
//!
//! [`Test`]: super::test::Test

mod attribute;
mod column;
mod params;
mod sets;
mod walk;

use super::matcher::Matcher;
use super::nested::Groups;
use super::system_key::Column;
use crate::domain::datakey::Path;
use crate::domain::error::Result;
use std::collections::BTreeSet;

pub use params::Param;

/// What a filter is compiled for.
#[derive(Clone, Copy)]
pub struct Target<'t> {
    /// The datakeys in `member.attribute`, written as [`crate::domain::datakey::Path`] writes them.
    pub attributes: &'t BTreeSet<String>,
    /// The filter groups; every other group is a list group.
    pub groups: &'t dyn Groups,
    /// The zone that instants are shown in.
    pub zone: &'t str,
    /// The number of the first parameter.
    pub first: usize,
}

/// A filter as SQL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compiled {
    /// A condition over the aliases `h` (`member.head`) and `b` (`member.body` of the same dataset), fully qualified. It
    /// is true or false, never null, and has no clock in it.
    pub sql: String,
    /// Its parameters, from `$first` on.
    pub params: Vec<Param>,
}

impl Compiled {
    /// Whether the condition speaks of the body, so that it must be joined.
    pub fn reads_body(&self) -> bool {
        let named = |(at, _): (usize, &str)| {
            !self.sql.get(..at).unwrap_or_default().ends_with(|before: char| before.is_alphanumeric() || before == '_')
        };
        self.sql.match_indices("b.").any(named)
    }
}

impl Matcher {
    /// The condition that is true of exactly the heads that [`Matcher::evaluate`] says yes to.
    ///
    /// Errors: `error/filter/cycle` where groups lie within groups without end; `error/json/limit`.
    pub fn compile(&self, target: &Target) -> Result<Compiled> {
        self.compile_with(target, &|_| None)
    }

    /// The same where some paths are columns of the row, which are not there while they are null: with no datakeys of the
    /// body among them. The filters of groups know nothing of the row.
    ///
    /// Errors: as [`Matcher::compile`].
    pub fn compile_with(&self, target: &Target, columns: &dyn Fn(&Path) -> Option<Column>) -> Result<Compiled> {
        self.compile_within(target, columns, 0)
    }

    /// The same for a filter that lies within so many groups.
    ///
    /// Errors: as [`Matcher::compile`].
    pub(in crate::domain) fn compile_within(
        &self,
        target: &Target,
        columns: &dyn Fn(&Path) -> Option<Column>,
        nested: usize,
    ) -> Result<Compiled> {
        let mut walk = walk::Walk::new(target, columns, nested);
        let sql = walk.all(self.conditions())?.condition();
        Ok(Compiled { sql, params: walk.into_params() })
    }
}
