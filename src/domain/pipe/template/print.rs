//! How a value looks in a text (pipelines-and-hooks.md 4.5).

use crate::domain::json::{append, quote};
use crate::domain::pipe::data::Data;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Appends a value as `$` puts it in: a text as it is, a number as it was written, nothing for null, bytes as the text
/// that they are or else in base64, a list or an object as JSON.
pub fn print(value: &Data, out: &mut String) {
    match value {
        Data::Null => {}
        Data::Text(text) => out.push_str(text),
        Data::Bytes(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => out.push_str(text),
            Err(_) => STANDARD.encode_string(bytes, out),
        },
        other => print_json(other, out),
    }
}

/// Appends a value as JSON without spaces, keys in the order of their bytes, bytes in their stored form.
pub fn print_json(value: &Data, out: &mut String) {
    match value {
        Data::Null => out.push_str("null"),
        Data::Bool(truth) => append(truth, out),
        Data::Number(number) => append(number, out),
        Data::Text(text) => quote(text, out),
        Data::Bytes(bytes) => {
            out.push_str("{\"$bytes\":\"");
            STANDARD.encode_string(bytes, out);
            out.push_str("\"}");
        }
        Data::List(items) => {
            for (at, item) in items.iter().enumerate() {
                out.push(if at == 0 { '[' } else { ',' });
                print_json(item, out);
            }
            out.push_str(if items.is_empty() { "[]" } else { "]" });
        }
        Data::Object(pairs) => {
            for (at, (key, value)) in pairs.iter().enumerate() {
                out.push(if at == 0 { '{' } else { ',' });
                quote(key, out);
                out.push(':');
                print_json(value, out);
            }
            out.push_str(if pairs.is_empty() { "{}" } else { "}" });
        }
    }
}
