//! Whatever the bytes and the texts are, there is an answer.

use super::*;
use proptest::prelude::RngExt;
use proptest::test_runner::{RngAlgorithm, TestRng};

const BODY: &str = r#"{"a":{"b":[1,2,{"c":null}],"c":"x","1":[[]]},"b":null,"l":[1,"2",[3.50]],"s":"2020-1-2"}"#;

fn random(seed: u8) -> TestRng {
    TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32])
}

fn pick<'a>(random: &mut TestRng, from: &[&'a str]) -> &'a str {
    from[random.random_range(0..from.len())]
}

/// Applies a program to a body, both given as bytes, and asks for everything.
fn all_of_it(bytes: &[u8], program: &[u8]) {
    let limits = Limits { max_result_size: 1 << 16, ..Limits::default() };
    let (Ok(body), Ok(program)) = (root(bytes), root(program)) else { return };
    let Ok(program) = Program::parse(program, &limits) else { return };
    for copy in [CopySource::Own, CopySource::Data(body)] {
        let context = Context { limits: &limits, now: &now(), copy, system: Some(body) };
        if let Ok(applied) = apply(body, program.ops(), &context) {
            let _ = (applied.changed(), applied.encode(), applied.changes());
        }
    }
    let _ = Plan::of(&program, &limits).and_then(|plan| plan.apply(bytes).map(Cow::into_owned));
}

/// Random JSON that has the outline of a program, and pieces of one where they do not belong.
fn piece(random: &mut TestRng, depth: usize) -> String {
    const PIECES: &[&str] = &[
        "\"a\"",
        "\"a.b\"",
        "\"a.b[1]\"",
        "\"l[-1]\"",
        "\"a.1\"",
        "\"a.b[*]\"",
        "\"*\"",
        "\"member.x\"",
        "\"l\"",
        "\"s\"",
        "\"set\"",
        "\"update\"",
        "\"insert\"",
        "\"merge\"",
        "\"merge_copy\"",
        "\"push\"",
        "\"unshift\"",
        "\"delete\"",
        "\"set.copy\"",
        "\"push.copy\"",
        "\"unshift.copy\"",
        "\"dt\"",
        "\"dt:YD\"",
        "\"current\"",
        "\"\"",
        "null",
        "1",
        "-1.50",
        "true",
        "{}",
        "[]",
        "{\"c\":1}",
        "[1,2]",
        "\"\\\\\"",
        "\"a[4294967295]\"",
        "\"a[99999]\"",
    ];
    match random.random_range(0..12) {
        0 if depth > 0 => format!("[{}]", pieces(random, depth - 1).join(",")),
        1 if depth > 0 => format!("{{\"a\":{},\"b\":{}}}", piece(random, depth - 1), piece(random, depth - 1)),
        _ => pick(random, PIECES).to_owned(),
    }
}

fn pieces(random: &mut TestRng, depth: usize) -> Vec<String> {
    (0..random.random_range(0..5)).map(|_| piece(random, depth)).collect()
}

fn operation(random: &mut TestRng) -> String {
    const KEYS: &[&str] =
        &["a", "a.b", "a.b[1]", "a.b[-1].c", "l", "l[0]", "l[2][0]", "l.1", "b.x", "s", "n[3]", "a.1[0]"];
    const MODES: &[&str] = &["set", "update", "insert", "merge", "merge_update", "push", "unshift", "delete"];
    let (key, mode) = (pick(random, KEYS), pick(random, MODES));
    match random.random_range(0..8) {
        0 => format!("[{}]", pieces(random, 2).join(",")),
        1 => format!("[\"{key}\",\"{mode}.copy\",\"{}\"]", pick(random, KEYS)),
        2 => format!("[\"{key}\",\"set\",\"2020-1-2\",\"dt:YD\"]"),
        _ if mode == "delete" => format!("[\"{key}\",\"delete\"]"),
        _ => format!("[\"{key}\",\"{mode}\",{}]", piece(random, 2)),
    }
}

#[test]
fn random_programs() {
    let mut random = random(1);
    let body = bytes(BODY);
    for _ in 0..150_000 {
        let ops: Vec<_> = (0..random.random_range(0..6)).map(|_| operation(&mut random)).collect();
        all_of_it(&body, &bytes(&format!("[{}]", ops.join(","))));
    }
}

#[test]
fn damaged_bodies_and_programs() {
    let mut random = random(2);
    let sound = bytes(BODY);
    let programs: Vec<_> = (0..50)
        .map(|_| bytes(&format!("[{}]", (0..4).map(|_| operation(&mut random)).collect::<Vec<_>>().join(","))))
        .collect();
    let mut damage = |bytes: &mut Vec<u8>| {
        for _ in 0..random.random_range(0..4) {
            let at = random.random_range(0..bytes.len());
            bytes[at] =
                if random.random_bool(0.5) { random.random() } else { bytes[at] ^ (1 << random.random_range(0..8)) };
        }
    };
    for program in programs.iter().cycle().take(250_000) {
        let (mut body, mut program) = (sound.clone(), program.clone());
        damage(&mut body);
        damage(&mut program);
        all_of_it(&body, &program);
    }
}

#[test]
fn random_paths() {
    let mut random = random(3);
    let body = bytes(BODY);
    let body = root(&body).unwrap();
    for _ in 0..400_000 {
        let pieces = [
            "a",
            "b",
            "l",
            ".",
            "[",
            "]",
            "\\",
            "*",
            "[1]",
            "[-1]",
            "[*]",
            "ы",
            "@",
            "-",
            "0",
            "@member.sequence_data@",
        ];
        let text: String = (0..random.random_range(0..8)).map(|_| pick(&mut random, &pieces)).collect();
        if let Ok(path) = Path::parse(&text, &Limits::default()) {
            assert_eq!(Path::parse(&path.to_string(), &Limits::default()).as_ref(), Ok(&path));
            let _ = (get(body, &path), read(body, &path), path.special());
        }
    }
}
