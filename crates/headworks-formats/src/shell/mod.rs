//! Commands of a shell, read for what they fetch, run and switch off; nothing is expanded or run.
//!
//! Source: POSIX.1-2017 XCU 2 for the grammar, the manuals of curl, wget, pip, apt, apk, dnf, zypper, rpm,
//! dpkg, npm and git for the options. What a variable holds is not known here: whoever knows replaces it
//! before. Functions, loops over lists and programs under other names are not followed.

mod deeds;
mod fetch;
mod install;
mod split;

use std::ops::Range;

use headworks_types::fact::{BuildFact, Deed, Order, PackageFact, command_order};

use crate::format::Input;
use crate::inspection::Inspection;
use crate::text::{self, without_credentials};
use fetch::Fetched;
pub(crate) use install::{environment_option, is_check_switched_off};
use split::Pipeline;
pub(crate) use split::words;

/// Characters of a command that a fact repeats.
const EXCERPT_CHARS_MAX: usize = 200;

/// Scripts within scripts, as in `sh -c "sh -c '…'"`.
const SCRIPTS_MAX: usize = 4;

/// Files that were fetched and are still watched for being run.
const WATCHED_MAX: usize = 64;

/// What the commands of one machine did so far: what one command fetches, a later one may run.
#[derive(Default)]
pub(crate) struct Session {
    fetched: Vec<Fetched>,
}

/// Something a command does, and the command as it may be shown.
enum Seen {
    Deed(Deed, String),
    Package(PackageFact),
}

impl Session {
    /// States what the commands in `script` do, which stand at `range` of the input under the name `at`.
    pub(crate) fn run(
        &mut self,
        script: &str,
        at: &str,
        range: Range<u64>,
        input: &Input<'_>,
        inspection: &mut Inspection<'_>,
    ) {
        for seen in self.follow(script, 0) {
            let location = input.place.at(range.clone());
            match seen {
                Seen::Package(fact) => inspection.fact(location, fact),
                Seen::Deed(deed, excerpt) => {
                    inspection.fact(location, BuildFact::Command { at: at.to_owned(), deed, excerpt });
                }
            }
        }
    }

    fn follow(&mut self, script: &str, depth: usize) -> Vec<Seen> {
        let pipelines = split::pipelines(script);
        let mut seen = Vec::new();
        for (index, pipeline) in pipelines.iter().enumerate() {
            let rest = pipelines.get(index.saturating_add(1)..).unwrap_or_default();
            let excerpt = || {
                let command = part_of(script, &pipeline.at);
                text::shortened(&without_credentials(command), EXCERPT_CHARS_MAX)
            };
            let deeds = self.deeds(pipeline, rest);
            seen.extend(deeds.into_iter().map(|deed| Seen::Deed(deed, excerpt())));
            for command in pipeline.commands.iter().map(|command| deeds::program(command)) {
                seen.extend(install::packages(command).into_iter().map(Seen::Package));
                if let Some(inner) = deeds::script(command).filter(|_| depth < SCRIPTS_MAX) {
                    seen.extend(self.follow(inner, depth.saturating_add(1)));
                }
            }
        }
        seen
    }

    /// What one pipeline does, each thing once.
    fn deeds(&mut self, pipeline: &Pipeline, rest: &[Pipeline]) -> Vec<Deed> {
        let text = pipeline.plain();
        let commands: Vec<&[String]> = pipeline.commands.iter().map(|command| deeds::program(command)).collect();
        if commands.iter().any(|command| deeds::checks(command)) {
            self.fetched.clear();
        }
        let sink = commands.last().and_then(|last| fetch::sink(last));
        let fetched: Vec<Fetched> = commands.iter().flat_map(|command| fetch::fetched(command, sink)).collect();
        let is_unprotected = fetched.iter().any(|fetched| fetched.is_unprotected);
        let mut found = Vec::new();
        match command_order(&text) {
            Some(Order::RunDecoded) => found.push(Deed::RunDecoded),
            Some(Order::RunFetched) => found.push(run_fetched(is_unprotected || text.contains("http://"))),
            _ if is_unprotected && fetched.iter().any(|fetched| fetched.skips_check) => {
                found.push(Deed::FetchUnprotected);
            }
            _ => {}
        }
        for command in &commands {
            if let Some(run) = self.fetched.iter().find(|fetched| deeds::runs(command, &fetched.file)) {
                found.push(run_fetched(run.is_unprotected));
                let file = run.file.clone();
                self.fetched.retain(|fetched| fetched.file != file);
            }
            found.extend(install::switched_off(command));
            found.extend(deeds::opens(command).then_some(Deed::OpenToAll));
            found.extend(fetch::clone(command, rest));
        }
        self.fetched.extend(fetched.into_iter().filter(|fetched| !fetched.file.is_empty()));
        let over = self.fetched.len().saturating_sub(WATCHED_MAX);
        self.fetched.drain(..over);
        found.dedup();
        found
    }
}

fn run_fetched(is_unprotected: bool) -> Deed {
    if is_unprotected { Deed::RunFetchedUnprotected } else { Deed::RunFetched }
}

