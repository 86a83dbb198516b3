//! The scalar type `bf16`.

/// The upper half of an `f32` (bfloat16): one bit of sign, eight of the exponent, seven of the fraction.
/// Between two and three decimal digits, in the range of `f32`.
///
/// It is for storing: [`prepare`](crate::network::Network::prepare) keeps weights in it, and widening
/// them to `f32` is exact and takes half an instruction a vector, which [`f16`](super::f16) is more
/// precise for.
#[expect(non_camel_case_types, reason = "it stands beside f32 and f64")]
#[derive(Clone, Copy, Default)]
#[repr(transparent)]
pub struct bf16(u16);

impl bf16 {
    /// The largest finite value, about 3.39e38.
    pub const MAX: Self = Self(0x7F7F);

    /// The number with these bits.
    #[inline]
    #[must_use]
    pub const fn from_bits(bits: u16) -> Self {
        Self(bits)
    }

    /// Its bits.
    #[inline]
    #[must_use]
    pub const fn to_bits(self) -> u16 {
        self.0
    }

    /// The nearest number, of two equally near ones the even one. What is too large for any becomes
    /// infinite, a NaN a quiet NaN.
    #[must_use]
    pub const fn from_f32(value: f32) -> Self {
        let bits = value.to_bits();
        let rounded = match value.is_nan() {
            true => bits | 0x0040_0000,
            false => bits + 0x7FFF + (bits >> 16 & 1),
        };
        Self((rounded >> 16) as u16)
    }

    /// The same number; a NaN stays one.
    #[inline]
    #[must_use]
    pub const fn to_f32(self) -> f32 {
        f32::from_bits((self.0 as u32) << 16)
    }
}

stands_for_f32!(bf16);

#[cfg(test)]
mod tests {
    use super::bf16;

    #[test]
    fn narrows_to_where_it_came_from() {
        for bits in 0..=u16::MAX {
            let value = bf16::from_bits(bits).to_f32();
            let found = bf16::from_f32(value);
            let is_same = found.to_bits() == bits || (value.is_nan() && found.to_f32().is_nan());
            assert!(is_same, "{bits:#06x}");
        }
    }

    /// Between two neighbours the middle goes to the even one, and what lies beside it to the nearer.
    #[test]
    fn rounds_to_the_nearest_even() {
        for below in 0..bf16::MAX.to_bits() {
            let middle = f32::from_bits(u32::from(below) << 16 | 0x8000);
            let even = below + (below & 1);
            for (value, expected) in
                [(middle.next_down(), below), (middle, even), (middle.next_up(), below + 1)]
            {
                assert_eq!(bf16::from_f32(value).to_bits(), expected, "{value}");
                assert_eq!(bf16::from_f32(-value).to_bits(), expected | 0x8000, "-{value}");
            }
        }
    }

    #[test]
    fn what_is_too_large_is_infinite() {
        assert_eq!(bf16::from_f32(f32::MAX).to_f32(), f32::INFINITY);
        assert_eq!(bf16::from_f32(f32::NEG_INFINITY).to_f32(), f32::NEG_INFINITY);
        assert!(bf16::from_f32(f32::from_bits(0x7F80_0001)).to_f32().is_nan());
    }
}
