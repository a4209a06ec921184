use std::collections::BTreeMap;

use headworks_types::{Confidence, Fact, FactKind, Place, Severity, fact::FileFact};

use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for bytes that are a valid file of two unrelated formats at once.
    ///
    /// **Why it matters.** Two tools that open such a file see two different things: a scanner or a
    /// reviewer the harmless one, the loader the other. Hiding a pickle or an archive in a picture or
    /// in a tensor file is a known way past checks that stop at the first format that fits.
    ///
    /// **Example.** `logo.png` with a zip archive after its last chunk, which `torch.load` opens.
    ///
    /// **What it misses.** Formats headworks does not know; their bytes are unexplained and hold the
    /// artifact for that reason. Formats made of each other are expected together and are not
    /// reported: a PyTorch checkpoint and its zip, tar or pickle, a tar and the zip that is its last
    /// member, and any two that are plain text.
    POLYGLOT {
        id: "polyglot",
        title: "The same bytes are two unrelated formats",
        severity: Severity::High,
        confidence: Confidence::Medium,
        controls: &["HW-SER-02"],
        references: &["CWE-436", "AML.T0074"],
        hint: "get the file again from its author, in one format; refuse it if the author cannot explain the other",
        check,
    }
}

/// Formats that are expected at the same place.
const FAMILIES: &[&[&str]] = &[
    &["torch", "zip"],
    &["torch", "pickle"],
    &["torch", "tar"],
    // TorchScript's code is Python's syntax, and torch reads it where it lies in the archive.
    &["torch", "python"],
    // A configuration of Keras is JSON; its model is a zip or an HDF5 file.
    &["keras", "json"],
    &["keras", "zip"],
    &["keras", "hdf5"],
    &["skops", "json"],
    &["skops", "keras"],
    // The zip's end record lies where a search from the end of the tar finds it, as in `.nemo` files.
    &["tar", "zip"],
    // The labels of a TensorFlow Lite model are appended to it as a zip.
    &["tflite", "zip"],
    // A symbol of MXNet is JSON.
    &["json", "mxnet"],
    &[
        "text",
        "python",
        "yaml",
        "json",
        "template",
        "notebook",
        "git-lfs",
        "executable",
        "model-card",
        "npm-manifest",
        "requirements",
        "protobuf-text",
        "python-build",
        "python-metadata",
        "python-path",
        "toml",
        "agent-instructions",
        "agent-manifest",
        "dockerfile",
        "oci",
        // The program of a compiled Core ML model is text.
        "coreml-mil",
        // Metadata of arrays and of checkpoints is JSON.
        "orbax",
        "zarr",
    ],
    // Values of a database are compressed or not, and its nodes may follow them in one file.
    &["ocdbt", "zstd", "gzip", "text", "tensor-data"],
    // A wheel is a zip.
    &["wheel", "zip"],
    // A model in JSON is read as the document it is, too.
    &["xgboost", "json"],
];

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let mut places: BTreeMap<&Place, Vec<(&Fact, &str)>> = BTreeMap::new();
    for fact in evidence.facts {
        if let FactKind::File(FileFact::Identified { format, .. }) = &fact.kind {
            places.entry(&fact.location.place).or_default().push((fact, format));
        }
    }
    places.into_values().filter_map(|identified| judge_place(&identified)).collect()
}

/// The first pair of formats that have no business together.
fn judge_place(identified: &[(&Fact, &str)]) -> Option<Judgement> {
    let (fact, _) = identified.first()?;
    let (one, other) = identified.iter().enumerate().find_map(|(index, (_, one))| {
        let later = identified.iter().skip(index + 1).map(|(_, other)| *other);
        later.filter(|other| !is_expected_with(one, other)).map(|other| (*one, other)).next()
    })?;
    let path = fact.location.place.innermost();
    let judgement = Judgement::of(fact, format!("{one} {other}"), format!("`{path}` is both {one} and {other}"));
    Some(identified.iter().fold(judgement, |judgement, (fact, _)| match &fact.kind {
        FactKind::File(FileFact::Identified { format, summary }) => {
            judgement.with_evidence(format!("{format}: {summary}"))
        }
        _ => judgement,
    }))
}

/// Whether two formats at one place are honest. Much is text by accident, a pickle of protocol 0 for one.
fn is_expected_with(one: &str, other: &str) -> bool {
    let is_either = |format: &str| one == format || other == format;
    let is_family = |family: &&[&str]| family.contains(&one) && family.contains(&other);
    one == other || is_either("text") || FAMILIES.iter().any(is_family)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(formats: &[&str]) -> usize {
        let identified = |format: &&str| FileFact::Identified { format: (*format).into(), summary: String::new() };
        let fact = |kind: FileFact| Fact { location: Place::file("x").at(0..9), times: 1, kind: kind.into() };
        let facts: Vec<_> = formats.iter().map(|format| fact(identified(format))).collect();
        POLYGLOT.judge(&Evidence::of(&facts)).len()
    }

    #[test]
    fn picture_or_pickle_that_is_an_archive_too_is_reported() {
        assert_eq!(judge(&["image", "zip"]), 1);
        assert_eq!(judge(&["pickle", "zip"]), 1);
        assert_eq!(judge(&["pickle", "torch", "zip"]), 1);
    }

    #[test]
    fn one_format_and_formats_made_of_each_other_are_not() {
        for formats in [&["zip"][..], &["torch", "zip"], &["pickle", "torch"], &["tar", "torch"]] {
            assert_eq!(judge(formats), 0, "{formats:?}");
        }
    }

    /// Every member of TorchScript's `code/` folder is Python by its name and torch's by its place.
    #[test]
    fn code_of_torchscript_is_not_and_an_archive_named_like_code_is() {
        assert_eq!(judge(&["torch", "python"]), 0);
        assert_eq!(judge(&["python", "torch", "zip"]), 1);
    }

    /// A `.nemo` file is a tar whose last member is a checkpoint, which is a zip.
    #[test]
    fn tar_that_ends_with_a_zip_is_not() {
        assert_eq!(judge(&["tar", "zip"]), 0);
    }

    /// Protocol 0 pickles are ASCII, and a notebook is JSON is text.
    #[test]
    fn text_is_not() {
        assert_eq!(judge(&["text", "pickle"]), 0);
        assert_eq!(judge(&["json", "notebook", "text"]), 0);
    }

    #[test]
    fn two_files_of_different_formats_are_not() {
        let fact = |path: &str, format: &str| Fact {
            location: Place::file(path).at(0..9),
            times: 1,
            kind: FileFact::Identified { format: format.into(), summary: String::new() }.into(),
        };
        assert_eq!(POLYGLOT.judge(&Evidence::of(&[fact("a", "image"), fact("b", "zip")])).len(), 0);
    }
}
