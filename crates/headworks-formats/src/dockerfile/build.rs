//! A build followed from stage to stage.

use std::collections::HashMap;

use headworks_types::fact::{BuildFact, Deed, ImagePin};
use headworks_types::{Fault, Location};

use super::parse::{Instruction, NAMES, Parsed};
use super::variables::Variables;
use super::{FORMAT, malformed};
use crate::format::Input;
use crate::image_settings::{is_root, names_a_secret};
use crate::inspection::Inspection;
use crate::metadata::shortened;
use crate::shell::{self, Session, words};
use crate::text::without_credentials;

/// The frontend that the reference describes, at any version.
const FRONTENDS: &[&str] = &["docker/dockerfile", "docker.io/docker/dockerfile", "docker/dockerfile-upstream"];

/// Values that a builder gives to `TARGETARCH`.
const PLATFORMS: &[&str] = &["amd64", "arm64", "arm", "386", "ppc64le", "s390x", "riscv64"];

/// One build on its way.
pub(super) struct Build<'i, 'l> {
    input: &'i Input<'i>,
    /// Length of a byte-order mark.
    base: u64,
    inspection: &'i mut Inspection<'l>,
    /// What `ARG` before the first stage sets.
    global: Variables,
    /// By name in lower case and by number: the user that the stage leaves.
    stages: HashMap<String, Option<String>>,
    count: usize,
    stage: Stage,
}

/// The stage that is being built.
#[derive(Default)]
struct Stage {
    name: String,
    variables: Variables,
    session: Session,
    user: Option<String>,
    at: Option<Location>,
}

impl<'i, 'l> Build<'i, 'l> {
    pub(super) fn new(input: &'i Input<'i>, base: u64, inspection: &'i mut Inspection<'l>) -> Self {
        let (global, stages) = (Variables::default(), HashMap::new());
        Self { input, base, inspection, global, stages, count: 0, stage: Stage::default() }
    }

    /// States what the instructions do.
    pub(super) fn follow(mut self, parsed: &Parsed) {
        let mut frontend = None;
        for (key, value, at) in &parsed.directives {
            if key == "syntax" {
                let location = self.location(at.start, at.end);
                frontend = self.frontend(value, location);
            }
        }
        for instruction in &parsed.instructions {
            let location = self.location(instruction.at.start, instruction.at.end);
            self.instruction(instruction, "", &location);
        }
        if let Some(fault) = frontend {
            self.inspection.fact(self.input.place.at(0..self.input.bytes.size()), fault);
        }
        self.end_stage();
        // What is built when nobody names a stage is the last one.
        if let Some(location) = self.stage.at.take() {
            let user = self.stage.user.take().unwrap_or_default();
            let is_root = is_root(&user);
            self.inspection.fact(location, BuildFact::User { user: shortened(&user), is_root });
        }
    }

    fn location(&self, start: usize, end: usize) -> Location {
        let offset = |at: usize| self.base.saturating_add(at as u64);
        self.input.place.at(offset(start)..offset(end))
    }

    /// The program that reads the file; a fault when it is another than the one this format knows.
    fn frontend(&mut self, reference: &str, location: Location) -> Option<Fault> {
        let name = reference.split(['@', ':']).next().unwrap_or(reference);
        if FRONTENDS.contains(&name) {
            return None;
        }
        self.image("syntax", reference, location);
        let feature = format!("the frontend `{}`", shortened(reference));
        Some(Fault::Unsupported { format: FORMAT.id.into(), feature })
    }

