//! What the conditions that hold have to show (members.md 12.4).

use std::collections::BTreeMap;

/// What a subject that meets a filter shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hits {
    /// By the code of a `save`: the datakeys of the elements that satisfied its `has`, in the order of the data.
    pub saves: BTreeMap<String, Vec<String>>,
    /// By the name of a label: the value, as the bytes of a document.
    pub labels: BTreeMap<String, Vec<u8>>,
}

impl Hits {
    /// What was found, sorted by name. Of conditions with one label the last that holds is shown; places that several
    /// conditions save under one code stand one behind the other, each once.
    pub(super) fn of(trail: Trail) -> Hits {
        let mut hits = Hits::default();
        for (code, path) in trail.saves {
            let paths = hits.saves.entry(code).or_default();
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
        hits.labels.extend(trail.labels);
        hits
    }
}

/// What was found so far, in the order in which it was found.
#[derive(Debug, Default)]
pub(super) struct Trail {
    saves: Vec<(String, String)>,
    labels: Vec<(String, Vec<u8>)>,
}

impl Trail {
    /// How far it goes.
    pub(super) fn mark(&self) -> (usize, usize) {
        (self.saves.len(), self.labels.len())
    }

    /// Forgets what was found since.
    pub(super) fn forget(&mut self, (saves, labels): (usize, usize)) {
        self.saves.truncate(saves);
        self.labels.truncate(labels);
    }

    pub(super) fn save(&mut self, code: &str, path: String) {
        self.saves.push((code.to_owned(), path));
    }

    pub(super) fn label(&mut self, name: &str, value: Vec<u8>) {
        self.labels.push((name.to_owned(), value));
    }
}
