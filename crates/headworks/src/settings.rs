//! Settings: one precedence for all of them.
//!
//! Flag, then `HEADWORKS_*` variable (clap merges these two), then `headworks.toml`, then the user's
//! file, then the default. A settings file that lies inside what is being checked is never used: the
//! artifact must not choose the policy it is judged by.

use std::env;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use headworks_attest::SigningKey;
use headworks_store::Options;
use headworks_types::Limits;
use serde::Deserialize;

use crate::arguments::Global;
use crate::terminal::Color;

const FILE_NAME: &str = "headworks.toml";

/// A settings file, as written.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct SettingsFile {
    /// Tier of the policy to apply.
    tier: Option<String>,
    /// Policy files (`.rego`, `.json`) or directories of them, in place of the built-in policy.
    policy: Option<Vec<PathBuf>>,
    /// Directory of the store.
    store: Option<PathBuf>,
    /// Waiver file.
    waivers: Option<PathBuf>,
    /// Allow-list entries of the organisation.
    allow: Option<PathBuf>,
    /// Trust store: who may sign what.
    trust: Option<PathBuf>,
    /// Whose keyless signatures count: `production`, `staging`, `github`, or files in the form of trusted_root.json.
    trusted_root: Option<Vec<String>>,
    /// The evidence log of the store.
    log: Option<LogSettings>,
    /// When to colour.
    color: Option<Color>,
    /// Bounds on what inspection may cost.
    limits: Option<Limits>,
}

/// What the log of the store is called and signed with, where that is not left to the store.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct LogSettings {
    /// Its origin, the first line of its checkpoints: a name like `log.example.org/gate`.
    pub(crate) origin: Option<String>,
    /// Private key that signs its checkpoints (PEM, Ed25519).
    pub(crate) key: Option<PathBuf>,
}

/// A value and where it comes from.
#[derive(Debug, Clone)]
pub(crate) struct Setting<T> {
    pub(crate) value: T,
    pub(crate) origin: String,
}

/// Origin of a value that nobody gave.
const DEFAULT: &str = "default";

impl<T> Setting<T> {
    /// Whether nobody gave it.
    pub(crate) fn is_default(&self) -> bool {
        self.origin == DEFAULT
    }
}

/// All settings, resolved.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) tier: Setting<String>,
    pub(crate) policy: Setting<Vec<PathBuf>>,
    pub(crate) store: Setting<PathBuf>,
    pub(crate) waivers: Setting<Option<PathBuf>>,
    pub(crate) allow: Setting<Option<PathBuf>>,
    pub(crate) trust: Setting<PathBuf>,
    pub(crate) trusted_root: Setting<Vec<String>>,
    pub(crate) log: Setting<LogSettings>,
    pub(crate) color: Setting<Color>,
    pub(crate) limits: Setting<Limits>,
    /// The settings files that were read, nearest first.
    pub(crate) files: Vec<PathBuf>,
}

/// Values given on the command line or in the environment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Given {
    pub(crate) tier: Option<String>,
    pub(crate) policy: Vec<PathBuf>,
    pub(crate) store: Option<PathBuf>,
    pub(crate) waivers: Option<PathBuf>,
    pub(crate) allow: Option<PathBuf>,
    pub(crate) trust: Option<PathBuf>,
    pub(crate) trusted_root: Vec<String>,
}

impl Settings {
    /// Merges what was given with the settings files.
    ///
    /// # Errors
    /// When a settings file cannot be read or parsed, or lies inside one of the `targets`.
    pub(crate) fn resolve(global: &Global, given: Given, targets: &[PathBuf]) -> anyhow::Result<Self> {
        let files = settings_files(global)?;
        for (path, _) in &files {
            refuse_inside_targets(path, targets)?;
        }
        let merge = Merge { files: &files };
        let store = merge.pick(given.store, |file| file.store.clone(), default_store);
        let beside_the_store = || store.value.with_file_name("trust.toml");
        Ok(Self {
            tier: merge.pick(given.tier, |file| file.tier.clone(), || "minimal".to_owned()),
            policy: merge.pick(some_unless_empty(given.policy), |file| file.policy.clone(), Vec::new),
            trust: merge.pick(given.trust, |file| file.trust.clone(), beside_the_store),
            store,
            waivers: merge.pick(given.waivers.map(Some), |file| file.waivers.clone().map(Some), || None),
            allow: merge.pick(given.allow.map(Some), |file| file.allow.clone().map(Some), || None),
            trusted_root: merge.pick(
                some_unless_empty(given.trusted_root),
                |file| file.trusted_root.clone(),
                || vec!["production".to_owned()],
            ),
            log: merge.pick(None, |file| file.log.clone(), LogSettings::default),
            color: merge.pick(global.color, |file| file.color, || Color::Auto),
            limits: merge.pick(None, |file| file.limits.clone(), Limits::default),
            files: files.iter().map(|(path, _)| path.clone()).collect(),
        })
    }
}

