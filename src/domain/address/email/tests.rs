//! Addresses that are accepted and refused, and what must hold for all of them.

use super::*;
use proptest::prelude::*;
use proptest::test_runner::Config;

/// Text and normal form.
const VALID: &[(&str, &str)] = &[
    // Plain.
    ("user@example.com", "user@example.com"),
    (" PRO@subscribe.ru ", "pro@subscribe.ru"),
    ("\u{a0}\u{3000}user@example.com\r\n\t", "user@example.com"),
    ("First.Last@Example.COM", "first.last@example.com"),
    ("first.middle.last@iana.org", "first.middle.last@iana.org"),
    ("user+tag@example.com", "user+tag@example.com"),
    ("user-name@example.com", "user-name@example.com"),
    ("user_name@example.com", "user_name@example.com"),
    ("_______@example.com", "_______@example.com"),
    ("a@b.c", "a@b.c"),
    ("1@2.ru", "1@2.ru"),
    ("1234567890@example.com", "1234567890@example.com"),
    ("!#$%&'*+-/=?^_`{|}~@example.com", "!#$%&'*+-/=?^_`{|}~@example.com"),
    ("user/department=shipping@example.com", "user/department=shipping@example.com"),
    ("$A12345@example.com", "$a12345@example.com"),
    ("!def!xyz%abc@example.com", "!def!xyz%abc@example.com"),
    ("mailhost!username@example.org", "mailhost!username@example.org"),
    ("user%example.com@example.org", "user%example.com@example.org"),
    ("-@example.com", "-@example.com"),
    ("o'brien@example.ie", "o'brien@example.ie"),
    ("a.b.c.d.e.f@example.com", "a.b.c.d.e.f@example.com"),
    ("user@sub.domain.example.co.uk", "user@sub.domain.example.co.uk"),
    ("user@exa-mple.com", "user@exa-mple.com"),
    ("user@a-b-c.example", "user@a-b-c.example"),
    ("user@123.com", "user@123.com"),
    ("user@1-2.x1", "user@1-2.x1"),
    ("user@example.c1", "user@example.c1"),
    ("user@a.b.c.d.e.f.g.h.ru", "user@a.b.c.d.e.f.g.h.ru"),
    ("user@host.localdomain", "user@host.localdomain"),
    // National letters.
    ("проверка@тест.рф", "проверка@тест.рф"),
    ("ПРОВЕРКА@ТЕСТ.РФ", "проверка@тест.рф"),
    ("企业@企业.企业", "企业@企业.企业"),
    ("Ёлка@Ёлка.рф", "ёлка@ёлка.рф"),
    ("коля@пример.рф", "коля@пример.рф"),
    ("медведь@с-балалайкой.рф", "медведь@с-балалайкой.рф"),
    ("квіточка@пошта.укр", "квіточка@пошта.укр"),
    ("अजय@डाटा.भारत", "अजय@डाटा.भारत"),
    ("ಬೆಂಬಲ@ಡೇಟಾಮೇಲ್.ಭಾರತ", "ಬೆಂಬಲ@ಡೇಟಾಮೇಲ್.ಭಾರತ"),
    ("மின்னஞ்சல்@எடுத்துக்காட்டு.இந்தியா", "மின்னஞ்சல்@எடுத்துக்காட்டு.இந்தியா"),
    ("తెలుగు@డేటామెయిల్.భారత్", "తెలుగు@డేటామెయిల్.భారత్"),
    ("ইমেইল@উদাহরণ.বাংলা", "ইমেইল@উদাহরণ.বাংলা"),
    ("ગુજરાતી@ઉદાહરણ.ભારત", "ગુજરાતી@ઉદાહરણ.ભારત"),
    ("ਪੰਜਾਬੀ@ਡਾਟਾ.ਭਾਰਤ", "ਪੰਜਾਬੀ@ਡਾਟਾ.ਭਾਰਤ"),
    ("ඉලෙක්@උදාහරණ.ලංකා", "ඉලෙක්@උදාහරණ.ලංකා"),
    ("بريد@مثال.مصر", "بريد@مثال.مصر"),
    ("کاربر@نمونه.ایران", "کاربر@نمونه.ایران"),
    ("דואר@דוגמה.ישראל", "דואר@דוגמה.ישראל"),
    ("อีเมล@ตัวอย่าง.ไทย", "อีเมล@ตัวอย่าง.ไทย"),
    ("用户名@领域.电脑", "用户名@领域.电脑"),
    ("二ノ宮@黒川.日本", "二ノ宮@黒川.日本"),
    ("메일@도메인.한국", "메일@도메인.한국"),
    ("δοκιμή@παράδειγμα.δοκιμή", "δοκιμή@παράδειγμα.δοκιμή"),
    ("ΔΟΚΙΜΉΣ@ΠΑΡΆΔΕΙΓΜΑ.ΕΛ", "δοκιμής@παράδειγμα.ελ"),
    ("էլփոստ@օրինակ.հայ", "էլփոստ@օրինակ.հայ"),
    ("ფოსტა@მაგალითი.გე", "ფოსტა@მაგალითი.გე"),
    ("Dörte@Sörensen.example.com", "dörte@sörensen.example.com"),
    ("Pelé@example.com", "pelé@example.com"),
    ("pele\u{301}@example.com", "pelé@example.com"),
    ("ÑOÑÓ@example.com", "ñoñó@example.com"),
    ("I❤️CHOCOLATE@example.com", "i❤️chocolate@example.com"),
    ("😀@example.com", "😀@example.com"),
    ("x²@example.com", "x²@example.com"),
    // What has more than one writing.
    ("user@xn--e1aybc.xn--p1ai", "user@тест.рф"),
    ("user@XN--E1AYBC.XN--P1AI", "user@тест.рф"),
    ("user@xn--bcher-kva.example", "user@bücher.example"),
    ("user@BÜCHER.example", "user@bücher.example"),
    ("user@bu\u{308}cher.example", "user@bücher.example"),
    ("user@faß.de", "user@faß.de"),
    ("user@FAẞ.de", "user@faß.de"),
    ("user@xn--fa-hia.de", "user@faß.de"),
    ("user@ｅｘａｍｐｌｅ.com", "user@example.com"),
    ("user@example。com", "user@example.com"),
    ("user@example．com", "user@example.com"),
    ("user@example｡com", "user@example.com"),
    ("user@ΒΌΛΟΣ.com", "user@βόλοσ.com"),
    ("user@βόλος.com", "user@βόλος.com"),
    ("user@exa\u{ad}mple.com", "user@example.com"),
    ("İ@example.com", "i\u{307}@example.com"),
    ("ı@example.com", "ı@example.com"),
    ("STRAẞE@example.com", "straße@example.com"),
    ("\u{212a}elvin@example.com", "kelvin@example.com"),
    ("user@\u{212a}elvin.com", "user@kelvin.com"),
    ("user@l·l.cat", "user@l·l.cat"),
    ("user@ドラッグ・ストア.com", "user@ドラッグ・ストア.com"),
    ("user@نامه\u{200c}ای.com", "user@نامه\u{200c}ای.com"),
];

