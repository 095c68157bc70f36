//! A query of one text column whose texts go into a file: there may be more of them than an answer has room for, and than lie in
//! memory.

use crate::domain::error::{Error, Id, Result};
use crate::domain::pipe::data::Data;
use crate::domain::pipe::failure::{Code, Failure};
use crate::pg::caller_query;
use crate::sink::download::new_file;
use pgrx::pg_sys;
use std::ffi::{CStr, CString};
use std::io::{BufWriter, Write};
use std::path::PathBuf;

/// What stands behind each text in the file: no text of the server holds it.
pub const END: u8 = 0;

/// A query with the place of its texts.
pub struct TextQuery {
    /// The query.
    pub text: String,
    /// Where it looks for names without a schema, as the setting search_path is written.
    pub search_path: String,
    /// The file; what it held is gone.
    pub file: PathBuf,
    /// The most octets of it.
    pub room: u64,
}

impl TextQuery {
    /// Runs it in the open transaction, which writes nothing: it may be run again. Gives how many texts it gave.
    ///
    /// Failures: `query`. Errors of the server leave as they are.
    pub fn run(&self) -> std::result::Result<Data, Failure> {
        for (name, value) in [(c"search_path", self.search_path.as_str()), (c"transaction_read_only", "on")] {
            set(name, value);
        }
        let count = self.write().map_err(|error| Failure::new(Code::Query, error.explain))?;
        Ok(Data::from(count))
    }

    fn write(&self) -> Result<i64> {
        let lost =
            |error: std::io::Error| Error::new(Id::SelectorQuery, format!("its answer could not be kept: {error}"));
        let mut file = BufWriter::new(new_file(&self.file).map_err(lost)?);
        let (mut count, mut left) = (0, self.room);
        caller_query::for_each(&self.text, |text| {
            let length = text.len() as u64 + 1;
            left = left.checked_sub(length).ok_or_else(|| {
                Error::new(Id::SelectorQuery, format!("its answer has more than {} MB", self.room >> 20))
            })?;
            count += 1;
            file.write_all(text.as_bytes()).and_then(|()| file.write_all(&[END])).map_err(lost)
        })?;
        file.flush().map_err(lost)?;
        Ok(count)
    }
}

/// Sets what every user may set, until the session is cleaned.
fn set(name: &CStr, value: &str) {
    let value = CString::new(value).unwrap_or_default();
    // SAFETY: texts that live until the call returns; the server checks the value.
    unsafe {
        let (context, source) = (pg_sys::GucContext::PGC_USERSET, pg_sys::GucSource::PGC_S_SESSION);
        pg_sys::SetConfigOption(name.as_ptr(), value.as_ptr(), context, source);
    }
}
