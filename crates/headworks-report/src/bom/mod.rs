//! Bills of materials for AI (AIBOM): what an artifact consists of and where it comes from.
//!
//! One model of components and their relations, filled from a record or from a document of another tool, and
//! written as CycloneDX 1.6 and 1.7 or SPDX 3.0.1. Each value keeps what it rests on, and what is not known
//! stays absent: a range of versions is no version, a branch is no revision, and a claim is called one.

mod compare;
mod cyclonedx;
mod elements;
mod learn;
mod licence;
mod model;
mod overlay;
mod read;
mod spdx;

pub use compare::{Difference, difference, disagreements, merge};
pub use cyclonedx::Version;
pub use elements::{Cluster, Element, ElementState, elements};
pub use learn::Surroundings;
pub use model::{
    Basis, Bom, Claim, Component, DataDescription, Edge, FileOf, Kind, Link, Metric, ModelDescription, Phase, Relation,
    Weakness,
};
pub use overlay::{Overlay, OverlayError};
pub use read::{COMPONENTS_MAX, Document, ReadError, read};

/// The formats that documents are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// CycloneDX, as JSON.
    CycloneDx(Version),
    /// SPDX 3.0.1 with the AI and dataset profiles, as JSON-LD.
    Spdx3,
}

/// What the AI and dataset profiles of SPDX 3.0.1 ask for and a bill of materials lacks.
pub fn unmet_profiles(bom: &Bom) -> Vec<String> {
    spdx::unmet(bom)
}

/// Writes a bill of materials. The same input gives the same bytes.
pub fn write(bom: &Bom, format: Format) -> String {
    let document = match format {
        Format::CycloneDx(version) => cyclonedx::document(bom, version),
        Format::Spdx3 => spdx::document(bom),
    };
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}
