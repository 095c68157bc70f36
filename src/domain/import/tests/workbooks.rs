use super::zips::archive;
use super::*;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

fn saved(fill: impl FnOnce(&mut rust_xlsxwriter::Worksheet)) -> Vec<u8> {
    let mut book = Workbook::new();
    fill(book.add_worksheet());
    _ = book.add_worksheet().write(0, 0, "another sheet");
    book.save_to_buffer().unwrap()
}

#[test]
fn a_workbook_is_read_as_people_see_it() {
    let data = saved(|sheet| {
        let (date, time) = (Format::new().set_num_format("dd.mm.yyyy"), Format::new().set_num_format("hh:mm:ss"));
        for (column, name) in ["member.email", "a.text", "a.number", "a.date", "a.yes"].iter().enumerate() {
            _ = sheet.write(0, column as u16, *name);
        }
        _ = sheet.write(1, 0, "a@b.c").unwrap().write(1, 1, "Иван, \"Ваня\"").unwrap().write(1, 2, 79_161_234_567_f64);
        _ = sheet
            .write(1, 3, ExcelDateTime::parse_from_str("2026-02-28").unwrap())
            .unwrap()
            .set_cell_format(1, 3, &date);
        _ = sheet.write(1, 4, true);
        _ = sheet.write(2, 0, "# a remark").unwrap().write(2, 1, "x");
        // Row 3 is empty.
        _ = sheet.write(4, 0, "d@e.f").unwrap().write(4, 2, 0.1 + 0.2);
        _ = sheet.write_with_format(4, 3, ExcelDateTime::parse_from_str("2026-02-28 13:14:15").unwrap(), &date);
        _ = sheet.write(5, 0, "g@h.i").unwrap().write(5, 1, "Иван, \"Ваня\"");
        _ = sheet.write_with_format(5, 3, 0.5, &time);
    });
    let opened = opened(data.clone(), &auto()).unwrap();
    assert_eq!((opened.format, opened.charset, opened.separator), (super::super::open::Format::Xlsx, None, None));
    assert_eq!(opened.names.unwrap().len(), 5);
    let expected = table(&[
        &["a@b.c", "Иван, \"Ваня\"", "79161234567", "2026-02-28", "1"],
        &["d@e.f", "", "0.30000000000000004", "2026-02-28 13:14:15", ""],
        &["g@h.i", "Иван, \"Ваня\"", "", "12:00:00", ""],
    ]);
    assert_eq!(good(data.clone(), &auto()), expected);
    // Within an archive too, packed and not.
    for is_packed in [false, true] {
        assert_eq!(good(archive(&[("people.xlsx", &data)], is_packed), &auto()), expected);
    }
}

#[test]
fn thousands_of_rows_keep_their_order() {
    let data = saved(|sheet| {
        for row in 0..3000_u32 {
            _ = sheet.write(row, 0, format!("p{row}@example.com")).unwrap().write(row, 1, row);
        }
    });
    let rows = good(data, &auto());
    assert_eq!(rows.len(), 3000);
    assert!(rows.iter().enumerate().all(|(n, row)| row[0] == format!("p{n}@example.com") && row[1] == n.to_string()));
}

#[test]
fn texts_that_do_not_fit_into_memory_are_refused() {
    let data = saved(|sheet| {
        for row in 0..200 {
            _ = sheet.write(row, 0, format!("{row}{}", "x".repeat(10_000)));
        }
    });
    assert_eq!(refusal(data, &auto()), Id::ImportToolarge);
}

const HEAD: &str =
    r#"<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>"#;
const TAIL: &str = "</sheetData></worksheet>";

/// A workbook with this sheet.
fn with_sheet(sheet: &str) -> Vec<u8> {
    let files: [(&str, &str); 5] = [
        (
            "_rels/.rels",
            r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#,
        ),
        (
            "[Content_Types].xml",
            r#"<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>"#,
        ),
        (
            "xl/workbook.xml",
            r#"<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="One" sheetId="1" r:id="rId1"/></sheets></workbook>"#,
        ),
        (
            "xl/_rels/workbook.xml.rels",
            r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#,
        ),
        ("xl/worksheets/sheet1.xml", sheet),
    ];
    archive(&files.map(|(name, text)| (name, text.as_bytes())), true)
}

#[test]
fn sheets_of_other_programs_are_read() {
    let sheet = format!(
        r#"{HEAD}<row r="1"><c r="A1" t="inlineStr"><is><t>a@b.c</t></is></c><c r="C1"><v>1.5</v></c></row>
        <row r="2"><c r="A2" t="inlineStr"><is><t>d@e.f</t></is></c><c r="D2"><v>7</v></c></row>
        <row r="3"><c r="A3" t="inlineStr"><is><t>g@h.i</t></is></c><c r="B3" t="e"><v>#N/A</v></c></row>
        <row r="4"><c r="A4" t="inlineStr"><is><t>j@k.l</t></is></c></row>{TAIL}"#
    );
    let rows = rows(with_sheet(&sheet), &auto()).unwrap();
    assert_eq!(rows[0].as_ref().unwrap(), &["a@b.c", "", "1.5"]);
    assert_eq!(rows[1].as_ref().unwrap_err().id, Id::ImportColumns);
    assert_eq!(rows[2].as_ref().unwrap_err().id, Id::ImportXlsx);
    assert_eq!(rows[3].as_ref().unwrap(), &["j@k.l", "", ""]);
}

#[test]
fn a_number_that_a_workbook_does_not_keep_refuses_its_row() {
    let row = |n: usize, number: &str| {
        format!(
            r#"<row r="{n}"><c r="A{n}" t="inlineStr"><is><t>p{n}@b.c</t></is></c><c r="B{n}"><v>{number}</v></c></row>"#
        )
    };
    let numbers = ["9007199254740991", "12345678901234567890", "-9007199254740993", "0.1", "1.10"];
    let cells: String = numbers.iter().zip(1..).map(|(number, n)| row(n, number)).collect();
    let rows = rows(with_sheet(&format!("{HEAD}{cells}{TAIL}")), &auto()).unwrap();
    let read = |n: usize| rows[n].as_ref().map(|row| row[1].clone()).map_err(|error| error.id);
    assert_eq!([0, 3, 4].map(read), ["9007199254740991", "0.1", "1.1"].map(|text| Ok(text.to_owned())));
    assert_eq!([1, 2].map(read), [Err(Id::ImportXlsx), Err(Id::ImportXlsx)]);
}

#[test]
fn broken_workbooks_are_refused() {
    let cell =
        |text: &str| format!(r#"{HEAD}<row r="1"><c r="A1" t="inlineStr"><is><t>{text}</t></is></c></row>{TAIL}"#);
    assert_eq!(refusal(with_sheet(&cell(&"x".repeat(2 << 20))), &auto()), Id::ImportToolarge);
    assert_eq!(refusal(with_sheet(&cell("<![CDATA[x]]>")), &auto()), Id::ImportXlsx);
    assert_eq!(refusal(with_sheet("<worksheet><sheetData><row"), &auto()), Id::ImportXlsx);
    assert_eq!(refusal(archive(&[("[Content_Types].xml", b"<Types/>")], true), &auto()), Id::ImportXlsx);
}