/// Texts and the one error of each.
const INVALID: &[(Id, &[&str])] = &[
    (Id::EmailEmpty, &["", " ", "\t\r\n", "\u{a0}\u{2003}\u{3000}"]),
    (
        Id::EmailNodog,
        &[
            "plainaddress",
            "example.com",
            "user.example.com",
            "user(at)example.com",
            "user",
            "проверка",
            "89211234567890123",
            "user＠example.com",
            "user﹫example.com",
            "\"quoted\"",
            ".",
            "<>",
            "mailto:user",
        ],
    ),
    (
        Id::EmailMultydog,
        &[
            "123@test@test.ru ",
            "a@b@c@example.com",
            "@@",
            "a@@b.ru",
            "@a@b.ru",
            "a@b.ru@",
            "a@b.ru,c@d.ru",
            "a@b.ru; c@d.ru",
            "a\\@b@example.com",
            "<a@b>@c.ru",
            "проверка@тест@тест.рф",
            "a@b@",
        ],
    ),
    (Id::EmailNolocal, &["@", "@example.com", " @example.com", "@тест.рф", "@.", "@localhost"]),
    (Id::EmailNodomain, &["user@", " user@ ", "проверка@", ".@", "a b@"]),
    (
        Id::EmailBadlocal,
        &[
            // Dots.
            ".user@example.com",
            "user.@example.com",
            "us..er@example.com",
            ".@example.com",
            "...@example.com",
            ".a.@b.ru",
            // ASCII that is no atext.
            "us er@example.com",
            "user @example.com",
            "us\ter@example.com",
            "us\ner@example.com",
            "us\rer@example.com",
            "us,er@example.com",
            "us;er@example.com",
            "us:er@example.com",
            "us<er@example.com",
            "us>er@example.com",
            "us(er@example.com",
            "us)er@example.com",
            "us[er@example.com",
            "us]er@example.com",
            "us\\er@example.com",
            "us\"er@example.com",
            "us\u{1}er@example.com",
            "us\u{7f}er@example.com",
            "us\u{1b}er@example.com",
            // Quoted, comments, whole headers.
            "\"user\"@example.com",
            "\"us er\"@example.com",
            "\"a@b\"@example.com",
            "\"\"@example.com",
            "\"us\\\"er\"@example.com",
            "\"unclosed@example.com",
            "us\"e\"r@example.com",
            "(comment)user@example.com",
            "user(comment)@example.com",
            "Name <user@example.com>",
            "<user@example.com",
            "mailto:user@example.com",
            "user\\ name@example.com",
            // Invisible, lost, private or unassigned characters; separators; foreign punctuation.
            "us\u{200b}er@example.com",
            "us\u{200c}er@example.com",
            "us\u{200d}er@example.com",
            "us\u{ad}er@example.com",
            "us\u{202e}er@example.com",
            "\u{200e}user@example.com",
            "us\u{2066}er@example.com",
            "\u{feff}user@example.com",
            "us\u{2060}er@example.com",
            "us\u{3164}er@example.com",
            "us\u{34f}er@example.com",
            "us\u{fe0f}er@example.com",
            "1\u{fe0f}\u{20e3}@example.com",
            "us\u{a0}er@example.com",
            "us\u{3000}er@example.com",
            "us\u{2028}er@example.com",
            "us\u{85}er@example.com",
            "us\u{fffd}er@example.com",
            "us\u{fffc}er@example.com",
            "us\u{e000}er@example.com",
            "us\u{10ffff}er@example.com",
            "us\u{378}er@example.com",
            "us\u{e0041}er@example.com",
            "o’brien@example.com",
            "“user”@example.com",
            "us＠er@example.com",
            "us。er@example.com",
            "us．er．@example.com",
            "👨\u{200d}👩@example.com",
        ],
    ),
    (
        Id::EmailBaddomain,
        &[
            // Labels.
            "user@localhost",
            "user@com",
            "user@рф",
            "user@.",
            "user@..",
            "user@.com",
            "user@com.",
            "user@example.com.",
            "user@.example.com",
            "user@example..com",
            "user@example.com..",
            "user@-example.com",
            "user@example-.com",
            "user@example.-com",
            "user@example.com-",
            "user@-",
            "user@-.com",
            "user@ab--cd.com",
            "user@тест-.рф",
            "user@-тест.рф",
            "user@example。",
            "user@。example",
            // Characters.
            "user@exam_ple.com",
            "user@exam ple.com",
            "user@ example.com",
            "user@exam!ple.com",
            "user@exam+ple.com",
            "user@exam,ple.com",
            "user@example,com",
            "user@example.com>",
            "user@exam/ple.com",
            "user@example.com:25",
            "user@exam\u{0}ple.com",
            "user@exam\tple.com",
            "user@exam\u{7f}ple.com",
            "user@exam'ple.com",
            "user@*.com",
            "user@a\\b.com",
            "user@exam\u{3000}ple.com",
            "user@exam\u{202e}ple.com",
            "user@exam\u{fffd}ple.com",
            "user@\u{301}a.com",
            "user@exam＠ple.com",
            "user@\"example\".com",
            // Literals, addresses, comments.
            "user@[127.0.0.1]",
            "user@[IPv6:::1]",
            "user@[example.com]",
            "user@127.0.0.1",
            "user@1.2",
            "user@example.123",
            "user@例え.１２３",
            "user@(comment)example.com",
            "user@example.com(comment)",
            "user@example.com (comment)",
            // Symbols and broken encodings.
            "user@💩.la",
            "user@i❤.ws",
            "user@☕.example",
            "user@xn--ls8h.la",
            "user@xn--i-7iq.ws",
            "user@½.com.✓",
            "user@xn--.com",
            "user@xn--a.com",
            "user@xn--example-.com",
            "user@xn--99999999.com",
            "user@xn--0.com",
            "user@xn--ü.com",
            "user@xn--E1AYBC-.рф",
            // Direction.
            "user@aא.com",
            "user@אa.com",
            "user@0א.com",
        ],
    ),
];

