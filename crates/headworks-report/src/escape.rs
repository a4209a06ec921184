//! Hostile names and texts, made visible.
//!
//! A file name may hold terminal escapes, line feeds or bidirectional controls. Printed as they are,
//! they could erase a verdict or write another one (CWE-150).

/// The text with every character that a reader does not see as itself written out.
pub(crate) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => shown.push_str("\\n"),
            '\t' => shown.push_str("\\t"),
            '\r' => shown.push_str("\\r"),
            _ if character.is_control() || is_unseen(character) => shown.extend(character.escape_unicode()),
            _ => shown.push(character),
        }
    }
    shown
}

/// The text for a Markdown table cell or paragraph: visible, and without markup of its own.
pub(crate) fn markdown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in visible(text).chars() {
        match character {
            '&' => shown.push_str("&amp;"),
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            '\\' | '*' | '_' | '[' | ']' | '(' | ')' | '#' | '|' | '!' | '~' | '@' => {
                shown.push('\\');
                shown.push(character);
            }
            _ => shown.push(character),
        }
    }
    shown
}

/// A message for Markdown: what it names in backticks as code, the rest without markup of its own.
pub(crate) fn markdown_message(message: &str) -> String {
    let parts: Vec<&str> = message.split('`').collect();
    // An odd number of backticks: some name holds one, so nothing can be told apart and all is escaped.
    if parts.len().is_multiple_of(2) {
        return markdown(&message.replace('`', "'"));
    }
    let part = |(position, part): (usize, &&str)| match position % 2 {
        0 => markdown(part),
        _ => markdown_code(part),
    };
    parts.iter().enumerate().map(part).collect()
}

/// The text as Markdown code that its own backticks cannot end.
pub(crate) fn markdown_code(text: &str) -> String {
    format!("`{}`", visible(text).replace('`', "\u{2bc}").replace('|', "\\|"))
}

/// Bidirectional controls, zero-width and other default-ignorable characters, line and paragraph separators.
fn is_unseen(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminal_escapes_and_line_feeds_are_written_out() {
        assert_eq!(visible("a\x1b[2Kadmit\n"), "a\\u{1b}[2Kadmit\\n");
    }

    #[test]
    fn bidirectional_and_invisible_characters_are_written_out() {
        assert_eq!(visible("\u{202e}gnp.exe\u{e0041}"), "\\u{202e}gnp.exe\\u{e0041}");
    }

    #[test]
    fn text_in_any_script_stays_readable() {
        assert_eq!(visible("模型 नमूना نموذج.bin"), "模型 नमूना نموذج.bin");
    }

    #[test]
    fn markdown_of_a_name_cannot_become_a_link_an_image_or_a_tag() {
        assert_eq!(markdown("![x](http://a)<b>"), "\\!\\[x\\]\\(http://a\\)&lt;b&gt;");
        assert_eq!(markdown_code("a`b|c"), "`a\u{2bc}b\\|c`");
        assert_eq!(markdown_message("`a_b` runs <x>"), "`a_b` runs &lt;x&gt;");
        assert_eq!(markdown_message("odd ` <x>"), "odd ' &lt;x&gt;");
    }
}
