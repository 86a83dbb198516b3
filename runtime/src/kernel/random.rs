//! Counter-based random numbers: a pure function of the stream and the element, so that the
//! backward pass draws again what the forward pass drew, on any number of threads.

use super::Stream;

/// The finalizer of SplitMix64 (Steele 2014).
pub(crate) const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// The key of a stream: seed, step and layer mixed one after the other.
#[must_use]
pub const fn key(stream: Stream) -> u64 {
    let seed = mix(stream.seed.wrapping_add(GOLDEN));
    let step = mix(seed ^ stream.step.wrapping_mul(GOLDEN));
    mix(step ^ stream.layer.wrapping_mul(GOLDEN))
}

/// Draw `index` of a stream with this key.
#[must_use]
pub const fn draw(key: u64, index: u64) -> u64 {
    mix(key.wrapping_add(index.wrapping_mul(GOLDEN)))
}