fn id(raw: &str) -> Id {
    normalize(raw).expect_err(raw).id
}

#[test]
fn accepts() {
    assert!(VALID.len() >= 60);
    for (raw, form) in VALID {
        assert_eq!(normalize(raw).as_deref(), Ok(*form), "{raw}");
        assert_eq!(normalize(form).as_deref(), Ok(*form), "{form} is a normal form");
    }
}

#[test]
fn refuses_with_one_error_each() {
    assert!(INVALID.iter().map(|(_, texts)| texts.len()).sum::<usize>() >= 120);
    for (expected, texts) in INVALID {
        for raw in *texts {
            assert_eq!(normalize(raw).map_err(|error| error.id), Err(*expected), "{raw:?}");
        }
    }
}

#[test]
fn lengths() {
    let local = "l".repeat(64);
    let label = "d".repeat(63);
    let address = |label_len: usize| format!("{local}@{label}.{label}.{}.ru", "e".repeat(label_len));
    assert_eq!(address(58).len(), 254);
    assert!(normalize(&address(58)).is_ok());
    assert_eq!(id(&address(59)), Id::EmailToolong);
    assert_eq!(id(&format!("l{local}@example.com")), Id::EmailToolong);
    assert_eq!(id(&format!("user@d{label}.com")), Id::EmailBaddomain);
    assert!(normalize(&format!("user@{label}.com")).is_ok());
    // Octets of UTF-8 before the @, octets of the encoded form behind it.
    assert!(normalize(&format!("{}@example.com", "я".repeat(32))).is_ok());
    assert_eq!(id(&format!("{}@example.com", "я".repeat(33))), Id::EmailToolong);
    let encoded = |letters: usize| format!("user@{}.рф", "я".repeat(letters));
    assert!(normalize(&encoded(56)).is_ok(), "xn-- and 59 octets");
    assert_eq!(id(&encoded(60)), Id::EmailBaddomain);
    let many = |labels: usize| format!("user@{}рф", "яяяя.".repeat(labels));
    assert!(normalize(&many(21)).is_ok());
    assert_eq!(id(&many(40)), Id::EmailToolong);
    assert_eq!(id(&format!("user@{}com", "d.".repeat(5000))), Id::EmailToolong);
}

