//! One time step of layers that keep what later ones need.

use crate::{
    kernel::Taps,
    simd::{Cpu, Scalar},
};

/// `y = layers(x)`: causal layers, each fed by the one before.
pub fn causal_chain<T: Scalar>(
    _cpu: Cpu,
    y: &mut [T],
    x: &[T],
    layers: &mut [Taps<'_, T>],
    time: u64,
) {
    let Some((last, others)) = layers.split_last_mut() else { return };
    let mut between = [T::ZERO; 32];
    for (at, layer) in others.iter_mut().enumerate() {
        let from = between;
        one_layer(&mut between, if at == 0 { x } else { &from[..layer.k] }, layer, time);
    }
    one_layer(y, if others.is_empty() { x } else { &between[..last.k] }, last, time);
}

fn one_layer<T: Scalar>(y: &mut [T], x: &[T], layer: &mut Taps<'_, T>, time: u64) {
    let Taps { kernel, dilation, groups, k, n, .. } = *layer;
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
        *y = T::from_f64(layer.fun.map_or(sum, |fun| fun.value(sum)));
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
pub fn running_mean<T: Scalar>(_cpu: Cpu, y: &mut [T], sum: &mut [T], x: &[T], time: u64) {
    for c in 0..x.len() {
        sum[c] += x[c];
        y[c] = T::from_f64(sum[c].to_f64() / (time + 1) as f64);
    }
}
