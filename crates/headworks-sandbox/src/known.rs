//! What a strict run may read besides its declared inputs.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::provenance::Request;

/// Programs and libraries of the system, and what every program reads of its settings.
///
/// `/etc` as a whole also holds keys and passwords, so its parts are named.
const SYSTEM: &[&str] = &[
    "/usr",
    "/lib",
    "/lib32",
    "/lib64",
    "/bin",
    "/sbin",
    "/etc/alternatives",
    "/etc/debian_version",
    "/etc/fonts",
    "/etc/gai.conf",
    "/etc/group",
    "/etc/host.conf",
    "/etc/hostname",
    "/etc/hosts",
    "/etc/inputrc",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/ld.so.preload",
    "/etc/locale.alias",
    "/etc/localtime",
    "/etc/mime.types",
    "/etc/nsswitch.conf",
    "/etc/OpenCL",
    "/etc/os-release",
    "/etc/passwd",
    "/etc/protocols",
    "/etc/resolv.conf",
    "/etc/services",
    "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf",
    "/etc/terminfo",
    "/etc/timezone",
];

/// The system, the working tree of git and the declared inputs, without links.
pub fn known(request: &Request) -> BTreeSet<PathBuf> {
    let system = SYSTEM.iter().map(PathBuf::from);
    let tree = request.source.iter().map(|source| source.folder.clone());
    let inputs = request.manifest.located(&request.folder).into_iter().map(|(path, _)| path);
    let all = system.chain(tree).chain(inputs);
    all.map(|path| path.canonicalize().unwrap_or(path)).collect()
}
