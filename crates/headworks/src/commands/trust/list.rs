use clap::{Args, ValueEnum};
use headworks_attest::TrustStore;
use headworks_attest::trust::{Pin, Publisher, Revocation, Window};
use serde::Serialize;

use super::Place;
use super::file::TrustFile;
use crate::arguments::Global;
use crate::exit::Exit;
use crate::terminal;

/// Name and version of the JSON answer's layout.
const SCHEMA: &str = "headworks/trust/v1";

/// Options of `headworks trust list`.
#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    place: Place,
    /// Form of the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Options of `headworks trust export`.
#[derive(Debug, Args)]
pub(crate) struct ExportOptions {
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One document with a schema
    Json,
}

#[derive(Serialize)]
struct Answer<'a> {
    schema: &'static str,
    #[serde(flatten)]
    store: &'a TrustStore,
}

pub(super) fn run(global: &Global, options: &Options) -> anyhow::Result<Exit> {
    let TrustFile { store, path, text } = TrustFile::read(global, &options.place)?;
    if text.is_none() {
        terminal::note(&format!("there is no trust store `{}`; `headworks trust add` makes one", path.display()));
    }
    terminal::answer(&match options.format {
        Format::Json => serde_json::to_string_pretty(&Answer { schema: SCHEMA, store: &store })? + "\n",
        Format::Text => listed(&store),
    })?;
    Ok(if store.publishers.is_empty() { Exit::NothingMatched } else { Exit::Fine })
}

pub(super) fn export(global: &Global, options: &ExportOptions) -> anyhow::Result<Exit> {
    let TrustFile { text, path, .. } = TrustFile::read(global, &options.place)?;
    let Some(text) = text else {
        terminal::note(&format!("there is no trust store `{}`", path.display()));
        return Ok(Exit::NothingMatched);
    };
    terminal::answer(&text)?;
    Ok(Exit::Fine)
}

fn listed(store: &TrustStore) -> String {
    let reviewed = store.reviewed.map_or_else(|| "never".to_owned(), |at| at.to_string());
    let mut text = format!("version {}, revocations reviewed: {reviewed}\n", store.version);
    text.extend(store.publishers.iter().map(|publisher| entry(store, publisher)));
    text.extend(store.pins.iter().map(pinned));
    text.extend(store.revocations.iter().map(revoked));
    text
}

fn entry(store: &TrustStore, publisher: &Publisher) -> String {
    let Publisher { name, roles, signs } = publisher;
    let roles: Vec<&str> = roles.iter().map(|role| role.as_str()).collect();
    let signs: Vec<String> = signs.iter().map(ToString::to_string).collect();
    let mut text = format!("\n{}  signs {} named {}\n", name.escape_debug(), roles.join(", "), signs.join(", "));
    let mut line = |what: String, window: Window| text.push_str(&format!("  {what}{}\n", shown(window)));
    for key in store.keys.iter().filter(|key| key.publisher == *name) {
        line(format!("key {}", key.digest), key.window);
    }
    for certificate in store.certificates.iter().filter(|certificate| certificate.publisher == *name) {
        line(format!("certificate {}", certificate.digest), certificate.window);
    }
    for identity in store.identities.iter().filter(|identity| identity.publisher == *name) {
        line(
            format!("identity {} of {}", identity.name.escape_debug(), identity.issuer.escape_debug()),
            identity.window,
        );
    }
    text
}

fn shown(window: Window) -> String {
    let part =
        |word, at: Option<_>| at.map(|at: headworks_attest::trust::Moment| format!(" {word} {at}")).unwrap_or_default();
    format!("{}{}", part("from", window.from), part("until", window.until))
}

fn pinned(Pin { artifact, publisher, first_seen }: &Pin) -> String {
    format!("\npinned  {} to {} since {first_seen}\n", artifact.escape_debug(), publisher.escape_debug())
}

fn revoked(revocation: &Revocation) -> String {
    let Revocation { since, reason, key, certificate, identity, issuer } = revocation;
    let what = match (key, certificate, identity) {
        (Some(digest), ..) => format!("key {digest}"),
        (_, Some(digest), _) => format!("certificate {digest}"),
        _ => format!("identity {} of {}", identity.as_deref().unwrap_or("?"), issuer.as_deref().unwrap_or("?")),
    };
    format!("\nrevoked since {since}: {}\n  {}\n", reason.escape_debug(), what.escape_debug())
}
