//! With the weights `p = softmax(q · kᵀ / √d)`:
//!
//! ```text
//! dv = pᵀ · dy        dq = ds · k / √d
//! dp = dy · vᵀ        dk = dsᵀ · q / √d        ds = p · (dp - Σ dy · y)
//! ```

use core::ops::Range;

use super::{
    KEYS, Lines, QUERIES, Sample, by_column, by_row, multiply, operand,
    rows::{dot, weigh_again, weigh_gradients},
    scores,
};
use crate::{
    kernel::gemm::{
        operand::{ByRow, Factors, Layout, Operand},
        output::Output,
        product::Product,
    },
    simd::{Scalar, Simd},
};

/// What the forward pass left, and the gradient of its output.
pub(super) struct Given<'a, T> {
    pub(super) dy: &'a [T],
    pub(super) y: &'a [T],
    pub(super) stats: &'a [T],
}

/// All heads of a sample; `room` is two blocks of scores and a panel.
#[inline(always)]
pub(super) fn sample<S: Simd, T: Scalar>(
    simd: S,
    [dq, dk, dv]: [&mut [T]; 3],
    given: &Given<'_, T>,
    sample: &Sample<'_, T>,
    [weights, d, room]: [&mut [T]; 3],
) {
    for gradient in [&mut *dq, &mut *dk, &mut *dv] {
        gradient.fill(T::ZERO);
    }
    let time = sample.sizes.time;
    for head in 0..sample.sizes.heads {
        for first in (0..time).step_by(QUERIES) {
            let queries = first..time.min(first + QUERIES);
            let site = Site { given, sample, head, queries };
            let room = [&mut *weights, &mut *d, &mut *room];
            site.gradients(simd, [&mut *dq, &mut *dk, &mut *dv], room);
        }
    }
}

/// A block of queries of a head.
struct Site<'a, T> {
    given: &'a Given<'a, T>,
    sample: &'a Sample<'a, T>,
    head: usize,
    queries: Range<usize>,
}

impl<T: Scalar> Site<'_, T> {
    #[inline(always)]
    fn gradients<S: Simd>(
        &self,
        simd: S,
        [dq, dk, dv]: [&mut [T]; 3],
        [weights, d, room]: [&mut [T]; 3],
    ) {
        let (sample, queries) = (self.sample, &self.queries);
        let (q, dy) = (self.rows(sample.q), self.rows(self.given.dy));
        let shared = sample.strides()[1];
        let column = sample.shared_columns(self.head).start;
        let sums = self.sums(simd);
        let end = sample.seen(queries.end);
        for first in (0..end).step_by(KEYS) {
            let keys = first..end.min(first + KEYS);
            let of = |values, layout| operand(values, shared, first, column, layout);
            let sizes = [queries.len(), keys.len(), sample.sizes.head_size];
            scores(simd, weights, q, of(sample.k, Layout::Transposed), sizes, room);
            self.weigh_again(simd, weights, &keys);
            let dy_rows = self.operand(self.given.dy);
            self.add_shared(simd, dv, &keys, weights, dy_rows, room);
            scores(simd, d, dy, of(sample.v, Layout::Transposed), sizes, room);
            for (i, sum) in sums.iter().enumerate().take(queries.len()) {
                let row = i * KEYS..(i + 1) * KEYS;
                let (d, weights) = (&mut d[row.clone()], &weights[row]);
                weigh_gradients(simd, d, weights, *sum, sample.scale);
            }
            self.add(simd, dq, &keys, d, of(sample.k, Layout::Direct), room);
            let q_rows = self.operand(sample.q);
            self.add_shared(simd, dk, &keys, d, q_rows, room);
        }
    }

    /// The rows of the block in a matrix of queries, as factors.
    fn rows<'m>(&self, matrix: &'m [T]) -> ByRow<'m, T> {
        let stride = self.sample.strides()[0];
        let start = self.queries.start * stride + self.sample.columns(self.head).start;
        ByRow { values: &matrix[start..], stride }
    }

    /// The same as vectors.
    fn operand<'m>(&self, matrix: &'m [T]) -> Operand<'m, T> {
        let ByRow { values, stride } = self.rows(matrix);
        Operand { values, stride, layout: Layout::Direct }
    }

    /// `Σ dy · y` of every query.
    #[inline(always)]
    fn sums<S: Simd>(&self, simd: S) -> [T; QUERIES] {
        let (dy, y) = (self.rows(self.given.dy), self.rows(self.given.y));
        let mut sums = [T::ZERO; QUERIES];
        for (i, sum) in sums.iter_mut().enumerate().take(self.queries.len()) {
            let part = i * dy.stride..i * dy.stride + self.sample.sizes.head_size;
            *sum = dot(simd, &dy.values[part.clone()], &y.values[part]);
        }
        sums
    }

    /// The weights of the forward pass from their scores.
    #[inline(always)]
    fn weigh_again<S: Simd>(&self, simd: S, block: &mut [T], keys: &Range<usize>) {
        let stats = &self.given.stats[self.head * self.sample.sizes.time..];
        for (i, query) in self.queries.clone().enumerate() {
            let row = &mut block[i * KEYS..(i + 1) * KEYS];
            let limit = self.sample.limit(query, keys);
            weigh_again(simd, row, limit, self.sample.scale, stats[query]);
        }
    }

    /// `dq += block · k`.
    #[inline(always)]
    fn add<S: Simd>(
        &self,
        simd: S,
        dq: &mut [T],
        keys: &Range<usize>,
        block: &[T],
        k: Operand<'_, T>,
        room: &mut [T],
    ) {
        let (stride, columns) = (self.sample.strides()[0], self.sample.columns(self.head));
        let mut dq = Lines::<T, QUERIES>::new(dq, stride, self.queries.clone(), columns);
        self.add_product(simd, dq.all(), by_row(block), k, keys.len(), room);
    }

    /// `gradient[keys] += blockᵀ · rows`, of keys or values.
    #[inline(always)]
    fn add_shared<S: Simd>(
        &self,
        simd: S,
        gradient: &mut [T],
        keys: &Range<usize>,
        block: &[T],
        rows: Operand<'_, T>,
        room: &mut [T],
    ) {
        let (stride, columns) = (self.sample.strides()[1], self.sample.shared_columns(self.head));
        let mut gradient = Lines::<T, KEYS>::new(gradient, stride, keys.clone(), columns);
        self.add_product(simd, gradient.all(), by_column(block), rows, self.queries.len(), room);
    }

    #[inline(always)]
    fn add_product<S: Simd>(
        &self,
        simd: S,
        y: &mut [&mut [T]],
        factors: impl Factors<T>,
        operand: Operand<'_, T>,
        depth: usize,
        room: &mut [T],
    ) {
        let product = Product::new(factors, operand, depth, self.sample.sizes.head_size);
        multiply(simd, Output::Parts(y), product.adding(true), room);
    }
}
