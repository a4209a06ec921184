use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use headworks_store::advisories::Import;

use super::super::store_option::StoreOption;
use crate::arguments::Global;
use crate::exit::Exit;
use crate::terminal;

/// Options of `headworks advisories sync`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  headworks advisories sync /srv/osv
  headworks advisories sync file:///var/cache/osv-scalibr

The mirror has a folder for each ecosystem with an `all.zip` in it, as osv.dev offers them for download and
osv-scanner keeps them. Ends with 2 when one of them cannot be read; the others are renewed all the same.")]
pub(crate) struct Options {
    /// Folder of the mirror, or its `file://` URL
    #[arg(value_name = "SOURCE")]
    source: String,
    /// When the mirror was taken from its source [default: not known, so the newest change counts]
    #[arg(long, value_name = "TIME", value_parser = super::taken_at)]
    taken_at: Option<jiff::Timestamp>,
    #[command(flatten)]
    store: StoreOption,
}

/// Folders in which osv-scanner keeps ecosystems, by its version.
const CACHES: [&str; 2] = ["osv-scalibr", "osv-scanner"];

pub(crate) async fn run(global: &Global, options: Options) -> anyhow::Result<Exit> {
    let folder = folder(&options.source)?;
    let archives = archives(&folder)?;
    let advisories = options.store.advisories(global).await?;
    let (mut snapshots, mut has_failed) = (Vec::new(), false);
    for (name, path) in archives {
        let import = Import {
            paths: &[path],
            ecosystem: Some(&name),
            taken_at_ms: options.taken_at.map(jiff::Timestamp::as_millisecond),
            now_ms: terminal::now().as_millisecond(),
        };
        // One archive that cannot be read keeps none of the others from being renewed.
        match advisories.import(&import).await {
            Ok(imported) => snapshots.extend(imported),
            Err(error) => {
                terminal::error(&super::with_hint(error));
                has_failed = true;
            }
        }
    }
    let exit = super::imported(&snapshots)?;
    Ok(if has_failed { Exit::Failed } else { exit })
}

fn folder(source: &str) -> anyhow::Result<PathBuf> {
    match source.split_once("://") {
        None => Ok(PathBuf::from(source)),
        Some(("file", path)) if path.starts_with('/') => Ok(PathBuf::from(path)),
        Some(_) => anyhow::bail!(
            "`{}` is no folder and no file:// URL of one\nhint: mirror the zips by other means, then name their folder",
            source.escape_debug()
        ),
    }
}

/// Every ecosystem of the mirror with its archive, by name.
fn archives(folder: &Path) -> anyhow::Result<Vec<(String, PathBuf)>> {
    let cache = CACHES.iter().map(|name| folder.join(name)).find(|path| path.is_dir());
    let folder = cache.as_deref().unwrap_or(folder);
    let mut archives = Vec::new();
    let entries = std::fs::read_dir(folder).with_context(|| format!("cannot list `{}`", folder.display()))?;
    for entry in entries {
        let entry = entry.with_context(|| format!("cannot list `{}`", folder.display()))?;
        let path = entry.path().join("all.zip");
        if path.is_file() {
            archives.push((entry.file_name().to_string_lossy().into_owned(), path));
        }
    }
    archives.sort();
    anyhow::ensure!(
        !archives.is_empty(),
        "`{}` has no folder with an all.zip\nhint: the mirror has one folder for each ecosystem, as in PyPI/all.zip",
        folder.display()
    );
    Ok(archives)
}
