//! Which of the four pixels of a window won, two bits a channel.

use fearless_simd::{SimdBase, SimdMask};

use crate::{
    kernel::lanes::lanes,
    simd::{Scalar, Simd},
};

/// A mask over the lanes of a vector.
pub(super) type Mask<S, T> = <<T as Scalar>::Vector<S> as SimdBase<S>>::Mask;

/// The winners of one vector of channels: pixel `low + 2 · high`, row-major, a bit a lane.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Winners {
    low: u64,
    high: u64,
}

impl Winners {
    /// Bytes of the winners of `lanes` lanes: never more than one a lane.
    #[inline(always)]
    pub(super) const fn bytes(lanes: usize) -> usize {
        (2 * lanes).div_ceil(8)
    }

    /// Of the upper row the right pixel, of the lower row likewise, and of the two the lower.
    #[inline(always)]
    pub(super) fn new(upper: u64, lower: u64, high: u64) -> Self {
        Self { low: upper ^ ((upper ^ lower) & high), high }
    }

    /// Writes the winners of the channels that `index` has a byte for each of.
    #[inline(always)]
    pub(super) fn write(self, index: &mut [u8]) {
        let lanes = index.len();
        let below = (1 << lanes) - 1;
        let bits = ((self.low & below) | (self.high & below) << lanes).to_le_bytes();
        index[..Self::bytes(lanes)].copy_from_slice(&bits[..Self::bytes(lanes)]);
    }

    /// Reads what `write` wrote.
    #[inline(always)]
    pub(super) fn read(index: &[u8]) -> Self {
        let lanes = index.len();
        let mut bits = [0; 8];
        bits[..Self::bytes(lanes)].copy_from_slice(&index[..Self::bytes(lanes)]);
        let bits = u64::from_le_bytes(bits);
        Self { low: bits, high: bits >> lanes }
    }

    /// Writes the winners of all lanes.
    #[inline(always)]
    pub(super) fn write_all<S: Simd, T: Scalar>(self, to: &mut [u8]) {
        let lanes = lanes::<S, T>();
        let bits = (self.low | self.high << lanes).to_le_bytes();
        to[..Self::bytes(lanes)].copy_from_slice(&bits[..Self::bytes(lanes)]);
    }

    /// Reads what `write_all` wrote.
    #[inline(always)]
    pub(super) fn read_all<S: Simd, T: Scalar>(from: &[u8]) -> Self {
        let lanes = lanes::<S, T>();
        let mut bits = [0; 8];
        bits[..Self::bytes(lanes)].copy_from_slice(&from[..Self::bytes(lanes)]);
        let bits = u64::from_le_bytes(bits);
        Self { low: bits, high: bits >> lanes }
    }

    /// The masks of `low` and `high`.
    #[inline(always)]
    pub(super) fn masks<S: Simd, T: Scalar>(self, simd: S) -> [Mask<S, T>; 2] {
        [self.low, self.high].map(
            #[inline(always)]
            |bits| Mask::<S, T>::from_bitmask(simd, bits),
        )
    }
}
