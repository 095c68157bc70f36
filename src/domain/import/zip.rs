//! What is inside an archive: a workbook is one itself; any other holds one file with data (members.md 10.5).

use super::inflated::{Inflated, Window};
use super::open::Data;
use crate::domain::error::{Error, Id, Result};
use ::zip::{CompressionMethod, ZipArchive};

/// What an archive is.
pub enum Inside {
    /// A workbook.
    Workbook(Box<dyn Data>),
    /// Anything else with one file of data, which is read as it is unpacked.
    File(Box<dyn Data>),
}

/// How files with data are called at their ends.
const ENDS: &[&str] = &[".csv", ".txt", ".tsv", ".xlsx", ".json", ".ndjson", ".jsonl"];

/// Where a file lies in an archive.
struct Entry {
    start: u64,
    packed: u64,
    checksum: u32,
    is_packed: bool,
}

/// Looks into an archive. Errors: `error/import/zip`; reading on may find `error/import/toolarge`, `error/import/broken`.
pub fn look_into(mut data: Box<dyn Data>) -> Result<Inside> {
    let found = {
        let mut archive = ZipArchive::new(&mut data).map_err(broken)?;
        match archive.index_for_name("[Content_Types].xml") {
            Some(_) => None,
            None => Some(entry(&mut archive)?),
        }
    };
    let Some(Entry { start, packed, checksum, is_packed }) = found else { return Ok(Inside::Workbook(data)) };
    let window = Window::new(data, start, packed);
    Ok(Inside::File(if is_packed { Box::new(Inflated::new(window, packed, checksum)) } else { Box::new(window) }))
}

/// The one file with data; what archivers add to it is passed over.
fn entry<R: Data>(archive: &mut ZipArchive<R>) -> Result<Entry> {
    let mut found = None;
    for number in 0..archive.len() {
        let file = archive.by_index_raw(number).map_err(broken)?;
        let name = file.name().map_err(broken)?.to_ascii_lowercase();
        let is_data = ENDS.iter().any(|end| name.ends_with(end)) && !file.is_dir() && !name.starts_with("__macosx/");
        if !is_data {
            continue;
        }
        if found.is_some() {
            return Err(Error::new(Id::ImportZip, "more than one file with data"));
        }
        if file.encrypted() {
            return Err(Error::new(Id::ImportZip, "the file is encrypted"));
        }
        let is_packed = match file.compression() {
            CompressionMethod::Stored => false,
            CompressionMethod::Deflated => true,
            _ => return Err(Error::new(Id::ImportZip, "packed in another way than deflate")),
        };
        let start = file.data_start().ok_or_else(|| Error::new(Id::ImportZip, "the file has no beginning"))?;
        found = Some(Entry { start, packed: file.compressed_size(), checksum: file.crc32(), is_packed });
    }
    found.ok_or_else(|| Error::new(Id::ImportZip, "no file with data"))
}

/// What is wrong with an archive.
#[cold]
fn broken(_: ::zip::result::ZipError) -> Error {
    Error::new(Id::ImportZip, "the archive cannot be read")
}
