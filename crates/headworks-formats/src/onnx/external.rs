//! Tensor data outside of the file: which file, which bytes of it.
//!
//! Source: docs/ExternalData.md of ONNX, `ExternalDataInfo` of onnx and of onnxruntime. The path is relative
//! to the model's directory. Loaders have followed it out of there (CVE-2022-25882, CVE-2024-27318,
//! CVE-2025-51480), and have taken any key for an attribute of their own object (CVE-2026-34445).

use std::collections::BTreeMap;
use std::ops::Range;

use headworks_types::fact::{ExternalKind, GraphFact};

use super::FORMAT;
use crate::format::Input;
use crate::inspection::Inspection;
use crate::metadata::shortened;
use crate::tensor_table::merged;

/// Where one tensor's data lies, as its entries say.
#[derive(Debug, Default)]
pub(super) struct Entries {
    pub(super) location: Option<String>,
    pub(super) offset: Option<String>,
    pub(super) length: Option<String>,
    /// Keys that the format does not define.
    pub(super) unknown: Vec<String>,
    /// A key that came twice.
    pub(super) repeated: Option<String>,
}

impl Entries {
    pub(super) fn add(&mut self, key: String, value: String) {
        let place = match key.as_str() {
            "location" => &mut self.location,
            "offset" => &mut self.offset,
            "length" => &mut self.length,
            // SHA-1 of the whole file; nothing reads it.
            "checksum" => return,
            _ => return self.unknown.push(key),
        };
        if place.replace(value).is_some() {
            self.repeated = Some(key);
        }
    }
}

/// All places that the tensors of a file lie in.
#[derive(Default)]
pub(super) struct Places {
    by_target: BTreeMap<String, Place>,
}

struct Place {
    holder: String,
    stated: Range<u64>,
    tensors: u64,
    extents: Vec<Range<u64>>,
}

impl Places {
    /// Adds the bytes that a tensor named `holder`, stated at `stated`, has in `target`.
    pub(super) fn add(&mut self, target: String, holder: &str, stated: Range<u64>, extent: Range<u64>) {
        let new = || Place { holder: holder.to_owned(), stated, tensors: 0, extents: Vec::new() };
        let place = self.by_target.entry(target).or_insert_with(new);
        place.tensors = place.tensors.saturating_add(1);
        match place.extents.last_mut() {
            Some(last) if last.end == extent.start => last.end = extent.end,
            _ => place.extents.push(extent),
        }
    }

    /// States each place once, and what of a plain file is used.
    pub(super) fn state(self, input: &Input<'_>, inspection: &mut Inspection<'_>) {
        for (target, place) in self.by_target {
            let kind = kind(&target);
            let shown = shortened(&target);
            let external = GraphFact::External {
                framework: FORMAT.id.into(),
                kind,
                holder: shortened(&place.holder),
                target: if kind == ExternalKind::Sibling { target.clone() } else { shown },
            };
            inspection.fact_times(input.place.at(place.stated.clone()), external, place.tensors);
            if kind != ExternalKind::Sibling {
                continue;
            }
            for Range { start, end } in merged(place.extents) {
                let framework = FORMAT.id.into();
                let data = GraphFact::SiblingData { framework, target: target.clone(), start, end };
                inspection.fact(input.place.at(place.stated.clone()), data);
            }
        }
    }
}

/// What kind of place a path names, for a loader of any system.
pub(crate) fn kind(target: &str) -> ExternalKind {
    let lower = target.to_ascii_lowercase();
    if lower.contains("://") || lower.starts_with("file:") || lower.starts_with("data:") {
        return ExternalKind::Url;
    }
    let mut parts = target.split(['/', '\\']);
    let is_absolute = target.starts_with(['/', '\\', '~']);
    let has_drive = target.as_bytes().get(1) == Some(&b':');
    let climbs = parts.any(|part| part == "..");
    // onnxruntime marks data in its own memory by a path of this form, and a pointer as the offset.
    let is_memory = target.starts_with('*') || target.contains("_MEM_ADDR_");
    match is_absolute || has_drive || climbs || is_memory || target.contains('\0') {
        true => ExternalKind::EscapingPath,
        false => ExternalKind::Sibling,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_leave_the_directory_on_any_system_escape() {
        for path in
            ["../x", "a/../../x", "/etc/passwd", "C:\\x", "..\\x", "\\\\192.0.2.1\\x", "~/x", "*/_ORT_MEM_ADDR_/*"]
        {
            assert_eq!(kind(path), ExternalKind::EscapingPath, "{path}");
        }
        assert_eq!(kind("https://weights.invalid/x"), ExternalKind::Url);
        assert_eq!(kind("FILE:///etc/passwd"), ExternalKind::Url);
    }

    #[test]
    fn a_name_with_dots_is_a_plain_sibling() {
        for path in ["model.onnx.data", "weights/layer..0.bin", "./model.onnx_data", "..data"] {
            assert_eq!(kind(path), ExternalKind::Sibling, "{path}");
        }
    }
}
