//! Attention of several heads: `y = softmax(q · kᵀ / √d) · v`, every weight by its own formula.

use super::{memory::Memory, norm};
use crate::plan::Attention;

/// The sizes, symbols bound.
pub(super) struct Sizes {
    time: usize,
    key_time: usize,
    heads: usize,
    key_value_heads: usize,
    head_size: usize,
    causal: bool,
}

impl Sizes {
    pub(super) fn new(memory: &Memory<'_>, sizes: &Attention) -> Self {
        let Attention { time, key_time, heads, key_value_heads, head_size, causal } = sizes;
        let [time, key_time, head_size] = [time, key_time, head_size].map(|dim| memory.eval(dim));
        let (heads, key_value_heads, causal) = (*heads, *key_value_heads, *causal);
        Self { time, key_time, heads, key_value_heads, head_size, causal }
    }

    /// A sample's number, head and query, for all of them.
    fn queries(&self, len: usize) -> Vec<[usize; 3]> {
        let samples = len / (self.time * self.heads * self.head_size);
        let all = 0..samples * self.heads * self.time;
        let parts = |i: usize| [i / (self.heads * self.time), i / self.time % self.heads];
        all.map(|i| [parts(i)[0], parts(i)[1], i % self.time]).collect()
    }

    /// Where the features of a query begin.
    fn query(&self, [sample, head, query]: [usize; 3]) -> usize {
        ((sample * self.time + query) * self.heads + head) * self.head_size
    }

    /// Where the features of a key begin that the query sees.
    fn key(&self, [sample, head, _]: [usize; 3], key: usize) -> usize {
        let head = head * self.key_value_heads / self.heads;
        ((sample * self.key_time + key) * self.key_value_heads + head) * self.head_size
    }

    /// `a[key] · b` for every key that the query sees, where `b` are its features of a matrix.
    fn products(&self, at: [usize; 3], keys: &[f64], queries: &[f64]) -> Vec<f64> {
        let seen = if self.causal { at[2] + 1 } else { self.key_time };
        let start = self.query(at);
        let product = |key| {
            let features =
                (0..self.head_size).map(|i| keys[self.key(at, key) + i] * queries[start + i]);
            features.sum()
        };
        (0..seen).map(product).collect()
    }

    fn scores(&self, at: [usize; 3], q: &[f64], k: &[f64]) -> Vec<f64> {
        let scale = 1.0 / (self.head_size as f64).sqrt();
        self.products(at, k, q).into_iter().map(|product| product * scale).collect()
    }
}

/// `y`, and `ln Σ exp(score)` by head and query.
pub(super) fn forward([q, k, v]: [&[f64]; 3], sizes: &Sizes) -> [Vec<f64>; 2] {
    let (mut y, mut logs) = (vec![0.0; q.len()], Vec::new());
    for at in sizes.queries(q.len()) {
        let scores = sizes.scores(at, q, k);
        logs.push(scores[0] - norm::log_softmax(&scores)[0]);
        for (key, weight) in norm::softmax(&scores).into_iter().enumerate() {
            for i in 0..sizes.head_size {
                y[sizes.query(at) + i] += weight * v[sizes.key(at, key) + i];
            }
        }
    }
    [y, logs]
}

/// `dq`, `dk` and `dv`.
pub(super) fn backward(dy: &[f64], [q, k, v]: [&[f64]; 3], sizes: &Sizes) -> [Vec<f64>; 3] {
    let [mut dq, mut dk, mut dv] = [q, k, v].map(|values| vec![0.0; values.len()]);
    let scale = 1.0 / (sizes.head_size as f64).sqrt();
    for at in sizes.queries(q.len()) {
        let weights = norm::softmax(&sizes.scores(at, q, k));
        let d_scores = norm::softmax_grad(&sizes.products(at, v, dy), &weights);
        for (key, (weight, d)) in weights.into_iter().zip(d_scores).enumerate() {
            let (query, key) = (sizes.query(at), sizes.key(at, key));
            for i in 0..sizes.head_size {
                dq[query + i] += d * scale * k[key + i];
                dk[key + i] += d * scale * q[query + i];
                dv[key + i] += weight * dy[query + i];
            }
        }
    }
    [dq, dk, dv]
}

/// One query over all keys.
pub(super) fn step([q, k, v]: [&[f64]; 3], sizes: Sizes) -> Vec<f64> {
    let key_time = k.len() / (sizes.key_value_heads * sizes.head_size);
    let sizes = Sizes { time: 1, key_time, causal: false, ..sizes };
    let [y, _] = forward([q, k, v], &sizes);
    y
}

/// Every pair of features of every head turned by the angle of its step.
pub(super) fn rotate(
    mut y: Vec<f64>,
    table: &[f64],
    heads: usize,
    d: usize,
    back: bool,
) -> Vec<f64> {
    for (row, head) in y.chunks_mut(d).enumerate() {
        let step = row / heads * d % table.len();
        for i in 0..d / 2 {
            let (sine, cosine) = (table[step + 2 * i], table[step + 2 * i + 1]);
            let sine = if back { -sine } else { sine };
            let (a, b) = (head[i], head[i + d / 2]);
            head[i] = a * cosine - b * sine;
            head[i + d / 2] = b * cosine + a * sine;
        }
    }
    y
}
