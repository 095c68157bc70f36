//! What the conditions that hold have to show (members.md 12.4).

use std::collections::BTreeMap;

/// What a subject that meets a filter shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hits {
    /// By the code of a `save`: the datakeys of the elements that satisfied its `has`, in the order of the data.
    pub saves: BTreeMap<String, Vec<String>>,
    /// By the code of a `save`: the rows that its question to the statistics found, each as the bytes of an object.
    pub rows: BTreeMap<String, Vec<Vec<u8>>>,
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
        for (code, row) in trail.rows {
            let rows = hits.rows.entry(code).or_default();
            if !rows.contains(&row) {
                rows.push(row);
            }
        }
        hits.labels.extend(trail.labels);
        hits
    }
}

/// How far a trail goes.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    saves: usize,
    rows: usize,
    labels: usize,
}

/// What was found so far, in the order in which it was found.
#[derive(Debug, Default)]
pub(super) struct Trail {
    saves: Vec<(String, String)>,
    rows: Vec<(String, Vec<u8>)>,
    labels: Vec<(String, Vec<u8>)>,
}

impl Trail {
    /// How far it goes.
    pub(super) fn mark(&self) -> Mark {
        Mark { saves: self.saves.len(), rows: self.rows.len(), labels: self.labels.len() }
    }

    /// Forgets what was found since.
    pub(super) fn forget(&mut self, mark: Mark) {
        self.saves.truncate(mark.saves);
        self.rows.truncate(mark.rows);
        self.labels.truncate(mark.labels);
    }

    pub(super) fn save(&mut self, code: &str, path: String) {
        self.saves.push((code.to_owned(), path));
    }

    pub(super) fn save_row(&mut self, code: &str, row: Vec<u8>) {
        self.rows.push((code.to_owned(), row));
    }

    pub(super) fn label(&mut self, name: &str, value: Vec<u8>) {
        self.labels.push((name.to_owned(), value));
    }
}
