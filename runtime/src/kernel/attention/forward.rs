//! `y = softmax(q · kᵀ / √d) · v`, block by block of the keys: what earlier blocks made is scaled when a
//! larger score turns up (Milakov and Gimelshein 2018).

use core::ops::Range;

use super::{
    KEYS, Lines, QUERIES, Sample, by_row, multiply, operand,
    rows::{Running, scale, weigh},
    scores,
};
use crate::{
    kernel::gemm::{
        operand::{ByRow, Layout},
        output::Output,
        product::Product,
    },
    simd::{Scalar, Simd},
};

/// All heads of a sample; `room` is a block of scores and a panel.
#[inline(always)]
pub(super) fn sample<S: Simd, T: Scalar>(
    simd: S,
    y: &mut [T],
    stats: &mut [T],
    sample: &Sample<'_, T>,
    [block, room]: [&mut [T]; 2],
) {
    let (time, stride) = (sample.sizes.time, sample.strides()[0]);
    for (head, stats) in stats.chunks_exact_mut(time).enumerate() {
        for first in (0..time).step_by(QUERIES) {
            let queries = first..time.min(first + QUERIES);
            let columns = sample.columns(head);
            let mut y = Lines::<T, QUERIES>::new(y, stride, queries.clone(), columns);
            let stats = &mut stats[queries.clone()];
            self::queries(simd, y.all(), stats, sample, head, queries, [&mut *block, &mut *room]);
        }
    }
}

/// A block of queries of a head.
#[inline(always)]
fn queries<S: Simd, T: Scalar>(
    simd: S,
    y: &mut [&mut [T]],
    stats: &mut [T],
    sample: &Sample<'_, T>,
    head: usize,
    queries: Range<usize>,
    [block, room]: [&mut [T]; 2],
) {
    let ([stride, shared], depth) = (sample.strides(), sample.sizes.head_size);
    let column = sample.shared_columns(head).start;
    let q = &sample.q[queries.start * stride + sample.columns(head).start..];
    let q = ByRow { values: q, stride };
    let mut running = [Running::<T>::NOTHING; QUERIES];
    let end = sample.seen(queries.end);
    for first in (0..end).step_by(KEYS) {
        let keys = first..end.min(first + KEYS);
        let k = operand(sample.k, shared, first, column, Layout::Transposed);
        scores(simd, block, q, k, [queries.len(), keys.len(), depth], room);
        for (i, query) in queries.clone().enumerate() {
            let row = &mut block[i * KEYS..(i + 1) * KEYS];
            let factor =
                weigh(simd, row, sample.limit(query, &keys), sample.scale, &mut running[i]);
            if first > 0 {
                scale(simd, y[i], factor);
            }
        }
        let v = operand(sample.v, shared, first, column, Layout::Direct);
        let product = Product::new(by_row(block), v, keys.len(), depth).adding(first > 0);
        multiply(simd, Output::Parts(y), product, room);
    }
    for ((y, stats), running) in y.iter_mut().zip(stats).zip(running) {
        scale(simd, y, T::ONE / running.sum);
        *stats = running.log();
    }
}
