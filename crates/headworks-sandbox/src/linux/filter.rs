//! The BPF program that decides which calls of a recorded command are shown to the recorder.
//!
//! A call is let through unseen, shown, or does not exist for the command. Only numbers and registers are
//! looked at here, so nothing in this file can be raced.

use libc::{c_long, sock_filter};

#[cfg(target_arch = "x86_64")]
const ARCHITECTURE: u32 = 0xC000_003E;
#[cfg(target_arch = "aarch64")]
const ARCHITECTURE: u32 = 0xC000_00B7;

/// Shown in every run.
const SHOWN: &[c_long] = &[
    libc::SYS_openat2,
    libc::SYS_execve,
    libc::SYS_execveat,
    libc::SYS_renameat,
    libc::SYS_renameat2,
    libc::SYS_unlinkat,
    libc::SYS_linkat,
    libc::SYS_symlinkat,
    libc::SYS_mknodat,
    libc::SYS_truncate,
    libc::SYS_chdir,
    libc::SYS_fchdir,
    libc::SYS_clone,
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_sendmsg,
    libc::SYS_sendmmsg,
    libc::SYS_ptrace,
    libc::SYS_chroot,
    libc::SYS_pivot_root,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_move_mount,
    libc::SYS_open_tree,
    libc::SYS_fsopen,
    libc::SYS_setns,
    libc::SYS_unshare,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_open,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_creat,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_rename,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_unlink,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_link,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_symlink,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_mknod,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_fork,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_vfork,
];

/// Shown in a strict run, which refuses them: other ways to take part in another process.
const SHOWN_STRICT: &[c_long] = &[libc::SYS_pidfd_getfd, libc::SYS_process_vm_readv, libc::SYS_process_vm_writev];

/// `open_tree` with more arguments (Linux 6.15), for which there is no name yet.
const OPEN_TREE_ATTR: c_long = 467;

/// Calls that do not exist for the command, with the error they give.
///
/// A ring of io_uring opens files without a call per file; `clone3` hides its flags behind a pointer, and
/// every library falls back to `clone`; a file handle names a file without a path.
const ABSENT: &[(c_long, i32)] = &[
    (libc::SYS_io_uring_setup, libc::ENOSYS),
    (libc::SYS_clone3, libc::ENOSYS),
    (OPEN_TREE_ATTR, libc::ENOSYS),
    (libc::SYS_open_by_handle_at, libc::EPERM),
];

/// Numbers from here on are the x32 calls, a second set of numbers for the same things.
#[cfg(target_arch = "x86_64")]
const X32_FIRST: u32 = 0x4000_0000;

const LOAD: u16 = 0x20;
const JUMP_IF_EQUAL: u16 = 0x15;
const JUMP_IF_ANY_BIT: u16 = 0x45;
#[cfg(target_arch = "x86_64")]
const JUMP_IF_AT_LEAST: u16 = 0x35;
const RETURN: u16 = 0x06;

// Offsets in `seccomp_data`; both architectures are little-endian.
const NUMBER: u32 = 0;
const ARCH: u32 = 4;
const fn argument_low(index: u32) -> u32 {
    16 + 8 * index
}

/// The program for a plain or a strict run.
pub(super) fn program(strict: bool) -> Vec<sock_filter> {
    let mut program = vec![
        step(LOAD, 0, 0, ARCH),
        step(JUMP_IF_EQUAL, 1, 0, ARCHITECTURE),
        fail(libc::ENOSYS),
        step(LOAD, 0, 0, NUMBER),
    ];
    #[cfg(target_arch = "x86_64")]
    program.extend([step(JUMP_IF_AT_LEAST, 0, 1, X32_FIRST), fail(libc::ENOSYS)]);
    // First, because it is by far the most frequent.
    program.extend(openat());
    for &(call, error) in ABSENT {
        program.extend([step(JUMP_IF_EQUAL, 0, 1, number(call)), fail(error)]);
    }
    let strictly = if strict { SHOWN_STRICT } else { &[] };
    for &call in SHOWN.iter().chain(strictly) {
        program.extend([step(JUMP_IF_EQUAL, 0, 1, number(call)), show()]);
    }
    program.extend(sendto());
    if strict {
        program.extend(socket());
    }
    program.push(allow());
    program
}

/// Opening a folder, or a mere place in the tree, gives access to no bytes; a file without a name is seen when it gets one.
fn openat() -> [sock_filter; 5] {
    [
        step(JUMP_IF_EQUAL, 0, 4, number(libc::SYS_openat)),
        step(LOAD, 0, 0, argument_low(2)),
        step(JUMP_IF_ANY_BIT, 0, 1, (libc::O_DIRECTORY | libc::O_PATH) as u32),
        allow(),
        show(),
    ]
}

/// `sendto` names an address only when its fifth argument is not null; on a connected socket it is a write.
fn sendto() -> [sock_filter; 7] {
    [
        step(JUMP_IF_EQUAL, 0, 6, number(libc::SYS_sendto)),
        step(LOAD, 0, 0, argument_low(4)),
        step(JUMP_IF_EQUAL, 0, 2, 0),
        step(LOAD, 0, 0, argument_low(4) + 4),
        step(JUMP_IF_EQUAL, 1, 0, 0),
        show(),
        allow(),
    ]
}

