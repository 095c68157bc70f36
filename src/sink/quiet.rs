//! Threads that take no signals.

use std::mem::MaybeUninit;
use std::ptr;

/// While it lives, this thread takes no signals, and neither do the threads it starts, as long as they live. The
/// server's signals belong to its main thread: a thread of a library that takes one swallows a wake-up.
pub(super) struct Quiet(libc::sigset_t);

impl Quiet {
    pub fn begin() -> Quiet {
        let mut all = MaybeUninit::uninit();
        let mut before = MaybeUninit::uninit();
        // SAFETY: sigfillset writes `all`; pthread_sigmask reads it and writes `before`. Both can only fail for a
        // wrong argument, which SIG_SETMASK and valid pointers are not.
        unsafe {
            libc::sigfillset(all.as_mut_ptr());
            libc::pthread_sigmask(libc::SIG_SETMASK, all.as_ptr(), before.as_mut_ptr());
            Quiet(before.assume_init())
        }
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        // SAFETY: the mask is the one that pthread_sigmask gave in `begin`.
        unsafe {
            libc::pthread_sigmask(libc::SIG_SETMASK, &self.0, ptr::null_mut());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocked(signal: i32) -> bool {
        let mut mask = MaybeUninit::uninit();
        // SAFETY: pthread_sigmask with no new mask writes the present one.
        unsafe {
            libc::pthread_sigmask(libc::SIG_SETMASK, ptr::null(), mask.as_mut_ptr());
            libc::sigismember(mask.as_ptr(), signal) == 1
        }
    }

    #[test]
    fn threads_started_meanwhile_take_no_signals() {
        assert!(!blocked(libc::SIGUSR1));
        let quiet = Quiet::begin();
        assert!(blocked(libc::SIGUSR1));
        let inherited = std::thread::spawn(|| blocked(libc::SIGUSR1) && blocked(libc::SIGTERM));
        assert!(inherited.join().unwrap());
        drop(quiet);
        assert!(!blocked(libc::SIGUSR1));
    }
}
