//! The element types of ggml: how many elements a block holds, and in how many bytes.
//!
//! Source: `ggml.h` and `ggml-common.h` of ggml-org/llama.cpp; the types it has dropped since are
//! from the last revision that had them, because files of that time are still about.

/// A type of elements, quantised in blocks or plain.
pub(crate) struct GgmlType {
    id: u32,
    /// ggml's name.
    pub(crate) name: &'static str,
    /// Elements of one block.
    pub(crate) block: u64,
    /// Bytes of one block.
    pub(crate) bytes: u64,
}

impl GgmlType {
    /// The type with this number.
    pub(crate) fn of(id: u32) -> Option<&'static Self> {
        TYPES.iter().find(|known| known.id == id)
    }

    /// The type with this number in files of before June 2023, whose scales were 32-bit floats.
    pub(crate) fn of_early(id: u32) -> Option<&'static Self> {
        EARLY.iter().find(|known| known.id == id).or_else(|| Self::of(id))
    }

    /// Bytes of `elements` elements, if they are whole blocks and the product fits.
    pub(crate) fn bytes_of(&self, elements: u64) -> Option<u64> {
        let blocks = elements.checked_div(self.block).filter(|_| elements.is_multiple_of(self.block))?;
        blocks.checked_mul(self.bytes)
    }
}

const fn ggml_type(id: u32, name: &'static str, block: u64, bytes: u64) -> GgmlType {
    GgmlType { id, name, block, bytes }
}

static TYPES: &[GgmlType] = &[
    ggml_type(0, "F32", 1, 4),
    ggml_type(1, "F16", 1, 2),
    ggml_type(2, "Q4_0", 32, 18),
    ggml_type(3, "Q4_1", 32, 20),
    ggml_type(4, "Q4_2", 16, 10),
    ggml_type(5, "Q4_3", 16, 12),
    ggml_type(6, "Q5_0", 32, 22),
    ggml_type(7, "Q5_1", 32, 24),
    ggml_type(8, "Q8_0", 32, 34),
    ggml_type(9, "Q8_1", 32, 36),
    ggml_type(10, "Q2_K", 256, 84),
    ggml_type(11, "Q3_K", 256, 110),
    ggml_type(12, "Q4_K", 256, 144),
    ggml_type(13, "Q5_K", 256, 176),
    ggml_type(14, "Q6_K", 256, 210),
    ggml_type(15, "Q8_K", 256, 292),
    ggml_type(16, "IQ2_XXS", 256, 66),
    ggml_type(17, "IQ2_XS", 256, 74),
    ggml_type(18, "IQ3_XXS", 256, 98),
    ggml_type(19, "IQ1_S", 256, 50),
    ggml_type(20, "IQ4_NL", 32, 18),
    ggml_type(21, "IQ3_S", 256, 110),
    ggml_type(22, "IQ2_S", 256, 82),
    ggml_type(23, "IQ4_XS", 256, 136),
    ggml_type(24, "I8", 1, 1),
    ggml_type(25, "I16", 1, 2),
    ggml_type(26, "I32", 1, 4),
    ggml_type(27, "I64", 1, 8),
    ggml_type(28, "F64", 1, 8),
    ggml_type(29, "IQ1_M", 256, 56),
    ggml_type(30, "BF16", 1, 2),
    ggml_type(31, "Q4_0_4_4", 32, 18),
    ggml_type(32, "Q4_0_4_8", 32, 18),
    ggml_type(33, "Q4_0_8_8", 32, 18),
    ggml_type(34, "TQ1_0", 256, 54),
    ggml_type(35, "TQ2_0", 256, 66),
    ggml_type(36, "IQ4_NL_4_4", 32, 18),
    ggml_type(37, "IQ4_NL_4_8", 32, 18),
    ggml_type(38, "IQ4_NL_8_8", 32, 18),
    ggml_type(39, "MXFP4", 32, 17),
    ggml_type(40, "NVFP4", 64, 36),
    ggml_type(41, "Q1_0", 128, 18),
];

static EARLY: &[GgmlType] = &[ggml_type(2, "Q4_0", 32, 20), ggml_type(3, "Q4_1", 32, 24), ggml_type(8, "Q8_0", 32, 36)];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_block_has_no_size_and_an_overflow_neither() {
        let q4_0 = GgmlType::of(2).expect("Q4_0 is known");
        assert_eq!(q4_0.bytes_of(64), Some(36));
        assert_eq!(q4_0.bytes_of(48), None);
        let f64 = GgmlType::of(28).expect("F64 is known");
        assert_eq!(f64.bytes_of(u64::MAX / 4), None);
    }

    #[test]
    fn every_number_names_one_type() {
        for (index, known) in TYPES.iter().enumerate() {
            assert_eq!(known.id as usize, index, "{}", known.name);
        }
    }
}
