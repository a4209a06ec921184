//! Bills of materials in statements: CycloneDX and SPDX.

use serde::Serialize;
use serde_json::Value;

use super::{PredicateError, malformed, read, text};
use crate::statement::Statement;

const CYCLONEDX: &str = "https://cyclonedx.org/bom";
const SPDX: &str = "https://spdx.dev/Document";

/// A bill of materials as it was signed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "lowercase", tag = "format")]
pub enum Bom {
    /// CycloneDX.
    CycloneDx {
        /// Version of the format.
        version: String,
        /// All of it.
        document: Value,
    },
    /// SPDX 2 or 3.
    Spdx {
        /// Version of the format.
        version: String,
        /// All of it.
        document: Value,
    },
}

/// Whether this is the type of one, with or without a version.
pub(super) fn is_bom(predicate_type: &str) -> bool {
    is(CYCLONEDX, predicate_type) || is(SPDX, predicate_type)
}

fn is(kind: &str, predicate_type: &str) -> bool {
    predicate_type.strip_prefix(kind).is_some_and(|rest| rest.is_empty() || rest.starts_with("/v"))
}

impl Bom {
    /// Reads which bill it is; what it lists is read by those who need it.
    ///
    /// # Errors
    /// When it is of another type, or not of the format that its type says.
    pub fn of(statement: &Statement) -> Result<Self, PredicateError> {
        let predicate_type = statement.predicate_type.as_str();
        let types = if is_bom(predicate_type) { predicate_type } else { CYCLONEDX };
        let document: Value = read(statement, &[types])?;
        let wrong = || malformed(statement, "it is not of the format that its type says");
        if is(CYCLONEDX, predicate_type) {
            let version =
                text(&document, "/specVersion").filter(|_| text(&document, "/bomFormat") == Some("CycloneDX"));
            return Ok(Self::CycloneDx { version: version.ok_or_else(wrong)?.to_owned(), document });
        }
        let version =
            text(&document, "/spdxVersion").or_else(|| text(&document, "/@context")).ok_or_else(wrong)?.to_owned();
        Ok(Self::Spdx { version, document })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::statement;
    use super::*;

    #[test]
    fn a_bill_is_of_the_format_that_its_type_says() {
        let cyclonedx = json!({ "bomFormat": "CycloneDX", "specVersion": "1.6" });
        let spdx = json!({ "spdxVersion": "SPDX-2.3" });
        for kind in [CYCLONEDX, "https://cyclonedx.org/bom/v1.6"] {
            assert!(matches!(Bom::of(&statement(kind, cyclonedx.clone())), Ok(Bom::CycloneDx { .. })), "{kind}");
            assert!(Bom::of(&statement(kind, spdx.clone())).is_err(), "{kind}");
        }
        assert!(matches!(Bom::of(&statement("https://spdx.dev/Document/v2.3", spdx)), Ok(Bom::Spdx { .. })));
        assert!(Bom::of(&statement(SPDX, cyclonedx.clone())).is_err());
        assert!(Bom::of(&statement("https://cyclonedx.org/bomb", cyclonedx)).is_err());
    }
}
