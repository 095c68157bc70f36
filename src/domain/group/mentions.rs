//! What a filter speaks of: so that whoever keeps a group up to date knows which changes concern it.

use super::attr::{Attr, Source, stem};
use super::system_key::entry_of;
use super::tree::{Condition, Kind};
use crate::domain::datakey::{Limits, Path};
use std::collections::BTreeSet;

/// What stands for the heads of the body: their number and their types.
pub const MEMBER_HEADS: &str = "member.heads";

/// What a filter speaks of, the filters of its groups left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mentions {
    /// The datakeys, each up to the first part that may stand for an element of a list: `orders` for `orders[-1].sum`,
    /// `base.gender` for `base.gender.1`. Keys of the system as they are written: `member.haslock`, `-group.pl1`;
    /// `member.heads` for the number and the types of the heads.
    pub paths: BTreeSet<String>,
    /// The groups of `in_group`.
    pub groups: BTreeSet<String>,
    /// The list groups whose day of entry is asked for: `pl1` for `-group.pl1`.
    pub entries: BTreeSet<String>,
    /// The codes of `save`.
    pub saves: BTreeSet<String>,
    /// The names of labels.
    pub labels: BTreeSet<String>,
    /// Whether the statistics are asked; what they are asked about is not among the paths, their groups are among the
    /// groups.
    pub asks_statistics: bool,
}

impl Mentions {
    pub(super) fn of(conditions: &[Condition]) -> Mentions {
        let mut mentions = Mentions::default();
        mentions.add_all(conditions);
        mentions
    }

    /// Whether a change of this datakey can change who meets the filter: one of the keys lies in the other, or is it.
    /// A path that is none touches everything.
    pub fn touched_by(&self, changed: &str) -> bool {
        let Ok(path) = Path::parse(changed, &Limits::WIDEST) else { return true };
        let Some(changed) = stem(&path) else { return true };
        self.paths.iter().any(|path| lies_in(path, &changed) || lies_in(&changed, path))
    }

    /// The codes of all groups that it asks for, in one way or the other.
    pub fn asked_for(&self) -> impl Iterator<Item = &String> {
        self.groups.union(&self.entries)
    }

    fn add_all(&mut self, conditions: &[Condition]) {
        for condition in conditions {
            self.labels.extend(condition.label.clone());
            match &condition.kind {
                Kind::Test(attr, _) => self.add(attr),
                Kind::Heads(..) | Kind::OwnsHead(_) => self.add_path(MEMBER_HEADS),
                Kind::InGroup(gids) => self.groups.extend(gids.iter().cloned()),
                Kind::Has(has) => {
                    self.saves.extend(has.save.clone());
                    self.add(&has.place);
                }
                Kind::Statistics(question) => {
                    self.saves.extend(question.save.clone());
                    let asked = question.stat.filter.mentions();
                    self.groups.extend(asked.groups);
                    self.entries.extend(asked.entries);
                    self.asks_statistics = true;
                    continue;
                }
                Kind::All(_) | Kind::Any(_) => {}
            }
            self.add_all(condition.children());
        }
    }

    /// Paths inside of an element lie in the one that leads to it.
    fn add(&mut self, attr: &Attr) {
        let Some(path) = attr.path() else { return };
        match attr.source() {
            Source::Body => self.paths.extend(Some(stem(path).unwrap_or_else(|| path.to_string()))),
            Source::System => {
                self.entries.extend(entry_of(path).map(str::to_owned));
                self.add_path(&path.to_string());
            }
            Source::Element => {}
        }
    }

    fn add_path(&mut self, path: &str) {
        self.paths.insert(path.to_owned());
    }
}

/// Whether a key is another one or lies below it.
fn lies_in(inner: &str, outer: &str) -> bool {
    inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}
