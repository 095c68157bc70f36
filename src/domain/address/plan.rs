//! The numbering plan as the regulator publishes it: a CSV file of ranges (members.md 2.2).

use crate::domain::error::{Error, Id, Result};
use csv::{ReaderBuilder, StringRecord, Trim};

/// How many columns the file has: code; from; to; capacity; operator; region; territory; tax number.
const COLUMNS: usize = 8;
/// The highest number behind a code.
const MAX_NUMBER: u32 = 9_999_999;

/// Consecutive numbers allotted to one operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    /// The three digits behind `+7`.
    pub prefix: u16,
    /// The first number, seven digits.
    pub from: u32,
    /// The last number, seven digits.
    pub to: u32,
    /// Whose it is.
    pub operator: String,
    /// Where it is: the region, or the territory where the file gives no region.
    pub region: String,
    /// The operator's tax number.
    pub inn: String,
}

/// The ranges of the regulator's file: UTF-8, `;` between the columns, one header line, with or without a byte order mark.
/// Empty lines are passed over. Error: `error/numbering/format`, naming the line, also where ranges overlap.
pub fn parse(text: &str) -> Result<Vec<Range>> {
    // Quotes stand in the operators' names as plain characters.
    let mut reader =
        ReaderBuilder::new().delimiter(b';').quoting(false).flexible(true).trim(Trim::All).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|_| at_line(1, "not UTF-8"))?;
    if header.len() != COLUMNS || header.iter().any(|name| name.bytes().all(|byte| byte.is_ascii_digit())) {
        return Err(at_line(1, "the header line with 8 columns is missing"));
    }
    let mut ranges = Vec::new();
    for record in reader.into_records() {
        let record = record
            .map_err(|error| at_line(error.position().map_or(0, csv::Position::line), "it cannot be read as CSV"))?;
        let line = record.position().map_or(0, csv::Position::line);
        ranges.push((range(&record).map_err(|what| at_line(line, what))?, line));
    }
    disjoint(ranges)
}

/// The ranges by code and first number, no two of which share a number.
fn disjoint(mut ranges: Vec<(Range, u64)>) -> Result<Vec<Range>> {
    ranges.sort_by_key(|(range, _)| (range.prefix, range.from));
    let pairs = ranges.iter().zip(ranges.iter().skip(1));
    for ((range, line), (next, next_line)) in pairs {
        if range.prefix == next.prefix && next.from <= range.to {
            return Err(at_line(*line.max(next_line), "the range overlaps with the one of another line"));
        }
    }
    Ok(ranges.into_iter().map(|(range, _)| range).collect())
}

/// The range that one line states, or what is wrong with it.
fn range(record: &StringRecord) -> std::result::Result<Range, &'static str> {
    let mut fields = record.iter();
    let mut next = || fields.next().unwrap_or_default();
    if record.len() != COLUMNS {
        return Err("it does not have 8 columns");
    }
    let prefix = digits(next(), 3).ok_or("the code is not three digits")?;
    let from = digits(next(), 7).ok_or("the first number is not seven digits")?;
    let to = digits(next(), 7).ok_or("the last number is not seven digits")?;
    let capacity: u32 = next().parse().map_err(|_| "the capacity is not a number")?;
    if from > to || capacity != to - from + 1 {
        return Err("first number, last number and capacity do not agree");
    }
    let (operator, region, territory, inn) = (next(), next(), next(), next());
    let region = if matches!(region, "" | "-") { territory } else { region };
    Ok(Range {
        prefix: u16::try_from(prefix).map_err(|_| "the code is not three digits")?,
        from,
        to,
        operator: operator.to_owned(),
        region: region.to_owned(),
        inn: inn.to_owned(),
    })
}

/// A number of exactly so many ASCII digits.
fn digits(field: &str, count: usize) -> Option<u32> {
    let plain = field.len() == count && field.bytes().all(|byte| byte.is_ascii_digit());
    if plain { field.parse().ok().filter(|number| *number <= MAX_NUMBER) } else { None }
}

fn at_line(line: u64, what: &str) -> Error {
    Error::new(Id::NumberingFormat, format!("line {line}: {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "\u{feff}АВС/ DEF;От;До;Емкость;Оператор;Регион;Территория ГАР;ИНН\n";

    #[test]
    fn reads_ranges() {
        let text = format!(
            "{HEADER}900;0000000;0061999;62000;ООО \"Связь\";-;Северный край;7700000001\r\n\n\
             901; 0062000 ;0062000;1;\"Мир\" АО;Южная обл.;Южная область;7700000002\n999;9999990;9999999;10;Оператор;;;\n"
        );
        let range = |prefix, from, to, operator: &str, region: &str, inn: &str| Range {
            prefix,
            from,
            to,
            operator: operator.to_owned(),
            region: region.to_owned(),
            inn: inn.to_owned(),
        };
        let expected = vec![
            range(900, 0, 61_999, "ООО \"Связь\"", "Северный край", "7700000001"),
            range(901, 62_000, 62_000, "\"Мир\" АО", "Южная обл.", "7700000002"),
            range(999, 9_999_990, 9_999_999, "Оператор", "", ""),
        ];
        assert_eq!(parse(&text), Ok(expected.clone()));
        assert_eq!(parse(text.trim_start_matches('\u{feff}')), Ok(expected), "without a byte order mark");
        assert_eq!(parse(HEADER), Ok(Vec::new()));
    }

    #[test]
    fn names_the_line_that_is_wrong() {
        let good = "900;0000000;0000009;10;О;Р;Т;1\n";
        for bad in [
            "90;0000000;0000009;10;О;Р;Т;1",
            "9001;0000000;0000009;10;О;Р;Т;1",
            "9x0;0000000;0000009;10;О;Р;Т;1",
            "900;000000;0000009;10;О;Р;Т;1",
            "900;0000000;00000090;10;О;Р;Т;1",
            "900;0000000;+000009;10;О;Р;Т;1",
            "900;0000000;0000009;ten;О;Р;Т;1",
            "900;0000000;0000009;11;О;Р;Т;1",
            "900;0000009;0000000;10;О;Р;Т;1",
            "900;0000000;0000009;10;О;Р;Т",
            "900;0000000;0000009;10;О;Р;Т;1;2",
            "900,0000000,0000009,10,О,Р,Т,1",
        ] {
            let error = parse(&format!("{HEADER}{good}{good}{bad}\n{good}")).unwrap_err();
            assert_eq!(error.id, Id::NumberingFormat);
            assert!(error.explain.starts_with("line 4: "), "{bad}: {}", error.explain);
        }
        for text in ["", "\n", good, "code;from;to\n", "<html>"] {
            let error = parse(text).unwrap_err();
            assert!(error.id == Id::NumberingFormat && error.explain.starts_with("line 1: "), "{text}");
        }
    }

    /// The regulator's whole file, where it lies beside the project.
    #[test]
    fn reads_the_real_file() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/DEF-9xx.csv");
        let Ok(text) = std::fs::read_to_string(path) else { return };
        let ranges = parse(&text).unwrap();
        assert_eq!(ranges.len(), text.lines().count() - 1);
        assert!(ranges.len() > 17_000);
        assert!(
            ranges
                .iter()
                .all(|range| (900..=999).contains(&range.prefix) && !range.operator.is_empty() && range.region != "-")
        );
        assert!(ranges.is_sorted_by_key(|range| (range.prefix, range.from)));
        assert!(
            ranges.windows(2).all(|pair| pair[0].prefix < pair[1].prefix || pair[0].to < pair[1].from),
            "no overlap"
        );
    }
}
