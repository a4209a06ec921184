//! What artifacts are judged by: policy, waivers, allow-list profiles, limits.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use headworks_attest::trust::TrustStore;
use headworks_gate::{Advised, Gate, Trust};
use headworks_policy::{Policy, Waivers};
use headworks_rules::{LocalAllow, Profiles};
use headworks_store::Advisories;
use headworks_types::Digest;

use crate::commands::advisories::MAX_AGE_HOURS;
use crate::commands::trusted_root;
use crate::settings::{Given, Settings};

/// The part of the command line that chooses what artifacts are judged by.
#[derive(Debug, Clone, Args)]
pub(crate) struct Judging {
    /// Tier of the policy to apply [default: minimal]
    #[arg(long, env = "HEADWORKS_TIER", value_name = "TIER")]
    tier: Option<String>,
    /// Policy file or directory (`.rego`, `.json`) in place of the built-in policy; may be repeated
    #[arg(long, env = "HEADWORKS_POLICY", value_name = "PATH")]
    policy: Vec<PathBuf>,
    /// Waiver file
    #[arg(long, env = "HEADWORKS_WAIVERS", value_name = "FILE")]
    waivers: Option<PathBuf>,
    /// Allow-list entries of the organisation
    #[arg(long, env = "HEADWORKS_ALLOW", value_name = "FILE")]
    allow: Option<PathBuf>,
    /// Trust store: who may sign what; without one no signature counts
    #[arg(long, env = "HEADWORKS_TRUST", value_name = "FILE")]
    trust: Option<PathBuf>,
    /// Whose keyless signatures count: `production`, `staging`, `github`, or a trusted_root.json; may be repeated
    /// [default: production]
    #[arg(long, env = "HEADWORKS_TRUSTED_ROOT", value_name = "ROOT", value_delimiter = ',')]
    trusted_root: Vec<String>,
}

impl Judging {
    /// What was given, for the merge with the settings files.
    pub(crate) fn given(&self) -> Given {
        let Self { tier, policy, waivers, allow, trust, trusted_root } = self.clone();
        Given { tier, policy, store: None, waivers, allow, trust, trusted_root }
    }
}

/// The gate that the settings ask for.
///
/// # Errors
/// When a file cannot be read or says something wrong, or the policy has no such tier.
pub(crate) fn gate(settings: &Settings) -> anyhow::Result<Gate> {
    let policy = self::policy(&settings.policy.value)?;
    let tier = settings.tier.value.clone();
    // An unknown tier is an error of the command line, so it ends the run before anything is read.
    policy.explain(&tier)?;
    Ok(Gate {
        policy,
        tier,
        waivers: waivers(settings)?,
        profiles: profiles(settings)?,
        limits: settings.limits.value.clone(),
        trust: trust(settings)?,
        advised: None,
        artifact_name: None,
    })
}

/// The copies of advisories in the store, when some were imported.
///
/// # Errors
/// When they cannot be opened.
pub(crate) async fn advised(settings: &Settings) -> anyhow::Result<Option<Advised>> {
    let advisories = Advisories::open_existing(&settings.store.value).await?;
    Ok(advisories.map(|advisories| Advised { advisories, max_age_hours: MAX_AGE_HOURS }))
}

/// The built-in allow-list profiles and the organisation's own entries.
///
/// # Errors
/// When the organisation's file cannot be read or says something wrong.
pub(crate) fn profiles(settings: &Settings) -> anyhow::Result<Profiles> {
    let Some(path) = &settings.allow.value else { return Ok(Profiles::default()) };
    let local = LocalAllow::parse(&read(path)?).with_context(|| format!("`{}`", path.display()))?;
    Ok(Profiles::default().with_local(local))
}

/// The policy in these files, or the built-in one.
///
/// # Errors
/// When a file cannot be read or is no policy.
pub(crate) fn policy(paths: &[PathBuf]) -> anyhow::Result<Policy> {
    if paths.is_empty() {
        return Ok(Policy::builtin());
    }
    let mut files = Vec::new();
    for path in paths {
        let listed = policy_files(path)?;
        anyhow::ensure!(!listed.is_empty(), "`{}` holds no .rego or .json file", path.display());
        for file in listed {
            files.push((file.display().to_string(), read(&file)?));
        }
    }
    Ok(Policy::load(&files)?)
}

/// The organisation's decisions about signers, if it made any, with the roots of keyless signatures.
fn trust(settings: &Settings) -> anyhow::Result<Option<Trust>> {
    let path = &settings.trust.value;
    // Nobody need have a trust store, but one that somebody named must be there.
    if settings.trust.is_default() && !path.exists() {
        return Ok(None);
    }
    let text = read(path)?;
    let store = TrustStore::parse(&text).with_context(|| format!("cannot use the trust store `{}`", path.display()))?;
    let named: Vec<trusted_root::Named> =
        settings.trusted_root.value.iter().map(|name| trusted_root::read(name)).collect::<anyhow::Result<_>>()?;
    let digests: String = named.iter().map(|named| format!("{}\n", named.digest)).collect();
    Ok(Some(Trust {
        store,
        digest: Digest::of(text.as_bytes()),
        roots: named.into_iter().map(|named| named.root).collect(),
        roots_digest: Digest::of(digests.as_bytes()),
    }))
}

fn waivers(settings: &Settings) -> anyhow::Result<Waivers> {
    let Some(path) = &settings.waivers.value else { return Ok(Waivers::default()) };
    Ok(Waivers::parse(&path.display().to_string(), &read(path)?)?)
}

/// A file as it is, a directory as the policy files below it, sorted.
fn policy_files(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(path).with_context(|| format!("cannot list `{}`", path.display()))? {
        let entry = entry?.path();
        let is_policy = entry.extension().is_some_and(|extension| extension == "rego" || extension == "json");
        if entry.is_dir() {
            files.extend(policy_files(&entry)?);
        } else if is_policy {
            files.push(entry);
        }
    }
    files.sort();
    Ok(files)
}

fn read(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))
}