/// In a strict run a socket that could leave the machine is not made at all: its family is in a register.
fn socket() -> [sock_filter; 6] {
    [
        step(JUMP_IF_EQUAL, 0, 5, number(libc::SYS_socket)),
        step(LOAD, 0, 0, argument_low(0)),
        step(JUMP_IF_EQUAL, 2, 0, libc::AF_UNIX as u32),
        step(JUMP_IF_EQUAL, 1, 0, libc::AF_NETLINK as u32),
        show(),
        allow(),
    ]
}

const fn step(code: u16, jt: u8, jf: u8, k: u32) -> sock_filter {
    sock_filter { code, jt, jf, k }
}

const fn fail(error: i32) -> sock_filter {
    step(RETURN, 0, 0, libc::SECCOMP_RET_ERRNO | error as u32)
}

const fn show() -> sock_filter {
    step(RETURN, 0, 0, libc::SECCOMP_RET_USER_NOTIF)
}

const fn allow() -> sock_filter {
    step(RETURN, 0, 0, libc::SECCOMP_RET_ALLOW)
}

/// Numbers of calls are small and positive.
const fn number(call: c_long) -> u32 {
    call as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the kernel would answer: a machine of the five instructions used above.
    fn answer(strict: bool, arch: u32, call: u32, arguments: [u64; 6]) -> u32 {
        let program = program(strict);
        let load = |offset: u32| match offset {
            NUMBER => call,
            ARCH => arch,
            _ => {
                let value = arguments[((offset - 16) / 8) as usize];
                if offset.is_multiple_of(8) { value as u32 } else { (value >> 32) as u32 }
            }
        };
        let (mut at, mut accumulator) = (0, 0);
        loop {
            let step = program[at];
            let taken = match step.code {
                LOAD => {
                    accumulator = load(step.k);
                    0
                }
                RETURN => return step.k,
                JUMP_IF_ANY_BIT => {
                    if accumulator & step.k != 0 {
                        step.jt
                    } else {
                        step.jf
                    }
                }
                JUMP_IF_EQUAL => {
                    if accumulator == step.k {
                        step.jt
                    } else {
                        step.jf
                    }
                }
                _ => {
                    if accumulator >= step.k {
                        step.jt
                    } else {
                        step.jf
                    }
                }
            };
            at += 1 + usize::from(taken);
        }
    }

    fn plain(call: c_long, arguments: [u64; 6]) -> u32 {
        answer(false, ARCHITECTURE, number(call), arguments)
    }

    #[test]
    fn opens_of_files_are_shown_and_reads_are_not() {
        let open = |flags: i32| plain(libc::SYS_openat, [0, 0, flags as u64, 0, 0, 0]);
        assert_eq!(open(libc::O_RDONLY), libc::SECCOMP_RET_USER_NOTIF);
        assert_eq!(open(libc::O_WRONLY | libc::O_CREAT | libc::O_NOFOLLOW), libc::SECCOMP_RET_USER_NOTIF);
        assert_eq!(open(libc::O_DIRECTORY), libc::SECCOMP_RET_ALLOW);
        assert_eq!(plain(libc::SYS_read, [0; 6]), libc::SECCOMP_RET_ALLOW);
    }

    #[test]
    fn io_uring_and_clone3_do_not_exist() {
        for call in [libc::SYS_io_uring_setup, libc::SYS_clone3] {
            assert_eq!(plain(call, [0; 6]), libc::SECCOMP_RET_ERRNO | libc::ENOSYS as u32);
        }
        assert_eq!(plain(libc::SYS_open_by_handle_at, [0; 6]), libc::SECCOMP_RET_ERRNO | libc::EPERM as u32);
    }

    #[test]
    fn calls_of_another_architecture_or_numbering_do_not_exist() {
        const I386: u32 = 0x4000_0003;
        let absent = libc::SECCOMP_RET_ERRNO | libc::ENOSYS as u32;
        assert_eq!(answer(false, I386, 5, [0; 6]), absent);
        #[cfg(target_arch = "x86_64")]
        assert_eq!(answer(false, ARCHITECTURE, X32_FIRST + 2, [0; 6]), absent);
    }

    #[test]
    fn sendto_is_shown_when_it_names_an_address() {
        let with = |address: u64| plain(libc::SYS_sendto, [3, 0, 0, 0, address, 16]);
        assert_eq!(with(0), libc::SECCOMP_RET_ALLOW);
        assert_eq!(with(0x7f00_0000_0000), libc::SECCOMP_RET_USER_NOTIF);
        assert_eq!(with(0x10), libc::SECCOMP_RET_USER_NOTIF);
    }

    #[test]
    fn a_strict_run_is_shown_sockets_that_leave_the_machine() {
        let of = |strict, family: i32| {
            answer(strict, ARCHITECTURE, number(libc::SYS_socket), [family as u64, 0, 0, 0, 0, 0])
        };
        assert_eq!(of(true, libc::AF_INET), libc::SECCOMP_RET_USER_NOTIF);
        assert_eq!(of(true, libc::AF_VSOCK), libc::SECCOMP_RET_USER_NOTIF);
        assert_eq!(of(true, libc::AF_UNIX), libc::SECCOMP_RET_ALLOW);
        assert_eq!(of(false, libc::AF_INET), libc::SECCOMP_RET_ALLOW);
    }
}
