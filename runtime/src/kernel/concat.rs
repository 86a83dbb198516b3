//! Values side by side, and their parts.

use core::ops::Range;

use crate::{
    parallel::{Rows, share},
    simd::{Cpu, Scalar},
};

/// `y[r, ·] = x1[r, ..n1], x2[r, ..n2], ..`, of parts `(x, n)`.
pub(crate) fn concat<T: Scalar>(cpu: Cpu, y: &mut [T], parts: &[(&[T], usize)]) {
    let (len, width) = (y.len(), parts.iter().map(|(_, n)| n).sum());
    share(cpu, len / width, 1, len, Rows { values: y, len: width }, &|rows, y| {
        let mut start = 0;
        for (x, n) in parts {
            copy_columns(y.values, width, start..start + n, &x[rows.start * n..rows.end * n]);
            start += n;
        }
    });
}

fn copy_columns<T: Scalar>(y: &mut [T], width: usize, columns: Range<usize>, x: &[T]) {
    for (y, x) in y.chunks_exact_mut(width).zip(x.chunks_exact(columns.len())) {
        y[columns.clone()].copy_from_slice(x);
    }
}

/// `y[r, n] = x[r, start..start + n]`, of rows of `width`.
pub(crate) fn split<T: Scalar>(
    cpu: Cpu,
    y: &mut [T],
    x: &[T],
    width: usize,
    start: usize,
    n: usize,
) {
    let len = y.len();
    share(cpu, len / n, 1, len, Rows { values: y, len: n }, &|rows, y| {
        let x = &x[rows.start * width..rows.end * width];
        for (y, x) in y.values.chunks_exact_mut(n).zip(x.chunks_exact(width)) {
            y.copy_from_slice(&x[start..start + n]);
        }
    });
}