    fn instruction(&mut self, one: &Instruction, prefix: &str, location: &Location) {
        match one.name.as_str() {
            "FROM" => self.from(one, location),
            "ARG" => self.arg(one, location),
            "ENV" => self.env(one, location),
            "ADD" => self.add(one, location),
            "COPY" => self.copy("COPY --from", one.flag("from"), location),
            "RUN" => self.run(one, &format!("{prefix}RUN"), location),
            "CMD" | "ENTRYPOINT" => self.command(one, &format!("{prefix}{}", one.name), location),
            "HEALTHCHECK" => self.healthcheck(one, location),
            "USER" => self.stage.user = Some(self.stage.variables.replace_in(&one.text)),
            // It runs in builds that start from this image.
            "ONBUILD" if prefix.is_empty() => {
                let mut inner = Instruction::of(&one.text);
                inner.documents.clone_from(&one.documents);
                if inner.name != "FROM" {
                    self.instruction(&inner, "ONBUILD ", location);
                }
            }
            name if NAMES.contains(&name) => {}
            name => {
                self.inspection
                    .fact(location.clone(), malformed(&format!("unknown instruction `{}`", shortened(name))));
            }
        }
    }

    fn from(&mut self, one: &Instruction, location: &Location) {
        self.end_stage();
        let words: Vec<&str> = one.text.split_whitespace().collect();
        let reference = self.global.replace_in(words.first().copied().unwrap_or_default());
        let name = match words.get(1) {
            Some(word) if word.eq_ignore_ascii_case("as") => words.get(2).map(|name| name.to_ascii_lowercase()),
            _ => None,
        };
        let user = match self.stage_named(&reference) {
            Some(user) => user.clone(),
            None => {
                if reference != "scratch" {
                    self.image("FROM", &reference, location.clone());
                }
                None
            }
        };
        let (name, at) = (name.unwrap_or_default(), Some(location.clone()));
        self.stage = Stage { name, user, at, ..Stage::default() };
    }

    /// The user of the stage that a reference names, for one of the platforms where it says which.
    fn stage_named(&self, reference: &str) -> Option<&Option<String>> {
        let lower = reference.to_ascii_lowercase();
        let for_platform = |platform: &&str| {
            let name = lower.replace("${targetarch}", platform).replace("$targetarch", platform);
            self.stages.get(&name)
        };
        self.stages.get(&lower).or_else(|| PLATFORMS.iter().find_map(for_platform))
    }

    fn end_stage(&mut self) {
        if self.stage.at.is_none() {
            return;
        }
        self.stages.insert(self.count.to_string(), self.stage.user.clone());
        self.count = self.count.saturating_add(1);
        if !self.stage.name.is_empty() {
            self.stages.insert(self.stage.name.clone(), self.stage.user.clone());
        }
    }

    fn image(&mut self, by: &str, reference: &str, location: Location) {
        let image = shortened(&without_credentials(reference));
        self.inspection.fact(location, BuildFact::Image { by: by.to_owned(), image, pin: pin(reference) });
    }

    fn arg(&mut self, one: &Instruction, location: &Location) {
        for word in words(&one.text) {
            let Some((name, value)) = word.split_once('=') else {
                // Without a value a stage takes the one that stands before all stages.
                if let Some(value) = self.global.get(&word).map(str::to_owned) {
                    self.stage.variables.set(&word, &value);
                }
                continue;
            };
            if self.stage.at.is_none() {
                let value = self.global.replace_in(value);
                self.global.set(name, &value);
            } else {
                self.set("ARG", name, value, location);
            }
        }
    }

    /// `ENV a=b c="d e"`, and the old `ENV a b`.
    fn env(&mut self, one: &Instruction, location: &Location) {
        let (name, rest) = super::parse::first_word(&one.text);
        if !name.contains('=') {
            return self.set("ENV", name, rest.trim(), location);
        }
        for word in words(&one.text) {
            if let Some((name, value)) = word.split_once('=') {
                self.set("ENV", name, value, location);
            }
        }
    }

