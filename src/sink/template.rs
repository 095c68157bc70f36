//! Names with places: `events-{{event_type}}` (pipelines-and-hooks.md 10.4).

/// Puts values into the places of a template, in one pass: a value that looks like a place stays as it is. A place that
/// `value` does not know stays too.
pub(super) fn fill<'a>(template: &str, value: impl Fn(&str) -> Option<&'a str>) -> String {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once("{{") {
        filled.push_str(before);
        let known = behind.split_once("}}").and_then(|(name, after)| Some((value(name.trim())?, after)));
        match known {
            Some((value, after)) => {
                filled.push_str(value);
                rest = after;
            }
            None => {
                filled.push_str("{{");
                rest = behind;
            }
        }
    }
    filled + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_filled_once() {
        let value = |name: &str| match name {
            "a" => Some("1"),
            "b" => Some("{{a}}"),
            _ => None,
        };
        let cases = [
            ("", ""),
            ("plain", "plain"),
            ("x-{{a}}", "x-1"),
            ("{{ a }}{{b}}", "1{{a}}"),
            ("{{c}}.{{a}}", "{{c}}.1"),
            ("{{a", "{{a"),
            ("{{{{a}}", "{{1"),
            ("}}{{a}}{{", "}}1{{"),
        ];
        for (template, expected) in cases {
            assert_eq!(fill(template, value), expected, "{template}");
        }
    }
}
