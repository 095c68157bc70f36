//! Which places a program changed.

use super::*;

fn rows(body: &str, program: &str) -> Vec<String> {
    run(body, program).unwrap().rows.into_iter().map(|(path, old, new)| format!("{path}: {old} > {new}")).collect()
}

#[test]
fn one_row_per_place_in_the_order_of_the_first_touch() {
    assert_eq!(
        rows(r#"{"a":1,"b":2}"#, r#"[["b","set",3],["a","set",2],["b","set",4],["c.d","set",1]]"#),
        ["b: 2 > 4", "a: 1 > 2", "c.d: - > 1"]
    );
}

#[test]
fn what_ends_as_it_began_has_no_row() {
    assert_eq!(rows(r#"{"a":1}"#, r#"[["a","set",2],["b","set",1],["a","set",1],["b","delete"]]"#), [] as [&str; 0]);
    let outcome = run(r#"{"a":1}"#, r#"[["a","set",1],["b.c","delete"],["a","insert",5],["z","update",1]]"#).unwrap();
    assert!(!outcome.changed);
    assert_eq!(rows(r#"{"a":1.0}"#, r#"[["a","set",1.00]]"#), ["a: 1.0 > 1.00"]);
}

#[test]
fn a_row_covers_what_lies_below_it() {
    assert_eq!(
        rows(
            r#"{"a":{"x":1,"y":2},"ab":1}"#,
            r#"[["a.x","set",5],["ab","set",2],["a","set",{"z":1}],["a.z","set",2]]"#
        ),
        ["ab: 1 > 2", r#"a: {"x": 1, "y": 2} > {"z": 2}"#]
    );
}

#[test]
fn a_merge_has_a_row_for_each_key() {
    assert_eq!(
        rows(r#"{"a":{"x":1,"y":2}}"#, r#"[["a","merge",{"x":1,"y":3,"p.q":4}]]"#),
        ["a.y: 2 > 3", r"a.p\.q: - > 4"]
    );
    assert_eq!(rows(r#"{}"#, r#"[["a","merge",{"x":1}]]"#), [r#"a: - > {"x": 1}"#]);
}

#[test]
fn lists_have_a_row_of_their_own() {
    assert_eq!(rows(r#"{"l":[1]}"#, r#"[["l[0]","set",2],["l","push",3],["l","unshift",0]]"#), ["l: [1] > [0, 2, 3]"]);
    assert_eq!(
        rows(r#"{"l":[1,2,3]}"#, r#"[["l[-1]","delete"],["l[0]","delete"]]"#),
        ["l[2]: 3 > -", "l[0]: 1 > null"]
    );
    assert_eq!(rows(r#"{"l":[1,2]}"#, r#"[["l.1","update",5],["l[1]","set",6]]"#), ["l[1]: 2 > 6"]);
}
