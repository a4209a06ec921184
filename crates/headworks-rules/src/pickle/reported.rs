//! From events with one answer to judgements: one for each callee and place, with its events as evidence.

use headworks_types::fact::{Callee, PickleFact, PickleOpcode, Shape};
use headworks_types::{Fact, FactKind, Place};

use crate::Evidence;
use crate::graph::script::Scripted;
use crate::profiles::Answer;
use crate::rule::Judgement;

/// Lines of evidence that one finding shows.
const LINES_MAX: usize = 8;

/// Characters of one callee or one line that are shown.
const SHOWN_MAX: usize = 240;

/// Events of one callee at one place that have the same answer.
pub(super) struct Reported<'a> {
    /// The callee, `module.name`; what is known of it when it is computed.
    pub(super) subject: String,
    /// The answer to the first of them.
    pub(super) answer: Answer,
    /// The facts, in the order of the stream.
    pub(super) events: Vec<(&'a Fact, &'a PickleFact)>,
}

/// All pickle events of the evidence.
pub(super) fn events<'a>(evidence: &Evidence<'a>) -> impl Iterator<Item = (&'a Fact, &'a PickleFact)> + use<'a> {
    evidence.facts.iter().filter_map(|fact| match &fact.kind {
        FactKind::Pickle(event) => Some((fact, event)),
        _ => None,
    })
}

/// The events whose answer is `wanted`, by place and callee.
pub(super) fn reported<'a>(evidence: &Evidence<'a>, wanted: impl Fn(Answer) -> bool) -> Vec<Reported<'a>> {
    let mut groups: Vec<Reported<'a>> = Vec::new();
    let mut known: std::collections::HashMap<(&Place, String), usize> = std::collections::HashMap::new();
    let scripted = Scripted::of(evidence);
    for (fact, event) in events(evidence) {
        let Some(answer) = evidence.profiles.answer(event, evidence.artifact).filter(|&answer| wanted(answer)) else {
            continue;
        };
        let subject = subject(event);
        if scripted.defines(&fact.location.place, &subject) {
            continue;
        }
        let index = *known.entry((&fact.location.place, subject.clone())).or_insert(groups.len());
        match groups.get_mut(index) {
            Some(group) => group.events.push((fact, event)),
            None => groups.push(Reported { subject, answer, events: vec![(fact, event)] }),
        }
    }
    groups
}

impl<'a> Reported<'a> {
    /// Where the first of them is.
    pub(super) fn place(&self) -> Option<&'a Place> {
        self.events.first().map(|(fact, _)| &fact.location.place)
    }

    /// `weights.bin > data.pkl` calls `posix.system`, with what follows about it.
    pub(super) fn judgement(&self, about: &str) -> Judgement {
        let verb = self.events.iter().map(|(_, event)| verb(event)).max().unwrap_or(Verb::Imports).words();
        let place = self.place().map(Place::to_string).unwrap_or_default();
        let message = format!("`{}` {verb} `{}`{about}", shown(&place), shown(&self.subject));
        let first = self.events.first().map(|(fact, _)| Judgement::of(fact, self.subject.clone(), message));
        let mut judgement = first.expect("a group is made of its first event");
        judgement.times = self.events.iter().fold(0, |sum: u64, (fact, _)| sum.saturating_add(fact.times));
        judgement.evidence = self.events.iter().take(LINES_MAX).map(|(fact, event)| line(fact, event)).collect();
        if let Some(more) = self.events.len().checked_sub(LINES_MAX).filter(|&more| more > 0) {
            judgement.evidence.push(format!("and {more} more"));
        }
        judgement
    }
}

/// What an event does to its callee, the most telling last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Verb {
    Imports,
    Changes,
    Sets,
    Calls,
}

impl Verb {
    fn words(self) -> &'static str {
        match self {
            Self::Imports => "imports",
            Self::Changes => "calls methods of",
            Self::Sets => "sets the state of",
            Self::Calls => "calls",
        }
    }
}

fn verb(event: &PickleFact) -> Verb {
    match event {
        PickleFact::Call { .. } => Verb::Calls,
        PickleFact::State { .. } => Verb::Sets,
        PickleFact::Mutation { .. } => Verb::Changes,
        _ => Verb::Imports,
    }
}

fn subject(event: &PickleFact) -> String {
    match event {
        PickleFact::Import { callee, .. } | PickleFact::Call { callee, .. } => callee.to_string(),
        PickleFact::State { target, .. } | PickleFact::Mutation { target, .. } => match target {
            Shape::Instance(name) => name.clone(),
            other => other.to_string(),
        },
        _ => String::new(),
    }
}

/// One event as a line: offset, opcode, callee, arguments.
pub(super) fn line(fact: &Fact, event: &PickleFact) -> String {
    let offset = format!("{:#x}", fact.location.start);
    let what = match event {
        PickleFact::Import { callee, opcode } => format!("{} {callee}{}", word(*opcode), spelled(callee)),
        PickleFact::Call { callee, opcode, arguments } => {
            let arguments: Vec<String> = arguments.iter().map(Shape::to_string).collect();
            format!("{} {callee}({})", word(*opcode), arguments.join(", "))
        }
        PickleFact::State { target, state } => format!("BUILD {target} with {state}"),
        PickleFact::Mutation { target, opcode } => format!("{} {target}", word(*opcode)),
        PickleFact::PersistentId { id } => format!("persistent id {id}"),
        PickleFact::Extension { code } => format!("extension code {code}"),
        PickleFact::OutOfBandBuffer => "NEXT_BUFFER".to_owned(),
        PickleFact::Expansion { values } => format!("a tuple of {values} values"),
        PickleFact::NestedStream => "a pickle inside a literal".to_owned(),
    };
    let times = if fact.times > 1 { format!(", {} times", fact.times) } else { String::new() };
    format!("{offset} {}{times}", shown(&what))
}

fn spelled(callee: &Callee) -> String {
    match callee {
        Callee::Name { spelled: Some(spelled), .. } => format!(" (spelled `{spelled}`)"),
        _ => String::new(),
    }
}

/// The opcode as `pickletools` names it.
fn word(opcode: PickleOpcode) -> String {
    let name = format!("{opcode:?}");
    let parts = name.char_indices().map(|(at, letter)| {
        if at > 0 && letter.is_uppercase() { format!("_{letter}") } else { letter.to_uppercase().to_string() }
    });
    parts.collect()
}

/// Text from the stream, shortened and without what would move a terminal's cursor or hide letters.
pub(super) fn shown(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN_MAX).flat_map(visible).collect();
    if text.chars().nth(SHOWN_MAX).is_some() {
        shown.push('…');
    }
    shown
}

/// A character as it is, or escaped when it is invisible.
fn visible(letter: char) -> Box<dyn Iterator<Item = char>> {
    let plain = matches!(letter, '\'' | '"' | '\\');
    if plain { Box::new([letter].into_iter()) } else { Box::new(letter.escape_debug()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opcodes_read_as_pickletools_names_them() {
        assert_eq!(word(PickleOpcode::StackGlobal), "STACK_GLOBAL");
        assert_eq!(word(PickleOpcode::NewobjEx), "NEWOBJ_EX");
    }

    #[test]
    fn text_from_the_stream_cannot_move_the_cursor_or_hide() {
        assert_eq!(shown("os\u{1b}[2J\n\u{202e}x"), "os\\u{1b}[2J\\n\\u{202e}x");
        assert_eq!(shown(&"a".repeat(500)).chars().count(), SHOWN_MAX + 1);
    }
}
