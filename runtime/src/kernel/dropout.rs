//! Dropout: which elements stay is a hash of the stream and of the element's index.
//!
//! Elements come in blocks of 65,536. The key of a block is the draw of that index from the
//! [stream](super::random); an element's 32 bits are the mixer `lowbias32` (Wellons 2018) of its
//! place in the block, with half of the key added before each round. An element is dropped when its
//! bits, as a fraction of 2³², are below the rate. Nothing depends on threads or the SIMD level.

use core::ops::Range;

use super::{Stream, random};
use crate::{
    parallel::{Rows, share},
    simd::{Cpu, Scalar, dispatch},
};

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

/// `y = x / (1 - rate)` or 0.
pub(crate) fn dropout<T: Scalar>(cpu: Cpu, y: &mut [T], x: &[T], rate: f64, stream: Stream) {
    by_block(cpu, y, &|range, y| y.copy_from_slice(&x[range]), rate, stream);
}

/// `y = y / (1 - rate)` or 0.
pub(crate) fn dropout_assign<T: Scalar>(cpu: Cpu, y: &mut [T], rate: f64, stream: Stream) {
    by_block(cpu, y, &|_, _| {}, rate, stream);
}

/// Elements that are filled and then dropped while they are in the innermost cache.
const CHUNK: usize = 1024;

/// Shares the elements; chunks never cross a block.
fn by_block<T: Scalar>(
    cpu: Cpu,
    y: &mut [T],
    fill: &(impl Fn(Range<usize>, &mut [T]) + Sync),
    rate: f64,
    stream: Stream,
) {
    let mask = Mask::new(rate, stream);
    let scale = T::from_f64(1.0 / (1.0 - rate));
    let len = y.len();
    share(cpu, len, CHUNK, 8 * len, Rows { values: y, len: 1 }, &|range, y| {
        for (chunk, y) in y.values.chunks_mut(CHUNK).enumerate() {
            let start = range.start + chunk * CHUNK;
            fill(start..start + y.len(), y);
            let block = mask.block(start / BLOCK);
            dispatch!(T, cpu, _simd => drop_chunk(y, block, (start % BLOCK) as u32, scale));
        }
    });
}

#[inline(always)]
fn drop_chunk<T: Scalar>(y: &mut [T], mask: BlockMask, start: u32, scale: T) {
    for (place, y) in (start..).zip(y) {
        *y = if mask.keeps(place) { *y * scale } else { T::ZERO };
    }
}
