//! How large a document will be.

use super::encode::MAX_NESTING;
use super::fields::Field;
use super::layout::WORD;
use super::node::Node;

/// Octets that writing a node takes, at most: the padding of what was made or opened here is counted in full.
pub fn size(node: &Node) -> usize {
    // The header and the entry of a scalar at the root.
    2 * WORD + bound(node, MAX_NESTING)
}

fn bound(node: &Node, nesting: usize) -> usize {
    let Some(nesting) = nesting.checked_sub(1) else { return 0 };
    let of = |node: &Node| WORD + bound(node, nesting);
    match node {
        Node::Array(items) => {
            let parts = items.parts();
            let gone: usize = items.replaced.iter().map(|(at, _)| parts.span(*at..at + 1)).sum();
            let replaced = items.replaced.iter().map(|(_, node)| node);
            let own: usize = items.front.iter().chain(replaced).chain(&items.back).map(of).sum();
            WORD * (2 + items.len()) + parts.span(0..items.kept).saturating_sub(gone) + own
        }
        Node::Object(fields) => {
            let (parts, stored) = (fields.parts(), fields.stored().len());
            let gone = |field: &Field| {
                parts.span(field.at..field.after()) + parts.span(stored + field.at..stored + field.after())
            };
            let own = |field: &Field| field.value.as_ref().map_or(0, |node| field.key.len() + of(node));
            let changes = fields.changes();
            let kept = parts.span(0..2 * stored).saturating_sub(changes.iter().map(gone).sum());
            WORD * (2 + 2 * fields.len()) + kept + changes.iter().map(own).sum::<usize>()
        }
        scalar => scalar.raw().map_or(0, |raw| WORD + raw.bytes.len()),
    }
}
