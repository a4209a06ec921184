//! Manifests of tool servers: what a host starts, connects to and offers to its agent.
//!
//! Not covered: what a server does once it runs, and descriptions that it sends only then.

use std::collections::BTreeMap;

use headworks_types::fact::AgentFact;

use super::orders;
use crate::fields::{self, Field, Syntax};
use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;
use crate::metadata::shortened;
use crate::text::{self, without_credentials};

/// JSON manifests of tool servers, by their keys.
pub(crate) static FORMAT: Format = Format { id: "agent-manifest", title: "Manifest of agent tools", claims, inspect };

fn claims(probe: &Probe<'_>) -> bool {
    let has = |key: &str| memchr::memmem::find(probe.head, key.as_bytes()).is_some();
    let name = probe.name();
    let is_json = probe.head.trim_ascii_start().starts_with(b"{") && name.ends_with(".json");
    let is_manifest = has("\"mcpServers\"")
        || (matches!(name, "mcp.json" | ".mcp.json") && has("\"servers\""))
        || (name == "server.json" && (has("\"packages\"") || has("\"remotes\"")))
        || (has("\"tools\"") && has("\"inputSchema\""))
        || (matches!(name, "settings.json" | "settings.local.json") && has("\"permissions\"") && has("\"allow\""));
    is_json && is_manifest
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let fields = fields::read(input, Syntax::Json, FORMAT.id, inspection);
    inspection.identified(input, FORMAT.id, text::count(fields.len(), "value"));
    state_servers(input, &fields, inspection);
    state_registry(input, &fields, inspection);
    for field in &fields {
        let last = field.path.last().map_or("", String::as_str);
        if field.is(&["permissions", "allow", "*"]) {
            let permission = shortened(&field.value);
            inspection.fact(field.location(input), AgentFact::Permission { permission });
        }
        if is_tool(field) && last == "name" && field.path.len() <= 5 {
            inspection.fact(field.location(input), AgentFact::Tool { name: shortened(&field.value) });
        }
        if is_tool(field) || matches!(last, "description" | "instructions") {
            orders::find(&field.value, &mut |_, fact| inspection.fact(field.location(input), fact));
        }
    }
    let prose = fields.iter().filter(|field| is_tool(field)).map(|field| field.value.as_str());
    prose.for_each(|value| text::scan_prose(value, input, inspection));
}

fn is_tool(field: &Field) -> bool {
    ["tools", "prompts", "resources"]
        .iter()
        .any(|list| field.starts(&[list, "*", "*"]) || field.starts(&["result", list, "*", "*"]))
}

/// The name of the server that a field belongs to, and the key below it.
fn server(field: &Field) -> Option<(&str, &str)> {
    let lists: [&[&str]; 4] = [&["mcpServers"], &["servers"], &["mcp", "servers"], &["projects", "*", "mcpServers"]];
    let list = lists.iter().find(|list| field.starts(list) && field.path.len() >= list.len().saturating_add(2))?;
    Some((field.part(list.len()), field.part(list.len().saturating_add(1))))
}

fn state_servers(input: &Input<'_>, fields: &[Field], inspection: &mut Inspection<'_>) {
    let mut commands: BTreeMap<&str, (Vec<&str>, &Field)> = BTreeMap::new();
    for field in fields {
        let Some((name, key)) = server(field) else { continue };
        match key {
            "command" => commands.entry(name).or_insert_with(|| (Vec::new(), field)).0.insert(0, &field.value),
            "args" => commands.entry(name).or_insert_with(|| (Vec::new(), field)).0.push(&field.value),
            "url" | "serverUrl" | "httpUrl" => {
                let url = shortened(&without_credentials(&field.value));
                inspection.fact(field.location(input), AgentFact::ServerUrl { server: shortened(name), url });
            }
            "alwaysAllow" | "autoApprove" if field.value != "false" => {
                let permission = shortened(&format!("{name}: {}", field.value));
                inspection.fact(field.location(input), AgentFact::Permission { permission });
            }
            _ => {}
        }
    }
    for (name, (words, field)) in commands {
        let command = text::shortened(&without_credentials(&words.join(" ")), 400);
        inspection.fact(field.location(input), AgentFact::ServerCommand { server: shortened(name), command });
    }
}

/// `server.json` of a registry.
fn state_registry(input: &Input<'_>, fields: &[Field], inspection: &mut Inspection<'_>) {
    let value = |path: &[&str]| fields.iter().find(|field| field.is(path)).map_or("", |field| field.value.as_str());
    let server = shortened(value(&["name"]));
    for field in fields {
        let number = field.part(1);
        if field.is(&["packages", "*", "identifier"]) || field.is(&["packages", "*", "name"]) {
            let registry =
                [value(&["packages", number, "registryType"]), value(&["packages", number, "registry_name"])].concat();
            let package = shortened(&format!("{registry}:{}", field.value));
            let version = shortened(value(&["packages", number, "version"]));
            let server = server.clone();
            inspection.fact(field.location(input), AgentFact::ServerPackage { server, package, version });
        }
        if field.is(&["remotes", "*", "url"]) {
            let url = shortened(&without_credentials(&field.value));
            inspection.fact(field.location(input), AgentFact::ServerUrl { server: server.clone(), url });
        }
    }
}
