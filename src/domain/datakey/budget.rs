//! Keeping a program within its limits while it runs.

use super::limits::{Limits, beyond};
use crate::domain::error::Result;
use crate::domain::json::{Node, Read, View, size};

/// How many times the largest result all copies of one call may amount to, so that copies over copies end in time.
const COPIES: usize = 8;

/// Octets of an entry and the padding of a value.
pub(super) const ENTRY: usize = 8;

/// What has been used up.
pub(super) struct Budget {
    /// Octets of the result, at most: what was removed or replaced is not subtracted until it matters.
    size: usize,
    /// Octets of the result that are allowed.
    max_size: usize,
    /// Octets that were copied.
    copied: usize,
    max_depth: usize,
    setting: usize,
}

impl Budget {
    /// The budget for a body of this size.
    pub(super) fn new(limits: &Limits, size: usize) -> Budget {
        let setting = limits.max_result_size;
        Budget { size, max_size: setting.max(size), copied: 0, max_depth: limits.depth(), setting }
    }

    /// Accounts for octets that will be added to the tree, perhaps in the place of a value. Errors:
    /// `error/datakey/limit`.
    pub(super) fn grow(&mut self, root: &Node, octets_added: usize, replaced: Option<View>) -> Result<()> {
        if self.size.saturating_add(octets_added) > self.max_size {
            self.size = size(root).saturating_sub(replaced.map_or(0, octets));
            if self.size.saturating_add(octets_added) > self.max_size {
                return Err(beyond("max_result_size", self.setting));
            }
        }
        self.size += octets_added;
        Ok(())
    }

    /// Accounts for a copy out of the copy source. Errors: `error/datakey/limit`.
    pub(super) fn copy(&mut self, octets: usize) -> Result<()> {
        self.copied = self.copied.saturating_add(octets);
        if self.copied > self.max_size.saturating_mul(COPIES) {
            return Err(beyond("max_result_size", self.setting));
        }
        Ok(())
    }

    /// Refuses what would lie too deep: `above` levels and then a value of `depth` levels.
    pub(super) fn check_depth(&self, above: usize, depth: usize) -> Result<()> {
        if above.saturating_add(depth) > self.max_depth { Err(beyond("max_depth", self.max_depth)) } else { Ok(()) }
    }

    /// Levels of containers in a value, counted only as far as the limit.
    pub(super) fn depth(&self, value: View) -> Read<usize> {
        value.depth(self.max_depth)
    }

    /// Octets the result takes at most.
    pub(super) fn size(&self) -> usize {
        self.size
    }
}

/// Octets that a value takes, at most.
pub(super) fn octets(value: View) -> usize {
    let inside = match value {
        View::Stored(raw) => raw.len(),
        View::Built(node) => size(node),
    };
    inside.saturating_add(ENTRY)
}
