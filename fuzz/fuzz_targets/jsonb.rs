//! Any bytes as a stored document: reading gives an answer, writing what was read gives the same bytes, and a document
//! that can be printed means the same after being read from the text.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pg_member::domain::json::{Node, Value, encode, parse, print, root};

fuzz_target!(|bytes: &[u8]| {
    let Ok(value) = root(bytes) else { return };
    let mut written = Vec::new();
    if let Value::Array(_) | Value::Object(_) = value {
        encode(&Node::from(value), &mut written).expect("stored bytes can be written");
        assert_eq!(written, bytes);
    }
    match value {
        Value::Object(object) => {
            for (key, _) in object.iter().flatten() {
                let _ = object.get(key);
            }
        }
        Value::Array(array) => {
            for index in 0..array.len() {
                let _ = array.get(index);
            }
        }
        _ => {}
    }
    // Text that the server would take gives a document that prints the same once more.
    let Ok(text) = print(value) else { return };
    if let Ok(read) = parse(&text) {
        let text = print(root(&read).expect("own bytes are sound")).expect("own bytes are sound");
        let again = parse(&text).expect("own text is sound");
        assert_eq!(again, read);
    }
});
