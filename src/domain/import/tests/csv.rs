use super::*;
use crate::domain::import::charset::Charset::{Cp1251, Koi8R, MacCyrillic, Utf7, Utf8, Utf16Be, Utf16Le};
use proptest::prelude::*;

/// Bytes of a text in a charset; written by hand for UTF-7 alone, all of it in base64 that needs it.
pub(super) fn encoded(text: &str, charset: Charset) -> Vec<u8> {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD_NO_PAD;
    match charset {
        Utf8 => text.as_bytes().to_vec(),
        Cp1251 => encoding_rs::WINDOWS_1251.encode(text).0.into_owned(),
        Koi8R => encoding_rs::KOI8_R.encode(text).0.into_owned(),
        MacCyrillic => encoding_rs::X_MAC_CYRILLIC.encode(text).0.into_owned(),
        Utf16Le => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        Utf16Be => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        Utf7 => {
            let mut bytes = Vec::new();
            for letter in text.chars() {
                if letter == '+' {
                    bytes.extend(b"+-");
                } else if letter.is_ascii() {
                    bytes.push(letter as u8);
                } else {
                    let units: Vec<u8> = letter.to_string().encode_utf16().flat_map(u16::to_be_bytes).collect();
                    bytes.extend(format!("+{}-", STANDARD_NO_PAD.encode(units)).bytes());
                }
            }
            bytes
        }
    }
}

fn rows_of_texts() -> impl Strategy<Value = Vec<Vec<String>>> {
    let cell = "[а-яА-ЯёЁa-zA-Z0-9,;|\t\"\r\n# +@.-]{0,12}";
    (1_usize..6).prop_flat_map(move |width| prop::collection::vec(prop::collection::vec(cell, width), 1..12))
}

proptest! {
    #[test]
    fn what_the_library_writes_is_read_back(
        rows in rows_of_texts(),
        charset in prop::sample::select(vec![Utf8, Cp1251, Koi8R, MacCyrillic, Utf7, Utf16Le, Utf16Be]),
        separator in prop::sample::select(Separator::ALL.to_vec()),
    ) {
        let mut writer = ::csv::WriterBuilder::new().delimiter(separator.byte()).comment(Some(b'#')).from_writer(Vec::new());
        for row in &rows {
            writer.write_record(row).unwrap();
        }
        let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
        // Without the last end of line too.
        for text in [text.as_str(), text.trim_end_matches('\n')] {
            let mut reading = stated(charset, separator);
            if charset == Utf16Be {
                reading.charset = None;
            }
            if charset == Utf16Be && !text.is_ascii() && text.len() < 200 {
                continue;
            }
            prop_assert_eq!(&good(encoded(text, charset), &reading), &rows);
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        _ = rows(bytes, &auto());
    }

    #[test]
    fn any_text_with_quotes_is_read_or_refused(text in "[ab\",;\r\n#]{0,60}") {
        _ = rows(text, &auto());
    }
}

#[test]
fn separators_are_found() {
    for (text, separator) in [
        ("a@b.c,1,2\nd@e.f,3,4\n", Separator::Comma),
        ("a@b.c;1,5;2\nd@e.f;3,1;4\n", Separator::Semicolon),
        ("a@b.c\t1;2\t3\nd@e.f\t4\t5\n", Separator::Tab),
        ("a@b.c|1\nd@e.f|\"x|y\"\n", Separator::Bar),
        ("a@b.c\nd@e.f\n", Separator::Comma),
        ("name;note\n\"a, b, c\";1\n\"d, e, f\";2\n", Separator::Semicolon),
        ("# a,b,c,d\na;1\nb;2\n", Separator::Semicolon),
    ] {
        assert_eq!(opened(text, &auto()).unwrap().separator, Some(separator), "{text}");
    }
}

#[test]
fn a_stated_separator_wins() {
    let reading = Reading { separator: Some(Separator::Bar), firstline: Some(false), ..auto() };
    assert_eq!(good("a,b|c\nd,e|f\n", &reading), table(&[&["a,b", "c"], &["d,e", "f"]]));
    assert_eq!(Separator::parse("x").unwrap_err().id, Id::ParamWrong);
}

#[test]
fn remarks_and_empty_rows_are_passed_over() {
    let data = "# made by hand\n\na@b.c,1\n#d@e.f,2\r\n\r\n\"#g@h.i\",3\n";
    assert_eq!(good(data, &auto()), table(&[&["a@b.c", "1"], &["#g@h.i", "3"]]));
}

#[test]
fn a_long_remark_takes_no_room() {
    let data = format!("{}a@b.c,1\n", "# nothing\n".repeat(2_000_000));
    assert_eq!(good(data, &Reading { separator: Some(Separator::Comma), ..auto() }), table(&[&["a@b.c", "1"]]));
}

#[test]
fn the_first_row_names_the_columns_or_does_not() {
    for (text, names) in [
        ("member.email,base.firstName\na@b.c,Ivan\n", true),
        ("email;Имя\na@b.c;Иван\n", true),
        ("member.cellphone,=orders.count\n79161234567,3\n", true),
        ("a@b.c,base.firstName\n", false),
        ("79161234567,Ivan\n", false),
        ("Ivan,Petrov\n", false),
        ("2026-01-02,base.x\n", false),
        ("/status,member.tg\n1,2\n", true),
    ] {
        assert_eq!(opened(text, &auto()).unwrap().names.is_some(), names, "{text}");
        let all = text.lines().count();
        assert_eq!(good(text, &auto()).len(), all - usize::from(names), "{text}");
        for stated in [false, true] {
            let reading = Reading { firstline: Some(stated), ..auto() };
            assert_eq!(opened(text, &reading).unwrap().names.is_some(), stated, "{text}");
        }
    }
}

#[test]
fn a_first_row_that_cannot_be_read_takes_the_columns_with_it_unless_they_are_stated() {
    let text = "\"member.email\" ;shop.n\na@b.c;1\n";
    for firstline in [None, Some(true)] {
        let reading = Reading { firstline, ..auto() };
        let error = opened(text, &reading).map(|_| ()).unwrap_err();
        assert!(error.id == Id::ImportCsv && error.explain.contains("the first row"), "{error:?}");
    }
    let captioned = Reading { has_caption: true, ..auto() };
    let reading = Reading { firstline: Some(true), ..captioned.clone() };
    assert_eq!(opened(text, &reading).map(|_| ()).unwrap_err().id, Id::ImportCsv);
    // Nothing to lose: it is one bad row, and the next one says how many columns there are.
    for reading in [captioned, Reading { firstline: Some(false), ..auto() }] {
        let rows = rows(text, &reading).unwrap();
        assert_eq!(rows[0].as_ref().unwrap_err().id, Id::ImportCsv);
        assert_eq!(rows[1], Ok(vec!["a@b.c".to_owned(), "1".to_owned()]));
    }
    let charset = [&b"member.email;base.\xFFx\n"[..], b"a@b.c;1\n"].concat();
    let utf8 = Reading { charset: Some(Charset::Utf8), ..auto() };
    assert_eq!(opened(charset, &utf8).map(|_| ()).unwrap_err().id, Id::ImportCharset);
}
