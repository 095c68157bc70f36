//! The rules of members.md 6, one table each: body, program, body afterwards.

use super::*;

fn check(table: &[(&str, &str, &str)]) {
    for (body, program, after) in table {
        let outcome = run(body, program).unwrap_or_else(|error| panic!("{body} {program}: {error}"));
        assert_eq!(outcome.body, text(&bytes(after)), "{body} {program}");
    }
}

fn check_refused(table: &[(&str, &str, Id)]) {
    for (body, program, id) in table {
        assert_eq!(refused(body, program), *id, "{body} {program}");
    }
}

#[test]
fn the_vectors_of_the_specification() {
    check(&[
        (r#"{}"#, r#"[["a.b[2]","set",7]]"#, r#"{"a":{"b":[null,null,7]}}"#),
        (r#"{"a":null}"#, r#"[["a","insert",1]]"#, r#"{"a":null}"#),
        (r#"{"a":null}"#, r#"[["a.b","set",1]]"#, r#"{"a":{"b":1}}"#),
        (r#"{"a":null}"#, r#"[["a","update",1]]"#, r#"{"a":1}"#),
        (r#"{"a":[1,2,3]}"#, r#"[["a[1]","delete"]]"#, r#"{"a":[1,null,3]}"#),
        (r#"{"a":[1,2,3]}"#, r#"[["a[2]","delete"]]"#, r#"{"a":[1,2]}"#),
        (r#"{"a":[1]}"#, r#"[["a","push",[2,3]]]"#, r#"{"a":[1,2,3]}"#),
        (r#"{"a":[1]}"#, r#"[["a","unshift",[2,3]]]"#, r#"{"a":[2,3,1]}"#),
        (r#"{}"#, r#"[["a","push",1]]"#, r#"{"a":[1]}"#),
        (r#"{"a":{"x":1}}"#, r#"[["a","merge",{"x":2,"y":3}]]"#, r#"{"a":{"x":2,"y":3}}"#),
        (r#"{"a":{"x":1}}"#, r#"[["a","merge_update",{"x":2,"y":3}]]"#, r#"{"a":{"x":2}}"#),
        (r#"{"a":{"x":1}}"#, r#"[["a","merge_insert",{"x":2,"y":3}]]"#, r#"{"a":{"x":1,"y":3}}"#),
        (r#"{}"#, r#"[["a","merge_update",{"x":2}]]"#, r#"{}"#),
        (r#"{}"#, r#"[["d","set","1971-5-4 3:2:1","dt"]]"#, r#"{"d":"1971-05-04 03:02:01"}"#),
        (r#"{}"#, r#"[["base.name","set","Vladimir"]]"#, r#"{"base":{"name":"Vladimir"}}"#),
        (
            r#"{}"#,
            r#"[["client_data.pets","push",[{"pet_type":"dog","age":1}]]]"#,
            r#"{"client_data":{"pets":[{"pet_type":"dog","age":1}]}}"#,
        ),
    ]);
    check_refused(&[
        (r#"{"a":5}"#, r#"[["a.b","set",1]]"#, Id::DatakeyNotobject),
        (r#"{"a":[1]}"#, r#"[["a","merge",{"x":2}]]"#, Id::DatakeyMerge),
        (r#"{"a":1}"#, r#"[["a","push",2]]"#, Id::DatakeyNotarray),
        (r#"{}"#, r#"[["d","set","x","int"]]"#, Id::DatakeyType),
    ]);
}

#[test]
fn set_update_and_insert() {
    check(&[
        (r#"{"a":{"x":1}}"#, r#"[["a","set",[1]]]"#, r#"{"a":[1]}"#),
        (r#"{"a":""}"#, r#"[["a","update",1]]"#, r#"{"a":1}"#),
        (r#"{"a":[]}"#, r#"[["a","update",1]]"#, r#"{"a":1}"#),
        (r#"{"a":{}}"#, r#"[["a","insert",1]]"#, r#"{"a":{}}"#),
        (r#"{}"#, r#"[["a.b.c","update",1]]"#, r#"{}"#),
        (r#"{"a":null}"#, r#"[["a.b","update",1]]"#, r#"{"a":null}"#),
        (r#"{}"#, r#"[["a.b.c","insert",1]]"#, r#"{"a":{"b":{"c":1}}}"#),
        (r#"{"a":[1]}"#, r#"[["a[3]","insert",4]]"#, r#"{"a":[1,null,null,4]}"#),
        (r#"{"a":[null]}"#, r#"[["a[0]","insert",4]]"#, r#"{"a":[null]}"#),
        (r#"{"a":[1]}"#, r#"[["a[3]","update",4]]"#, r#"{"a":[1]}"#),
        (r#"{"a":[null]}"#, r#"[["a[0]","update",4]]"#, r#"{"a":[4]}"#),
        (r#"{"a":[1,2]}"#, r#"[["a[-1]","set",9],["a[-2]","update",8]]"#, r#"{"a":[8,9]}"#),
        (r#"{"a":[{"x":1}]}"#, r#"[["a[0].x","set",2],["a[1].x","set",3]]"#, r#"{"a":[{"x":2},{"x":3}]}"#),
        (r#"{}"#, r#"[["a[1][1]","set",1]]"#, r#"{"a":[null,[null,1]]}"#),
        (r#"{}"#, r#"[["a.1","set",1]]"#, r#"{"a":{"1":1}}"#),
        (r#"{}"#, r#"[["a\\.b","set",1],["\\*","set",2],["c[d","set",3]]"#, r#"{"a.b":1,"*":2,"c[d":3}"#),
    ]);
}

#[test]
fn merging() {
    check(&[
        (r#"{"a":null}"#, r#"[["a","merge",{"x":1}]]"#, r#"{"a":{"x":1}}"#),
        (r#"{"a":null}"#, r#"[["a","merge_insert",{"x":1}]]"#, r#"{"a":{"x":1}}"#),
        (r#"{"a":null}"#, r#"[["a","merge_update",{"x":1}]]"#, r#"{"a":null}"#),
        (r#"{"a":{"x":null}}"#, r#"[["a","merge_update",{"x":1}]]"#, r#"{"a":{"x":1}}"#),
        (r#"{"a":{"x":null}}"#, r#"[["a","merge_insert",{"x":1}]]"#, r#"{"a":{"x":null}}"#),
        (r#"{"a":{"x":{"y":1}}}"#, r#"[["a","merge",{"x":{"z":2}}]]"#, r#"{"a":{"x":{"z":2}}}"#),
        (r#"{}"#, r#"[["a.b","merge",{}]]"#, r#"{"a":{"b":{}}}"#),
        (r#"{}"#, r#"[["a.b","merge_update",{"x":1}]]"#, r#"{}"#),
    ]);
    check_refused(&[
        (r#"{"a":{}}"#, r#"[["a","merge",1]]"#, Id::DatakeyMerge),
        (r#"{}"#, r#"[["a","merge_update",[1]]]"#, Id::DatakeyMerge),
        (r#"{}"#, r#"[["a","merge",null]]"#, Id::DatakeyMerge),
        (r#"{"a":"x"}"#, r#"[["a","merge_insert",{}]]"#, Id::DatakeyMerge),
    ]);
}

#[test]
fn lengthening_lists() {
    check(&[
        (r#"{"a":null}"#, r#"[["a","push",1]]"#, r#"{"a":[1]}"#),
        (r#"{}"#, r#"[["a.b","unshift",[1,2]]]"#, r#"{"a":{"b":[1,2]}}"#),
        (r#"{}"#, r#"[["a","push",[]]]"#, r#"{"a":[]}"#),
        (r#"{"a":[1]}"#, r#"[["a","push",[]]]"#, r#"{"a":[1]}"#),
        (r#"{"a":[1]}"#, r#"[["a","push",[[2]]],["a","push",{"x":1}]]"#, r#"{"a":[1,[2],{"x":1}]}"#),
        (r#"{"a":[1]}"#, r#"[["a","unshift",0],["a","unshift",-1],["a","push",2]]"#, r#"{"a":[-1,0,1,2]}"#),
        (r#"{"a":[1,2]}"#, r#"[["a","unshift",0],["a[0]","set",5],["a[2]","delete"]]"#, r#"{"a":[5,1]}"#),
    ]);
    check_refused(&[(r#"{"a":{}}"#, r#"[["a","unshift",2]]"#, Id::DatakeyNotarray)]);
}

#[test]
fn deleting() {
    check(&[
        (r#"{"a":1,"b":2}"#, r#"[["a","delete"]]"#, r#"{"b":2}"#),
        (r#"{"a":1}"#, r#"[["a","delete",null],["b","delete","",""],["c.d[1]","delete",null,null]]"#, r#"{}"#),
        (r#"{"a":null}"#, r#"[["a.b","delete"]]"#, r#"{"a":null}"#),
        (r#"{"a":[1,null,2]}"#, r#"[["a[2]","delete"]]"#, r#"{"a":[1,null]}"#),
        (r#"{"a":[1]}"#, r#"[["a[0]","delete"],["a[7]","delete"]]"#, r#"{"a":[]}"#),
        (r#"{"a":[1,2]}"#, r#"[["a[-1]","delete"],["a[-1]","delete"]]"#, r#"{"a":[]}"#),
        (r#"{}"#, r#"[["a[-1]","delete"],["a[-1]","update",1]]"#, r#"{}"#),
    ]);
    check_refused(&[
        (r#"{"a":1}"#, r#"[["a","delete",0]]"#, Id::DatakeySyntax),
        (r#"{"a":1}"#, r#"[["a","delete",{}]]"#, Id::DatakeySyntax),
        (r#"{"a":1}"#, r#"[["a","delete","","dt"]]"#, Id::DatakeySyntax),
        (r#"{"a":[]}"#, r#"[["a[-1]","delete"]]"#, Id::DatakeySyntax),
    ]);
}

#[test]
fn digits_name_elements_where_nothing_is_created() {
    check(&[
        (r#"{"a":[1,2]}"#, r#"[["a.0","update",5],["a.1","delete"]]"#, r#"{"a":[5]}"#),
        (r#"{"a":[{"x":1}]}"#, r#"[["a.0","merge_update",{"x":2}]]"#, r#"{"a":[{"x":2}]}"#),
        (r#"{"a":[1,2]}"#, r#"[["b","set.copy","a.1"]]"#, r#"{"a":[1,2],"b":2}"#),
    ]);
    check_refused(&[
        (r#"{"a":[1]}"#, r#"[["a.0","set",5]]"#, Id::DatakeyNotobject),
        (r#"{"a":[1]}"#, r#"[["a.x","delete"]]"#, Id::DatakeyNotobject),
        (r#"{"a":[1]}"#, r#"[["a.99999999999","delete"]]"#, Id::DatakeyNotobject),
    ]);
}

#[test]
fn conflicts_and_all_or_nothing() {
    check_refused(&[
        (r#"{"a":[]}"#, r#"[["a.b","set",1]]"#, Id::DatakeyNotobject),
        (r#"{"a":"s"}"#, r#"[["a.b.c","insert",1]]"#, Id::DatakeyNotobject),
        (r#"{"a":{}}"#, r#"[["a[0]","set",1]]"#, Id::DatakeyNotarray),
        (r#"{"a":true}"#, r#"[["a[0]","push",1]]"#, Id::DatakeyNotarray),
        (r#"{"a":1}"#, r#"[["a.b","delete"]]"#, Id::DatakeyNotobject),
        (r#"{"a":1}"#, r#"[["a[0]","update",1]]"#, Id::DatakeyNotarray),
        (r#"{"a":[]}"#, r#"[["a[-1]","set",1]]"#, Id::DatakeySyntax),
        (r#"{}"#, r#"[["a[-1]","set",1]]"#, Id::DatakeySyntax),
        (r#"{"a":null}"#, r#"[["a.b[-1]","insert",1]]"#, Id::DatakeySyntax),
        (r#"{"a":[1]}"#, r#"[["a[-2]","set",1]]"#, Id::DatakeySyntax),
        (r#"{"a":1}"#, r#"[["b","set",1],["a.c","set",1]]"#, Id::DatakeyNotobject),
        (r#"[]"#, r#"[["a","set",1]]"#, Id::DatakeyNotobject),
        (r#""text""#, r#"[]"#, Id::DatakeyNotobject),
    ]);
}

#[test]
fn copies_of_the_body_itself() {
    check(&[
        (r#"{"a":{"x":[1]}}"#, r#"[["b","set.copy","a"],["b.x[0]","set",2]]"#, r#"{"a":{"x":[1]},"b":{"x":[2]}}"#),
        (r#"{"a":1}"#, r#"[["a","set",2],["b","set.copy","a"]]"#, r#"{"a":2,"b":2}"#),
        (r#"{}"#, r#"[["b","set.copy","a.x[3]"]]"#, r#"{"b":null}"#),
        (r#"{"a":1}"#, r#"[["b","set.copy","a.x"]]"#, r#"{"a":1,"b":null}"#),
        (r#"{"a":[1]}"#, r#"[["a","push.copy","b"],["a","unshift.copy","a[0]"]]"#, r#"{"a":[1,1,null]}"#),
        (r#"{"a":[1]}"#, r#"[["a","push.copy","a"],["a","push.copy","a"]]"#, r#"{"a":[1,1,1,1]}"#),
        (r#"{"a":{"x":1},"b":{"y":2}}"#, r#"[["a","merge_copy","b"]]"#, r#"{"a":{"x":1,"y":2},"b":{"y":2}}"#),
        (r#"{"a":{"x":1},"b":{"x":2}}"#, r#"[["a","merge.copy","b"]]"#, r#"{"a":{"x":2},"b":{"x":2}}"#),
        (r#"{"a":{"x":1},"b":{"x":2}}"#, r#"[["a","merge_insert.copy","b"]]"#, r#"{"a":{"x":1},"b":{"x":2}}"#),
        (r#"{"a":{"x":1},"b":{"x":2}}"#, r#"[["a","merge_update.copy","b"]]"#, r#"{"a":{"x":2},"b":{"x":2}}"#),
        (r#"{"a":1}"#, r#"[["a","insert.copy","b"],["c","update.copy","a"]]"#, r#"{"a":1}"#),
        (r#"{"a":1}"#, r#"[["a.b","update.copy","a"]]"#.replace("a.b", "z.b").leak(), r#"{"a":1}"#),
        (r#"{"d":"2020-1-2"}"#, r#"[["e","set.copy","d","dt:YD"]]"#, r#"{"d":"2020-1-2","e":"2020-01-02"}"#),
    ]);
    check_refused(&[
        (r#"{"a":{}}"#, r#"[["a","merge.copy","b"]]"#, Id::DatakeyMerge),
        (r#"{"d":5}"#, r#"[["e","set.copy","d","dt"]]"#, Id::DatakeyDate),
        (r#"{}"#, r#"[["e","set.copy","d","dt"]]"#, Id::DatakeyDate),
    ]);
}

#[test]
fn copies_from_elsewhere() {
    let limits = Limits::default();
    let data = bytes(r#"{"x":{"y":[1.10]},"member":{"id":1}}"#);
    let system =
        bytes(r#"{"member":{"email":"e"},"-group":{"g":"2026-01-01 00:00:00"},"@member.sequence_data@":{"n":5}}"#);
    let (data, system) = (root(&data).unwrap(), root(&system).unwrap());
    let program = r#"[["a","set.copy","x.y"],["b","set.copy","member.email"],["c","set.copy","-group.g"],
        ["d","set.copy","@member.sequence_data@.n"],["e","set",1]]"#;
    let after = |copy, system| run_with(r#"{"x":0}"#, program, copy, system, &limits).unwrap().body;
    let own = r#"{"a": null, "b": "e", "c": "2026-01-01 00:00:00", "d": 5, "e": 1, "x": 0}"#;
    assert_eq!(after(CopySource::Own, Some(system)), own);
    let other = r#"{"a": [1.10], "b": "e", "c": "2026-01-01 00:00:00", "d": 5, "e": 1, "x": 0}"#;
    assert_eq!(after(CopySource::Data(data), Some(system)), other);
    let inline = r#"{"a": [1.10], "b": null, "c": null, "d": null, "e": 1, "x": 0}"#;
    assert_eq!(after(CopySource::Data(data), None), inline);
    let nulls = r#"{"a": null, "b": null, "c": null, "d": null, "e": 1, "x": 0}"#;
    assert_eq!(after(CopySource::Null, Some(system)), nulls);
    assert_eq!(after(CopySource::Skip, Some(system)), r#"{"e": 1, "x": 0}"#);
    let typed = run_with("{}", r#"[["a","set.copy","b","dt"]]"#, CopySource::Null, None, &limits);
    assert_eq!(typed.unwrap().body, r#"{"a": null}"#);
    let merged = run_with("{}", r#"[["a","merge.copy","b"]]"#, CopySource::Null, None, &limits);
    assert_eq!(merged.err().unwrap().id, Id::DatakeyMerge);
}

#[test]
fn types() {
    check(&[
        (
            r#"{}"#,
            r#"[["d","set","current","dt"],["e","set","current:YD + 25 days","dt"]]"#,
            r#"{"d":"2026-11-21 15:04:05","e":"2026-12-16"}"#,
        ),
        (
            r#"{}"#,
            r#"[["d","set","current"],["e","set","x",""],["f","set","y",null]]"#,
            r#"{"d":"current","e":"x","f":"y"}"#,
        ),
        (r#"{"l":[]}"#, r#"[["l","push","2020-5","dt:YM"]]"#, r#"{"l":["2020-05"]}"#),
    ]);
    check_refused(&[
        (r#"{}"#, r#"[["d","set",20200101,"dt"]]"#, Id::DatakeyDate),
        (r#"{}"#, r#"[["d","set",["2020-01-01"],"dt:YD"]]"#, Id::DatakeyDate),
        (r#"{}"#, r#"[["d","update","nonsense","dt"]]"#, Id::DatakeyDate),
        (r#"{}"#, r#"[["d","set","2020-01-01",5]]"#, Id::DatakeyType),
        (r#"{}"#, r#"[["d","set","2020-01-01","dt:sY"]]"#, Id::DatakeyType),
    ]);
}

#[test]
fn programs_of_another_form_are_refused() {
    for (program, id) in [
        (r#"{}"#, Id::DatakeySyntax),
        (r#"["a"]"#, Id::DatakeySyntax),
        (r#"[[]]"#, Id::DatakeySyntax),
        (r#"[["a"]]"#, Id::DatakeySyntax),
        (r#"[["a","set"]]"#, Id::DatakeySyntax),
        (r#"[["a","set.copy"]]"#, Id::DatakeySyntax),
        (r#"[["a","set.copy",5]]"#, Id::DatakeySyntax),
        (r#"[["a","set.copy","b.*"]]"#, Id::DatakeySyntax),
        (r#"[["a","set",1,"",0]]"#, Id::DatakeySyntax),
        (r#"[[5,"set",1]]"#, Id::DatakeySyntax),
        (r#"[["","set",1]]"#, Id::DatakeySyntax),
        (r#"[["a.*","set",1]]"#, Id::DatakeySyntax),
        (r#"[["a[*]","delete"]]"#, Id::DatakeySyntax),
        (r#"[["a","Set",1]]"#, Id::DatakeyMode),
        (r#"[["a","calc",1]]"#, Id::DatakeyMode),
        (r#"[["a","delete.copy","b"]]"#, Id::DatakeyMode),
        (r#"[["a",1,1]]"#, Id::DatakeyMode),
    ] {
        assert_eq!(refused("{}", program), id, "{program}");
    }
}

#[test]
fn errors_name_the_operation_and_its_key_but_no_value() {
    let explain = |program| run(r#"{"a":"secret"}"#, program).err().unwrap().explain;
    assert_eq!(
        explain(r#"[["b","set",1],["a.b[2]","set","private"]]"#),
        "operation 1, key \"a.b[2]\": the path uses a key where there is no object"
    );
    assert_eq!(explain(r#"[["a","merge",{"private":1}]]"#), "operation 0, key \"a\": what is stored is not an object");
    let long = format!(r#"[["{}","set"]]"#, "k".repeat(500));
    assert_eq!(explain(&long), format!("operation 0, key \"{}…\": this mode takes a value", "k".repeat(100)));
}

#[test]
fn integers_are_added_whatever_their_size() {
    let limits = Limits::default();
    let table = [
        (r#"{"a":1}"#, "2", r#"{"a": 3}"#),
        (r#"{}"#, "5", r#"{"a": 5}"#),
        (r#"{"a":"10"}"#, r#""-3""#, r#"{"a": 7}"#),
        (r#"{"a":"x"}"#, "4", r#"{"a": 4}"#),
        (r#"{"a":[1]}"#, "4", r#"{"a": 4}"#),
        (r#"{"a":1.9}"#, r#""1.9""#, r#"{"a": 2}"#),
        (
            r#"{"a":99999999999999999999999999999999999999999}"#,
            "1",
            r#"{"a": 100000000000000000000000000000000000000000}"#,
        ),
        (r#"{"a":null}"#, r#"{}"#, r#"{"a": 0}"#),
    ];
    for (body, value, after) in table {
        let (body, value) = (bytes(body), bytes(value));
        let ops = [Op::calc(0, "a", root(&value).unwrap(), &limits).unwrap()];
        let context = Context { limits: &limits, now: &now(), copy: CopySource::Own, system: None };
        let applied = apply(root(&body).unwrap(), &ops, &context).unwrap();
        assert_eq!(text(&applied.encode().unwrap()), after);
    }
    let zero = bytes("0");
    let body = bytes(r#"{"a":7}"#);
    let ops = [Op::calc(0, "a", root(&zero).unwrap(), &limits).unwrap()];
    let context = Context { limits: &limits, now: &now(), copy: CopySource::Own, system: None };
    assert!(!apply(root(&body).unwrap(), &ops, &context).unwrap().changed());
}

#[test]
fn special_keys_can_be_taken_out_of_a_program() {
    let program = bytes(
        r#"[["member.origin","set",1],["a","set",1],["-group.g\\.1","delete"],
        ["@member.sequence_data.store@.x","set",2],["\\@id","set",3],["b","set.copy","member.email"]]"#,
    );
    let program = Program::parse(root(&program).unwrap(), &Limits::default()).unwrap();
    let special: Vec<_> = program.ops().iter().map(|op| op.path().special()).collect();
    assert_eq!(special, [Some("member"), None, Some("-group"), Some("@member.sequence_data.store@"), None, None]);
    assert_eq!(program.ops()[5].source().and_then(|source| source.special()), Some("member"));
    let rest: Vec<_> = program.into_ops().into_iter().filter(|op| op.path().special().is_none()).collect();
    let rest = Program::from(rest);
    assert_eq!(rest.ops().iter().map(Op::index).collect::<Vec<_>>(), [1, 4, 5]);
    let body = bytes("{}");
    let context = Context { limits: &Limits::default(), now: &now(), copy: CopySource::Own, system: None };
    let applied = apply(root(&body).unwrap(), rest.ops(), &context).unwrap();
    assert_eq!(text(&applied.encode().unwrap()), r#"{"a": 1, "b": null, "@id": 3}"#);
}
