//! Socket addresses as the kernel takes them.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddrV4, SocketAddrV6};
use std::path::PathBuf;

/// Longest address that is looked at: `sockaddr_storage`.
pub(super) const ADDRESS_BYTES_MAX: usize = 128;

/// Where a message or a connection goes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Address {
    /// An internet endpoint, as text.
    Internet(String),
    /// A socket with a path.
    Local(PathBuf),
    /// A local socket without a path.
    Abstract(String),
    /// The kernel itself, or no address at all.
    Kernel,
    /// A family that is not read.
    Other(i32),
}

/// Reads an address.
pub(super) fn read(bytes: &[u8]) -> Option<Address> {
    let family = i32::from(u16::from_ne_bytes(*bytes.first_chunk()?));
    let port = || Some(u16::from_be_bytes(*bytes.get(2..)?.first_chunk()?));
    Some(match family {
        libc::AF_INET => {
            let host = Ipv4Addr::from(*bytes.get(4..)?.first_chunk::<4>()?);
            Address::Internet(SocketAddrV4::new(host, port()?).to_string())
        }
        libc::AF_INET6 => {
            let host = Ipv6Addr::from(*bytes.get(8..)?.first_chunk::<16>()?);
            Address::Internet(SocketAddrV6::new(host, port()?, 0, 0).to_string())
        }
        libc::AF_UNIX => local(bytes.get(2..)?),
        libc::AF_NETLINK | libc::AF_UNSPEC => Address::Kernel,
        other => Address::Other(other),
    })
}

fn local(name: &[u8]) -> Address {
    use std::os::unix::ffi::OsStringExt as _;
    match name {
        [] => Address::Kernel,
        [0, rest @ ..] => Address::Abstract(rest.escape_ascii().to_string()),
        path => {
            let end = path.iter().position(|&byte| byte == 0).unwrap_or(path.len());
            let path = path.get(..end).unwrap_or_default().to_owned();
            Address::Local(std::ffi::OsString::from_vec(path).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_family(family: i32, rest: &[u8]) -> Vec<u8> {
        [&(family as u16).to_ne_bytes(), rest].concat()
    }

    #[test]
    fn internet_addresses_are_written_as_usual() {
        let four = with_family(libc::AF_INET, &[0x1f, 0x90, 192, 0, 2, 7, 0, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(read(&four), Some(Address::Internet("192.0.2.7:8080".into())));
        let mut six = with_family(libc::AF_INET6, &[0, 53, 0, 0, 0, 0]);
        six.extend([0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]);
        assert_eq!(read(&six), Some(Address::Internet("[2001:db8::1]:53".into())));
    }

    #[test]
    fn local_sockets_have_a_path_a_name_or_nothing() {
        assert_eq!(read(&with_family(libc::AF_UNIX, b"/run/x\0junk")), Some(Address::Local("/run/x".into())));
        assert_eq!(read(&with_family(libc::AF_UNIX, b"\0bus")), Some(Address::Abstract("bus".into())));
        assert_eq!(read(&with_family(libc::AF_UNIX, b"")), Some(Address::Kernel));
    }

    #[test]
    fn a_short_address_is_none() {
        assert_eq!(read(&[2]), None);
        assert_eq!(read(&with_family(libc::AF_INET, &[0, 53, 127])), None);
    }
}
