//! What part a file plays in a run, by how it was used and where it lies.

use std::path::Path;

use crate::recording::ReadFile;

const CODE: [&str; 13] = ["py", "pyc", "pyi", "pyx", "sh", "bash", "pl", "rb", "r", "jl", "js", "lua", "ipynb"];
/// Where the system keeps what it brings along: time zones, fonts, certificates.
const SYSTEM: [&str; 4] = ["/lib", "/lib64", "/usr/lib", "/usr/share"];
const CONFIG: [&str; 8] = ["toml", "yaml", "yml", "ini", "cfg", "conf", "pth", "properties"];

/// One of `interpreter`, `library`, `code`, `config` and `data`.
pub(crate) fn role(file: &ReadFile) -> &'static str {
    let path = &file.path;
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default().to_ascii_lowercase();
    let is = |known: &[&str]| known.contains(&extension.as_str());
    if file.executed {
        if is(&CODE) { "code" } else { "interpreter" }
    } else if is_shared_object(path) || is_installed(path) || SYSTEM.iter().any(|folder| path.starts_with(folder)) {
        "library"
    } else if is(&CODE) {
        "code"
    } else if is(&CONFIG) || path.starts_with("/etc") {
        "config"
    } else {
        "data"
    }
}

fn is_shared_object(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.ends_with(".so") || name.contains(".so.") || name.ends_with(".dylib")
}

/// Packages of Python and the modules of the interpreter itself.
fn is_installed(path: &Path) -> bool {
    let is_place = |part: &str| {
        matches!(part, "site-packages" | "dist-packages") || (part.starts_with("python3") && part.contains('.'))
    };
    path.parent().into_iter().flat_map(Path::components).any(|part| part.as_os_str().to_str().is_some_and(is_place))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::State;

    fn of(path: &str, executed: bool) -> &'static str {
        role(&ReadFile { path: path.into(), opened_as: None, digest: None, state: State::Unchanged, executed })
    }

    #[test]
    fn use_and_place_decide() {
        assert_eq!(of("/usr/bin/python3.12", true), "interpreter");
        assert_eq!(of("/project/train.sh", true), "code");
        assert_eq!(of("/project/train.py", false), "code");
        assert_eq!(of("/usr/lib/python3.12/os.py", false), "library");
        assert_eq!(of("/usr/lib/x86_64-linux-gnu/libc.so.6", false), "library");
        assert_eq!(of("/usr/share/zoneinfo/UTC", false), "library");
        assert_eq!(of("/project/config.toml", false), "config");
        assert_eq!(of("/project/rows.csv", false), "data");
    }
}
