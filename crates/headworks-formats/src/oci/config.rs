//! Configurations of container images: what runs, as whom, with which variables, and how it was built.

use std::collections::BTreeMap;

use headworks_types::fact::BuildFact;

use crate::fields::Field;
use crate::format::Input;
use crate::image_settings::{is_root, names_a_secret};
use crate::inspection::Inspection;
use crate::metadata::shortened;
use crate::secrets;
use crate::shell::Session;

/// Lists of words that a container starts, or that a build on this image runs.
const COMMANDS: &[&str] = &["Entrypoint", "Cmd", "Healthcheck", "OnBuild"];

/// What a manifest is of, by its own type or that of its configuration.
pub(super) fn title(fields: &[Field]) -> &'static str {
    let value = |path: &[&str]| fields.iter().find(|field| field.is(path)).map_or("", |field| field.value.as_str());
    let (artifact, config) = (value(&["artifactType"]), value(&["config", "mediaType"]));
    let is = |start: &str| artifact.starts_with(start) || config.starts_with(start);
    if is("application/vnd.cncf.model.") || is("application/vnd.cnai.model.") {
        "ModelPack manifest"
    } else if is("application/vnd.kitops.") {
        "KitOps manifest"
    } else if fields.iter().any(|field| field.value.starts_with("application/vnd.ollama.image.")) {
        "Ollama manifest"
    } else if artifact.is_empty() && is_image_config(config) {
        "image manifest"
    } else {
        "artifact manifest"
    }
}

fn is_image_config(media_type: &str) -> bool {
    matches!(media_type, "application/vnd.oci.image.config.v1+json" | "application/vnd.docker.container.image.v1+json")
}

/// States what the image runs and how it was built.
pub(super) fn state(input: &Input<'_>, fields: &[Field], inspection: &mut Inspection<'_>) {
    let mut lists: BTreeMap<&str, (Vec<&str>, &Field)> = BTreeMap::new();
    for field in fields {
        let key = field.part(1);
        if field.part(0) == "config" && COMMANDS.contains(&key) {
            lists.entry(key).or_insert_with(|| (Vec::new(), field)).0.push(&field.value);
        }
        if field.is(&["config", "Env", "*"]) {
            state_variable(input, field, inspection);
        }
        if field.is(&["history", "*", "created_by"]) {
            let mut session = Session::default();
            session.run(built_by(&field.value), "history", field.at.clone(), input, inspection);
        }
    }
    for (at, (words, field)) in lists {
        let script = match at {
            "OnBuild" => {
                words.iter().map(|line| line.strip_prefix("RUN ").unwrap_or(line)).collect::<Vec<_>>().join("\n")
            }
            "Healthcheck" => words.iter().skip(1).copied().collect::<Vec<_>>().join(" "),
            _ => command(&words),
        };
        Session::default().run(&script, at, field.at.clone(), input, inspection);
    }
    state_user(input, fields, inspection);
}

/// The words as a shell would be told them: `sh -c` has its script in one.
fn command(words: &[&str]) -> String {
    match words {
        [shell, option, script, ..] if shell.ends_with("sh") && option.starts_with('-') && option.ends_with('c') => {
            (*script).to_owned()
        }
        words => words.join(" "),
    }
}

/// The command of a line of history: `/bin/sh -c …`, `RUN /bin/sh -c … # buildkit`, `|1 A=b /bin/sh -c …`.
fn built_by(line: &str) -> &str {
    let line = line.strip_suffix("# buildkit").unwrap_or(line);
    let shells = ["/bin/sh -c ", "/bin/bash -c ", "/bin/bash -o pipefail -c ", "cmd /S /C ", "powershell -Command "];
    let script = shells.iter().find_map(|shell| line.split_once(shell).map(|(_, script)| script));
    script.unwrap_or_else(|| line.strip_prefix("RUN ").unwrap_or(line)).trim()
}

fn state_variable(input: &Input<'_>, field: &Field, inspection: &mut Inspection<'_>) {
    let Some((name, value)) = field.value.split_once('=') else { return };
    if names_a_secret(name, value) {
        let fact = BuildFact::SecretVariable { at: "ENV".into(), name: shortened(name) };
        inspection.fact(field.location(input), fact);
    }
    // Blobs without a name are read as text as well, and their credentials are told there.
    if input.place.base_name().ends_with(".json") {
        secrets::find(&field.value, &mut |_, fact| inspection.fact(field.location(input), fact));
    }
}

/// Models that are shipped like images have no `config`, and nobody runs them.
fn state_user(input: &Input<'_>, fields: &[Field], inspection: &mut Inspection<'_>) {
    if !fields.iter().any(|field| field.part(0) == "config") {
        return;
    }
    let named = fields.iter().find(|field| field.is(&["config", "User"]));
    let user = named.map_or("", |field| field.value.as_str());
    let location = named.map_or_else(|| input.place.at(0..input.bytes.size()), |field| field.location(input));
    inspection.fact(location, BuildFact::User { user: shortened(user), is_root: is_root(user) });
}
