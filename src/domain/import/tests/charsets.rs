use super::csv::encoded;
use super::*;
use crate::domain::import::charset::Charset::{Cp1251, Koi8R, MacCyrillic, Utf7, Utf8, Utf16Be, Utf16Le};
use proptest::prelude::*;

const ALL: [Charset; 7] = [Koi8R, Cp1251, Utf8, Utf7, Utf16Le, Utf16Be, MacCyrillic];

/// A register of some people.
const PEOPLE: &[&str] = &[
    "Мария;Соколова;Нижний Новгород",
    "Яна;Щербакова;Ростов-на-Дону",
    "Пётр;Яковлев;Санкт-Петербург",
    "Юлия;Ершова;Чебоксары",
    "Эдуард;Хомяков;Йошкар-Ола",
];

fn register(before: usize) -> String {
    let mut text = String::from("member.email;base.firstName;base.lastName;base.city\n");
    for number in 0..before {
        text.push_str(&format!("person{number}@example.com;Ann;Lee;London\n"));
    }
    for (number, person) in PEOPLE.iter().enumerate() {
        text.push_str(&format!("p{number}@example.com;{person}\n"));
    }
    text
}

#[test]
fn charsets_are_found_whether_the_first_kilobyte_is_cyrillic_or_not() {
    // 40 rows are more than a kilobyte, 4000 more than a sample.
    for before in [0, 40, 4000] {
        for charset in ALL {
            let text = register(before);
            let opened = opened(encoded(&text, charset), &auto()).unwrap();
            // In a sample of ASCII UTF-7 looks like UTF-8: then it has to be stated.
            let expected = if charset == Utf7 && before == 4000 { Utf8 } else { charset };
            assert_eq!(opened.charset, Some(expected), "{} rows before", before);
            assert_eq!(opened.separator, Some(Separator::Semicolon));
            if expected == charset {
                let last = drain(opened).unwrap().pop().unwrap().unwrap();
                assert_eq!(last, ["p4@example.com", "Эдуард", "Хомяков", "Йошкар-Ола"]);
            }
        }
    }
}

#[test]
fn marks_of_byte_order_are_no_part_of_the_data() {
    for (charset, mark) in
        [(Utf8, &b"\xEF\xBB\xBF"[..]), (Utf16Le, b"\xFF\xFE"), (Utf16Be, b"\xFE\xFF"), (Utf7, b"+/v8-")]
    {
        let data = [mark, &encoded(&register(0), charset)].concat();
        let opened = opened(data, &auto()).unwrap();
        assert_eq!(opened.charset, Some(charset));
        assert_eq!(opened.names.as_ref().unwrap()[0], Cell::Text("member.email".to_owned()));
    }
}

#[test]
fn what_is_stated_wins() {
    let data = encoded("а@б.рф;Щука\n", Koi8R);
    let reading = Reading { charset: Some(Cp1251), ..auto() };
    assert_eq!(good(data, &reading)[0][1], "эХЛБ");
    assert_eq!(Charset::parse("latin1").unwrap_err().id, Id::ImportCharset);
    // `utf-16` says nothing of the order of bytes.
    let reading = Reading { charset: Some(Charset::parse("utf-16").unwrap()), ..auto() };
    for order in [Utf16Le, Utf16Be] {
        assert_eq!(good(encoded("a@b.c;Щука\n", order), &reading)[0][1], "Щука");
    }
}

#[test]
fn ascii_is_utf_8() {
    assert_eq!(opened("a@b.c,+79161234567,a+b-c\n", &auto()).unwrap().charset, Some(Utf8));
}

#[test]
fn examples_of_rfc_2152_are_read() {
    let reading = Reading { charset: Some(Utf7), separator: Some(Separator::Bar), firstline: Some(false), ..auto() };
    for (written, meant) in [
        ("A+ImIDkQ.", "A\u{2262}\u{391}."),
        ("Hi Mom -+Jjo--!", "Hi Mom -\u{263A}-!"),
        ("+ZeVnLIqe-", "\u{65E5}\u{672C}\u{8A9E}"),
        ("Item 3 is +AKM-1.", "Item 3 is \u{A3}1."),
        ("+-", "+"),
    ] {
        assert_eq!(good(written, &reading), table(&[&[meant]]), "{written}");
    }
}

#[test]
fn a_row_in_another_charset_is_bad_and_the_next_is_not() {
    let rows_of = |charset: Charset, bad: &[u8]| {
        let mut data = encoded("a@b.c;Щука\n", charset);
        data.extend(bad);
        data.extend(encoded("\ng@h.i;Рак\n", charset));
        rows(data, &stated(charset, Separator::Semicolon)).unwrap()
    };
    for (charset, bad) in [
        (Utf8, &b"d@e.f;\xD9\xF3\xEA\xE0"[..]),
        (Utf8, b"d@e.f;zero\0byte"),
        (Utf7, b"d@e.f;+A-"),
        (Utf16Le, b"d\0@\0e\0.\0f\0;\0\x00\xD8"),
    ] {
        let rows = rows_of(charset, bad);
        assert_eq!(rows.len(), 3);
        assert_eq!(rows[1].as_ref().unwrap_err().id, Id::ImportCharset);
        assert_eq!(rows[2].as_ref().unwrap()[1], "Рак");
    }
}

proptest! {
    #[test]
    fn russian_words_tell_their_charset(
        words in prop::collection::vec(prop::sample::select(vec![
            "Москва", "привет", "клиент", "заявка", "Яблоко", "моя", "семья", "ёлка", "подписка", "Юля", "отправлено", "чай",
            "Здравствуйте", "большая", "скидка", "на", "всё", "объявление", "щедрый", "цена",
        ]), 12..40),
        charset in prop::sample::select(vec![Koi8R, Cp1251, Utf8, MacCyrillic, Utf16Le, Utf16Be]),
    ) {
        let text: String = words.chunks(3).enumerate().map(|(n, words)| format!("p{n}@example.com;{}\n", words.join(" "))).collect();
        prop_assert_eq!(opened(encoded(&text, charset), &auto()).unwrap().charset, Some(charset));
    }
}
