//! Reading by paths (members.md 5.2 and 5.3).

use super::*;

fn get_text(body: &str, path: &str) -> String {
    let body = bytes(body);
    let path = Path::parse(path, &Limits::default()).unwrap();
    let found = get(root(&body).unwrap(), &path).unwrap();
    if !path.has_wildcard() {
        let borrowed = read(root(&body).unwrap(), &path).unwrap();
        assert_eq!(borrowed.map(|value| crate::domain::json::print(value).unwrap()), found.as_ref().map(show));
    }
    found.as_ref().map_or("-".to_owned(), show)
}

fn show(node: &crate::domain::json::Node) -> String {
    let mut out = Vec::new();
    crate::domain::json::encode(node, &mut out).unwrap();
    text(&out)
}

#[test]
fn single_places() {
    let body = r#"{"a":{"b":[10,{"c":null}],"1":"one"},"s":"x","e":[]}"#;
    for (path, found) in [
        ("a.b[0]", "10"),
        ("a.b[1].c", "null"),
        ("a.b[-1]", r#"{"c": null}"#),
        ("a.b.1.c", "null"),
        ("a.1", r#""one""#),
        ("a.b[2]", "-"),
        ("a.b[-3]", "-"),
        ("e[-1]", "-"),
        ("a[0]", "-"),
        ("a.b.x", "-"),
        ("s.x", "-"),
        ("a.b[1].c.d", "-"),
        ("zz", "-"),
    ] {
        assert_eq!(get_text(body, path), found, "{path}");
    }
}

#[test]
fn wildcards() {
    let body = r#"{"a":{"k":{"b":1},"l":{"c":2},"m":{"b":null},"n":5},"l":[{"b":1},{"c":2},7],
        "n":[[1,2],[],[3]],"o":[{"x":1,"y":2},{}],"e":{},"f":[]}"#;
    for (path, found) in [
        ("a.*.b", r#"{"k": 1, "m": null}"#),
        ("a.*", r#"{"k": {"b": 1}, "l": {"c": 2}, "m": {"b": null}, "n": 5}"#),
        ("a.*.zz", "null"),
        ("l[*].b", "[1, null, null]"),
        ("l[*].zz", "null"),
        ("l[*]", r#"[{"b": 1}, {"c": 2}, 7]"#),
        ("n[*][*]", "[[1, 2], null, [3]]"),
        ("n[*][0]", "[1, null, 3]"),
        ("n[*][-1]", "[2, null, 3]"),
        ("o[*].*", r#"[{"x": 1, "y": 2}, null]"#),
        ("e.*", "null"),
        ("f[*]", "null"),
        ("a[*]", "null"),
        ("l.*", "null"),
        ("zz.*", "null"),
        ("*.k", r#"{"a": {"b": 1}}"#),
    ] {
        assert_eq!(get_text(body, path), found, "{path}");
    }
    assert_eq!(get_text(body, "*"), text(&bytes(body)));
    assert_eq!(get_text("{}", "*"), "{}");
}
