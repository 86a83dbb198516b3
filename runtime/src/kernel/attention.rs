//! Scaled dot-product attention (Vaswani et al. 2017) of several heads, and its gradients.
//!
//! ```text
//! for each sample                      shared among threads
//!     for each head
//!         for each block of queries    64 rows
//!             for each block of keys   64 columns, of which a causal head skips what it masks
//!                 scores, their exponentials, and what they weigh: 16 KiB that stay in cache
//! ```
//!
//! No matrix of all scores exists: the forward pass keeps one number for each query and head, from which
//! the backward pass computes the weights again (Dao et al. 2022). A masked key of the block of a query weighs
//! zero: keys and values that are not finite spoil the queries of their block, those before them too.

mod backward;
mod forward;
mod rows;
mod step;

use core::ops::Range;

pub use self::step::AttentionStep;
pub(crate) use self::step::attention_step;

use super::{
    Attention,
    gemm::{
        operand::{ByRow, ByStep, Factors, Layout, Operand},
        output::Output,
        product::{Product, ROOM, Room},
    },
};
use crate::{
    parallel::{Rows, share},
    simd::{Cpu, Scalar, Simd, dispatch, root},
};

/// Queries of a block.
const QUERIES: usize = 64;

/// Keys of a block; no more than queries, so that a causal query sees a key of every block that its
/// block of queries sees.
const KEYS: usize = 64;

/// A block of scores, `[QUERIES, KEYS]`.
type Block<T> = Room<T, { QUERIES * KEYS }>;

/// `y = softmax(q · kᵀ / √d) · v`.
pub(crate) fn attention<T: Scalar>(
    cpu: Cpu,
    y: &mut [T],
    stats: &mut [T],
    q: &[T],
    k: &[T],
    v: &[T],
    rows: usize,
    sizes: Attention,
) {
    let outputs =
        (Rows { values: y, len: sizes.queries() }, Rows { values: stats, len: sizes.stats() });
    share(cpu, rows, 1, 2 * sizes.macs(rows), outputs, &|range, (y, stats)| {
        let (mut room, mut scores) = (Room::<T, ROOM>::new(), Block::<T>::new());
        let y = y.values.chunks_exact_mut(sizes.queries());
        let outputs = y.zip(stats.values.chunks_exact_mut(sizes.stats()));
        dispatch!(T, cpu, simd => for (row, (y, stats)) in range.zip(outputs) {
            let sample = Sample::new([q, k, v], row, sizes);
            let room = [scores.scalars(), room.scalars()];
            forward::sample(simd, y, stats, &sample, room);
        });
    });
}

/// The gradients of [`attention`].
pub(crate) fn attention_grad<T: Scalar>(
    cpu: Cpu,
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
    let [queries, keys] = [sizes.queries(), sizes.keys()];
    let outputs = (
        Rows { values: dq, len: queries },
        (Rows { values: dk, len: keys }, Rows { values: dv, len: keys }),
    );
    share(cpu, rows, 1, 5 * sizes.macs(rows), outputs, &|range, (dq, (dk, dv))| {
        let (mut room, mut weights, mut d) =
            (Room::<T, ROOM>::new(), Block::<T>::new(), Block::<T>::new());
        let outputs = dk.values.chunks_exact_mut(keys).zip(dv.values.chunks_exact_mut(keys));
        let outputs = dq.values.chunks_exact_mut(queries).zip(outputs);
        dispatch!(T, cpu, simd => for (row, (dq, (dk, dv))) in range.zip(outputs) {
            let sample = Sample::new([q, k, v], row, sizes);
            let part = row * queries..(row + 1) * queries;
            let given = backward::Given {
                dy: &dy[part.clone()],
                y: &y[part],
                stats: &stats[row * sizes.stats()..(row + 1) * sizes.stats()],
            };
            let room = [weights.scalars(), d.scalars(), room.scalars()];
            backward::sample(simd, [dq, dk, dv], &given, &sample, room);
        });
    });
}

