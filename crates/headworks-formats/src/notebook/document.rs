//! The parts of a notebook's JSON that are shown or run; the rest is passed over.

use serde::Deserialize;

/// A notebook of format 4, or 3 with its worksheets.
#[derive(Deserialize)]
pub(super) struct Notebook {
    pub(super) nbformat: Option<u32>,
    #[serde(default)]
    cells: Vec<Cell>,
    #[serde(default)]
    worksheets: Vec<Worksheet>,
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Deserialize)]
struct Worksheet {
    #[serde(default)]
    cells: Vec<Cell>,
}

#[derive(Deserialize, Default)]
struct Metadata {
    #[serde(default)]
    kernelspec: Option<Language>,
    #[serde(default)]
    language_info: Option<Language>,
}

#[derive(Deserialize)]
struct Language {
    language: Option<String>,
    name: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Cell {
    cell_type: String,
    #[serde(default, alias = "input")]
    source: Lines,
    #[serde(default)]
    outputs: Vec<Output>,
}

#[derive(Deserialize)]
struct Output {
    #[serde(default)]
    text: Lines,
    #[serde(default)]
    data: Data,
}

/// Representations of an output by media type; those that are displayed as text.
#[derive(Deserialize, Default)]
struct Data {
    #[serde(default, rename = "text/plain")]
    plain: Lines,
    #[serde(default, rename = "text/markdown")]
    markdown: Lines,
    #[serde(default, rename = "text/html")]
    html: Lines,
}

/// A text in one piece or line by line.
#[derive(Deserialize, Default)]
#[serde(from = "Stored")]
struct Lines(String);

#[derive(Deserialize)]
#[serde(untagged)]
enum Stored {
    Whole(String),
    Lines(Vec<String>),
    Nothing(()),
}

impl From<Stored> for Lines {
    fn from(stored: Stored) -> Self {
        match stored {
            Stored::Whole(text) => Self(text),
            Stored::Lines(lines) => Self(lines.concat()),
            Stored::Nothing(()) => Self::default(),
        }
    }
}

impl Notebook {
    pub(super) fn cells(&self) -> impl Iterator<Item = &Cell> {
        self.cells.iter().chain(self.worksheets.iter().flat_map(|sheet| &sheet.cells))
    }

    /// The language of its code, as its metadata says; Python when they say nothing.
    pub(super) fn language(&self) -> &str {
        let spec = self.metadata.kernelspec.as_ref();
        let info = self.metadata.language_info.as_ref();
        let named =
            info.and_then(|info| info.name.as_deref()).or_else(|| spec.and_then(|spec| spec.language.as_deref()));
        named.unwrap_or("python")
    }
}

impl Cell {
    pub(super) fn is_code(&self) -> bool {
        self.cell_type == "code"
    }

    pub(super) fn source(&self) -> &str {
        &self.source.0
    }

    /// What its outputs show as text.
    pub(super) fn displayed(&self) -> impl Iterator<Item = &str> {
        self.outputs
            .iter()
            .flat_map(|output| [&output.text, &output.data.plain, &output.data.markdown, &output.data.html])
            .map(|lines| lines.0.as_str())
    }
}
