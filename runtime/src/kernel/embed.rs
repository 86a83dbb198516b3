//! Embedding: rows of a table by index.

use crate::{
    parallel::{Rows, share},
    simd::{Cpu, Scalar, dispatch},
};

/// The row of a table of `vocabulary` rows that a scalar names: its whole part, the nearest row where
/// there is none of that number, the first for NaN.
#[must_use]
pub(crate) fn index<T: Scalar>(x: T, vocabulary: usize) -> usize {
    (x.to_f64() as usize).min(vocabulary - 1)
}

/// `y[t] = table[x[t]]`.
pub(crate) fn embed<T: Scalar>(cpu: Cpu, y: &mut [T], x: &[T], table: &[T], width: usize) {
    let (len, vocabulary) = (y.len(), table.len() / width);
    share(cpu, x.len(), 1, len, Rows { values: y, len: width }, &|range, y| {
        for (y, x) in y.values.chunks_exact_mut(width).zip(&x[range]) {
            let start = index(*x, vocabulary) * width;
            y.copy_from_slice(&table[start..start + width]);
        }
    });
}

/// `dtable[i] = Σ dy[t]` over the `t` with `x[t] = i`. Threads share the rows of the table.
pub(crate) fn embed_grad<T: Scalar>(cpu: Cpu, dtable: &mut [T], dy: &[T], x: &[T], width: usize) {
    let (len, vocabulary) = (dtable.len(), dtable.len() / width);
    let table = Rows { values: dtable, len: width };
    share(cpu, vocabulary, 1, len + dy.len(), table, &|range, table| {
        table.values.fill(T::ZERO);
        dispatch!(T, cpu, _simd => for (dy, x) in dy.chunks_exact(width).zip(x) {
            let row = index(*x, vocabulary);
            if range.contains(&row) {
                let start = (row - range.start) * width;
                add(&mut table.values[start..start + width], dy);
            }
        });
    });
}

#[inline(always)]
fn add<T: Scalar>(total: &mut [T], dy: &[T]) {
    total.iter_mut().zip(dy).for_each(|(total, dy)| *total += *dy);
}
