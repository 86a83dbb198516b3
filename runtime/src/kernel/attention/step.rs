//! One query of a causal attention, over the keys and values that are kept: block by block of the keys
//! as in the batch, and in the same order of sums.
//!
//! ```text
//! for each group of heads              4
//!     for each block of keys           64
//!         for each head                scores, a vector of keys at a time, and their exponentials
//!         for each key                 what it weighs is added, some vectors of columns side by side
//! ```

#![allow(
    clippy::needless_range_loop,
    reason = "loops over constants are unrolled, and vectors stay in registers"
)]

use core::{array, ops::Range};

use fearless_simd::SimdFloat;

use super::{
    Attention, KEYS,
    rows::{Running, scale, weigh},
};
use crate::{
    kernel::lanes::{lanes, load, splat, store},
    simd::{Cpu, Scalar, Simd, dispatch, root},
};

/// Heads that meet the blocks of keys together.
const HEADS: usize = 4;

/// Vectors that are summed side by side.
const STREAMS: usize = 4;

/// A causal attention at one time step: what it reads, and what it keeps for the next.
#[derive(Debug)]
pub struct AttentionStep<'a, T> {
    /// `[heads, d]`.
    pub y: &'a mut [T],
    /// `[heads, d]`.
    pub q: &'a [T],
    /// `[key_value_heads, d]`.
    pub k: &'a [T],
    /// `[key_value_heads, d]`.
    pub v: &'a [T],
    /// `[key_value_heads, d, time]`: the keys of the last steps, that of the step `t` in column
    /// `t mod time`.
    pub keys: &'a mut [T],
    /// `[time, key_value_heads, d]`: the values of the same, in rows.
    pub values: &'a mut [T],
    /// Its `time` is the most steps that a query sees.
    pub sizes: Attention,
}

/// `y = softmax(q · keys / √d) · values` after `k` and `v` are kept.
pub(crate) fn attention_step<T: Scalar>(cpu: Cpu, step: &mut AttentionStep<'_, T>, time: u64) {
    let most = step.sizes.time as u64;
    step.keep((time % most) as usize);
    let seen = time.min(most - 1) as usize + 1;
    dispatch!(T, cpu, simd => step.run(simd, seen));
}

impl<T: Scalar> AttentionStep<'_, T> {
    fn keep(&mut self, at: usize) {
        let (most, width) = (self.sizes.time, self.v.len());
        for (keys, k) in self.keys.chunks_exact_mut(most).zip(self.k) {
            keys[at] = *k;
        }
        self.values[at * width..(at + 1) * width].copy_from_slice(self.v);
    }

    #[inline(always)]
    fn run<S: Simd>(&mut self, simd: S, seen: usize) {
        let Self { y, q, keys, values, sizes, .. } = self;
        let kept = Kept { keys, values, sizes: *sizes };
        let d = sizes.head_size;
        for (group, y) in y.chunks_mut(HEADS * d).enumerate() {
            let first = group * HEADS;
            let q = &q[first * d..first * d + y.len()];
            kept.group(simd, y, q, first, seen);
        }
    }
}

/// The weights of a block of keys, by the heads of a group.
type Weights<T> = [[T; KEYS]; HEADS];

struct Kept<'a, T> {
    keys: &'a [T],
    values: &'a [T],
    sizes: Attention,
}

impl<T: Scalar> Kept<'_, T> {
    /// The heads from `head` on that `y` has, over the first `seen` keys.
    #[inline(always)]
    fn group<S: Simd>(&self, simd: S, y: &mut [T], q: &[T], head: usize, seen: usize) {
        let d = self.sizes.head_size;
        let factor = T::from_f64(1.0 / root(d as f64));
        y.fill(T::ZERO);
        let (mut running, mut weights) = ([Running::NOTHING; HEADS], [[T::ZERO; KEYS]; HEADS]);
        for first in (0..seen).step_by(KEYS) {
            let keys = first..seen.min(first + KEYS);
            let heads = y.chunks_exact_mut(d).zip(q.chunks_exact(d));
            let rows = weights.iter_mut().zip(&mut running);
            for (at, ((y, q), (row, running))) in heads.zip(rows).enumerate() {
                self.scores(simd, row, q, head + at, &keys);
                let earlier = weigh(simd, row, keys.len(), factor, running);
                if first > 0 {
                    scale(simd, y, earlier);
                }
            }
            self.add(simd, y, &weights, head, keys);
        }
        for (y, running) in y.chunks_exact_mut(d).zip(running) {
            scale(simd, y, T::ONE / running.sum);
        }
    }

    /// `row = q · keys`; what lies behind the last key is no score.
    #[inline(always)]
    fn scores<S: Simd>(
        &self,
        simd: S,
        row: &mut [T; KEYS],
        q: &[T],
        head: usize,
        keys: &Range<usize>,
    ) {
        let (most, len) = (self.sizes.time, lanes::<S, T>());
        let kept = &self.keys[self.start(head) * most..];
        let parts = row.chunks_exact_mut(STREAMS * len);
        for (part, row) in parts.enumerate().take(keys.len().div_ceil(STREAMS * len)) {
            let first = keys.start + part * STREAMS * len;
            let mut sums = [splat::<S, T>(simd, T::ZERO); STREAMS];
            for (i, q) in q.iter().enumerate() {
                let q = splat::<S, T>(simd, *q);
                for s in 0..STREAMS {
                    let keys = behind::<S, T>(simd, kept, i * most + first + s * len);
                    sums[s] = q.mul_add(keys, sums[s]);
                }
            }
            for s in 0..STREAMS {
                store(simd, sums[s], &mut row[s * len..(s + 1) * len]);
            }
        }
    }

    /// `y += weights · values`, for some vectors of columns of some heads at a time.
    #[inline(always)]
    fn add<S: Simd>(
        &self,
        simd: S,
        y: &mut [T],
        weights: &Weights<T>,
        head: usize,
        keys: Range<usize>,
    ) {
        let (d, width) = (self.sizes.head_size, self.sizes.key_value_heads * self.sizes.head_size);
        let vectors = d.div_ceil(lanes::<S, T>());
        let last = y.len() / d * vectors - 1;
        for first in (0..=last).step_by(STREAMS) {
            // Behind the last vector it is computed again.
            let places: [_; STREAMS] = array::from_fn(|s| {
                let at = (first + s).min(last);
                (at / vectors, at % vectors * lanes::<S, T>())
            });
            let mut sums =
                places.map(|(at, column)| load::<S, T>(simd, &y[at * d..(at + 1) * d][column..]));
            let rows = places.map(|(at, _)| &weights[at]);
            let starts = places.map(|(at, column)| self.start(head + at) + column);
            for (key, row) in keys.clone().enumerate() {
                for s in 0..STREAMS {
                    let values = behind::<S, T>(simd, self.values, row * width + starts[s]);
                    sums[s] = splat::<S, T>(simd, rows[s][key]).mul_add(values, sums[s]);
                }
            }
            for s in 0..STREAMS {
                let (at, column) = places[s];
                store(simd, sums[s], &mut y[at * d..(at + 1) * d][column..]);
            }
        }
    }

    /// The first column of the keys and values that a head reads.
    #[inline(always)]
    fn start(&self, head: usize) -> usize {
        let Attention { heads, key_value_heads, head_size, .. } = self.sizes;
        head / (heads / key_value_heads) * head_size
    }
}

/// A vector of what lies at `at`, as far as memory goes.
#[inline(always)]
fn behind<S: Simd, T: Scalar>(simd: S, values: &[T], at: usize) -> T::Vector<S> {
    load(simd, values.get(at..).unwrap_or_default())
}
