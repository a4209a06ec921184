//! Instructions that an agent takes from a repository: rules files and skills, by the names that hosts look for.
//!
//! The text format reads the same files for what nobody sees in them. What counts here is what is said
//! in plain sight: an agent obeys it, and people rarely read it.
//!
//! Not covered: orders in other words than those that are known, and what a script beside a skill does,
//! which its own format reads.

use headworks_types::fact::AgentFact;

use super::orders;
use crate::encoding::{Document, Text};
use crate::fields::{self, Syntax};
use crate::format::{Format, Input, Probe};
use crate::front_matter;
use crate::inspection::Inspection;
use crate::metadata::shortened;

/// Rules files and skills of agents.
pub(crate) static FORMAT: Format = Format { id: "agent-instructions", title: "Agent instructions", claims, inspect };

const NAMES: &[&str] = &[
    "agents.md",
    "agent.md",
    "claude.md",
    "gemini.md",
    "skill.md",
    "copilot-instructions.md",
    ".cursorrules",
    ".windsurfrules",
    ".clinerules",
    ".goosehints",
    ".rules",
];

const ENDINGS: &[&str] = &[".mdc", ".instructions.md", ".prompt.md", ".chatmode.md"];

fn claims(probe: &Probe<'_>) -> bool {
    let name = probe.name().to_ascii_lowercase();
    let is_named = NAMES.contains(&name.as_str()) || ENDINGS.iter().any(|ending| name.ends_with(ending));
    is_named && crate::encoding::is_text(probe.head, false)
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let whole = input.place.at(0..input.bytes.size());
    let document = match Document::read(input, "text_bytes_max", inspection.limits.text_bytes_max) {
        Ok(document) => document,
        Err(error) => return inspection.read_failed(whole, FORMAT.id, &error),
    };
    let text = Text::decode(&document.bytes, false);
    inspection.identified(input, FORMAT.id, "instructions for agents");
    document.fault.into_iter().for_each(|fault| inspection.fact(whole.clone(), fault));
    if let Some(offset) = text.broken_at {
        let fault = headworks_types::Fault::Malformed { format: FORMAT.id.into(), problem: "no text".into() };
        inspection.fact(input.place.at(offset..input.bytes.size()), fault);
    }
    if let Some((start, body, is_closed)) = front_matter::find(&text.characters) {
        if !is_closed {
            let wanted = "the line that ends the front matter".into();
            let fault = headworks_types::Fault::Truncated { format: FORMAT.id.into(), wanted };
            inspection.fact(whole, fault);
        }
        // Hosts read this part with lenient parsers of their own: its faults are nobody's.
        let fields = fields::read_text(body, start as u64, input, Syntax::Yaml, FORMAT.id, inspection);
        for field in fields.iter().filter(|field| matches!(field.part(0), "allowed-tools" | "tools" | "allowed_tools"))
        {
            for permission in permissions(&field.value) {
                inspection.fact(field.location(input), AgentFact::Permission { permission: shortened(permission) });
            }
        }
    }
    orders::find(&text.characters, &mut |range, fact| {
        inspection.fact(input.place.at(range.start as u64..range.end as u64), fact);
    });
}

/// Permissions in a list on one line; commas within parentheses belong to one.
fn permissions(list: &str) -> Vec<&str> {
    let mut depth = 0u32;
    let split = list.split(|character: char| {
        match character {
            '(' => depth = depth.saturating_add(1),
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && (character == ',' || character.is_whitespace())
    });
    split.map(str::trim).filter(|part| !part.is_empty()).collect()
}