/// The queries, keys and values of a sample.
struct Sample<'a, T> {
    q: &'a [T],
    k: &'a [T],
    v: &'a [T],
    sizes: Attention,
    /// `1/√d`.
    scale: T,
}

impl<'a, T: Scalar> Sample<'a, T> {
    fn new([q, k, v]: [&'a [T]; 3], row: usize, sizes: Attention) -> Self {
        let [queries, keys] = [sizes.queries(), sizes.keys()];
        let part = row * keys..(row + 1) * keys;
        let scale = T::from_f64(1.0 / root(sizes.head_size as f64));
        let q = &q[row * queries..(row + 1) * queries];
        Self { q, k: &k[part.clone()], v: &v[part], sizes, scale }
    }

    /// The columns of a head in rows of queries.
    fn columns(&self, head: usize) -> Range<usize> {
        head * self.sizes.head_size..(head + 1) * self.sizes.head_size
    }

    /// The columns of the keys and values that a head of queries reads.
    fn shared_columns(&self, head: usize) -> Range<usize> {
        self.columns(head / (self.sizes.heads / self.sizes.key_value_heads))
    }

    /// The number of keys that the queries before `end` see.
    fn seen(&self, end: usize) -> usize {
        if self.sizes.causal { end } else { self.sizes.key_time }
    }

    /// The number of keys of a block that begins with the key `first` that a query sees.
    fn limit(&self, query: usize, keys: &Range<usize>) -> usize {
        self.seen(query + 1).min(keys.end).saturating_sub(keys.start)
    }

    /// Scalars between the queries, and between the keys.
    fn strides(&self) -> [usize; 2] {
        [self.sizes.heads, self.sizes.key_value_heads].map(|heads| heads * self.sizes.head_size)
    }
}

/// Parts of some rows of a matrix.
struct Lines<'a, T, const N: usize> {
    lines: [&'a mut [T]; N],
    count: usize,
}

impl<'a, T, const N: usize> Lines<'a, T, N> {
    fn new(values: &'a mut [T], stride: usize, rows: Range<usize>, columns: Range<usize>) -> Self {
        let count = rows.len();
        let mut values = values[rows.start * stride..rows.end * stride].chunks_exact_mut(stride);
        let lines = core::array::from_fn(|_| match values.next() {
            Some(row) => &mut row[columns.clone()],
            None => &mut [],
        });
        Self { lines, count }
    }

    fn all(&mut self) -> &mut [&'a mut [T]] {
        &mut self.lines[..self.count]
    }
}

/// Some rows and columns of a matrix, as vectors to be read from where they lie or transposed.
fn operand<T>(
    values: &[T],
    stride: usize,
    row: usize,
    column: usize,
    layout: Layout,
) -> Operand<'_, T> {
    Operand { values: &values[row * stride + column..], stride, layout }
}

/// A product as a function of its own, one for every level and kind of factors.
#[inline(never)]
fn multiply<S: Simd, T: Scalar, F: Factors<T>>(
    simd: S,
    mut y: Output<'_, '_, T>,
    product: Product<'_, T, F>,
    room: &mut [T],
) {
    simd.vectorize(
        #[inline(always)]
        || product.compute(simd, &mut y, room),
    );
}

/// `scores[i, j] = a[i] · b[j]` for some rows of two matrices.
#[inline(always)]
fn scores<S: Simd, T: Scalar>(
    simd: S,
    scores: &mut [T],
    a: ByRow<'_, T>,
    b: Operand<'_, T>,
    [rows, columns, depth]: [usize; 3],
    room: &mut [T],
) {
    let y = Output::Whole(&mut scores[..rows * KEYS], KEYS);
    multiply(simd, y, Product::new(a, b, depth, columns), room);
}

/// The rows of a block of scores as factors.
fn by_row<T>(scores: &[T]) -> ByRow<'_, T> {
    ByRow { values: scores, stride: KEYS }
}

/// Its columns.
fn by_column<T>(scores: &[T]) -> ByStep<'_, T> {
    ByStep { values: scores, stride: KEYS }
}