    fn set(&mut self, at: &str, name: &str, value: &str, location: &Location) {
        let value = self.stage.variables.replace_in(value);
        if names_a_secret(name, &value) {
            let fact = BuildFact::SecretVariable { at: at.to_owned(), name: shortened(name) };
            self.inspection.fact(location.clone(), fact);
        }
        if shell::is_check_switched_off(name, &value) {
            let excerpt = shortened(&format!("{name}={value}"));
            let fact = BuildFact::Command { at: at.to_owned(), deed: Deed::FetchUnprotected, excerpt };
            self.inspection.fact(location.clone(), fact);
        }
        let options = shell::environment_option(name, &value);
        options.into_iter().for_each(|option| self.inspection.fact(location.clone(), option));
        self.stage.variables.set(name, &value);
    }

    fn add(&mut self, one: &Instruction, location: &Location) {
        self.copy("ADD --from", one.flag("from"), location);
        let words = one.array().unwrap_or_else(|| words(&one.text));
        let sources = words.split_last().map_or(&[][..], |(_, sources)| sources);
        for source in sources {
            let url = self.stage.variables.replace_in(source);
            let is_repository =
                url.starts_with("git@") || url.starts_with("git://") || url.contains(".git#") || url.ends_with(".git");
            if !url.contains("://") && !is_repository {
                continue;
            }
            let revision =
                url.rsplit_once('#').map_or("", |(_, revision)| revision.split(':').next().unwrap_or(revision));
            let is_commit =
                matches!(revision.len(), 40 | 64) && revision.bytes().all(|digit| digit.is_ascii_hexdigit());
            let is_pinned = one.flag("checksum").is_some_and(|digest| !digest.is_empty()) || is_repository && is_commit;
            let url = shortened(&without_credentials(&url));
            self.inspection.fact(location.clone(), BuildFact::RemoteAdd { url, is_pinned });
        }
    }

    /// An image that is no stage of this file.
    fn copy(&mut self, by: &str, from: Option<&str>, location: &Location) {
        let Some(from) = from else { return };
        let reference = self.stage.variables.replace_in(&self.global.replace_in(from));
        if self.stage_named(&reference).is_none() && reference != "scratch" {
            self.image(by, &reference, location.clone());
        }
    }

    fn run(&mut self, one: &Instruction, at: &str, location: &Location) {
        for (key, value) in one.flags.iter().filter(|(key, _)| key == "mount") {
            let from = value.split(',').find_map(|part| part.trim().strip_prefix("from="));
            self.copy(&format!("RUN --{key}"), from, location);
        }
        self.command(one, at, location);
    }

    fn command(&mut self, one: &Instruction, at: &str, location: &Location) {
        let script = match one.array() {
            Some(words) => joined(&words),
            None => one.text.clone(),
        };
        let script = [&[script], &one.documents[..]].concat().join("\n");
        let script = self.stage.variables.replace_in(&script);
        self.stage.session.run(&script, at, location.start..location.end, self.input, self.inspection);
    }

    fn healthcheck(&mut self, one: &Instruction, location: &Location) {
        let (form, rest) = super::parse::first_word(&one.text);
        if form.eq_ignore_ascii_case("cmd") {
            let inner = Instruction { text: rest.trim().to_owned(), ..Instruction::of("HEALTHCHECK") };
            self.command(&inner, "HEALTHCHECK", location);
        }
    }
}

/// The words of an array as a shell would be told them: `sh -c` has its script in one.
fn joined(words: &[String]) -> String {
    match words {
        [shell, option, script] if option == "-c" && shell.ends_with("sh") => script.clone(),
        words => words.join(" "),
    }
}

/// How a reference is pinned.
fn pin(reference: &str) -> ImagePin {
    let last = reference.rsplit('/').next().unwrap_or(reference);
    if reference.contains("@sha256:") || reference.contains("@sha512:") {
        ImagePin::Digest
    } else if reference.contains('$') {
        ImagePin::Variable
    } else if last.contains(':') && !last.ends_with(":latest") {
        ImagePin::Tag
    } else {
        ImagePin::None
    }
}

#[cfg(test)]
mod tests {
    use headworks_types::{FactKind, Limits, Place};

    use super::*;

