//! Which of the four pixels of a window won, two bits a channel.

use fearless_simd::{SimdBase, SimdMask};

use crate::simd::{Scalar, Simd};

/// A mask over the lanes of a vector.
pub(super) type Mask<S, T> = <<T as Scalar>::Vector<S> as SimdBase<S>>::Mask;

/// The winners of one vector of channels: pixel `low + 2 · high`, row-major.
#[derive(Clone, Copy)]
pub(super) struct Winners<M> {
    pub(super) low: M,
    pub(super) high: M,
}

/// Bytes of the winners of `lanes` channels: never more than one a channel.
#[inline(always)]
fn bytes(lanes: usize) -> usize {
    (2 * lanes).div_ceil(8)
}

impl<M> Winners<M> {
    /// Writes the winners of the channels that `index` has a byte for each of.
    #[inline(always)]
    pub(super) fn store<S: Simd>(self, _: S, index: &mut [u8])
    where
        M: SimdMask<S>,
    {
        let lanes = index.len();
        let below = (1 << lanes) - 1;
        let bits = (self.low.to_bitmask() & below) | (self.high.to_bitmask() & below) << lanes;
        let bits = bits.to_le_bytes();
        index[..bytes(lanes)].copy_from_slice(&bits[..bytes(lanes)]);
    }

    /// Reads what `store` wrote.
    #[inline(always)]
    pub(super) fn load<S: Simd>(simd: S, index: &[u8]) -> Self
    where
        M: SimdMask<S>,
    {
        let lanes = index.len();
        let mut bits = [0; 8];
        bits[..bytes(lanes)].copy_from_slice(&index[..bytes(lanes)]);
        let bits = u64::from_le_bytes(bits);
        Self { low: M::from_bitmask(simd, bits), high: M::from_bitmask(simd, bits >> lanes) }
    }
}
