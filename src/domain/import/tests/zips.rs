use super::*;
use crate::domain::import::inflated::{Inflated, Window};
use ::zip::write::SimpleFileOptions;
use ::zip::{CompressionMethod, ZipArchive, ZipWriter};
use proptest::prelude::*;
use std::io::{Read, Seek, SeekFrom, Write};

/// An archive of files.
pub(super) fn archive(files: &[(&str, &[u8])], is_packed: bool) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let method = if is_packed { CompressionMethod::Deflated } else { CompressionMethod::Stored };
    for (name, bytes) in files {
        let options = SimpleFileOptions::default().compression_method(method).compression_level(is_packed.then_some(1));
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn one_file_is_read_from_an_archive() {
    let expected = table(&[&["a@b.c", "1"], &["d@e.f", "2"]]);
    for is_packed in [false, true] {
        for (name, text) in [
            ("People.CSV", &b"a@b.c,1\nd@e.f,2\n"[..]),
            ("folder/people.json", br#"[["a@b.c",1],["d@e.f",2]]"#),
            ("people.txt", b"a@b.c\t1\nd@e.f\t2"),
        ] {
            let files = [("__MACOSX/._people.csv", &b"\0\0"[..]), ("readme.md", b"x"), (name, text)];
            assert_eq!(good(archive(&files, is_packed), &auto()), expected);
        }
    }
}

#[test]
fn archives_without_one_file_are_refused() {
    assert_eq!(refusal(archive(&[("a.csv", b"1"), ("b.csv", b"2")], true), &auto()), Id::ImportZip);
    assert_eq!(refusal(archive(&[("a.png", b"1")], true), &auto()), Id::ImportZip);
    let inner = archive(&[("a.csv", b"1")], true);
    assert_eq!(refusal(archive(&[("a.csv", &inner)], true), &auto()), Id::ImportZip);
    let whole = archive(&[("a.csv", &b"a@b.c,1\n".repeat(100))], true);
    assert_eq!(refusal(&whole[..whole.len() - 30], &auto()), Id::ImportZip);
}

#[test]
fn damage_is_noticed() {
    let text: String = (0..20_000).map(|n| format!("p{n}@example.com,{n}\n")).collect();
    let mut damaged = archive(&[("a.csv", text.as_bytes())], true);
    let middle = damaged.len() / 2;
    damaged[middle] ^= 0x55;
    assert_eq!(refusal(damaged, &Reading { firstline: Some(false), ..auto() }), Id::ImportBroken);
}

#[test]
fn a_bomb_is_refused_before_it_has_taken_room() {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file("bomb.csv", SimpleFileOptions::default().compression_level(Some(9))).unwrap();
    let row = [vec![b'a'; 1 << 20], b"\n".to_vec()].concat();
    for _ in 0..80 {
        writer.write_all(&row).unwrap();
    }
    let bomb = writer.finish().unwrap().into_inner();
    assert!(bomb.len() < 1 << 20);
    assert_eq!(
        refusal(bomb, &Reading { charset: Some(Charset::Utf8), separator: Some(Separator::Comma), ..auto() }),
        Id::ImportToolarge
    );
}

/// An archive whose list of files goes to and fro between its halves.
fn to_and_fro(archive: &[u8]) -> Vec<u8> {
    let number = |at: usize| u32::from_le_bytes(archive[at..at + 4].try_into().unwrap()) as usize;
    let short = |at: usize| usize::from(u16::from_le_bytes(archive[at..at + 2].try_into().unwrap()));
    let end = archive.len() - 22;
    let (length, start) = (number(end + 12), number(end + 16));
    let (mut entries, mut at) = (Vec::new(), start);
    while at < start + length {
        let next = at + 46 + short(at + 28) + short(at + 30) + short(at + 32);
        entries.push(&archive[at..next]);
        at = next;
    }
    let (first, second) = entries.split_at(entries.len() / 2);
    let mut mixed: Vec<&[u8]> = second.iter().zip(first).flat_map(|(late, early)| [*late, *early]).collect();
    mixed.extend(second.get(first.len()..).unwrap_or_default());
    [&archive[..start], &mixed.concat(), &archive[end..]].concat()
}

#[test]
fn a_workbook_that_would_be_unpacked_for_each_of_its_files_is_refused() {
    // Each half is more than is kept of what was unpacked, and nothing in it packs.
    let mut state = 1_u64;
    let mut noise = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    let parts: Vec<Vec<u8>> = (0..80).map(|_| (0..100_000).map(|_| noise()).collect()).collect();
    let names: Vec<String> = (0..80).map(|n| format!("xl/media/{n}.png")).collect();
    let mut files: Vec<(&str, &[u8])> = vec![("[Content_Types].xml", b"<Types/>")];
    files.extend(names.iter().zip(&parts).map(|(name, bytes)| (name.as_str(), bytes.as_slice())));
    let book = archive(&files, false);
    let reading = Reading { strings_max: 64 << 20, ..auto() };
    // In order it is only no workbook.
    assert_eq!(refusal(archive(&[("a.xlsx", &book)], true), &reading), Id::ImportXlsx);
    assert_eq!(refusal(archive(&[("a.xlsx", &to_and_fro(&book))], true), &reading), Id::ImportToolarge);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]
    #[test]
    fn an_unpacked_file_is_read_from_any_place(
        seed in any::<u64>(),
        length in 0_usize..3_000_000,
        moves in prop::collection::vec((0_u8..3, any::<u32>(), 0_usize..200_000), 1..20),
    ) {
        // Neither all alike nor all different.
        let text: Vec<u8> = (0..length as u64).map(|n| ((n ^ seed).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 61) as u8).collect();
        let packed = archive(&[("a.txt", &text)], true);
        let mut files = ZipArchive::new(Cursor::new(&packed)).unwrap();
        let file = files.by_index_raw(0).unwrap();
        let (start, size, sum) = (file.data_start().unwrap(), file.compressed_size(), file.crc32());
        drop(file);
        let mut ours = Inflated::new(Window::new(Box::new(Cursor::new(packed.clone())), start, size), size, sum);
        let mut plain = Cursor::new(&text);
        for (way, by, count) in moves {
            let to = match way {
                0 => SeekFrom::Start(u64::from(by) % (length as u64 + 10)),
                1 => SeekFrom::End(-(i64::from(by) % (length as i64 + 1))),
                _ => SeekFrom::Current(0),
            };
            prop_assert_eq!(ours.seek(to).unwrap(), plain.seek(to).unwrap());
            let (mut left, mut right) = (Vec::new(), Vec::new());
            (&mut ours).take(count as u64).read_to_end(&mut left).unwrap();
            (&mut plain).take(count as u64).read_to_end(&mut right).unwrap();
            prop_assert!(left == right);
        }
    }
}
