//! Programs that go too far are stopped, quickly and by name; data that are too deep already are left alone.

use super::*;

fn limited(body: &str, program: &str, limits: Limits) -> Id {
    run_with(body, program, CopySource::Own, None, &limits).err().expect(program).id
}

#[test]
fn operations_are_counted() {
    let limits = Limits { max_operations: 2, ..Limits::default() };
    assert_eq!(limited("{}", r#"[["a","delete"],["a","delete"],["a","delete"]]"#, limits), Id::DatakeyLimit);
    assert!(run_with("{}", r#"[["a","delete"],["a","delete"]]"#, CopySource::Own, None, &limits).is_ok());
}

#[test]
fn what_is_written_is_not_too_deep() {
    let limits = Limits { max_depth: 4, ..Limits::default() };
    let fits = |program: &str| run_with(r#"{"l":[]}"#, program, CopySource::Own, None, &limits).is_ok();
    for program in [
        r#"[["a.b","set",[[1]]]]"#,
        r#"[["a","merge",{"x":[{}]}]]"#,
        r#"[["l","push",[[[1]]]]]"#,
        r#"[["l","push",{"a":{}}]]"#,
        r#"[["a.b.c.d","set",1]]"#,
        r#"[["a.b","set",[1]],["a.b[0]","set",[1]],["x","set.copy","a"]]"#,
    ] {
        assert!(fits(program), "{program}");
    }
    for program in [
        r#"[["a.b","set",[[[1]]]]]"#,
        r#"[["a","merge",{"x":[{"y":{}}]}]]"#,
        r#"[["l","push",[[[[1]]]]]]"#,
        r#"[["l","push",{"a":{"b":{}}}]]"#,
        r#"[["a.b.c.d","set",[]]]"#,
        r#"[["a.b.c.d.e","set",1]]"#,
        r#"[["a.b.c.d","set",1],["x.y","set.copy","a"]]"#,
    ] {
        assert_eq!(limited(r#"{"l":[]}"#, program, limits), Id::DatakeyLimit, "{program}");
    }
}

#[test]
fn copies_into_themselves_end() {
    let many = |op: &str| format!("[{}]", vec![op; 10_000].join(","));
    let limits = Limits { max_operations: 10_000, ..Limits::default() };
    for op in [
        r#"["a.b","set.copy","a"]"#,
        r#"["a","push.copy","a"]"#.replace("\"a\"", "\"l\"").leak(),
        r#"["l","unshift.copy","l"]"#,
        r#"["l[0]","set.copy","l"]"#,
        r#"["m.x","set.copy","m"]"#,
    ] {
        assert_eq!(limited(r#"{"a":{"x":1},"l":[1],"m":{}}"#, &many(op), limits), Id::DatakeyLimit, "{op}");
    }
    // Copies that replace one another do not make the body larger, but they are work.
    let body = format!(r#"{{"a":"{}","b":[1]}}"#, "x".repeat(1 << 20));
    let program = many(r#"["b","set.copy","a"],["b","set",1]"#);
    let limits = Limits { max_operations: 20_000, ..Limits::default() };
    assert_eq!(limited(&body, &program, limits), Id::DatakeyLimit);
}

#[test]
fn results_are_not_too_large() {
    let limits = Limits { max_result_size: 1000, ..Limits::default() };
    let of = |length: usize| format!(r#"[["a","set","{}"]]"#, "x".repeat(length));
    assert!(run_with("{}", &of(900), CopySource::Own, None, &limits).is_ok());
    assert_eq!(limited("{}", &of(1000), limits), Id::DatakeyLimit);
    assert_eq!(limited("{}", r#"[["a[1000]","set",1]]"#, limits), Id::DatakeyLimit);
    assert_eq!(limited("{}", r#"[["a[4294967295]","set",1]]"#, Limits::default()), Id::DatakeyLimit);
    // What was replaced makes room.
    let twice = format!(
        "[{},{}]",
        &of(600)[1..of(600).len() - 1],
        r#"["a","set",1],["b","set","#.to_owned() + &format!("\"{}\"]", "y".repeat(600))
    );
    assert!(run_with("{}", &twice, CopySource::Own, None, &limits).is_ok());
    // A body that is larger already may shrink or stay.
    let large = format!(r#"{{"a":"{}","b":1}}"#, "x".repeat(2000));
    assert!(run_with(&large, r#"[["a","delete"],["c","set",2]]"#, CopySource::Own, None, &limits).is_ok());
    assert!(run_with(&large, r#"[["b","set",2]]"#, CopySource::Own, None, &limits).is_ok());
    assert_eq!(limited(&large, r#"[["c","set",2]]"#, limits), Id::DatakeyLimit);
}

/// `{"deep":[[…]],"s":1}` with this many lists inside one another, as bytes.
fn deep_body(levels: usize) -> Vec<u8> {
    let mut list = 0x4000_0000u32.to_ne_bytes().to_vec();
    for _ in 1..levels {
        let mut outer = 0x4000_0001u32.to_ne_bytes().to_vec();
        outer.extend((0xD000_0000 | list.len() as u32).to_ne_bytes());
        outer.append(&mut list);
        list = outer;
    }
    let one = &bytes("1")[8..];
    let mut body = 0x2000_0002u32.to_ne_bytes().to_vec();
    let entries = [0x8000_0001, 4, 0x1000_0000 | (3 + one.len() as u32), 0x5000_0000 | list.len() as u32];
    body.extend(entries.into_iter().flat_map(u32::to_ne_bytes));
    body.extend(b"sdeep\0\0\0");
    body.extend(one);
    body.extend(list);
    body
}

#[test]
fn stored_data_may_be_as_deep_as_they_are() {
    let body = deep_body(40_000);
    let value = root(&body).unwrap();
    let limits = Limits::default();
    let run = |program: &str| {
        let program = bytes(program);
        let program = Program::parse(root(&program).unwrap(), &limits)?;
        let context = Context { limits: &limits, now: &now(), copy: CopySource::Own, system: None };
        apply(value, program.ops(), &context)
            .map(|applied| (applied.encode().unwrap(), applied.changes().unwrap().len()))
    };
    let (after, rows) = run(r#"[["s","set",2],["deep[0][0][0]","push",5],["t.u","set",1]]"#).unwrap();
    assert_eq!(rows, 3);
    assert!(after.len() > body.len());
    let (after, rows) = run(r#"[["deep","delete"]]"#).unwrap();
    assert_eq!((text(&after), rows), (r#"{"s": 1}"#.to_owned(), 1));
    assert_eq!(run(r#"[["copy","set.copy","deep"]]"#).unwrap_err().id, Id::DatakeyLimit);
    assert_eq!(run(r#"[["l","push.copy","deep[0]"]]"#).unwrap_err().id, Id::DatakeyLimit);
    let path = Path::parse("deep[0][0][0]", &limits).unwrap();
    assert!(read(value, &path).unwrap().is_some());
}
