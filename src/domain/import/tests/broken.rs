use super::*;
use std::io::{Read, Seek, SeekFrom};

#[test]
fn nothing_is_no_data() {
    for data in ["", " \n\t", "\u{FEFF}\n"] {
        assert_eq!(refusal(data, &auto()), Id::ImportEmpty);
    }
}

#[test]
fn what_is_neither_text_nor_archive_is_refused() {
    assert_eq!(refusal(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\0".to_vec(), &auto()), Id::ImportFormat);
    assert_eq!(refusal(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec(), &auto()), Id::ImportFormat);
}

#[test]
fn rows_of_another_width_are_bad() {
    let rows = rows("a@b.c,1\nd@e.f\ng@h.i,2,3\nj@k.l,4\n", &auto()).unwrap();
    let ids: Vec<_> = rows.iter().map(|row| row.as_ref().err().map(|error| error.id)).collect();
    assert_eq!(ids, [None, Some(Id::ImportColumns), Some(Id::ImportColumns), None]);
}

#[test]
fn text_behind_a_closing_quote_is_a_bad_row() {
    let rows = rows("a@b.c,\"x\"\nd@e.f,\"y\" z\ng@h.i,5\" pipe\nj@k.l,\"a \"\"b\"\"\"\n", &auto()).unwrap();
    assert_eq!(rows[1].as_ref().unwrap_err().id, Id::ImportCsv);
    assert_eq!(rows[2].as_ref().unwrap()[1], "5\" pipe");
    assert_eq!(rows[3].as_ref().unwrap()[1], "a \"b\"");
}

#[test]
fn a_quote_that_nobody_closes_ends_the_reading() {
    let mut opened = opened("a@b.c,x\nd@e.f,\"y\ng@h.i,z\n", &auto()).unwrap();
    assert!(matches!(opened.source.next().unwrap(), Next::Row(_)));
    assert_eq!(opened.source.next().unwrap_err().id, Id::ImportCsv);
}

/// Data that begin somehow and then go on with one letter, as far as one likes.
struct Endless {
    head: &'static [u8],
    place: u64,
}

impl Read for Endless {
    fn read(&mut self, room: &mut [u8]) -> std::io::Result<usize> {
        let head = self.head.get(self.place as usize..).unwrap_or_default();
        let count = if head.is_empty() { room.len() } else { head.len().min(room.len()) };
        room[..count].fill(b'a');
        room[..head.len().min(count)].copy_from_slice(&head[..head.len().min(count)]);
        self.place += count as u64;
        Ok(count)
    }
}

impl Seek for Endless {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        if let SeekFrom::Start(place) = to {
            self.place = place;
        }
        Ok(self.place)
    }
}

#[test]
fn a_cell_without_an_end_is_refused() {
    for head in ["x@y.z;\"б", "[[\"", "[\"a\",", "{\"a\":\"", "# б"] {
        let data: Box<dyn Data> = Box::new(Endless { head: head.as_bytes(), place: 0 });
        let refused = open(data, &auto()).and_then(drain).unwrap_err();
        assert_eq!(refused.id, Id::ImportToolarge, "{head}");
    }
    let utf7 = Reading { charset: Some(Charset::Utf7), ..auto() };
    let data: Box<dyn Data> = Box::new(Endless { head: b"x", place: 0 });
    // The sample is no whole line, so it is found out while it is taken.
    assert_eq!(open(data, &utf7).and_then(drain).unwrap_err().id, Id::ImportToolarge);
}

/// Data whose source fails.
struct Failing;

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        Err(std::io::Error::other(Error::new(Id::ImportUid, "gone")))
    }
}

impl Seek for Failing {
    fn seek(&mut self, _: SeekFrom) -> std::io::Result<u64> {
        Ok(0)
    }
}

#[test]
fn what_a_source_refuses_with_is_told() {
    let refused = open(Box::new(Failing), &auto()).and_then(drain).unwrap_err();
    assert_eq!(refused, Error::new(Id::ImportUid, "gone"));
}
