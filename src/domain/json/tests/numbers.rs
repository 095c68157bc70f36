//! Exact numbers.

use super::*;
use crate::domain::error::Id;
use num_bigint::BigInt;

#[test]
fn decimals_are_read_as_the_server_reads_them() {
    let table = [
        ("0", "0"),
        ("-0", "0"),
        ("0.00", "0.00"),
        ("-0.0", "0.0"),
        ("1.10", "1.10"),
        ("-0.5", "-0.5"),
        ("1e3", "1000"),
        ("1E+3", "1000"),
        ("1.5e1", "15"),
        ("1.50e1", "15.0"),
        ("100e-2", "1.00"),
        ("1e-3", "0.001"),
        ("0e5", "0"),
        ("0e-5", "0.00000"),
        ("12345678901234567890", "12345678901234567890"),
        ("0.00000001", "0.00000001"),
        ("10000", "10000"),
        ("99999999.9999", "99999999.9999"),
        ("00012", "12"),
    ];
    for (written, shown) in table {
        assert_eq!(Decimal::parse(written).unwrap().to_string(), shown, "{written}");
    }
}

#[test]
fn what_is_no_decimal_is_refused() {
    for text in ["", "-", ".", "e5", "1e", "1e+", "1.2.3", "0x10", "NaN", "Infinity", "1 ", "--1", "1e5e5", "١"] {
        assert_eq!(Decimal::parse(text).unwrap_err().id, Id::JsonSyntax, "{text}");
    }
    for text in ["1e131072", "1e-16384", "0e-16384", "1e99999999999999999999", "1e-99999999999999999999"] {
        assert_eq!(Decimal::parse(text).unwrap_err().id, Id::JsonLimit, "{text}");
    }
    assert_eq!(Decimal::parse("1e131071").unwrap().to_string().len(), 131_072);
    assert_eq!(Decimal::parse("1e-16383").unwrap().to_string().len(), 16_385);
}

#[test]
fn machine_integers_are_exact_to_the_last_one() {
    for integer in [0, 1, -1, 9999, 10000, -10000, 12_0000_0000, i64::MAX, i64::MIN] {
        let made = Decimal::from(integer);
        assert_eq!(made.number().unwrap().as_i64(), Some(integer));
        assert_eq!(made, Decimal::parse(&integer.to_string()).unwrap());
    }
    for text in ["9223372036854775808", "-9223372036854775809", "1e30", "0.5", "123.45"] {
        assert_eq!(Decimal::parse(text).unwrap().number().unwrap().as_i64(), None, "{text}");
    }
    assert_eq!(Decimal::parse("1230000.000").unwrap().number().unwrap().as_i64(), Some(1_230_000));
}

#[test]
fn numbers_that_jsonb_never_holds_do_not_break_anything() {
    let wrap = |header: u16| {
        let mut bytes = 0x5000_0001u32.to_ne_bytes().to_vec();
        bytes.extend((0x9000_0000u32 | 6).to_ne_bytes());
        bytes.extend((6u32 << 2).to_ne_bytes());
        bytes.extend(header.to_ne_bytes());
        bytes
    };
    for (header, name) in [(0xC000, "NaN"), (0xD000, "Infinity"), (0xF000, "-Infinity")] {
        let bytes = wrap(header);
        assert_eq!(text(&bytes), name);
        assert_eq!(root(&bytes).unwrap().as_i64(), None);
    }
}

proptest! {
    #[test]
    fn decimals_survive(json in number()) {
        let text = json.to_string();
        prop_assert_eq!(Decimal::parse(&text).unwrap().to_string(), text);
    }

    #[test]
    fn wide_integers_are_made_as_they_are_read(integer in any::<i128>(), shift in 0u32..128) {
        let integer = integer >> shift;
        let read = Decimal::parse(&integer.to_string()).unwrap();
        prop_assert_eq!(&Decimal::from(integer), &read);
        prop_assert_eq!(&Decimal::try_from(&BigInt::from(integer)).unwrap(), &read);
        prop_assert_eq!(read.number().unwrap().integer_part(), Some(BigInt::from(integer)));
        prop_assert_eq!(read.number().unwrap().as_i64(), i64::try_from(integer).ok());
    }

    #[test]
    fn the_integer_part_is_what_stands_before_the_point(json in number()) {
        let text = json.to_string();
        let whole: BigInt = text.split('.').next().unwrap().parse().unwrap();
        prop_assert_eq!(Decimal::parse(&text).unwrap().number().unwrap().integer_part(), Some(whole));
    }
}
