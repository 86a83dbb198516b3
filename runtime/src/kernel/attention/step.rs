//! One query of a causal attention, over the keys and values that are kept.

use core::ops::Range;

use fearless_simd::{SimdBase, SimdFloat};

use super::Attention;
use crate::{
    kernel::lanes::{lanes, load, splat, store},
    simd::{Cpu, Scalar, Simd, dispatch, root},
};

/// Sums that are added up independently of each other.
const STREAMS: usize = 4;

/// A causal attention at one time step: what it reads, and what it keeps for the next.
#[derive(Debug)]
pub struct AttentionStep<'a, T> {
    /// `[heads, d]`.
    pub y: &'a mut [T],
    /// `[2, time]`, workspace.
    pub scores: &'a mut [T],
    /// `[heads, d]`.
    pub q: &'a [T],
    /// `[key_value_heads, d]`.
    pub k: &'a [T],
    /// `[key_value_heads, d]`.
    pub v: &'a [T],
    /// `[time, key_value_heads, d]`: the keys of the last steps, that of the step `t` in row `t mod time`.
    pub keys: &'a mut [T],
    /// The values of the same.
    pub values: &'a mut [T],
    /// Its `time` is the most steps that a query sees.
    pub sizes: Attention,
}

/// `y = softmax(q · keysᵀ / √d) · values` after `k` and `v` are kept.
pub(crate) fn attention_step<T: Scalar>(cpu: Cpu, step: &mut AttentionStep<'_, T>, time: u64) {
    let few = step.sizes.head_size * size_of::<T>() <= 32;
    let cpu = if few { cpu.narrowed() } else { cpu };
    dispatch!(T, cpu, simd => step.run(simd, cpu, time));
}

impl<T: Scalar> AttentionStep<'_, T> {
    #[inline(always)]
    fn run<S: Simd>(&mut self, simd: S, cpu: Cpu, time: u64) {
        let Attention { time: most, heads, key_value_heads, head_size, .. } = self.sizes;
        let width = key_value_heads * head_size;
        let row = (time % most as u64) as usize * width;
        self.keys[row..row + width].copy_from_slice(self.k);
        self.values[row..row + width].copy_from_slice(self.v);
        let seen = time.min(most as u64 - 1) as usize + 1;
        let (scores, weights) = self.scores.split_at_mut(most);
        let (scores, weights) = (&mut scores[..seen], &mut weights[..seen]);
        let scale = T::from_f64(1.0 / root(head_size as f64));
        let own = self.q.chunks_exact(head_size).zip(self.y.chunks_exact_mut(head_size));
        for (head, (q, y)) in own.enumerate() {
            let start = head / (heads / key_value_heads) * head_size;
            let columns = start..start + head_size;
            for (score, key) in scores.iter_mut().zip(self.keys.chunks_exact(width)) {
                *score = dot(simd, q, &key[columns.clone()]) * scale;
            }
            T::softmax(cpu, weights, scores, seen);
            for (at, y) in y.chunks_mut(lanes::<S, T>()).enumerate() {
                let first = start + at * lanes::<S, T>();
                let sum = weighed(simd, weights, self.values, width, first..first + y.len());
                store(simd, sum, y);
            }
        }
    }
}

/// `Σ a · b`.
#[inline(always)]
fn dot<S: Simd, T: Scalar>(simd: S, a: &[T], b: &[T]) -> T {
    let mut sum = splat::<S, T>(simd, T::ZERO);
    for (a, b) in a.chunks(lanes::<S, T>()).zip(b.chunks(lanes::<S, T>())) {
        sum = load::<S, T>(simd, a).mul_add(load::<S, T>(simd, b), sum);
    }
    sum.reduce_sum()
}

/// `Σ weight · value` of at most a vector of columns.
#[inline(always)]
fn weighed<S: Simd, T: Scalar>(
    simd: S,
    weights: &[T],
    values: &[T],
    width: usize,
    columns: Range<usize>,
) -> T::Vector<S> {
    let mut sums = [splat::<S, T>(simd, T::ZERO); STREAMS];
    for (weights, values) in weights.chunks(STREAMS).zip(values.chunks(STREAMS * width)) {
        let rows = values.chunks_exact(width);
        for ((sum, weight), row) in sums.iter_mut().zip(weights).zip(rows) {
            let value = load::<S, T>(simd, &row[columns.clone()]);
            *sum = value.mul_add(splat::<S, T>(simd, *weight), *sum);
        }
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3])
}