    fn facts(text: &str) -> Vec<FactKind> {
        let facts = crate::inspect(&text.as_bytes().to_vec(), Place::file("Dockerfile"), &Limits::default());
        facts.into_iter().map(|fact| fact.kind).filter(|kind| !matches!(kind, FactKind::File(_))).collect()
    }

    fn images(text: &str) -> Vec<(String, ImagePin)> {
        let image = |kind| match kind {
            FactKind::Build(BuildFact::Image { image, pin, .. }) => Some((image, pin)),
            _ => None,
        };
        facts(text).into_iter().filter_map(image).collect()
    }

    #[test]
    fn images_are_told_with_the_values_of_their_variables_and_stages_are_none() {
        let text = "ARG V=3.12\nARG D\nFROM python:${V}-slim AS base\nFROM base\nCOPY --from=base /a /a\n\
            COPY --from=0 /a /a\nCOPY --from=ghcr.invalid/uv:0.4 /uv /bin/\nRUN --mount=type=bind,from=busybox,target=/b true\n\
            FROM $D\nFROM scratch\nFROM a AS cpu-arm64\nFROM cpu-${TARGETARCH}\n";
        let found = images(text);
        let expected = [
            ("python:3.12-slim", ImagePin::Tag),
            ("ghcr.invalid/uv:0.4", ImagePin::Tag),
            ("busybox", ImagePin::None),
            ("$D", ImagePin::Variable),
            ("a", ImagePin::None),
        ];
        assert_eq!(found, expected.map(|(image, pin)| (image.to_owned(), pin)));
    }

    #[test]
    fn a_file_that_one_instruction_fetches_is_known_to_the_next_of_the_stage_only() {
        let fetch = "FROM a\nRUN curl -o /i.sh https://x.invalid/i\n";
        let deeds = |text: &str| {
            facts(text).iter().filter(|kind| matches!(kind, FactKind::Build(BuildFact::Command { .. }))).count()
        };
        assert_eq!(deeds(&format!("{fetch}RUN sh /i.sh\n")), 1);
        assert_eq!(deeds(&format!("{fetch}FROM b\nRUN sh /i.sh\n")), 0);
    }

    #[test]
    fn the_user_is_that_of_the_last_stage_through_the_stages_it_builds_on() {
        let user = |text: &str| {
            facts(text).into_iter().find_map(|kind| match kind {
                FactKind::Build(BuildFact::User { user, is_root }) => Some((user, is_root)),
                _ => None,
            })
        };
        assert_eq!(user("FROM a AS b\nUSER app\nFROM b\n"), Some(("app".into(), false)));
        assert_eq!(user("FROM a AS b\nUSER app\nFROM a\n"), Some((String::new(), true)));
    }

    #[test]
    fn another_frontend_is_not_understood() {
        let faults = |syntax: &str| {
            let facts = facts(&format!("# syntax={syntax}\nFROM a\n"));
            facts.iter().filter(|kind| matches!(kind, FactKind::Fault(_))).count()
        };
        assert_eq!(faults("docker/dockerfile:1.7-labs"), 0);
        assert_eq!(faults("registry.invalid/frontend:1"), 1);
    }

    #[test]
    fn what_is_added_from_elsewhere_is_told_with_its_pin() {
        let added = |text: &str| {
            facts(&format!("FROM a\n{text}\n")).into_iter().find_map(|kind| match kind {
                FactKind::Build(BuildFact::RemoteAdd { is_pinned, .. }) => Some(is_pinned),
                _ => None,
            })
        };
        assert_eq!(added("ADD https://x.invalid/a /a"), Some(false));
        assert_eq!(added("ADD --checksum=sha256:ab https://x.invalid/a /a"), Some(true));
        assert_eq!(added("ADD https://x.invalid/a.git#v1 /a"), Some(false));
        assert_eq!(added(&format!("ADD https://x.invalid/a.git#{} /a", "a".repeat(40))), Some(true));
        assert_eq!(added("ADD a.tar.gz /a"), None);
    }
}
