//! XML: keys are elements, `@key` attributes, `#text` text, lists repeated elements; the one key at the top names the
//! root.
//!
//! Back from XML an element with nothing but text is a text. So these do not come back as they were: `null`, numbers and
//! booleans (texts), `{}` and an empty list (an empty text, nothing), a list of one (its item), an object of `#text`
//! alone (a text). Of an element with elements inside, all text becomes one `#text`, white space between elements none.
//!
//! The order of elements is that of their names. Names keep their prefixes; namespaces are not resolved. A document type
//! definition is refused, so there are no entities but the five that XML knows.

mod name;
mod read;
mod write;

pub(super) use read::unpack;
pub(super) use write::pack;

/// Before the key of an attribute.
const ATTRIBUTE: char = '@';
/// The key of text.
const TEXT: &str = "#text";
