//! Imports that are larger than memory, and than the disk.

use crate::common::*;
use crate::imports::{CHUNK, counted, import};
use std::ffi::CString;
use std::os::unix::fs::MetadataExt;
use std::os::unix::fs::chown;
use std::path::PathBuf;

/// The most memory that the worker of imports may ever have had, in kB: what it shares with the server counts.
const MOST_KB: u64 = 200 * 1024;

/// The same where a row goes to its limit of 16 MB, which is there several times while it is cut.
const MOST_OF_A_ROW_KB: u64 = 256 * 1024;

/// The most memory that the job worker of this database has had so far, in kB.
fn peak(client: &mut Client) -> u64 {
    let query =
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'pg_member jobs'";
    let pid: i32 = client.query_one(query, &[]).unwrap().get(0);
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn memory_stays_flat_however_large_the_data_are() {
    let (database, target) = (Database::new("workers_import_flat"), Target::start());
    let client = &mut database.connect();
    assert!(is_idle(client));
    // 15 and 27 MB of rows; the second ones change whom the first ones made.
    for (path, expected) in
        [("/many.csv?200000", [200_000, 200_000, 0, 0]), ("/many.json?200000", [200_000, 0, 200_000, 0])]
    {
        let over = import(client, &json!({"users.url": target.receiver.url(path)}));
        assert_eq!(over["status"], -1, "{over}");
        assert_eq!(counted(&over, ["rows", "new", "updated", "errors"]), expected, "{path}");
        let peak = peak(client);
        assert!(peak <= MOST_KB, "{path}: {peak} kB");
    }
    // A cell of 100 MB is refused before it lies in memory.
    let over = import(client, &json!({"users.url": target.receiver.url("/wide.csv")}));
    assert_eq!((&over["status"], &over["error"]), (&json!(-2), &json!("error/import/toolarge")), "{over}");
    let peak = peak(client);
    assert!(peak <= MOST_OF_A_ROW_KB, "a cell of 100 MB: {peak} kB");
    let anna = "SELECT count(*) FROM member.head WHERE value = 'anna@example.com'";
    assert_eq!(numbers(client, anna), [0]);
}

/// A disk of a few megabytes; gone with the test. Only root can make one.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn make(name: &str, megabytes: usize) -> Option<SmallDisk> {
        let room = PathBuf::from(from_suite("PG_MEMBER_ROOM")).join("workers");
        let place = room.join(name);
        std::fs::create_dir(&place).unwrap();
        let (target, options) = (c_string(&place), CString::new(format!("size={megabytes}m")).unwrap());
        // SAFETY: texts that live until the call returns.
        let mounted =
            unsafe { libc::mount(c"none".as_ptr(), target.as_ptr(), c"tmpfs".as_ptr(), 0, options.as_ptr().cast()) };
        if mounted != 0 {
            std::fs::remove_dir(&place).unwrap();
            return None;
        }
        let disk = SmallDisk(place);
        let server = std::fs::metadata(room.join("data")).unwrap();
        let inside = disk.inside();
        std::fs::create_dir(&inside).unwrap();
        chown(&inside, Some(server.uid()), Some(server.gid())).unwrap();
        Some(disk)
    }

    fn inside(&self) -> PathBuf {
        self.0.join("space")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // SAFETY: a text that lives until the call returns.
        unsafe { libc::umount2(c_string(&self.0).as_ptr(), libc::MNT_DETACH) };
        _ = std::fs::remove_dir(&self.0);
    }
}

fn c_string(path: &std::path::Path) -> CString {
    CString::new(path.to_str().unwrap()).unwrap()
}

#[test]
fn a_full_disk_ends_an_import_behind_whole_chunks_and_a_later_one_works() {
    // Whoever is not root has no disk that could be full.
    let Some(disk) = SmallDisk::make("small", 8) else { return };
    let (database, target) = (Database::new("workers_import_full"), Target::start());
    let client = &mut database.connect();
    assert!(is_idle(client));
    client.batch_execute(&format!("CREATE TABLESPACE small LOCATION '{}'", disk.inside().display())).unwrap();
    client.batch_execute("ALTER TABLE member.body SET TABLESPACE small").unwrap();
    let request = json!({"users.url": target.receiver.url("/many.csv?100000")});
    let over = import(client, &request);
    assert_eq!((&over["status"], &over["error"]), (&json!(-2), &json!("53100")), "{over}");
    assert!(over["error.info"].as_str().unwrap().contains("No space left on device"), "{over}");
    let [rows, new] = counted(&over, ["rows", "new"]);
    assert!(rows == new && rows % CHUNK == 0 && (CHUNK..100_000).contains(&rows), "{over}");
    assert_eq!(numbers(client, "SELECT count(*) FROM member.body"), [rows]);
    client.batch_execute("ALTER TABLE member.body SET TABLESPACE pg_default").unwrap();
    client.batch_execute("DROP TABLESPACE small").unwrap();
    let over = import(client, &request);
    assert_eq!(counted(&over, ["rows", "new", "unchanged", "errors"]), [100_000, 100_000 - rows, rows, 0], "{over}");
}
