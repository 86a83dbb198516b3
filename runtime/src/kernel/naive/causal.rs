//! One time step of layers that keep what later ones need.

use crate::{
    kernel::{CausalLayer, Chain, Params, Ring, Taps},
    simd::{Cpu, Scalar},
};

/// `y = layers(x)`: causal layers, each fed by the one before.
pub fn causal_chain<T: Scalar, C: Chain>(
    cpu: Cpu,
    y: &mut [T],
    x: &[T],
    params: &[Params<'_, T>],
    rings: &mut [Ring<'_, T>],
    time: u64,
) {
    let mut values = [T::ZERO; 32];
    values[..x.len()].copy_from_slice(x);
    for ((layer, (w, bias)), ring) in C::LAYERS.iter().copied().zip(params).zip(rings) {
        let (before, ring) = (values, ring.as_deref_mut());
        let mut taps = Taps { ring, w, bias: *bias, layer };
        causal_layer(cpu, &mut values, &before[..layer.k], &mut taps, time);
    }
    y.copy_from_slice(&values[..y.len()]);
}

/// `y = layer(x)`.
pub fn causal_layer<T: Scalar>(
    _cpu: Cpu,
    y: &mut [T],
    x: &[T],
    layer: &mut Taps<'_, T>,
    time: u64,
) {
    let CausalLayer { fun, kernel, dilation, groups, k, n } = layer.layer;
    let (inputs, outputs, time) = (k / groups, n / groups, time as usize);
    if let Some(ring) = &mut layer.ring {
        let row = time % (ring.len() / k);
        ring[row * k..(row + 1) * k].copy_from_slice(x);
    }
    for (o, y) in y[..n].iter_mut().enumerate() {
        let mut sum = layer.bias.map_or(0.0, |bias| bias[o].to_f64());
        for p in 0..kernel {
            let ago = (kernel - 1 - p) * dilation;
            let seen = match &layer.ring {
                Some(ring) => &ring[time.wrapping_sub(ago) % (ring.len() / k) * k..],
                None => x,
            };
            for c in 0..inputs {
                let w = layer.w[(p * inputs + c) * n + o];
                sum += seen[o / outputs * inputs + c].to_f64() * w.to_f64();
            }
        }
        *y = T::from_f64(fun.map_or(sum, |fun| fun.value(sum)));
    }
}

/// `y = x + table[min(time, rows - 1)]`.
pub fn add_row<T: Scalar>(_cpu: Cpu, y: &mut [T], x: &[T], table: &[T], time: u64) {
    let rows = table.len() / x.len();
    for c in 0..x.len() {
        y[c] = x[c] + table[(time as usize).min(rows - 1) * x.len() + c];
    }
}

/// `sum += x`, and `y = sum / (time + 1)`.
pub fn running_mean<T: Scalar>(_cpu: Cpu, y: &mut [T], mean: &mut [T], x: &[T], time: u64) {
    for c in 0..x.len() {
        let sum = mean[c].to_f64() * time as f64 + x[c].to_f64();
        mean[c] = T::from_f64(sum / (time + 1) as f64);
        y[c] = mean[c];
    }
}
