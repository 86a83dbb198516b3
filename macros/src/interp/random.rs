//! Which elements a dropout keeps, bit by bit as the runtime draws them (its `kernel/dropout.rs` and
//! `kernel/random.rs`); and numbers for checks.

/// The random numbers of a training step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stream {
    pub(crate) seed: u64,
    pub(crate) step: u64,
}

/// Which elements a dropout keeps.
pub(super) struct Mask {
    key: u64,
    /// Elements whose 32 bits are below it are dropped.
    threshold: u32,
}

/// Elements that share a key.
const BLOCK: usize = 1 << 16;
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

impl Stream {
    /// Seed, step and layer are mixed one after the other.
    fn key(self, layer: usize) -> u64 {
        let seed = mix(self.seed.wrapping_add(GOLDEN));
        let step = mix(seed ^ self.step.wrapping_mul(GOLDEN));
        mix(step ^ (layer as u64).wrapping_mul(GOLDEN))
    }

    pub(super) fn mask(self, rate: f64, layer: usize) -> Mask {
        Mask { key: self.key(layer), threshold: (rate * 4_294_967_296.0) as u32 }
    }

    /// A number of the standard normal distribution (Box and Muller 1958): even and odd elements are
    /// pairs of one draw, whose halves are radius and angle.
    pub(super) fn normal(self, layer: usize, index: usize) -> f64 {
        let pair = (index / 2) as u64;
        let bits = mix(self.key(layer).wrapping_add(pair.wrapping_mul(GOLDEN)));
        let [high, low] = [bits >> 32, bits & 0xFFFF_FFFF].map(|half| half as f64 / 2_f64.powi(32));
        let (radius, angle) = ((-2.0 * (1.0 - high).ln()).sqrt(), std::f64::consts::TAU * low);
        radius * if index.is_multiple_of(2) { angle.cos() } else { angle.sin() }
    }
}

impl Mask {
    pub(super) fn keeps(&self, index: usize) -> bool {
        let block = (index / BLOCK) as u64;
        let key = mix(self.key.wrapping_add(block.wrapping_mul(GOLDEN)));
        lowbias32((index % BLOCK) as u32, key as u32, (key >> 32) as u32) >= self.threshold
    }
}

/// The finalizer of SplitMix64 (Steele 2014).
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// The mixer `lowbias32` (Wellons 2018), with half of a key added before each round.
fn lowbias32(place: u32, low: u32, high: u32) -> u32 {
    let mut bits = place.wrapping_add(low);
    bits = (bits ^ (bits >> 16)).wrapping_mul(0x7FEB_352D);
    bits = bits.wrapping_add(high);
    bits = (bits ^ (bits >> 15)).wrapping_mul(0x846C_A68B);
    bits ^ (bits >> 16)
}

/// Numbers from -1 to 1, by a linear congruential generator (Knuth's MMIX).
pub(crate) fn uniform(len: usize, seed: u64) -> Vec<f64> {
    let mut state = seed;
    let draw = |_| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    };
    (0..len).map(draw).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_the_share_that_is_dropped() {
        let mask = Stream { seed: 3, step: 5 }.mask(0.3, 2);
        let dropped = (0..200_000).filter(|&index| !mask.keeps(index)).count();
        assert!((59_000..61_000).contains(&dropped), "{dropped}");
    }

    #[test]
    fn steps_and_layers_draw_apart() {
        let masks = [(5, 2), (6, 2), (5, 3)].map(|(step, layer)| {
            let mask = Stream { seed: 3, step }.mask(0.5, layer);
            (0..64).map(|index| mask.keeps(index)).collect::<Vec<_>>()
        });
        assert!(masks[0] != masks[1] && masks[0] != masks[2] && masks[1] != masks[2]);
    }
}
