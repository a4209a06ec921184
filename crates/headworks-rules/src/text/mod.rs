//! Rules about text: what a reader does not see, and what should not be there.

pub(crate) mod bidirectional_controls;
pub(crate) mod hidden_instruction;
pub(crate) mod invisible_characters;
pub(crate) mod leaked_secret;

use headworks_types::Place;

/// Extensions of files that a compiler or an interpreter reads.
const SOURCE_EXTENSIONS: &[&str] = &[
    "py", "pyi", "pyw", "ipynb", "c", "cc", "cpp", "cu", "cuh", "h", "hpp", "js", "mjs", "ts", "sh", "bash", "ps1",
    "bat", "rs", "go", "java", "rb", "pl", "php", "lua", "swift", "kt", "cs", "r", "sql", "toml", "cfg", "ini", "yaml",
    "yml", "json", "jinja",
];

/// Whether a machine reads the text, so that what a person sees must be what it says.
fn is_source(place: &Place) -> bool {
    let is_source_name = |name: &str| {
        name.rsplit_once('.')
            .is_some_and(|(_, extension)| SOURCE_EXTENSIONS.contains(&extension.to_ascii_lowercase().as_str()))
    };
    is_source_name(place.innermost()) || is_source_name(place.file_path())
}
