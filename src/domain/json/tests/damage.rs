//! Damaged bytes give an error or some value, never a panic, and end in time.

use super::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// Reads everything there is, by every way there is.
pub(crate) fn walk(bytes: &[u8]) {
    let Ok(value) = root(bytes) else { return };
    let _ = print(value);
    let mut out = Vec::new();
    let _ = encode(&Node::from(value), &mut out);
    let _ = View::from(value).depth(64);
    match value {
        Value::Object(object) => {
            for pair in object.iter().take(64) {
                let Ok((key, _)) = pair else { continue };
                let _ = object.get(key);
                let mut node = Node::from(value);
                if let Ok(Node::Object(fields)) = node.open()
                    && let Ok(slot) = fields.locate(key)
                {
                    let _ = fields.remove(slot, key.into());
                }
                let _ = encode(&node, &mut out);
                let _ = size(&node);
            }
        }
        Value::Array(array) => {
            for index in 0..array.len().min(64) {
                let _ = array.get(index);
                let mut node = Node::from(value);
                if let Ok(Node::Array(items)) = node.open() {
                    let _ = items.entry(index);
                }
                let _ = encode(&node, &mut out);
                let _ = View::from(&node).same(View::from(value));
            }
        }
        Value::Number(number) => {
            let _ = (number.as_i64(), number.integer_part());
        }
        _ => {}
    }
}

#[test]
fn random_bytes() {
    let mut random = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut bytes = [0u8; 64];
    for _ in 0..300_000 {
        random.fill_bytes(&mut bytes);
        // A header that is likely, with a small count.
        bytes[3] = [0x20, 0x40, 0x50][usize::from(bytes[3]) % 3];
        bytes[1] = 0;
        bytes[2] = 0;
        bytes[0] %= 8;
        walk(&bytes[..usize::from(bytes[4]) % 65]);
    }
}

#[test]
fn damaged_documents() {
    let mut random = TestRng::from_seed(RngAlgorithm::ChaCha, &[8; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &[9; 32]));
    for _ in 0..300 {
        let json = document().new_tree(&mut runner).unwrap().current();
        let sound = bytes(&json.to_string());
        let tries = 20_000 / (sound.len() / 16 + 1);
        for _ in 0..tries.min(2000) {
            let mut bytes = sound.clone();
            for _ in 0..=random.next_u32() % 4 {
                let at = random.next_u32() as usize % bytes.len();
                bytes[at] = match random.next_u32() % 4 {
                    0 => 0xFF,
                    1 => bytes[at].wrapping_add(1),
                    2 => bytes[at] ^ 0x80,
                    _ => random.next_u32() as u8,
                };
            }
            bytes.truncate(bytes.len() - (random.next_u32() as usize % 8).min(bytes.len()));
            walk(&bytes);
        }
    }
}
