//! Any bytes as data to import: they are opened, read to the end and numbered without a gap, or refused.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pg_member::domain::import::open::{Reading, open};
use pg_member::domain::import::record::Next;
use std::io::Cursor;

fuzz_target!(|bytes: &[u8]| {
    let reading = Reading { strings_max: 1 << 20, ..Reading::default() };
    let Ok(mut opened) = open(Box::new(Cursor::new(bytes.to_vec())), &reading) else { return };
    let mut rows = 0;
    loop {
        match opened.source.next() {
            Err(_) | Ok(Next::End) => return,
            Ok(Next::Row(record)) => {
                rows += 1;
                assert_eq!(record.number, rows);
            }
            Ok(Next::Bad { number, .. }) => {
                rows += 1;
                assert_eq!(number, rows);
            }
        }
    }
});
