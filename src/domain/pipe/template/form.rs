//! A JSON document whose strings may be templates.

use super::path::{Path, Place, Step, Steps};
use super::problem::Problem;
use super::render::{Renderer, field, items};
use super::room::Room;
use super::scan::{Prefix, Reference, Start, start};
use super::text::Text;
use crate::domain::pipe::data::{Data, Object};
use crate::domain::pipe::failure::Failure;
use crate::domain::pipe::scope::Scope;
use std::collections::BTreeMap;

/// A template that yields a document.
#[derive(Clone, Debug, PartialEq)]
pub struct Form(Node);

#[derive(Clone, Debug, PartialEq)]
enum Node {
    /// Without templates.
    Constant(Data),
    /// `to $in.name`.
    Text(Text),
    /// `$#in.total`.
    Typed(Place),
    /// `$$in.files[url]`.
    Items(Items),
    /// `"$$in.files[parts]": …`, without the key.
    Each {
        list: Path,
        value: Box<Node>,
    },
    List(Vec<Node>),
    Object(BTreeMap<String, Node>),
}

/// The items of a list, or a field of each.
#[derive(Clone, Debug, PartialEq)]
struct Items {
    list: Path,
    field: Steps,
}

impl Form {
    /// Reads a document. Keys are taken as they are, but for `$$…`, and `\$$…` for a key that really begins so.
    ///
    /// A problem: that of a text, with its place; `$$` in braces or beside text; an expansion without a name, or with one
    /// that the object has already.
    pub fn parse(document: &Data) -> Result<Form, Problem> {
        node(document, false).map(Form)
    }

    /// Reads a key of an object with its value: `$$list[name]` is the key `name`, with the value for each item of the list.
    ///
    /// A problem: as [`Form::parse`].
    pub fn pair(key: &str, value: &Data) -> Result<(String, Form), Problem> {
        pair(key, value, false).map(|(name, node)| (name, Form(node)))
    }

    /// Whether it spreads a list: where a key may come again and again, each item comes with it.
    pub fn is_spread(&self) -> bool {
        matches!(self.0, Node::Items(_) | Node::Each { .. })
    }

    /// The document with its values. Fails with code 1 where a field is missing, with code 8 where it grows too large.
    pub fn render(&self, scope: &Scope) -> Result<Data, Failure> {
        self.0.render(&Renderer::new(scope, &Room::default()))
    }

    /// Whether it has no values, so that it yields the same document always.
    pub fn is_plain(&self) -> bool {
        self.plain().is_some()
    }

    /// The document that it yields always, if it has no values.
    pub fn plain(&self) -> Option<&Data> {
        match &self.0 {
            Node::Constant(document) => Some(document),
            _ => None,
        }
    }

    /// The values of the scope that it names.
    pub fn paths(&self) -> Vec<&Path> {
        let mut paths = Vec::new();
        self.0.gather(&mut paths);
        paths
    }
}

/// A form that yields this text.
impl From<Text> for Form {
    fn from(text: Text) -> Form {
        Form(of_text(text))
    }
}

/// A form that yields the value itself, as `$#` does.
impl From<Path> for Form {
    fn from(path: Path) -> Form {
        Form(Node::Typed(Place::Scope(path)))
    }
}

fn node(document: &Data, has_items: bool) -> Result<Node, Problem> {
    match document {
        Data::Text(text) => string(text, has_items),
        Data::List(items) => list(items, has_items),
        Data::Object(pairs) => object(pairs, has_items),
        other => Ok(Node::Constant(other.clone())),
    }
}

/// A string: a template that it is as a whole, or a text.
fn string(text: &str, has_items: bool) -> Result<Node, Problem> {
    if let Some((list, name)) = expansion(text)? {
        let field = name.map(|name| Step::Key(name.to_owned()));
        return Ok(Node::Items(Items { list, field: Steps(field.into_iter().collect()) }));
    }
    match start(text, has_items)? {
        Some((Start::Value(Reference { prefix: Prefix::Typed, place }), "")) => Ok(Node::Typed(place)),
        _ => Text::read(text, has_items).map(of_text),
    }
}

fn of_text(text: Text) -> Node {
    match text.plain() {
        Some(plain) => Node::Constant(Data::from(plain)),
        None => Node::Text(text),
    }
}

fn list(items: &[Data], has_items: bool) -> Result<Node, Problem> {
    let read = |(at, item)| node(item, has_items).map_err(|problem| problem.under(format_args!("%{at}")));
    let nodes = items.iter().enumerate().map(read).collect::<Result<Vec<_>, _>>()?;
    if nodes.iter().all(Node::is_constant) {
        return Ok(Node::Constant(Data::List(nodes.into_iter().filter_map(Node::into_constant).collect())));
    }
    Ok(Node::List(nodes))
}

