//! Dropout: which elements stay is a hash of the stream and of the element's index.
//!
//! Elements come in blocks of 65,536. The key of a block is the draw of that index from the
//! [stream](super::random); an element's 32 bits are the mixer `lowbias32` (Wellons 2018) of its
//! place in the block, with half of the key added before each round. An element is dropped when its
//! bits, as a fraction of 2³², are below the rate. Nothing depends on threads or the SIMD level.

use super::{Stream, random};

/// Elements that share a key.
pub(crate) const BLOCK: usize = 1 << 16;

/// Which elements a dropout keeps.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mask {
    key: u64,
    /// Elements whose bits are below it are dropped.
    threshold: u32,
}

impl Mask {
    pub(crate) fn new(rate: f64, stream: Stream) -> Self {
        Self { key: random::key(stream), threshold: (rate * 4_294_967_296.0) as u32 }
    }

    /// Whether the element of this index stays.
    pub(crate) fn keeps(self, index: usize) -> bool {
        self.block(index / BLOCK).keeps((index % BLOCK) as u32)
    }

    /// The same for one block of elements.
    pub(crate) fn block(self, block: usize) -> BlockMask {
        let key = random::draw(self.key, block as u64);
        BlockMask { key: [key as u32, (key >> 32) as u32], threshold: self.threshold }
    }
}

/// Which elements of one block stay.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BlockMask {
    key: [u32; 2],
    threshold: u32,
}

impl BlockMask {
    /// Whether the element at `place` in the block stays.
    #[inline(always)]
    pub(crate) fn keeps(self, place: u32) -> bool {
        let mut bits = place.wrapping_add(self.key[0]);
        bits = (bits ^ (bits >> 16)).wrapping_mul(0x7feb_352d);
        bits = bits.wrapping_add(self.key[1]);
        bits = (bits ^ (bits >> 15)).wrapping_mul(0x846c_a68b);
        (bits ^ (bits >> 16)) >= self.threshold
    }
}
