//! The few calls with which the recorder talks to the kernel and looks into the command's memory.
//!
//! `unsafe`: each block is one system call on buffers of this file; nothing that the command wrote is
//! ever treated as anything but bytes.

#![allow(unsafe_code, reason = "seccomp notifications and reading another process have no other interface")]

use std::io;
use std::os::fd::{AsRawFd as _, OwnedFd};

/// A call of the command that waits for an answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Notification {
    pub(super) id: u64,
    /// The thread that called.
    pub(super) thread: i32,
    pub(super) number: libc::c_long,
    pub(super) arguments: [u64; 6],
}

/// What the recorder answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// The kernel carries the call out.
    Continue,
    /// The call fails with this error and is not carried out.
    Refuse(i32),
}

/// Whether the kernel shows calls to another process at all.
pub(super) fn shows_calls() -> io::Result<()> {
    let action = libc::SECCOMP_RET_USER_NOTIF;
    // SAFETY: the kernel reads one integer.
    let answer =
        unsafe { libc::syscall(libc::SYS_seccomp, libc::SECCOMP_GET_ACTION_AVAIL, 0, std::ptr::from_ref(&action)) };
    if answer == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Lets the caller run at once, on the same processor, when it is answered (Linux 6.6; without it the answer is slower).
pub(super) fn wake_at_once(listener: &OwnedFd) {
    const SYNC_WAKE_UP: u64 = 1;
    // SAFETY: the flags are passed by value.
    unsafe { libc::ioctl(listener.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_SET_FLAGS, SYNC_WAKE_UP) };
}

/// Waits for the next call. None: everyone who could make one has ended.
pub(super) fn receive(listener: &OwnedFd) -> io::Result<Option<Notification>> {
    // SAFETY: the structure is plain integers, and the kernel wants it zeroed.
    let mut shown: libc::seccomp_notif = unsafe { std::mem::zeroed() };
    loop {
        // SAFETY: the kernel writes one structure of the size that the request's number states.
        let received = unsafe { libc::ioctl(listener.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_RECV, &raw mut shown) };
        if received == 0 {
            break;
        }
        match io::Error::last_os_error() {
            // Nothing was there to be shown: because nobody is left, or the caller was killed meanwhile.
            error if error.raw_os_error() == Some(libc::ENOENT) && is_abandoned(listener) => return Ok(None),
            // A signal came, or the next call is shown as usual.
            error if matches!(error.raw_os_error(), Some(libc::ENOENT | libc::EINTR)) => {
                // SAFETY: as above.
                shown = unsafe { std::mem::zeroed() };
            }
            error if error.raw_os_error() == Some(libc::ENOTCONN) => return Ok(None),
            error => return Err(error),
        }
    }
    let thread = i32::try_from(shown.pid).map_err(io::Error::other)?;
    let (number, arguments) = (libc::c_long::from(shown.data.nr), shown.data.args);
    Ok(Some(Notification { id: shown.id, thread, number, arguments }))
}

/// Whether no process is left that could make a call.
fn is_abandoned(listener: &OwnedFd) -> bool {
    let mut asked = libc::pollfd { fd: listener.as_raw_fd(), events: 0, revents: 0 };
    // SAFETY: one structure, and no waiting.
    unsafe { libc::poll(&raw mut asked, 1, 0) == 1 && asked.revents & libc::POLLHUP != 0 }
}

/// Answers a call. False: the caller has ended, and what was read of it may be another's.
///
/// The kernel compares the number of the notification, so a process that took over the thread id between
/// is never answered: this is the check that the id is still valid.
pub(super) fn answer(listener: &OwnedFd, id: u64, answer: Answer) -> bool {
    let (error, flags) = match answer {
        Answer::Continue => (0, libc::SECCOMP_USER_NOTIF_FLAG_CONTINUE as u32),
        Answer::Refuse(error) => (-error, 0),
    };
    let response = libc::seccomp_notif_resp { id, val: 0, error, flags };
    // SAFETY: the kernel reads one structure.
    unsafe { libc::ioctl(listener.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_SEND, &raw const response) == 0 }
}

/// Pages are the unit in which memory is readable or not.
const PAGE: u64 = 4096;
/// What is read of a path at once: nearly all are shorter, and a page costs more to copy.
const PIECE_BYTES: usize = 256;
/// Longest path that the kernel takes, with its end.
const PATH_BYTES_MAX: usize = 4096;

/// The text at an address of another process, up to its end. None: it cannot be read, or has no end.
pub(super) fn text(thread: i32, address: u64) -> Option<Vec<u8>> {
    let mut text = Vec::with_capacity(128);
    let mut at = address;
    while text.len() < PATH_BYTES_MAX {
        let mut piece = [0; PIECE_BYTES];
        let room = usize::try_from(PAGE - at % PAGE).ok()?.min(PIECE_BYTES);
        let count = read(thread, at, piece.get_mut(..room)?)?;
        let piece = piece.get(..count)?;
        if let Some(end) = piece.iter().position(|&byte| byte == 0) {
            text.extend_from_slice(piece.get(..end)?);
            return (text.len() < PATH_BYTES_MAX).then_some(text);
        }
        text.extend_from_slice(piece);
        at = at.checked_add(u64::try_from(count).ok()?)?;
    }
    None
}

/// Exactly this many bytes at an address of another process.
pub(super) fn bytes<const N: usize>(thread: i32, address: u64) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    (read(thread, address, &mut bytes)? == N).then_some(bytes)
}

/// Reads what can be read; at least one byte.
pub(super) fn read(thread: i32, address: u64, buffer: &mut [u8]) -> Option<usize> {
    let local = libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: buffer.len() };
    let remote = libc::iovec { iov_base: usize::try_from(address).ok()? as *mut libc::c_void, iov_len: buffer.len() };
    // SAFETY: the kernel writes at most the length of the buffer, and checks the foreign address itself.
    let count = unsafe { libc::process_vm_readv(thread, &raw const local, 1, &raw const remote, 1, 0) };
    usize::try_from(count).ok().filter(|&count| count > 0)
}

/// The effective user.
pub(super) fn user() -> u32 {
    // SAFETY: a plain call that cannot fail.
    unsafe { libc::geteuid() }
}

/// Whether the effective user may do that with a file.
pub(super) fn access(path: &std::ffi::CStr, wanted: libc::c_int) -> bool {
    // SAFETY: the path is a text with its end.
    unsafe { libc::faccessat(libc::AT_FDCWD, path.as_ptr(), wanted, libc::AT_EACCESS) == 0 }
}
