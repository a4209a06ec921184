//! The headings of a card and how the text below each begins.

use headworks_types::fact::CardFact;

use crate::format::Input;
use crate::inspection::Inspection;
use crate::metadata::shortened;

/// Headings that are stated.
const SECTIONS_MAX: usize = 64;

/// Characters of the text below a heading.
const TEXT_CHARS_MAX: usize = 600;

/// A heading that was met, and where the text that belongs to it is collected.
#[derive(Default)]
struct Section {
    title: String,
    text: String,
    from: usize,
    /// The first paragraph is over.
    is_over: bool,
}

/// States the sections of a Markdown text from the byte `start` on.
pub(super) fn state(text: &str, start: usize, input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let mut at = start;
    let (mut open, mut count, mut in_code) = (Section::default(), 0, false);
    // The line that ends the front matter comes first.
    for line in text.get(start..).unwrap_or_default().split_inclusive('\n').chain(["# "]) {
        let (from, words) = (at, line.trim());
        at = at.saturating_add(line.len());
        if words.starts_with("```") || words.starts_with("~~~") {
            in_code = !in_code;
        } else if let Some(title) = heading(words).filter(|_| !in_code) {
            let done = std::mem::replace(&mut open, Section { title: title.to_owned(), from, ..Section::default() });
            if !done.title.is_empty() && !done.text.is_empty() && count < SECTIONS_MAX {
                count = count.saturating_add(1);
                let range = done.from as u64..(from as u64).min(input.bytes.size());
                let fact = CardFact::Section { title: shortened(&done.title), text: done.text };
                inspection.fact(input.place.at(range), fact);
            }
        } else if !in_code {
            open.take(words);
        }
    }
}

impl Section {
    /// The first paragraph, or the items of the list that stands in its place.
    fn take(&mut self, words: &str) {
        let item = words.strip_prefix("- ").or_else(|| words.strip_prefix("* "));
        let words = item.unwrap_or(words).trim();
        if words.is_empty() {
            self.is_over |= !self.text.is_empty();
            return;
        }
        // An image, a badge or a table row describes nothing.
        let is_text = !words.starts_with(['<', '|', '!', '[']) || item.is_some();
        let room = TEXT_CHARS_MAX.saturating_sub(self.text.chars().count());
        if !self.is_over && is_text && room > 1 {
            let gap = if self.text.is_empty() { "" } else { " " };
            self.text.extend(gap.chars().chain(words.chars().filter(|c| !c.is_control())).take(room));
        }
    }
}

/// The words of a heading of any depth.
fn heading(line: &str) -> Option<&str> {
    let words = line.trim_start_matches('#');
    let depth = line.len().saturating_sub(words.len());
    ((1..=6).contains(&depth) && (words.starts_with(' ') || words.is_empty()))
        .then(|| words.trim().trim_end_matches('#').trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heading_needs_a_space_and_is_no_deeper_than_six() {
        assert_eq!(heading("## Intended use ##"), Some("Intended use"));
        assert_eq!(heading("#tag"), None);
        assert_eq!(heading("####### Deep"), None);
    }

    #[test]
    fn only_the_first_paragraph_is_taken() {
        let mut section = Section::default();
        ["", "![badge]", "It adds", "numbers.", "", "More."].into_iter().for_each(|line| section.take(line));
        assert_eq!(section.text, "It adds numbers.");
    }
}
