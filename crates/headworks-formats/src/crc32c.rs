//! CRC-32C, as it is and as TensorFlow stores it: masked, so that a checksum of bytes with checksums stays one.
//!
//! Source: RFC 3720, appendix B.4, for the polynomial; `lib/hash/crc32c.h` of TensorFlow for the mask.

static TABLE: [u32; 256] = table();

#[expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    reason = "evaluated by the compiler, where a fault is an error of the build"
)]
const fn table() -> [u32; 256] {
    let mut table = [0u32; 256];
    let mut index = 0;
    while index < 256 {
        let mut value = index as u32;
        let mut bit = 0;
        while bit < 8 {
            value = if value & 1 == 1 { value >> 1 ^ 0x82f6_3b78 } else { value >> 1 };
            bit += 1;
        }
        table[index] = value;
        index += 1;
    }
    table
}

/// A checksum of bytes that come in pieces.
pub(crate) struct Crc32c(u32);

impl Default for Crc32c {
    fn default() -> Self {
        Self(u32::MAX)
    }
}

impl Crc32c {
    /// Continues with `bytes`.
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            let [low, ..] = self.0.to_le_bytes();
            let entry = TABLE.get(usize::from(low ^ byte)).copied().unwrap_or_default();
            self.0 = self.0 >> 8 ^ entry;
        }
    }

    /// The checksum.
    pub(crate) fn value(&self) -> u32 {
        !self.0
    }

    /// The checksum as TensorFlow stores it.
    pub(crate) fn masked(&self) -> u32 {
        self.value().rotate_right(15).wrapping_add(0xa282_ead8)
    }
}

/// The stored checksum of `bytes`.
pub(crate) fn masked(bytes: &[u8]) -> u32 {
    let mut crc = Crc32c::default();
    crc.update(bytes);
    crc.masked()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_value_of_the_standard_comes_out() {
        let mut crc = Crc32c::default();
        crc.update(b"1234");
        crc.update(b"56789");
        assert_eq!(crc.value(), 0xe306_9283);
    }
}
