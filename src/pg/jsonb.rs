//! Datums of type jsonb and text ↔ bytes of the domain. Nothing else knows about varlena headers.

use crate::domain::error::Result;
use crate::domain::json::{self, Node};
use pgrx::pg_sys;
use std::slice;

/// The bytes behind the header of a varlena datum, detoasted where needed (a short header needs no copy).
///
/// # Safety
/// `datum` points to a varlena; the result lives as long as the current memory context.
unsafe fn payload<'a>(datum: pg_sys::Datum) -> &'a [u8] {
    // SAFETY: the caller vouches for the datum; pg_detoast_datum_packed gives a plain or short varlena.
    unsafe {
        let varlena = pg_sys::pg_detoast_datum_packed(datum.cast_mut_ptr());
        let size = pgrx::varlena::varsize_any_exhdr(varlena);
        slice::from_raw_parts(pgrx::varlena::vardata_any(varlena).cast::<u8>(), size)
    }
}

/// The root container of a jsonb datum, or the octets of a bytea.
///
/// # Safety
/// `datum` is a jsonb or a bytea that is not NULL; the result lives as long as the current memory context.
pub unsafe fn bytes_of<'a>(datum: pg_sys::Datum) -> &'a [u8] {
    // SAFETY: passed on from the caller.
    unsafe { payload(datum) }
}

/// The characters of a text datum.
///
/// # Safety
/// `datum` is a text that is not NULL in a UTF-8 database; the result lives as long as the current memory context.
pub unsafe fn text_of<'a>(datum: pg_sys::Datum) -> &'a str {
    // SAFETY: the server checks every text for the database's encoding, which schema.sql demands to be UTF-8.
    unsafe { std::str::from_utf8_unchecked(payload(datum)) }
}

/// A new text datum in the current memory context.
pub fn text_datum(text: &str) -> pg_sys::Datum {
    // SAFETY: pointer and length are of the same string; the server copies it.
    unsafe { pg_sys::cstring_to_text_with_len(text.as_ptr().cast(), text.len() as i32).into() }
}

/// Bytes copied into the server's memory, as a datum of a type of fixed length by reference.
pub fn copied(bytes: &[u8]) -> pg_sys::Datum {
    // SAFETY: the allocation is as long as the bytes.
    unsafe {
        let copy = pg_sys::palloc(bytes.len()).cast::<u8>();
        std::ptr::copy_nonoverlapping(bytes.as_ptr(), copy, bytes.len());
        pg_sys::Datum::from(copy)
    }
}

/// An encoded jsonb, still Rust's: it outlives the SPI memory its parts were borrowed from.
pub struct Encoded(Vec<u8>);

impl Encoded {
    /// The node in binary form. Errors: `error/json/limit`.
    pub fn new(node: &Node) -> Result<Encoded> {
        let mut bytes = Vec::with_capacity(256);
        json::encode(node, &mut bytes)?;
        Ok(Encoded(bytes))
    }

    /// The bytes of its root container.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// A jsonb datum in the current memory context.
    pub fn into_datum(self) -> pg_sys::Datum {
        varlena_datum(&self.0)
    }
}

/// A new varlena datum with these bytes in the current memory context.
pub fn varlena_datum(bytes: &[u8]) -> pg_sys::Datum {
    // SAFETY: the allocation has room for the header and the bytes; the codec keeps them under 256 MB.
    unsafe {
        let size = bytes.len() + pg_sys::VARHDRSZ;
        let varlena = pg_sys::palloc(size).cast::<pg_sys::varlena>();
        pgrx::varlena::set_varsize_4b(varlena, size as i32);
        std::ptr::copy_nonoverlapping(bytes.as_ptr(), varlena.cast::<u8>().add(pg_sys::VARHDRSZ), bytes.len());
        pg_sys::Datum::from(varlena)
    }
}
