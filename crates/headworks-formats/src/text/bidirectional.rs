//! Direction controls that make a line read other than it is stored ("Trojan Source", CVE-2021-42574).
//!
//! Sources: Unicode Standard Annex 9 (the controls and their scope, which ends with the paragraph) and
//! Unicode Technical Standard 55 (source code). Marks without scope (LRM, RLM, ALM) are no concern.

use std::ops::Range;

use headworks_types::fact::TextFact;

use super::Purpose;

const POP_EMBEDDING: char = '\u{202c}';
const POP_ISOLATE: char = '\u{2069}';

/// States the controls of all lines on which they are out of place, together.
pub(super) fn find(text: &str, purpose: Purpose, found: &mut dyn FnMut(Range<usize>, TextFact)) {
    if purpose == Purpose::Vocabulary || !text.contains(is_control) {
        return;
    }
    let mut first = None;
    let mut code_points: Vec<String> = Vec::new();
    let mut offset = 0usize;
    for line in text.split_inclusive('\n') {
        if is_out_of_place(line, purpose) {
            for (index, control) in line.match_indices(is_control) {
                let start = offset.saturating_add(index);
                first.get_or_insert(start..start.saturating_add(control.len()));
                let name = control.chars().map(|point| format!("U+{:04X}", u32::from(point))).collect();
                if !code_points.contains(&name) {
                    code_points.push(name);
                }
            }
        }
        offset = offset.saturating_add(line.len());
    }
    if let Some(range) = first {
        found(range, TextFact::BidirectionalControls { code_points });
    }
}

/// In source any control is; in prose an override is, and a scope that the line leaves open.
fn is_out_of_place(line: &str, purpose: Purpose) -> bool {
    match purpose {
        Purpose::Source => line.contains(is_control),
        _ => line.contains(['\u{202d}', '\u{202e}']) || leaves_scope_open(line),
    }
}

fn leaves_scope_open(line: &str) -> bool {
    let count = |wanted: fn(char) -> bool| line.chars().filter(|character| wanted(*character)).count();
    count(|c| matches!(c, '\u{202a}' | '\u{202b}')) > count(|c| c == POP_EMBEDDING)
        || count(|c| matches!(c, '\u{2066}'..='\u{2068}')) > count(|c| c == POP_ISOLATE)
}

fn is_control(character: char) -> bool {
    matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::super::tests::remarks;
    use headworks_types::{FactKind, fact::TextFact};

    #[test]
    fn a_control_in_source_is_reported_even_when_it_is_closed() {
        let source = "int ok = 1; /* \u{202e} begin \u{2066}; return \u{2069} */\n";
        let [FactKind::Text(TextFact::BidirectionalControls { code_points })] =
            &remarks("kernel.cu", source.as_bytes())[..]
        else {
            panic!("one remark");
        };
        assert_eq!(code_points[..], ["U+202E", "U+2066", "U+2069"]);
    }

    #[test]
    fn an_override_in_prose_and_an_open_isolate_are_reported() {
        assert_eq!(remarks("README.md", "run \u{202e}gpj.exe\u{202c} now".as_bytes()).len(), 1);
        assert_eq!(remarks("README.md", "run \u{2067}this\nand that".as_bytes()).len(), 1);
    }

    #[test]
    fn arabic_and_hebrew_with_marks_and_closed_isolates_are_not() {
        assert_eq!(
            remarks("README.md", "النموذج \u{2066}BERT\u{2069} جيد\u{200f}!\nשלום \u{202b}עולם\u{202c}\n".as_bytes()),
            []
        );
    }
}