#[test]
fn the_domain_of_an_address() {
    assert_eq!(domain("user@тест.рф"), Some("тест.рф"));
    assert_eq!(domain("nothing"), None);
}

#[test]
fn a_normal_form_is_borrowed() {
    assert!(matches!(normalize(" user@example.com "), Ok(Cow::Borrowed("user@example.com"))));
    assert!(matches!(normalize("User@example.com"), Ok(Cow::Owned(_))));
}

/// Addresses, or nearly so: ASCII pieces, national pieces, and anything at all.
fn texts() -> impl Strategy<Value = String> {
    let local = "[a-zA-Z0-9.!#'*+_-]{1,12}|[\\PC]{1,6}|[а-яА-ЯёЁ.İΣσςẞßǅŉΐ\u{301}\u{307}\u{345}]{1,10}";
    let label =
        "[a-zA-Z0-9-]{1,8}|xn--[a-z0-9-]{1,10}|[а-яА-Я]{1,6}|[ßẞİıΣςﬁ\u{308}\u{345}\u{1e9e}Ａ１٣א]{1,4}|\\PC{1,4}";
    let dot = "[.]|[.。．｡]";
    let domain = proptest::collection::vec((label, dot), 1..4)
        .prop_map(|parts| parts.into_iter().flat_map(|(label, dot)| [label, dot]).collect::<String>());
    prop_oneof![
        8 => (local, domain, "[a-z]{2,4}|рф|企业|com|[0-9]{1,2}").prop_map(|(local, domain, tld)| format!("{local}@{domain}{tld}")),
        1 => "[a-zA-Z0-9.@ -]{0,30}",
        1 => any::<String>(),
        1 => "\\PC{0,10}@\\PC{0,10}",
    ]
}

proptest! {
    #![proptest_config(Config::with_cases(4_000))]

    #[test]
    fn a_normal_form_is_its_own_normal_form(raw in texts()) {
        if let Ok(form) = normalize(&raw) {
            prop_assert_eq!(normalize(&form), Ok(form.clone()));
            prop_assert_eq!(form.matches('@').count(), 1);
            prop_assert!(!form.contains(char::is_whitespace) && !form.contains("xn--"));
            prop_assert_eq!(domain(&form).map(|domain| domain.split('.').count() >= 2), Some(true));
        }
    }

    #[test]
    fn the_short_way_is_the_careful_way(raw in prop_oneof![texts(), "[aZ0-]{0,3}[.@_a-]{0,3}[aB1-]{1,5}@[aZ0-]{1,5}[.-]{0,2}[a1-]{1,5}\\.[a1-]{1,3}"]) {
        if let Some(form) = plain(raw.trim()) {
            prop_assert_eq!(careful(raw.trim()), Ok(form.into_owned()));
        } else if raw.is_ascii() && !raw.to_ascii_lowercase().contains("xn--") && !raw.trim().ends_with(|c: char| c.is_ascii_digit()) {
            // What is ASCII, needs no decoding and ends in a letter is accepted on the short way or not at all.
            prop_assert!(careful(raw.trim()).is_err());
        }
    }

    #[test]
    fn case_white_space_and_form_do_not_count(local in "[a-zа-я0-9]{1,10}", label in "[a-zа-я]{1,10}") {
        let form = format!("{local}@{label}.ru");
        let upper = format!("\u{2003}{}\n", form.to_uppercase());
        prop_assert_eq!(normalize(&upper), Ok(Cow::Borrowed(form.as_str())));
        let encoded = idna::domain_to_ascii(&label).unwrap();
        let encoded = format!("{local}@{encoded}.ru");
        prop_assert_eq!(normalize(&encoded), Ok(Cow::Borrowed(form.as_str())));
    }
}
