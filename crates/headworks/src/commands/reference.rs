//! Artifacts named by a URL: `file://` paths, and `hf://` snapshots in the local hub cache.
//!
//! Nothing is fetched. Layout of the cache: `models--<owner>--<name>/{refs/<revision>,snapshots/<commit>}`
//! below `HF_HUB_CACHE`, or `hub` below `HF_HOME` (huggingface_hub's own order).

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};

/// The local path that the URL `typed` stands for.
///
/// # Errors
/// When the URL is malformed, names a scheme that is not read, or a snapshot that is not in the cache.
pub(crate) fn resolve(typed: &str) -> anyhow::Result<PathBuf> {
    if let Some(rest) = typed.strip_prefix("hf://") {
        return snapshot(rest, &cache()?);
    }
    match typed.strip_prefix("file://") {
        Some(rest) => file(rest),
        None => Ok(PathBuf::from(typed)),
    }
}

/// `owner/name[@revision]`, before it `datasets/` or `spaces/`.
fn snapshot(reference: &str, cache: &Path) -> anyhow::Result<PathBuf> {
    let (name, revision) = reference.split_once('@').unwrap_or((reference, "main"));
    let (kind, flag, repository) = match name.split_once('/') {
        Some(("datasets", rest)) => ("datasets", "--repo-type dataset ", rest),
        Some(("spaces", rest)) => ("spaces", "--repo-type space ", rest),
        _ => ("models", "", name),
    };
    let well_formed = repository.split('/').count() <= 2 && repository.split('/').all(is_name);
    ensure!(
        well_formed,
        "`hf://{reference}` is no repository\nhint: write it as `hf://owner/name` or `hf://owner/name@revision`"
    );
    ensure!(revision.split('/').all(is_name), "`{revision}` is no revision\nhint: name a branch, a tag or a commit");
    let folder = cache.join(format!("{kind}--{}", repository.replace('/', "--")));
    let named = fs::read_to_string(folder.join("refs").join(revision));
    let commit = named.as_deref().map_or(revision, str::trim);
    let found = folder.join("snapshots").join(commit);
    if !is_name(commit) || !found.is_dir() {
        bail!(
            "`hf://{reference}` is not in the hub cache `{}`\nhint: hf download {flag}{repository} --revision {revision}",
            cache.display()
        );
    }
    Ok(found)
}

/// One part of a path that stays where it is.
fn is_name(part: &str) -> bool {
    let letters = part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    !part.is_empty() && letters && !part.starts_with('.') && part != ".."
}

fn cache() -> anyhow::Result<PathBuf> {
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let home = || set("HF_HOME").or_else(|| Some(set("XDG_CACHE_HOME")?.join("huggingface")));
    let fallback = || Some(set("HOME")?.join(".cache/huggingface"));
    let cache = set("HF_HUB_CACHE").or_else(|| Some(home().or_else(fallback)?.join("hub")));
    cache.context("the hub cache cannot be found\nhint: set HF_HOME or HF_HUB_CACHE")
}

/// The path of a URL without a host, `%` escapes decoded.
fn file(rest: &str) -> anyhow::Result<PathBuf> {
    let path = rest.strip_prefix("localhost").unwrap_or(rest);
    ensure!(path.starts_with('/'), "`file://{rest}` names a host\nhint: write a local file as `file:///absolute/path`");
    let mut bytes = Vec::new();
    let mut left = path.bytes();
    while let Some(byte) = left.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = [left.next().unwrap_or_default(), left.next().unwrap_or_default()];
        let decoded = std::str::from_utf8(&digits).ok().and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(decoded.with_context(|| format!("`file://{rest}` has a `%` without two hexadecimal digits"))?);
    }
    let text = String::from_utf8(bytes).with_context(|| format!("`file://{rest}` is not UTF-8 when decoded"))?;
    Ok(PathBuf::from(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_url_is_decoded_and_one_with_a_host_refused() {
        assert_eq!(file("/a%20b/c").expect("decodes"), Path::new("/a b/c"));
        assert_eq!(file("localhost/a").expect("decodes"), Path::new("/a"));
        assert!(file("server/a").is_err() && file("/a%2").is_err() && file("/%zz").is_err());
    }

    #[test]
    fn a_snapshot_is_found_by_branch_and_by_commit() {
        let cache = tempfile::tempdir().expect("temporary folder");
        let folder = cache.path().join("models--owner--name");
        fs::create_dir_all(folder.join("snapshots/0a1b")).expect("creates");
        fs::create_dir_all(folder.join("refs")).expect("creates");
        fs::write(folder.join("refs/main"), "0a1b").expect("writes");
        for reference in ["owner/name", "owner/name@main", "owner/name@0a1b"] {
            assert_eq!(snapshot(reference, cache.path()).expect("is there"), folder.join("snapshots/0a1b"));
        }
        let missing = snapshot("owner/name@v2", cache.path()).expect_err("is not there").to_string();
        assert!(missing.contains("hf download owner/name --revision v2"), "{missing}");
    }

    #[test]
    fn a_reference_never_leaves_the_cache() {
        for reference in ["../name", "owner/..", "owner/name@../../x", "a/b/c", "", "owner/"] {
            let error = snapshot(reference, Path::new("/cache")).expect_err("is refused").to_string();
            assert!(error.contains("hint: "), "{reference}");
        }
    }
}
