//! Sums over the rows of a matrix, column by column.
//!
//! The rows are cut into [`PARTS`] whatever the number of threads, each is summed in blocks, and blocks
//! and parts are added up in `f64`: the bits depend on the sizes alone, and the error does not grow with
//! the number of rows.

use core::ops::Range;

use crate::{
    parallel::{Rows, share},
    simd::{Cpu, Scalar, dispatch},
};

/// Columns that are summed together.
pub(crate) const WIDTH: usize = 64;

/// Parts of the rows that threads share.
const PARTS: usize = 8;

/// Rows whose sum is kept in the scalar type.
const BLOCK: usize = 128;

/// What is added up: `K` terms for each element.
pub(crate) trait Terms<T, const K: usize>: Sync {
    /// Adds the terms of some columns, at most [`WIDTH`], of one row.
    fn add(&self, row: usize, columns: Range<usize>, sums: &mut [[T; WIDTH]; K]);
}

/// The sums of some columns, at most [`WIDTH`], over `rows` rows.
pub(crate) fn sums<T: Scalar, const K: usize>(
    cpu: Cpu,
    rows: usize,
    columns: Range<usize>,
    terms: &impl Terms<T, K>,
) -> [[f64; WIDTH]; K] {
    let mut parts = [[[0.0; WIDTH]; K]; PARTS];
    let work = rows * columns.len();
    let shared = Rows { values: &mut parts[..], len: 1 };
    share(cpu, PARTS, 1, work, shared, &|range, parts| {
        for (part, sums) in range.zip(parts.values) {
            let rows = rows * part / PARTS..rows * (part + 1) / PARTS;
            dispatch!(T, cpu, _simd => part_sums(rows, &columns, terms, sums));
        }
    });
    let mut total = [[0.0; WIDTH]; K];
    for part in &parts {
        add(&mut total, part);
    }
    total
}

#[inline(always)]
fn part_sums<T: Scalar, const K: usize>(
    rows: Range<usize>,
    columns: &Range<usize>,
    terms: &impl Terms<T, K>,
    sums: &mut [[f64; WIDTH]; K],
) {
    let mut start = rows.start;
    while start < rows.end {
        let end = (start + BLOCK).min(rows.end);
        let mut block = [[T::ZERO; WIDTH]; K];
        for row in start..end {
            terms.add(row, columns.clone(), &mut block);
        }
        add(sums, &block.map(|sums| sums.map(Scalar::to_f64)));
        start = end;
    }
}

#[inline(always)]
fn add<const K: usize>(total: &mut [[f64; WIDTH]; K], part: &[[f64; WIDTH]; K]) {
    for (total, part) in total.as_flattened_mut().iter_mut().zip(part.as_flattened()) {
        *total += part;
    }
}

/// The elements of a matrix of `n` columns.
pub(crate) struct Values<'a, T> {
    pub(crate) values: &'a [T],
    pub(crate) n: usize,
}

impl<T: Scalar> Terms<T, 1> for Values<'_, T> {
    #[inline(always)]
    fn add(&self, row: usize, columns: Range<usize>, [sums]: &mut [[T; WIDTH]; 1]) {
        let row = &self.values[row * self.n..(row + 1) * self.n][columns];
        for (sum, value) in sums.iter_mut().zip(row) {
            *sum += *value;
        }
    }
}
