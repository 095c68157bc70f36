//! A pipeline as a picture: a diagram of Mermaid or of Graphviz.

use super::data::Data;
use super::graph::Graph;
use super::pipes::{Pipe, PipeId, Work};
use crate::domain::error::Result;
use crate::domain::request::wrong;
use std::fmt::Write;

/// The longest label of an edge, in letters: a condition may be long.
const LONGEST_LABEL: usize = 60;

/// A language of pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// A flowchart of Mermaid.
    Mermaid,
    /// A digraph of Graphviz.
    Dot,
}

impl Language {
    /// The language of this name. Errors: `error/param/wrong`.
    pub fn parse(name: &str) -> Result<Language> {
        match name {
            "mermaid" => Ok(Language::Mermaid),
            "dot" => Ok(Language::Dot),
            _ => Err(wrong("format", "mermaid or dot")),
        }
    }
}

/// A way from a pipe to another one.
struct Edge {
    from: PipeId,
    to: PipeId,
    label: String,
    kind: EdgeKind,
}

#[derive(Clone, Copy, PartialEq)]
enum EdgeKind {
    /// The usual one.
    Plain,
    /// For failures.
    Failure,
    /// Into the Schedule pipeline, later.
    Later,
}

/// The picture of a pipeline; `document` is the list of its pipes, which has the texts of conditions.
pub fn draw(graph: &Graph, document: &Data, language: Language) -> String {
    let edges: Vec<Edge> = graph.pipes().flat_map(|pipe| edges(pipe, document)).collect();
    match language {
        Language::Mermaid => mermaid(graph, &edges),
        Language::Dot => dot(graph, &edges),
    }
}

fn mermaid(graph: &Graph, edges: &[Edge]) -> String {
    let quoted =
        |text: &str| text.replace('&', "&amp;").replace('"', "#quot;").replace('<', "&lt;").replace('>', "&gt;");
    let mut out = String::from("flowchart TD\n");
    for pipe in graph.pipes() {
        let (open, close) = if pipe.id == graph.entry() { ("([", "])") } else { ("[", "]") };
        _ = writeln!(out, "    p{}{open}\"{}\"{close}", pipe.id, quoted(&title(pipe)));
    }
    for Edge { from, to, label, kind } in edges {
        let label = quoted(label);
        _ = match kind {
            EdgeKind::Plain => writeln!(out, "    p{from} -->|\"{label}\"| p{to}"),
            EdgeKind::Failure => writeln!(out, "    p{from} -.->|\"{label}\"| p{to}"),
            EdgeKind::Later => writeln!(out, "    p{from} ==>|\"{label}\"| s{to}[/\"schedule {to}\"/]"),
        };
    }
    out
}

fn dot(graph: &Graph, edges: &[Edge]) -> String {
    let quoted = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
    let mut out = String::from("digraph pipeline {\n    node [shape=box];\n");
    for pipe in graph.pipes() {
        let style = if pipe.id == graph.entry() { ", style=rounded" } else { "" };
        _ = writeln!(out, "    p{} [label=\"{}\"{style}];", pipe.id, quoted(&title(pipe)));
    }
    for Edge { from, to, label, kind } in edges {
        let label = quoted(label);
        _ = match kind {
            EdgeKind::Plain => writeln!(out, "    p{from} -> p{to} [label=\"{label}\"];"),
            EdgeKind::Failure => writeln!(out, "    p{from} -> p{to} [label=\"{label}\", style=dashed];"),
            EdgeKind::Later => writeln!(
                out,
                "    s{to} [label=\"schedule {to}\", shape=parallelogram];\n    p{from} -> s{to} [label=\"{label}\", style=bold];"
            ),
        };
    }
    out.push_str("}\n");
    out
}

/// What a pipe is called: `4 event send`.
fn title(pipe: &Pipe) -> String {
    let name = pipe.work.name();
    match &pipe.work {
        Work::Event(event) => format!("{} {name} {}", pipe.id, event.code.name()),
        _ => format!("{} {name}", pipe.id),
    }
}

/// Where a pipe leads, its own exits first.
fn edges(pipe: &Pipe, document: &Data) -> Vec<Edge> {
    let edge = |to: PipeId, label: &str, kind| Edge { from: pipe.id, to, label: label.to_owned(), kind };
    let mut edges = Vec::new();
    match &pipe.work {
        Work::Selector { outs } => {
            for (place, (_, to)) in outs.iter().enumerate() {
                edges.push(edge(*to, &condition(document, pipe.id, place), EdgeKind::Plain));
            }
        }
        Work::StoreGet { not_found: Some(to), .. } => edges.push(edge(*to, "not_found", EdgeKind::Plain)),
        Work::Scheduled { pipe: to, delay, .. } => {
            let label = delay.map_or_else(|| "later".to_owned(), |delay| format!("after {} s", delay.as_secs_f64()));
            edges.push(edge(*to, &label, EdgeKind::Later));
        }
        _ => {}
    }
    edges.extend(pipe.success.map(|to| edge(to, "success", EdgeKind::Plain)));
    edges.extend(pipe.error.map(|to| edge(to, "error", EdgeKind::Failure)));
    edges
}

/// The text of a condition of a Selector, cut if it is long.
fn condition(document: &Data, id: PipeId, place: usize) -> String {
    let Data::List(pipes) = document else { return String::new() };
    let is_it = |pipe: &&Data| *pipe.get("id").unwrap_or(&Data::Null) == Data::from(id);
    let outs = pipes.iter().find(is_it).and_then(|pipe| pipe.get("params")?.get("outs"));
    let query = match outs {
        Some(Data::List(outs)) => outs.get(place).and_then(|out| out.get("query")),
        _ => None,
    };
    let Some(Data::Text(query)) = query else { return String::new() };
    let mut label: String = query.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    if let Some((end, _)) = label.char_indices().nth(LONGEST_LABEL) {
        label.truncate(end);
        label.push('…');
    }
    label
}
