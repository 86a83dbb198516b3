//! Scaled dot-product attention, and the rotation of queries and keys.

use alloc::vec::Vec;

use crate::{
    kernel::{Attention, AttentionStep},
    simd::{Cpu, Scalar},
};

/// A query of a head of a sample.
#[derive(Clone, Copy)]
struct Query {
    sample: usize,
    head: usize,
    query: usize,
    sizes: Attention,
}

impl Query {
    fn all(rows: usize, sizes: Attention) -> impl Iterator<Item = Self> {
        let of = move |sample: usize, head: usize| {
            (0..sizes.time).map(move |query| Self { sample, head, query, sizes })
        };
        (0..rows).flat_map(move |sample| (0..sizes.heads).flat_map(move |head| of(sample, head)))
    }

    /// The number of keys that it sees.
    fn seen(self) -> usize {
        if self.sizes.causal { self.query + 1 } else { self.sizes.key_time }
    }

    /// Where its features begin.
    fn start(self) -> usize {
        let row = self.sample * self.sizes.time + self.query;
        (row * self.sizes.heads + self.head) * self.sizes.head_size
    }

    /// Where the features of a key begin.
    fn key(self, key: usize) -> usize {
        let Attention { heads, key_value_heads, key_time, head_size, .. } = self.sizes;
        let head = self.head / (heads / key_value_heads);
        ((self.sample * key_time + key) * key_value_heads + head) * head_size
    }

    fn stat(self) -> usize {
        (self.sample * self.sizes.heads + self.head) * self.sizes.time + self.query
    }

    fn scale(self) -> f64 {
        1.0 / libm::sqrt(self.sizes.head_size as f64)
    }

    /// `a[key] · b / √d` for every key that it sees.
    fn products<T: Scalar>(self, a: &[T], b: &[T]) -> Vec<f64> {
        let product = |key| {
            let pairs = (0..self.sizes.head_size).map(|i| [self.key(key) + i, self.start() + i]);
            pairs.map(|[at, own]| a[at].to_f64() * b[own].to_f64()).sum::<f64>()
        };
        (0..self.seen()).map(product).collect()
    }
}

/// `y = softmax(q · kᵀ / √d) · v`; `stats` are `ln Σ exp(q · kᵀ / √d)`.
pub fn attention<T: Scalar>(
    _cpu: Cpu,
    y: &mut [T],
    stats: &mut [T],
    q: &[T],
    k: &[T],
    v: &[T],
    rows: usize,
    sizes: Attention,
) {
    for query in Query::all(rows, sizes) {
        let scores: Vec<_> = query.products(k, q).iter().map(|s| s * query.scale()).collect();
        let max = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let log = max + libm::log(scores.iter().map(|score| libm::exp(score - max)).sum());
        stats[query.stat()] = T::from_f64(log);
        for i in 0..sizes.head_size {
            let terms = scores.iter().enumerate();
            let terms = terms.map(|(key, s)| libm::exp(s - log) * v[query.key(key) + i].to_f64());
            y[query.start() + i] = T::from_f64(terms.sum());
        }
    }
}

/// The gradients of [`attention`].
pub fn attention_grad<T: Scalar>(
    _cpu: Cpu,
    dq: &mut [T],
    dk: &mut [T],
    dv: &mut [T],
    dy: &[T],
    y: &[T],
    stats: &[T],
    q: &[T],
    k: &[T],
    v: &[T],
    rows: usize,
    sizes: Attention,
) {
    let (mut dk_sums, mut dv_sums) = (alloc::vec![0.0; dk.len()], alloc::vec![0.0; dv.len()]);
    for query in Query::all(rows, sizes) {
        let (start, scale) = (query.start(), query.scale());
        let sum = (start..start + sizes.head_size).map(|i| dy[i].to_f64() * y[i].to_f64());
        let sum: f64 = sum.sum();
        let log = stats[query.stat()].to_f64();
        let weights = query.products(k, q).into_iter().map(|s| libm::exp(s * scale - log));
        let weights: Vec<f64> = weights.collect();
        let ds = query.products(v, dy).into_iter().zip(&weights);
        let ds: Vec<f64> = ds.map(|(dp, p)| p * (dp - sum) * scale).collect();
        for i in 0..sizes.head_size {
            let terms = ds.iter().enumerate();
            let terms = terms.map(|(key, ds)| ds * k[query.key(key) + i].to_f64());
            dq[start + i] = T::from_f64(terms.sum());
            for (key, (ds, p)) in ds.iter().zip(&weights).enumerate() {
                dk_sums[query.key(key) + i] += ds * q[start + i].to_f64();
                dv_sums[query.key(key) + i] += p * dy[start + i].to_f64();
            }
        }
    }
    for (gradient, sums) in [(dk, dk_sums), (dv, dv_sums)] {
        gradient.iter_mut().zip(sums).for_each(|(d, sum)| *d = T::from_f64(sum));
    }
}

/// One query, over the keys and values of the last steps.
pub fn attention_step<T: Scalar>(cpu: Cpu, step: &mut AttentionStep<'_, T>, time: u64) {
    let (most, width) = (step.sizes.time, step.k.len());
    let at = (time % most as u64) as usize;
    for (i, (k, v)) in step.k.iter().zip(step.v).enumerate() {
        (step.keys[i * most + at], step.values[at * width + i]) = (*k, *v);
    }
    let keys = (0..most * width).map(|i| step.keys[i % width * most + i / width]);
    let keys: Vec<T> = keys.collect();
    let seen = most.min(usize::try_from(time).map_or(most, |time| time.saturating_add(1)));
    let sizes = Attention { time: 1, key_time: seen, causal: false, ..step.sizes };
    let stats = &mut alloc::vec![T::ZERO; sizes.heads];
    attention(cpu, step.y, stats, step.q, &keys, step.values, 1, sizes);
}

/// Turns `y` by the angles of the step `time`.
pub fn rotate_at<T: Scalar>(cpu: Cpu, y: &mut [T], table: &[T], d: usize, time: u64) {
    let angle = |pair: usize| time as f64 / libm::pow(1e4, 2.0 * pair as f64 / d as f64);
    let computed = (0..d / 2).flat_map(|pair| [libm::sin(angle(pair)), libm::cos(angle(pair))]);
    let computed: Vec<T> = computed.map(T::from_f64).collect();
    let row = table.chunks_exact(d).nth(time as usize).unwrap_or(&computed);
    rotate(cpu, y, row, y.len() / d, d, false);
}

/// Turns `(y[i], y[i + d / 2])` of every head by the angle of its step, whose sine and cosine are
/// `table[t, 2i]` and `table[t, 2i + 1]`.
pub fn rotate<T: Scalar>(_cpu: Cpu, y: &mut [T], table: &[T], heads: usize, d: usize, back: bool) {
    for (row, head) in y.chunks_exact_mut(d).enumerate() {
        let step = row / heads % (table.len() / d);
        for i in 0..d / 2 {
            let [sine, cosine] = [0, 1].map(|which| table[step * d + 2 * i + which].to_f64());
            let sine = if back { -sine } else { sine };
            let [a, b] = [i, i + d / 2].map(|at| head[at].to_f64());
            head[i] = T::from_f64(a * cosine - b * sine);
            head[i + d / 2] = T::from_f64(b * cosine + a * sine);
        }
    }
}
