//! Names that say another type than the bytes do, where a loader goes by the name.
//!
//! Most mismatches are honest: a `.bin`, `.pt` or `.pth` may be whatever torch reads, and a `.ckpt`
//! even more. Listed here are names that make people or loaders expect data without code.

use headworks_types::fact::FileFact;

/// An ending and what it promises.
struct Promise {
    ending: &'static str,
    /// Type the ending suggests.
    named: &'static str,
    /// Formats that keep the promise.
    kept_by: &'static [&'static str],
}

/// A pointer stands for the real file and is told on its own.
const POINTER: &str = "git-lfs";

const PROMISES: &[Promise] = &[
    // transformers and diffusers prefer `.safetensors` because it holds no code; torch.load takes
    // the file all the same when code asks it to.
    Promise { ending: ".safetensors", named: "safetensors", kept_by: &["safetensors", POINTER] },
    Promise { ending: ".gguf", named: "gguf", kept_by: &["gguf", POINTER] },
    // numpy.load goes by the bytes: under these names it unpickles whatever is neither zip nor npy.
    Promise { ending: ".npy", named: "npy", kept_by: &["npy", POINTER] },
    Promise { ending: ".npz", named: "zip", kept_by: &["zip", POINTER] },
    // Every tool and reviewer passes over these as text or pictures.
    Promise { ending: ".json", named: "json", kept_by: &["json", "notebook", POINTER] },
    Promise { ending: ".txt", named: "text", kept_by: &["text", POINTER] },
    Promise { ending: ".md", named: "text", kept_by: &["text", POINTER] },
    Promise { ending: ".png", named: "image", kept_by: &["image", POINTER] },
    Promise { ending: ".jpg", named: "image", kept_by: &["image", POINTER] },
    Promise { ending: ".jpeg", named: "image", kept_by: &["image", POINTER] },
];

/// Formats that can carry code or hide what does. Other mismatches change nothing that runs.
const CARRIES_CODE: &[&str] =
    &["pickle", "torch", "zip", "tar", "seven-zip", "gzip", "bzip2", "xz", "lzma", "lz4", "zstd", "zlib", "executable"];

/// The fact that `name` misleads about bytes which the formats `claimants` claim.
pub(crate) fn misleading(name: &str, claimants: &[&str]) -> Option<FileFact> {
    let name = name.to_ascii_lowercase();
    let promise = PROMISES.iter().find(|promise| name.ends_with(promise.ending))?;
    if claimants.iter().any(|id| promise.kept_by.contains(id)) {
        return None;
    }
    let is = claimants.iter().find(|id| CARRIES_CODE.contains(id))?;
    Some(FileFact::MisleadingName { named: promise.named.into(), is: (*is).into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pickle_named_safetensors_misleads() {
        let fact = FileFact::MisleadingName { named: "safetensors".into(), is: "pickle".into() };
        assert_eq!(misleading("model.safetensors", &["pickle"]), Some(fact.clone()));
        assert_eq!(misleading("MODEL.SafeTensors", &["pickle", "zip"]), Some(fact));
    }

    #[test]
    fn names_that_may_hold_anything_do_not_mislead() {
        for name in ["pytorch_model.bin", "model.pt", "model.pth", "last.ckpt", "model", "weights.safetensors.bak"] {
            assert_eq!(misleading(name, &["pickle"]), None, "{name}");
        }
    }

    #[test]
    fn kept_promises_and_harmless_mismatches_are_silent() {
        assert_eq!(misleading("model.safetensors", &["safetensors", "zip"]), None);
        assert_eq!(misleading("model.gguf", &["git-lfs"]), None);
        assert_eq!(misleading("config.json", &["text"]), None);
        assert_eq!(misleading("model.gguf", &[]), None);
    }
}
