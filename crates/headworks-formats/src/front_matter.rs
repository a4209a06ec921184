//! YAML between two lines of dashes at the beginning of a Markdown file.

/// The front matter of a text and where it begins; `None` where the dashes are a line across the page.
///
/// The second part is `false` when the closing line is missing.
pub(crate) fn find(text: &str) -> Option<(usize, &str, bool)> {
    let marked = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lead = text.len().saturating_sub(marked.len());
    let (first, rest) = marked.split_once('\n')?;
    if first.trim_end() != "---" {
        return None;
    }
    let start = lead.saturating_add(first.len()).saturating_add(1);
    let mut length = 0usize;
    let mut has_key = false;
    for line in rest.split_inclusive('\n') {
        if matches!(line.trim_end(), "---" | "...") {
            return has_key.then(|| (start, rest.get(..length).unwrap_or_default(), true));
        }
        has_key |= line.split_once(':').is_some_and(|(key, _)| is_key(key));
        length = length.saturating_add(line.len());
    }
    let is_first_line_key =
        rest.lines().next().and_then(|line| line.split_once(':')).is_some_and(|(key, _)| is_key(key));
    is_first_line_key.then_some((start, rest, false))
}

fn is_key(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn front_matter_ends_at_the_second_line_of_dashes() {
        assert_eq!(find("---\nlicense: mit\n---\n# Card\n"), Some((4, "license: mit\n", true)));
        assert_eq!(find("\u{feff}---\r\na: b\r\n---\r\n"), Some((8, "a: b\r\n", true)));
        assert_eq!(find("---\nlicense: mit\n"), Some((4, "license: mit\n", false)));
    }

    #[test]
    fn a_line_across_the_page_is_none() {
        assert_eq!(find("---\n\n# Title\n\nText.\n\n---\n"), None);
        assert_eq!(find("# Title\n---\nlicense: mit\n---\n"), None);
    }
}
