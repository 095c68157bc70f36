//! Bad data on a server: what is wrong is told of the row or of the whole, nothing is half imported, and the next import works.

use crate::common::*;
use crate::imports::{CHUNK, begin, counted, import, refused, wait, waiting, written};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::io::{Cursor, Write};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

fn of_octets(octets: &[u8], more: Value) -> Value {
    let mut request = json!({"users.list": STANDARD.encode(octets), "encoding": "base64"});
    request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    request
}

/// A small import, which has to work whatever came before it.
fn another_works(client: &mut Client) {
    let over = import(client, &json!({"users.list": "member.email;shop.n\nlater@example.com;1\n"}));
    assert_eq!(counted(&over, ["rows", "new", "errors"]), [1, 1, 0], "{over}");
}

#[test]
fn broken_quotes_refuse_a_row_or_end_the_import_behind_whole_chunks() {
    let database = Database::new("workers_bad_quotes");
    let client = &mut database.connect();
    assert!(is_idle(client));
    let text = "member.email;shop.n\na@example.com;\"1\" and more\nb@example.com;\"2\"\n\"c@example.com;3\"\n";
    let over = import(client, &json!({"users.list": text}));
    assert_eq!(counted(&over, ["rows", "new", "errors"]), [3, 1, 2], "{over}");
    let bad: Vec<i64> = refused(client, &over).iter().map(|(row, _)| *row).collect();
    assert_eq!(bad, [1, 3]);
    // A quote that nobody closes: what stands behind it can be told from nothing.
    let rows: Vec<String> = (1..=3 * CHUNK)
        .map(|n| {
            if n == 2 * CHUNK + 500 { format!("open{n}@example.com;\"{n}") } else { format!("open{n}@example.com;{n}") }
        })
        .collect();
    let over = import(client, &json!({"users.list": format!("member.email;shop.n\n{}\n", rows.join("\n"))}));
    assert_eq!((&over["status"], &over["error"]), (&json!(-2), &json!("error/import/csv")), "{over}");
    assert_eq!(counted(&over, ["rows", "new"]), [2 * CHUNK, 2 * CHUNK]);
    assert_eq!(written(client), 2 * CHUNK + 1, "whole chunks, and the row of before");
    another_works(client);
}

#[test]
fn rows_in_another_charset_are_refused_each_by_itself() {
    let database = Database::new("workers_bad_charset");
    let client = &mut database.connect();
    assert!(is_idle(client));
    let mut octets = "member.email;base.firstName\na@example.com;Анна\n".as_bytes().to_vec();
    octets.extend(b"b@example.com;\xC1\xEE\xF0\xE8\xF1\n");
    octets.extend("c@example.com;Вера\nd@example.com;Dora\n".as_bytes());
    let over = import(client, &of_octets(&octets, json!({"charset": "utf-8"})));
    assert_eq!(counted(&over, ["rows", "new", "errors"]), [4, 3, 1], "{over}");
    assert_eq!(refused(client, &over), [(2, "error/import/charset".to_owned())]);
    let name: Value = client.query_one("SELECT member_get('c@example.com', 'base.firstName')", &[]).unwrap().get(0);
    assert_eq!(name, "Вера");
    // UTF-16 that ends in the middle of a letter.
    let mut half: Vec<u8> =
        "member.email;shop.n\ne@example.com;1\nf@example.com;2".encode_utf16().flat_map(u16::to_le_bytes).collect();
    half.splice(0..0, [0xFF, 0xFE]);
    half.pop();
    let over = import(client, &of_octets(&half, json!({})));
    assert_eq!(counted(&over, ["rows", "new", "errors"]), [2, 1, 1], "{over}");
    another_works(client);
}

/// An archive of one CSV of so many lines of a megabyte.
fn bomb(lines: usize) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file("bomb.csv", SimpleFileOptions::default().compression_level(Some(9))).unwrap();
    let row = [vec![b'a'; 1 << 20], b"\n".to_vec()].concat();
    (0..lines).for_each(|_| writer.write_all(&row).unwrap());
    writer.finish().unwrap().into_inner()
}

#[test]
fn an_archive_that_grows_without_end_ends_the_import() {
    let database = Database::new("workers_bad_archive");
    let client = &mut database.connect();
    assert!(is_idle(client));
    let archive = bomb(80);
    assert!(archive.len() < 1 << 20);
    let over =
        import(client, &of_octets(&archive, json!({"charset": "utf-8", "separator": ",", "addr_type": "email"})));
    assert_eq!((&over["status"], &over["error"]), (&json!(-2), &json!("error/import/toolarge")), "{over}");
    assert_eq!(written(client), 0);
    // Half of an archive is none.
    let over = import(client, &of_octets(&archive[..archive.len() / 2], json!({"addr_type": "email"})));
    assert_eq!((&over["status"], &over["error"]), (&json!(-2), &json!("error/import/zip")), "{over}");
    another_works(client);
}

#[test]
fn a_worker_that_is_killed_in_the_middle_loses_nothing_and_does_nothing_twice() {
    let database = Database::new("workers_bad_kill");
    let (mut client, mut blocker) = (database.connect(), database.connect());
    assert!(is_idle(&mut client));
    client.batch_execute(r#"SELECT group_create('{"id": "all", "type": "list"}')"#).unwrap();
    set(&mut client, "i5000@example.com", 0);
    blocker.batch_execute("BEGIN; SELECT member_set('i5000@example.com', '[[\"mark\", \"set\", 1]]')").unwrap();
    let caption = json!(["member.email", {"datakey": "shop.n", "calc": 1}]);
    let text: String = (1..=3 * CHUNK).map(|n| format!("i{n}@example.com;1\n")).collect();
    let request = json!({"users.list": text, "caption": caption, "firstline": 0, "member.group.add": ["all"]});
    let track = begin(&mut client, &request);
    let pid = waiting(&mut client);
    assert_eq!(written(&mut client), 2 * CHUNK);
    // The server ends all sessions when it notices, that of the blocker too.
    assert_eq!(unsafe { libc::kill(pid, libc::SIGKILL) }, 0);
    until("the server has noticed", || client.simple_query("SELECT 1").is_err());
    client = wait_for("the server answers again", || database.try_connect());
    drop(blocker);
    let over = wait(&mut client, track);
    assert_eq!(
        counted(&over, ["rows", "new", "updated", "repeats", "errors"]),
        [3 * CHUNK, 3 * CHUNK - 1, 1, 0, 0],
        "{over}"
    );
    let added = "SELECT count(*) FROM member.body WHERE (data #>> '{shop,n}') = '1'";
    assert_eq!(numbers(&mut client, added), [3 * CHUNK], "each was added to once");
    let count: Value = client.query_one("SELECT group_get('{\"id\": \"all\"}') #> '{obj,count}'", &[]).unwrap().get(0);
    assert_eq!(count, json!(3 * CHUNK));
}
