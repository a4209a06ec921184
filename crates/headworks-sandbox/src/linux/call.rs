//! What a shown call asks for, from its number and registers.

use libc::c_long;

use crate::recording::Action;

/// A path argument: the folder it is relative to and where its text lies in the caller's memory.
#[derive(Debug, Clone, Copy)]
pub(super) struct At {
    pub(super) folder: i32,
    pub(super) path: u64,
}

/// A call that is shown to the recorder.
#[derive(Debug, Clone, Copy)]
pub(super) enum Call {
    Open {
        at: At,
        flags: i32,
    },
    /// `openat2`, whose flags lie in memory.
    OpenHow {
        at: At,
        how: u64,
    },
    Execute {
        at: At,
        flags: i32,
    },
    Rename {
        from: At,
        to: At,
    },
    Link {
        from: At,
        to: At,
        flags: i32,
    },
    Symlink {
        target: u64,
        at: At,
    },
    Unlink {
        at: At,
    },
    Truncate {
        at: At,
    },
    MakeNode {
        at: At,
        mode: u32,
    },
    ChangeFolder,
    Clone {
        flags: u64,
    },
    Reach {
        action: Action,
        address: u64,
        length: u64,
    },
    Send {
        header: u64,
        count: u64,
    },
    Socket {
        family: i32,
    },
    /// Calls that are always refused: they change what a path means, or take over a process.
    Escape {
        name: &'static str,
    },
    /// As [`Call::Escape`], but only when these flags ask for another view of the file system.
    Unshare {
        flags: u64,
    },
}

/// Reads a call. None: it is not one that the filter shows.
pub(super) fn decode(number: c_long, a: [u64; 6]) -> Option<Call> {
    // The kernel takes an int from the low half of a register.
    let int = |index: usize| a.get(index).copied().unwrap_or_default() as i32;
    let at = |folder: usize, path: usize| At { folder: int(folder), path: a.get(path).copied().unwrap_or_default() };
    let here = |path: u64| At { folder: libc::AT_FDCWD, path };
    let [a0, a1, a2, _, a4, a5] = a;
    let call = match number {
        libc::SYS_openat => Call::Open { at: at(0, 1), flags: int(2) },
        libc::SYS_openat2 => Call::OpenHow { at: at(0, 1), how: a2 },
        libc::SYS_execve => Call::Execute { at: here(a0), flags: 0 },
        libc::SYS_execveat => Call::Execute { at: at(0, 1), flags: int(4) },
        libc::SYS_renameat | libc::SYS_renameat2 => Call::Rename { from: at(0, 1), to: at(2, 3) },
        libc::SYS_linkat => Call::Link { from: at(0, 1), to: at(2, 3), flags: int(4) },
        libc::SYS_symlinkat => Call::Symlink { target: a0, at: at(1, 2) },
        libc::SYS_unlinkat => Call::Unlink { at: at(0, 1) },
        libc::SYS_truncate => Call::Truncate { at: here(a0) },
        libc::SYS_mknodat => Call::MakeNode { at: at(0, 1), mode: a2 as u32 },
        libc::SYS_chdir | libc::SYS_fchdir => Call::ChangeFolder,
        libc::SYS_clone => Call::Clone { flags: a0 },
        libc::SYS_connect => Call::Reach { action: Action::Connect, address: a1, length: a2 },
        libc::SYS_bind => Call::Reach { action: Action::Bind, address: a1, length: a2 },
        libc::SYS_sendto => Call::Reach { action: Action::Send, address: a4, length: a5 },
        libc::SYS_sendmsg => Call::Send { header: a1, count: 1 },
        libc::SYS_sendmmsg => Call::Send { header: a1, count: a2 },
        libc::SYS_socket => Call::Socket { family: int(0) },
        libc::SYS_unshare => Call::Unshare { flags: a0 },
        _ => return escape(number).or_else(|| older(number, a)),
    };
    Some(call)
}

fn escape(number: c_long) -> Option<Call> {
    let name = match number {
        libc::SYS_ptrace => "ptrace",
        libc::SYS_chroot => "chroot",
        libc::SYS_pivot_root => "pivot_root",
        libc::SYS_mount => "mount",
        libc::SYS_umount2 => "umount2",
        libc::SYS_move_mount => "move_mount",
        libc::SYS_open_tree => "open_tree",
        libc::SYS_fsopen => "fsopen",
        libc::SYS_setns => "setns",
        libc::SYS_pidfd_getfd => "pidfd_getfd",
        libc::SYS_process_vm_readv => "process_vm_readv",
        libc::SYS_process_vm_writev => "process_vm_writev",
        _ => return None,
    };
    Some(Call::Escape { name })
}

/// The calls of the first decades, which newer architectures lack.
#[cfg(target_arch = "x86_64")]
fn older(number: c_long, [a0, a1, ..]: [u64; 6]) -> Option<Call> {
    let here = |path: u64| At { folder: libc::AT_FDCWD, path };
    let call = match number {
        libc::SYS_open => Call::Open { at: here(a0), flags: a1 as i32 },
        libc::SYS_creat => Call::Open { at: here(a0), flags: libc::O_CREAT | libc::O_WRONLY | libc::O_TRUNC },
        libc::SYS_rename => Call::Rename { from: here(a0), to: here(a1) },
        libc::SYS_unlink => Call::Unlink { at: here(a0) },
        libc::SYS_link => Call::Link { from: here(a0), to: here(a1), flags: 0 },
        libc::SYS_symlink => Call::Symlink { target: a0, at: here(a1) },
        libc::SYS_mknod => Call::MakeNode { at: here(a0), mode: a1 as u32 },
        libc::SYS_fork | libc::SYS_vfork => Call::Clone { flags: 0 },
        _ => return None,
    };
    Some(call)
}

#[cfg(not(target_arch = "x86_64"))]
fn older(_: c_long, _: [u64; 6]) -> Option<Call> {
    None
}
