//! What a single configuration value names.

use headworks_types::fact::{ConfigurationFact, ReferenceKind};

use super::SHOWN_CHARS_MAX;
use super::keys::Names;
use crate::document::Scalar;

/// What `text` refers to, as the value of the key at `path`; nothing for a plain word.
pub(super) fn references(names: Names, text: &str, path: &str) -> Option<ConfigurationFact> {
    let kind = match names {
        Names::ModuleClass => module_class(text),
        Names::Implementation => text.contains(['/', '\\']).then_some(ReferenceKind::Repository),
        Names::Callable => Some(ReferenceKind::Callable),
        Names::DottedCallable => is_dotted_name(text).then_some(ReferenceKind::Callable),
        Names::RemoteCode => remote_code(text),
        Names::Repository => repository(text),
        Names::File | Names::RecordedFile => file(text),
        Names::Document => document(text),
        Names::RemoteCodeSwitch | Names::Template => None,
    }?;
    Some(ConfigurationFact::Reference { key: path.to_owned(), kind, value: shown(text) })
}

/// The switch at `path` with its value as JSON.
pub(super) fn remote_code_switch(path: String, scalar: &Scalar<'_>) -> ConfigurationFact {
    let value = match scalar {
        Scalar::Null => "null".to_owned(),
        Scalar::Bool(value) => value.to_string(),
        Scalar::Number(digits) => shown(digits),
        Scalar::Text(text) => serde_json::Value::from(shown(text)).to_string(),
    };
    ConfigurationFact::RemoteCodeSwitch { key: path, value }
}

/// An entry of `model_index.json`: `library` is imported, unless the entry is the pipeline's own
/// class, which then comes from a file of the repository or of another one.
pub(super) fn pipeline_part(key: &str, library: &str, class: &str, path: String) -> ConfigurationFact {
    let value = shown(&format!("{library}.{class}"));
    let kind = match (key, library.contains('/')) {
        ("_class_name", true) => ReferenceKind::RemoteModule,
        ("_class_name", false) => ReferenceKind::LocalModule,
        _ => ReferenceKind::Callable,
    };
    ConfigurationFact::Reference { key: path, kind, value }
}

/// The key that begins at `at`, for the report of a duplicate.
pub(super) fn key_at<'t>(text: &'t str, at: usize, format: &str) -> &'t str {
    let rest = text.get(at..).unwrap_or_default();
    let end = if format == crate::yaml::FORMAT.id { rest.find([':', '\n']) } else { rest.find('"') };
    rest.get(..end.unwrap_or(rest.len())).unwrap_or_default().trim()
}

/// The first characters, for a fact.
pub(super) fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARS_MAX) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// The last characters: of a path, the end says more.
pub(super) fn shown_end(path: &str) -> String {
    match path.char_indices().rev().nth(SHOWN_CHARS_MAX) {
        Some((start, _)) => format!("…{}", path.get(start..).unwrap_or_default()),
        None => path.to_owned(),
    }
}

/// `module.Class` or `owner/repository--module.Class`.
fn module_class(text: &str) -> Option<ReferenceKind> {
    if text.contains("--") || text.contains(['/', '\\']) {
        return Some(ReferenceKind::RemoteModule);
    }
    text.contains('.').then_some(ReferenceKind::LocalModule)
}

fn remote_code(text: &str) -> Option<ReferenceKind> {
    let local = text.starts_with('.') || text.ends_with(".py") || !text.contains('/');
    (!text.is_empty()).then_some(if local { ReferenceKind::LocalModule } else { ReferenceKind::RemoteModule })
}

fn repository(text: &str) -> Option<ReferenceKind> {
    if is_url(text) {
        return Some(ReferenceKind::Url);
    }
    (!text.is_empty() && !leaves_directory(text)).then_some(ReferenceKind::Repository)
}

fn file(text: &str) -> Option<ReferenceKind> {
    if is_url(text) {
        return Some(ReferenceKind::Url);
    }
    leaves_directory(text).then_some(ReferenceKind::EscapingPath)
}

fn document(text: &str) -> Option<ReferenceKind> {
    if text.starts_with('#') { None } else { file(text) }
}

/// Whether `text` is a URL of a scheme that loaders fetch.
pub(crate) fn is_url(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let web = ["http", "https", "ftp", "s3", "gs", "hf", "git", "ssh"];
    !rest.is_empty() && web.iter().any(|known| scheme.eq_ignore_ascii_case(known))
}

/// Whether a loader that opens `text` relative to the artifact can end up elsewhere.
pub(crate) fn leaves_directory(text: &str) -> bool {
    let drive = text.as_bytes().first().is_some_and(u8::is_ascii_alphabetic) && text.get(1..2) == Some(":");
    let rooted = text.starts_with(['/', '\\', '~']) || (drive && text.get(2..3).is_some_and(|c| c == "\\" || c == "/"));
    let file_url = text.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("file:"));
    rooted || file_url || text.split(['/', '\\']).any(|part| part == "..")
}

/// `package.module.name` and nothing else.
fn is_dotted_name(text: &str) -> bool {
    let is_name = |part: &str| {
        let mut chars = part.chars();
        chars.next().is_some_and(|first| first.is_alphabetic() || first == '_')
            && chars.all(|c| c.is_alphanumeric() || c == '_')
    };
    text.contains('.') && text.split('.').all(is_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(names: Names, text: &str) -> Option<ReferenceKind> {
        references(names, text, "key").and_then(|fact| match fact {
            ConfigurationFact::Reference { kind, .. } => Some(kind),
            _ => None,
        })
    }

    #[test]
    fn a_module_of_another_repository_is_told_from_one_of_this() {
        assert_eq!(kind(Names::ModuleClass, "o/r--modeling.Model"), Some(ReferenceKind::RemoteModule));
        assert_eq!(kind(Names::ModuleClass, "modeling.Model"), Some(ReferenceKind::LocalModule));
    }

    #[test]
    fn built_in_attention_is_no_repository() {
        for honest in ["eager", "sdpa", "flash_attention_2", "flex_attention", "paged|sdpa"] {
            assert_eq!(kind(Names::Implementation, honest), None, "{honest}");
        }
        assert_eq!(kind(Names::Implementation, "someone/kernel:fn"), Some(ReferenceKind::Repository));
    }

    #[test]
    fn paths_that_leave_are_told_from_siblings() {
        let leaving =
            ["/etc/passwd", "../vocab.json", "a/../../b", "~/.ssh/id", "C:\\x", "\\\\host\\share", "FILE:///x"];
        for path in leaving {
            assert_eq!(kind(Names::File, path), Some(ReferenceKind::EscapingPath), "{path}");
        }
        for path in ["vocab.json", "sub/model..safetensors", "1_Pooling", "", "model-00001-of-00002.safetensors"] {
            assert_eq!(kind(Names::File, path), None, "{path}");
        }
    }

    #[test]
    fn a_plain_activation_is_no_callable() {
        assert_eq!(kind(Names::DottedCallable, "gelu_new"), None);
        assert_eq!(kind(Names::DottedCallable, "torch.nn.modules.activation.Tanh"), Some(ReferenceKind::Callable));
        assert_eq!(kind(Names::DottedCallable, "see docs. Thanks"), None);
    }

    #[test]
    fn a_reference_within_the_document_is_none() {
        assert_eq!(kind(Names::Document, "#/definitions/Tool"), None);
        assert_eq!(kind(Names::Document, "https://a.invalid/s.json"), Some(ReferenceKind::Url));
    }
}
