//! The proof, made by the compiler, that our SQL finds nothing by the caller's search_path: every table, function,
//! type and operator is written with its schema. A name without one would let callers put their own in its place, and
//! it would run with the rights of the extension's owner.

/// Whether a statement is qualified throughout. Keywords are written in capitals, names in small letters.
#[expect(clippy::indexing_slicing, reason = "runs in the compiler alone, where a wrong index is an error message")]
pub const fn is_qualified(sql: &[u8]) -> bool {
    // These look an operator up without saying so.
    if contains(sql, b" IN (") || contains(sql, b" BETWEEN ") || contains(sql, b"DISTINCT FROM") {
        return false;
    }
    let assigns = contains(sql, b" SET ");
    let mut quoted = false;
    let mut at = 0;
    while at < sql.len() {
        let byte = sql[at];
        if byte == b'\'' {
            quoted = !quoted;
        } else if !quoted {
            let sound = match byte {
                b':' if at > 0 && sql[at - 1] == b':' => {
                    starts(sql, at + 1, b"pg_catalog.")
                        || starts(sql, at + 1, b"member.")
                        || is_keyword_type(sql, at + 1)
                }
                b'<' | b'>' | b'|' | b'&' | b'+' | b'-' => is_operator(sql, at),
                b'=' => assigns || is_operator(sql, at),
                b'(' => !follows_bare_name(sql, at),
                b' ' | b'\n' => {
                    !(ends(sql, at, b" FROM") || ends(sql, at, b" JOIN") || ends(sql, at, b" INTO"))
                        || names_a_source(sql, at + 1)
                }
                _ => true,
            };
            if !sound {
                return false;
            }
        }
        at += 1;
    }
    true
}

/// Types that are words of SQL's grammar and never looked up.
const fn is_keyword_type(sql: &[u8], at: usize) -> bool {
    starts(sql, at, b"bigint") || starts(sql, at, b"smallint") || starts(sql, at, b"integer")
}

/// Whether the character is part of `OPERATOR(pg_catalog.…)`.
#[expect(clippy::indexing_slicing, reason = "as above")]
const fn is_operator(sql: &[u8], at: usize) -> bool {
    let mut start = at;
    while start > 0 && matches!(sql[start - 1], b'<' | b'>' | b'|' | b'&' | b'+' | b'-' | b'=' | b'@') {
        start -= 1;
    }
    ends(sql, start, b"OPERATOR(pg_catalog.")
}

/// Whether a name in small letters without a schema stands right before the bracket: a function call.
#[expect(clippy::indexing_slicing, reason = "as above")]
const fn follows_bare_name(sql: &[u8], bracket: usize) -> bool {
    let mut start = bracket;
    while start > 0 && matches!(sql[start - 1], b'a'..=b'z' | b'0'..=b'9' | b'_') {
        start -= 1;
    }
    start < bracket && !(start > 0 && sql[start - 1] == b'.')
}

/// Whether a table of ours or of the server, a subquery or a continuation of it stands here; or a name that the
/// statement's own WITH gives, which hides every table of that name.
const fn names_a_source(sql: &[u8], at: usize) -> bool {
    starts(sql, at, b"member.")
        || starts(sql, at, b"pg_catalog.")
        || starts(sql, at, b"(")
        || starts(sql, at, b"ROWS FROM (pg_catalog.")
        || starts(sql, at, b"LATERAL ROWS FROM (pg_catalog.")
        || (starts(sql, 0, b"WITH ") && is_own_name(sql, at))
}

/// Whether the name that stands here is one that WITH, or a comma behind another such query, gives: `name AS (` or
/// `name (columns) AS (`.
#[expect(clippy::indexing_slicing, reason = "as above")]
const fn is_own_name(sql: &[u8], at: usize) -> bool {
    let mut end = at;
    while end < sql.len() && matches!(sql[end], b'a'..=b'z' | b'0'..=b'9' | b'_') {
        end += 1;
    }
    let mut place = 0;
    while end > at && place + (end - at) < sql.len() {
        let gives = ends(sql, place, b"WITH ") || ends(sql, place, b"RECURSIVE ") || ends(sql, place, b"), ");
        if gives && same(sql, place, at, end - at) {
            let behind = place + (end - at);
            return starts(sql, behind, b" AS (") || starts(sql, behind, b" (");
        }
        place += 1;
    }
    false
}

/// Whether the same bytes stand at two places.
#[expect(clippy::indexing_slicing, reason = "as above")]
const fn same(sql: &[u8], one: usize, other: usize, length: usize) -> bool {
    let mut n = 0;
    while n < length {
        if sql[one + n] != sql[other + n] {
            return false;
        }
        n += 1;
    }
    true
}

const fn contains(sql: &[u8], word: &[u8]) -> bool {
    let mut at = 0;
    while at < sql.len() {
        if starts(sql, at, word) {
            return true;
        }
        at += 1;
    }
    false
}

#[expect(clippy::indexing_slicing, reason = "as above")]
const fn starts(sql: &[u8], at: usize, word: &[u8]) -> bool {
    if at + word.len() > sql.len() {
        return false;
    }
    let mut n = 0;
    while n < word.len() {
        if sql[at + n] != word[n] {
            return false;
        }
        n += 1;
    }
    true
}

/// Whether what stands before `at` ends with the word.
const fn ends(sql: &[u8], at: usize, word: &[u8]) -> bool {
    at >= word.len() && starts(sql, at - word.len(), word)
}

/// The check refuses what it must: each of these would be found by the caller's search_path.
const _: () = {
    assert!(is_qualified(b"SELECT a.id FROM member.address a WHERE a.id OPERATOR(pg_catalog.=) $1"));
    assert!(is_qualified(b"UPDATE member.body SET version = $2 WHERE dataset OPERATOR(pg_catalog.=) $1"));
    assert!(is_qualified(b"SELECT pg_catalog.count(*), 'a < b', $1::pg_catalog.text, NULL::bigint"));
    assert!(is_qualified(b"WITH RECURSIVE chain (n) AS (SELECT $1) SELECT n FROM chain "));
    assert!(is_qualified(b"SELECT n.x FROM ROWS FROM (pg_catalog.unnest($1)) AS n (x)"));
    assert!(!is_qualified(b"SELECT n.x FROM ROWS FROM (unnest($1)) AS n (x)"));
    assert!(is_qualified(b"WITH one AS (SELECT 1), two AS (SELECT 2) SELECT FROM two"));
    assert!(!is_qualified(b"SELECT n FROM chain "));
    assert!(!is_qualified(b"WITH one AS (SELECT 1) SELECT FROM two"));
    assert!(!is_qualified(b"WITH one AS (SELECT 1) SELECT FROM on"));
    assert!(!is_qualified(b"SELECT id FROM address"));
    assert!(!is_qualified(b"SELECT id FROM member.address WHERE id = $1"));
    assert!(!is_qualified(b"SELECT id FROM member.address WHERE id <> $1"));
    assert!(!is_qualified(b"SELECT id FROM member.address WHERE id IN ($1)"));
    assert!(!is_qualified(b"SELECT count(*)"));
    assert!(!is_qualified(b"SELECT $1::text"));
};
