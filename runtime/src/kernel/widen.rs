//! `f16` to `f32`, a vector at a time.

use fearless_simd::{Bytes, Select, SimdBase};

use super::lanes::{lanes, splat};
use crate::simd::Simd;

/// Levels that widen `f16`; every level does.
pub(crate) trait Widen: Simd {
    /// The first values of `bits`, as many as a vector has lanes.
    fn widen(self, bits: &[u16]) -> Self::f32s;
}

#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
mod x86 {
    #[cfg(target_arch = "x86")]
    use core::arch::x86::{__m128i, __m256, __m256i, __m512, _mm256_cvtph_ps, _mm512_cvtph_ps};
    #[cfg(target_arch = "x86_64")]
    use core::arch::x86_64::{__m128i, __m256, __m256i, __m512, _mm256_cvtph_ps, _mm512_cvtph_ps};

    use fearless_simd::{Avx2, Avx512, SimdBase, SimdInto, Sse2, kernel, u16x8, u16x16};

    use super::Widen;

    kernel!(
        #[inline(always)]
        fn widen_avx512(avx512: Avx512, bits: __m256i) -> __m512 {
            _mm512_cvtph_ps(bits)
        }
    );
    kernel!(
        #[inline(always)]
        fn widen_avx2(avx2: Avx2, bits: __m128i) -> __m256 {
            _mm256_cvtph_ps(bits)
        }
    );

    impl Widen for Avx512 {
        #[inline(always)]
        fn widen(self, bits: &[u16]) -> Self::f32s {
            let bits = u16x16::from_slice(self, &bits[..16]);
            widen_avx512(self, bits.into()).simd_into(self)
        }
    }

    impl Widen for Avx2 {
        #[inline(always)]
        fn widen(self, bits: &[u16]) -> Self::f32s {
            let bits = u16x8::from_slice(self, &bits[..8]);
            widen_avx2(self, bits.into()).simd_into(self)
        }
    }

    impl Widen for Sse2 {
        #[inline(always)]
        fn widen(self, bits: &[u16]) -> Self::f32s {
            super::by_shift(self, bits)
        }
    }
}

#[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
macro_rules! widen_by_shift {
    ($($(#[$cfg:meta])* $level:ident;)*) => {$(
        $(#[$cfg])*
        impl Widen for fearless_simd::$level {
            #[inline(always)]
            fn widen(self, bits: &[u16]) -> Self::f32s {
                by_shift(self, bits)
            }
        }
    )*};
}

#[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
widen_by_shift! {
    #[cfg(target_arch = "aarch64")]
    Neon;
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    WasmSimd128;
    #[cfg(not(any(
        all(target_arch = "aarch64", target_feature = "neon"),
        all(target_arch = "wasm32", target_feature = "simd128"),
    )))]
    Fallback;
}

/// As [`f16::to_f32`](crate::half::f16::to_f32): the bits move to where `f32` has them, and a product
/// with 2¹¹² moves the exponent.
#[inline(always)]
fn by_shift<S: Simd>(simd: S, bits: &[u16]) -> S::f32s {
    let mut high = S::i32s::splat(simd, 0);
    for (high, bits) in high.as_mut_slice().iter_mut().zip(&bits[..lanes::<S, f32>()]) {
        *high = (u32::from(*bits) << 16).cast_signed();
    }
    // The sign, which the shift repeats three times, and what is below the exponent.
    let placed = (high >> 3) & 0x8FFF_E000_u32.cast_signed();
    let scale = splat::<S, f32>(simd, f32::from_bits(239 << 23));
    let value = placed.bitcast::<S::f32s>() * scale;
    let special = (value.bitcast::<S::i32s>() | 0x7F80_0000).bitcast::<S::f32s>();
    value.abs().simd_ge(splat::<S, f32>(simd, 65536.0)).select(special, value)
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use fearless_simd::SimdBase;

    use super::Widen;
    use crate::{half::f16, simd::dispatch, testing::levels};

    #[inline(always)]
    fn widen_all<S: Widen>(simd: S, bits: &[u16]) -> Vec<f32> {
        let chunks = bits.chunks_exact(<S::f32s as SimdBase<S>>::LEN);
        chunks.flat_map(|bits| simd.widen(bits).as_slice().to_vec()).collect()
    }

    #[test]
    fn every_pattern_widens_at_every_level() {
        let bits: Vec<u16> = (0..=u16::MAX).collect();
        for cpu in levels() {
            let found: Vec<f32> = dispatch!(f32, cpu, simd => widen_all(simd, &bits));
            assert_eq!(found.len(), bits.len());
            for (found, bits) in found.into_iter().zip(&bits) {
                let expected = f16::from_bits(*bits).to_f32();
                assert!(
                    found.to_bits() == expected.to_bits() || (found.is_nan() && expected.is_nan()),
                    "{}: {bits:#06x} is {expected}, not {found}",
                    cpu.level_name()
                );
            }
        }
    }
}
