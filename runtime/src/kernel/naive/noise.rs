//! Random verbs.

use crate::{
    kernel::{Stream, dropout::Mask, noise::normals, random},
    simd::{Cpu, Scalar},
};

/// `y = x / (1 - rate)` where the mask keeps the channel of the sample, else 0.
pub fn dropout_channels<T: Scalar>(
    _cpu: Cpu,
    y: &mut [T],
    x: &[T],
    rows: usize,
    channels: usize,
    rate: f64,
    stream: Stream,
) {
    let mask = Mask::new(rate, stream);
    let scale = T::from_f64(1.0 / (1.0 - rate));
    let sample = (x.len() / rows.max(1)).max(1);
    for (i, (y, &x)) in y.iter_mut().zip(x).enumerate() {
        let kept = mask.keeps(i / sample * channels + i % channels);
        *y = if kept { x * scale } else { T::ZERO };
    }
}

/// `y = x + deviation · n`, `n` of the standard normal distribution.
pub fn add_noise<T: Scalar>(_cpu: Cpu, y: &mut [T], x: &[T], deviation: f64, stream: Stream) {
    let key = random::key(stream);
    for (i, (y, &x)) in y.iter_mut().zip(x).enumerate() {
        *y = T::from_f64(x.to_f64() + deviation * normals(key, i / 2)[i % 2]);
    }
}
