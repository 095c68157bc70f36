//! Real addresses behind substitutes: used for one message and stored nowhere in the clear (shapes.md 4).
//!
//! What a run carries of such an address is sealed with a key that only the shared memory of the running server has:
//! a dump, a backup or another server cannot open it, and neither can this one after a restart.

use crate::domain::address::{AddrType, Address};
use crate::domain::error::{Error, Id, Result};
use crate::pg::worker::shared::shared;
use pgrx::pg_sys;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use std::sync::atomic::Ordering;

/// Seals an address. Errors: `error/worker/absent` where the library was not loaded with the server.
pub fn seal(address: &Address) -> Result<Vec<u8>> {
    let mut nonce = [0; NONCE_LEN];
    // SAFETY: the array has so many octets.
    let is_random = unsafe { pg_sys::pg_strong_random(nonce.as_mut_ptr().cast(), nonce.len()) };
    let key = key().filter(|_| is_random).ok_or_else(absent)?;
    let mut sealed = format!("{} {}", address.addr_type.as_str(), address.value).into_bytes();
    let nonce_used = Nonce::assume_unique_for_key(nonce);
    key.seal_in_place_append_tag(nonce_used, Aad::empty(), &mut sealed).map_err(|_| absent())?;
    Ok(nonce.into_iter().chain(sealed).collect())
}

/// The address that was sealed; none after a restart of the server, or on another one.
pub fn open(sealed: &[u8]) -> Option<Address> {
    let (nonce, sealed) = sealed.split_at_checked(NONCE_LEN)?;
    let mut sealed = sealed.to_vec();
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let opened = key()?.open_in_place(nonce, Aad::empty(), &mut sealed).ok()?;
    let (addr_type, value) = std::str::from_utf8(opened).ok()?.split_once(' ')?;
    Some(Address { addr_type: AddrType::parse(addr_type)?, value: value.to_owned() })
}

/// The key of this life of the server.
fn key() -> Option<LessSafeKey> {
    let parts = shared()?.sealing.iter().map(|part| part.load(Ordering::Acquire));
    let octets: Vec<u8> = parts.flat_map(u64::to_ne_bytes).collect();
    if octets.iter().all(|octet| *octet == 0) {
        return None;
    }
    UnboundKey::new(&CHACHA20_POLY1305, &octets).ok().map(LessSafeKey::new)
}

#[cold]
fn absent() -> Error {
    Error::new(Id::WorkerAbsent, "hidden addresses need the key of a server that loaded the library when it started")
}