impl Settings {
    /// How the store's log is opened.
    ///
    /// # Errors
    /// When the log's key cannot be read.
    pub(crate) fn log_options(&self) -> anyhow::Result<Options> {
        let LogSettings { origin, key } = &self.log.value;
        let read = |path: &PathBuf| -> anyhow::Result<Arc<SigningKey>> {
            let text =
                std::fs::read(path).with_context(|| format!("cannot read the log's key `{}`", path.display()))?;
            let key = SigningKey::from_pem(&text, None);
            Ok(Arc::new(key.with_context(|| format!("cannot use the log's key `{}`", path.display()))?))
        };
        Ok(Options { origin: origin.clone(), log_key: key.as_ref().map(read).transpose()? })
    }
}

struct Merge<'a> {
    files: &'a [(PathBuf, SettingsFile)],
}

impl Merge<'_> {
    fn pick<T>(
        &self,
        given: Option<T>,
        from_file: impl Fn(&SettingsFile) -> Option<T>,
        default: impl FnOnce() -> T,
    ) -> Setting<T> {
        if let Some(value) = given {
            return Setting { value, origin: "command line or environment".to_owned() };
        }
        let found = self.files.iter().find_map(|(path, file)| Some((path, from_file(file)?)));
        match found {
            Some((path, value)) => Setting { value, origin: path.display().to_string() },
            None => Setting { value: default(), origin: DEFAULT.to_owned() },
        }
    }
}

fn some_unless_empty<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}

/// The settings files that apply, nearest first, with relative paths resolved against each file's folder.
fn settings_files(global: &Global) -> anyhow::Result<Vec<(PathBuf, SettingsFile)>> {
    let project = match &global.config {
        Some(path) => Some(path.clone()),
        None => nearest(&env::current_dir().context("the working directory is gone")?),
    };
    let user = config_home().map(|home| home.join("headworks").join(FILE_NAME)).filter(|path| path.is_file());
    project.into_iter().chain(user).map(|path| read(&path).map(|file| (path, file))).collect()
}

/// The `headworks.toml` in `from` or above it, up to the root of the repository that holds it.
fn nearest(from: &Path) -> Option<PathBuf> {
    for folder in from.ancestors() {
        let candidate = folder.join(FILE_NAME);
        if candidate.is_file() {
            return Some(candidate);
        }
        if folder.join(".git").exists() {
            return None;
        }
    }
    None
}

fn read(path: &Path) -> anyhow::Result<SettingsFile> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read settings `{}`", path.display()))?;
    let mut file: SettingsFile =
        toml::from_str(&text).with_context(|| format!("cannot use settings `{}`", path.display()))?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let resolve = |path: &mut PathBuf| *path = folder.join(&*path);
    file.policy.iter_mut().flatten().for_each(resolve);
    [&mut file.store, &mut file.waivers, &mut file.allow, &mut file.trust].into_iter().flatten().for_each(resolve);
    let is_embedded = |name: &str| matches!(name, "production" | "staging" | "github");
    for name in file.trusted_root.iter_mut().flatten().filter(|name| !is_embedded(name)) {
        *name = folder.join(&*name).display().to_string();
    }
    file.log.iter_mut().filter_map(|log| log.key.as_mut()).for_each(resolve);
    Ok(file)
}

fn refuse_inside_targets(settings: &Path, targets: &[PathBuf]) -> anyhow::Result<()> {
    let Ok(settings) = settings.canonicalize() else { return Ok(()) };
    for target in targets.iter().filter_map(|target| target.canonicalize().ok()) {
        if settings.starts_with(&target) {
            bail!(
                "`{}` lies inside `{}`, which is being checked: an artifact must not choose the policy it is judged by\n\
                 hint: run from another directory, or name settings outside of it with --config",
                settings.display(),
                target.display()
            );
        }
    }
    Ok(())
}

fn default_store() -> PathBuf {
    data_home().unwrap_or_else(|| PathBuf::from(".")).join("headworks").join("store")
}

fn data_home() -> Option<PathBuf> {
    absolute("XDG_DATA_HOME")
        .or_else(|| absolute("LOCALAPPDATA"))
        .or_else(|| Some(absolute("HOME")?.join(".local/share")))
}

fn config_home() -> Option<PathBuf> {
    absolute("XDG_CONFIG_HOME").or_else(|| absolute("APPDATA")).or_else(|| Some(absolute("HOME")?.join(".config")))
}

fn absolute(variable: &str) -> Option<PathBuf> {
    env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_setting_is_an_error_that_names_it() {
        let error = toml::from_str::<SettingsFile>("teir = 'minimal'").expect_err("misspelt");
        assert!(error.to_string().contains("teir"), "{error}");
    }

    #[test]
    fn settings_inside_the_artifact_are_refused() {
        let artifact = tempfile::tempdir().expect("temporary folder");
        let settings = artifact.path().join(FILE_NAME);
        std::fs::write(&settings, "tier = 'observe'").expect("writes");
        assert!(refuse_inside_targets(&settings, &[artifact.path().to_owned()]).is_err());
        assert!(refuse_inside_targets(&settings, &[artifact.path().join("weights")]).is_ok());
    }

    #[test]
    fn a_settings_file_names_paths_relative_to_itself() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = folder.path().join(FILE_NAME);
        std::fs::write(&path, "waivers = 'waivers.toml'\npolicy = ['policy']").expect("writes");
        let file = read(&path).expect("parses");
        assert_eq!(file.waivers, Some(folder.path().join("waivers.toml")));
        assert_eq!(file.policy, Some(vec![folder.path().join("policy")]));
    }
}