/// The text of a pipeline without the operator before it.
fn part_of<'t>(script: &'t str, at: &Range<usize>) -> &'t str {
    let part = script.get(at.clone()).unwrap_or_default();
    part.trim_start_matches(['&', '|', ';', '\n', '(', ')']).trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deeds(script: &str) -> Vec<Deed> {
        let seen = Session::default().follow(script, 0);
        seen.into_iter().filter_map(|seen| if let Seen::Deed(deed, _) = seen { Some(deed) } else { None }).collect()
    }

    #[test]
    fn what_is_fetched_and_run_is_told_in_every_form() {
        for script in [
            "curl -LsSf https://x.invalid/install.sh | sh",
            "wget https://x.invalid/Miniconda3.sh && bash Miniconda3.sh -b -p /opt/conda",
            "wget --quiet https://x.invalid/m.sh -O ~/m.sh && /bin/bash ~/m.sh -b",
            "curl -o /tmp/i.sh https://x.invalid/i && chmod +x /tmp/i.sh && /tmp/i.sh",
            "curl -fsSLO https://x.invalid/get-pip.py && python3 get-pip.py",
            "curl https://x.invalid/i > i.sh; . ./i.sh",
            "wget https://x.invalid/a/cuda-keyring_1.1-1_all.deb && dpkg -i cuda-keyring_1.1-1_all.deb",
            "curl -L https://x.invalid/tool -o /usr/local/bin/tool && chmod 755 /usr/local/bin/tool",
            "curl -s https://x.invalid/i | \"ba\"'sh'",
            "bash -lc 'curl -s https://x.invalid/i | sh'",
            "su app -c \"curl -s https://x.invalid/i | sh\"",
            "eval \"$(curl -s https://x.invalid/i)\"",
        ] {
            assert_eq!(deeds(script), [Deed::RunFetched], "{script}");
        }
    }

    #[test]
    fn without_protection_on_the_way_it_is_worse() {
        for script in [
            "curl http://x.invalid/i.sh | bash",
            "wget http://x.invalid/i.sh -O - | sh",
            "curl -fsSLk https://x.invalid/i.sh | bash",
            "wget http://x.invalid/i.sh && sh i.sh",
        ] {
            assert_eq!(deeds(script), [Deed::RunFetchedUnprotected], "{script}");
        }
        assert_eq!(deeds("curl -k -o model.bin https://x.invalid/model.bin"), [Deed::FetchUnprotected]);
        assert_eq!(deeds("echo ZWNobyBo | base64 -d | bash"), [Deed::RunDecoded]);
    }

    #[test]
    fn a_check_between_fetching_and_running_counts() {
        for script in [
            "curl -fsSLO https://x.invalid/a.sh && echo \"$SUM  a.sh\" | sha256sum -c - && sh a.sh",
            "wget https://x.invalid/gosu && gpg --batch --verify gosu.asc gosu && chmod +x gosu && ./gosu nobody true",
        ] {
            assert_eq!(deeds(script), [], "{script}");
        }
    }

    /// What build files of well-known images do all day.
    #[test]
    fn fetching_without_running_is_not_told() {
        for script in [
            "apt-get update && apt-get install -y --no-install-recommends curl git && rm -rf /var/lib/apt/lists/*",
            "curl -fsSL https://x.invalid/key.gpg | gpg --dearmor -o /usr/share/keyrings/x.gpg",
            "curl -fsSL https://x.invalid/cmake.tar.gz | tar -xz -C /usr/local --strip-components=1",
            "wget -O python.tar.xz https://x.invalid/Python.tar.xz && tar --extract --file python.tar.xz",
            "curl -s https://x.invalid/latest | python3 -c 'import sys,json; print(json.load(sys.stdin)[0])'",
            "echo 'install it with curl https://x.invalid/i | sh' > /etc/motd",
            "useradd --create-home app && chown -R app /app && chmod 755 /app",
        ] {
            assert_eq!(deeds(script), [], "{script}");
        }
    }

    #[test]
    fn signatures_that_are_switched_off_and_open_paths_are_told() {
        assert_eq!(deeds("apt-get install -y --allow-unauthenticated x"), [Deed::InstallUnsigned]);
        assert_eq!(deeds("echo 'deb [trusted=yes] https://x.invalid ./' > /etc/apt/x.list"), [Deed::InstallUnsigned]);
        assert_eq!(deeds("apk add --allow-untrusted x.apk"), [Deed::InstallUnsigned]);
        assert_eq!(deeds("npm config set strict-ssl false"), [Deed::FetchUnprotected]);
        assert_eq!(deeds("chmod -R 777 /app"), [Deed::OpenToAll]);
        assert_eq!(deeds("chmod 1777 /tmp"), []);
    }

    #[test]
    fn a_clone_is_fixed_by_a_commit_only() {
        let commit = "0123456789abcdef0123456789abcdef01234567";
        assert_eq!(deeds("git clone --depth 1 -b v1.2 https://x.invalid/a.git && make -C a"), [Deed::CloneUnpinned]);
        assert_eq!(deeds(&format!("git clone https://x.invalid/a && cd a && git checkout {commit}")), []);
        assert_eq!(deeds("git clone https://x.invalid/a && cd a && git checkout ${A_COMMIT}"), []);
    }

    #[test]
    fn options_and_places_of_an_installer_are_those_of_a_list_of_requirements() {
        let packages = |script: &str| {
            let seen = Session::default().follow(script, 0);
            seen.into_iter().filter(|seen| matches!(seen, Seen::Package(_))).count()
        };
        assert_eq!(packages("pip install --no-cache-dir -r requirements.txt"), 0);
        assert_eq!(packages("pip3 install numpy==1.26 --extra-index-url https://x.invalid/simple"), 2);
        assert_eq!(packages("python -m pip install --trusted-host x.invalid -i http://x.invalid/simple toy"), 3);
        assert_eq!(packages("uv pip install --system git+https://x.invalid/toy"), 1);
        assert_eq!(packages("pip uninstall -y toy"), 0);
    }
}
