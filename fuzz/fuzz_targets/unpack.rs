//! Any bytes as JSON and as XML: reading gives an answer, and what was read comes back from its own packed form.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pg_member::domain::pipe::codec::{pack, unpack};
use pg_member::domain::pipe::pipes::Format;

fuzz_target!(|bytes: &[u8]| {
    for format in [Format::Json, Format::Xml] {
        let Ok(document) = unpack(format, bytes) else { continue };
        // Stored bytes are packed as text.
        if bytes.windows(6).any(|window| window == b"$bytes" || window == b"\\u0024") {
            continue;
        }
        let Ok(packed) = pack(format, document.clone()) else { continue };
        assert_eq!(unpack(format, &packed).expect("own bytes are sound"), document);
    }
});
