//! Half precision: the scalar types `f16` and `bf16`, for weights that inference reads.

/// Converts, compares and prints a type as the `f32` that its values stand for.
macro_rules! stands_for_f32 {
    ($half:ident) => {
        impl From<$half> for f32 {
            fn from(value: $half) -> Self {
                value.to_f32()
            }
        }

        impl PartialEq for $half {
            fn eq(&self, other: &Self) -> bool {
                self.to_f32() == other.to_f32()
            }
        }

        impl PartialOrd for $half {
            fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
                self.to_f32().partial_cmp(&other.to_f32())
            }
        }

        impl core::fmt::Debug for $half {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                self.to_f32().fmt(f)
            }
        }

        impl core::fmt::Display for $half {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                self.to_f32().fmt(f)
            }
        }
    };
}

mod brain;

pub use brain::bf16;

/// A number of 16 bits as IEEE 754 has it (binary16): one bit of sign, five of the exponent, ten of
/// the fraction. About three decimal digits, up to ±65504.
///
/// It is for storing: [`prepare`](crate::network::Network::prepare) keeps weights in it, and
/// arithmetic widens them to `f32`, which is exact.
#[expect(non_camel_case_types, reason = "it stands beside f32 and f64")]
#[derive(Clone, Copy, Default)]
#[repr(transparent)]
pub struct f16(u16);

impl f16 {
    /// The largest finite value, 65504.
    pub const MAX: Self = Self(0x7BFF);

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
        let (sign, magnitude) = (value.to_bits() >> 16 & 0x8000, value.to_bits() & 0x7FFF_FFFF);
        let rounded = match magnitude {
            // NaN, then what rounds to more than 65504, then normal numbers, whose exponent moves by
            // 112, then multiples of 2⁻²⁴: adding 1/2 puts them into the last bits of the fraction.
            0x7F80_0001.. => 0x7E00 | magnitude >> 13 & 0x3FF,
            0x477F_F000.. => 0x7C00,
            0x3880_0000.. => (magnitude - (112 << 23) + 0xFFF + (magnitude >> 13 & 1)) >> 13,
            _ => (f32::from_bits(magnitude) + 0.5).to_bits() - 0.5_f32.to_bits(),
        };
        Self((sign | rounded) as u16)
    }

    /// The same number; a NaN stays one.
    #[inline]
    #[must_use]
    pub const fn to_f32(self) -> f32 {
        let (sign, magnitude) = ((self.0 as u32 & 0x8000) << 16, (self.0 as u32 & 0x7FFF) << 13);
        // Multiplying by 2¹¹² moves the exponent, of subnormal numbers too.
        let value = f32::from_bits(magnitude) * f32::from_bits(239 << 23);
        let special = if magnitude < 0x7C00 << 13 { 0 } else { 0x7F80_0000 };
        f32::from_bits(sign | special | value.to_bits())
    }
}

stands_for_f32!(f16);

#[cfg(test)]
mod tests {
    use super::f16;

    /// The value by its definition, in `f64`.
    fn defined(bits: u16) -> f64 {
        let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
        let (exponent, fraction) = (i32::from(bits >> 10 & 31), f64::from(bits & 0x3FF) / 1024.0);
        match exponent {
            0 => sign * fraction * 2_f64.powi(-14),
            31 if fraction == 0.0 => sign * f64::INFINITY,
            31 => f64::NAN,
            _ => sign * (1.0 + fraction) * 2_f64.powi(exponent - 15),
        }
    }

    #[test]
    fn widens_as_defined() {
        for bits in 0..=u16::MAX {
            let (found, expected) = (f16::from_bits(bits).to_f32(), defined(bits) as f32);
            assert!(
                found.to_bits() == expected.to_bits() || (found.is_nan() && expected.is_nan()),
                "{bits:#06x} is {expected}, not {found}"
            );
        }
    }

    #[test]
    fn narrows_to_where_it_came_from() {
        for bits in 0..=u16::MAX {
            let value = f16::from_bits(bits).to_f32();
            let found = f16::from_f32(value);
            assert!(
                found.to_bits() == bits || (value.is_nan() && found.to_f32().is_nan()),
                "{bits:#06x}"
            );
        }
    }

    /// Between two neighbours the middle goes to the even one, and what lies beside it to the nearer.
    #[test]
    fn rounds_to_the_nearest_even() {
        for below in 0..f16::MAX.to_bits() {
            let middle = ((defined(below) + defined(below + 1)) / 2.0) as f32;
            let even = below + (below & 1);
            for (value, expected) in
                [(middle.next_down(), below), (middle, even), (middle.next_up(), below + 1)]
            {
                assert_eq!(f16::from_f32(value).to_bits(), expected, "{value}");
                assert_eq!(f16::from_f32(-value).to_bits(), expected | 0x8000, "-{value}");
            }
        }
    }

    #[test]
    fn what_is_too_large_is_infinite() {
        assert_eq!(f16::from_f32(65519.996).to_f32(), 65504.0);
        for value in [65520.0, 1e6, f32::MAX, f32::INFINITY] {
            assert_eq!(f16::from_f32(value).to_f32(), f32::INFINITY);
            assert_eq!(f16::from_f32(-value).to_f32(), f32::NEG_INFINITY);
        }
    }
}