fn object(pairs: &Object, has_items: bool) -> Result<Node, Problem> {
    let mut nodes = BTreeMap::new();
    for (key, value) in pairs {
        let (name, node) = pair(key, value, has_items).map_err(|problem| problem.under(key))?;
        if nodes.insert(name, node).is_some() {
            return Err(Problem::new("the object has a key of this name already").under(key));
        }
    }
    if nodes.values().all(Node::is_constant) {
        let constants = nodes.into_iter().filter_map(|(name, node)| Some((name, node.into_constant()?)));
        return Ok(Node::Constant(Data::Object(constants.collect())));
    }
    Ok(Node::Object(nodes))
}

fn pair(key: &str, value: &Data, has_items: bool) -> Result<(String, Node), Problem> {
    if let Some((list, name)) = expansion(key)? {
        let name = name.or_else(|| list.last_name()).map(str::to_owned);
        let name = name.ok_or_else(|| Problem::new(format!("$${list} needs a name for the key: $${list}[name]")))?;
        return Ok((name, Node::Each { list, value: Box::new(node(value, true)?) }));
    }
    let name = key.strip_prefix('\\').filter(|rest| rest.starts_with("$$")).unwrap_or(key);
    Ok((name.to_owned(), node(value, has_items)?))
}

/// A string that is `$$path` or `$$path[name]` as a whole.
fn expansion(text: &str) -> Result<Option<(Path, Option<&str>)>, Problem> {
    if !text.starts_with("$$") {
        return Ok(None);
    }
    let Some((Start::Value(Reference { place: Place::Scope(list), .. }), behind)) = start(text, false)? else {
        return Ok(None);
    };
    let name = behind.strip_prefix('[').and_then(|behind| behind.strip_suffix(']'));
    match name {
        _ if behind.is_empty() => Ok(Some((list, None))),
        Some(name) if !name.is_empty() && !name.contains(['[', ']']) => Ok(Some((list, Some(name)))),
        _ => Err(Problem::new(format!("behind $${list} goes [name] or nothing"))),
    }
}

impl Node {
    fn is_constant(&self) -> bool {
        matches!(self, Node::Constant(_))
    }

    fn into_constant(self) -> Option<Data> {
        match self {
            Node::Constant(data) => Some(data),
            _ => None,
        }
    }

    fn render(&self, renderer: &Renderer) -> Result<Data, Failure> {
        match self {
            Node::Constant(data) => renderer.room.copy(data),
            Node::Text(text) => text.render_in(renderer).map(Data::Text),
            Node::Typed(place) => renderer.room.copy(renderer.find(place)?.as_ref()),
            Node::Object(pairs) => {
                let render = |(key, node): (&String, &Node)| {
                    renderer.room.take(key.len())?;
                    Ok((key.clone(), node.render(renderer)?))
                };
                pairs.iter().map(render).collect::<Result<_, _>>().map(Data::Object)
            }
            Node::Items(_) | Node::Each { .. } | Node::List(_) => {
                let mut out = Vec::new();
                self.render_elements(renderer, &mut out)?;
                Ok(Data::List(out))
            }
        }
    }

    /// Appends the elements of the list that it gives.
    fn render_elements(&self, renderer: &Renderer, out: &mut Vec<Data>) -> Result<(), Failure> {
        match self {
            Node::List(nodes) => nodes.iter().try_for_each(|node| node.render_element(renderer, out)),
            Node::Items(Items { list, field: steps }) => {
                for item in items(list.read(renderer.scope)?.as_ref()) {
                    out.push(renderer.room.copy(field(item, steps, list)?)?);
                }
                Ok(())
            }
            Node::Each { list, value } => {
                let list = list.read(renderer.scope)?;
                items(&list).iter().try_for_each(|item| value.render_each(&renderer.within(item), out))
            }
            other => other.render_element(renderer, out),
        }
    }

    /// Appends what it gives for one item: a list's elements, or itself.
    fn render_each(&self, renderer: &Renderer, out: &mut Vec<Data>) -> Result<(), Failure> {
        match self {
            Node::Constant(Data::List(items)) => {
                items.iter().try_for_each(|item| renderer.room.copy(item).map(|item| out.push(item)))
            }
            Node::List(_) => self.render_elements(renderer, out),
            other => other.render_element(renderer, out),
        }
    }

    /// Appends what it gives as an element of a list: one, or the items that it is spread to.
    fn render_element(&self, renderer: &Renderer, out: &mut Vec<Data>) -> Result<(), Failure> {
        match self {
            Node::Items(_) => self.render_elements(renderer, out),
            other => other.render(renderer).map(|data| out.push(data)),
        }
    }

    fn gather<'n>(&'n self, paths: &mut Vec<&'n Path>) {
        match self {
            Node::Constant(_) | Node::Typed(Place::Item(_)) => {}
            Node::Text(text) => paths.extend(text.paths()),
            Node::Typed(Place::Scope(path)) | Node::Items(Items { list: path, .. }) => paths.push(path),
            Node::Each { list, value } => {
                paths.push(list);
                value.gather(paths);
            }
            Node::List(nodes) => nodes.iter().for_each(|node| node.gather(paths)),
            Node::Object(pairs) => pairs.values().for_each(|node| node.gather(paths)),
        }
    }
}
