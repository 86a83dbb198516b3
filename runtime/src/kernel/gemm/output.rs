//! Where a product is written.

use core::{array::from_fn, mem::take};

/// The rows of an output.
pub(crate) enum Output<'o, 'y, T> {
    /// Rows of so many scalars, one after the other.
    Whole(&'o mut [T], usize),
    /// Parts of the rows of a matrix.
    Parts(&'o mut [&'y mut [T]]),
}

impl<T> Output<'_, '_, T> {
    pub(crate) fn rows(&self) -> usize {
        match self {
            Output::Whole(values, len) => values.len() / len,
            Output::Parts(rows) => rows.len(),
        }
    }

    /// The `R` rows from `row` on.
    #[inline(always)]
    pub(crate) fn tile<const R: usize>(&mut self, row: usize) -> [&mut [T]; R] {
        match self {
            Output::Whole(values, len) => {
                let mut others = &mut values[row * *len..(row + R) * *len];
                from_fn(|_| {
                    let (first, rest) = take(&mut others).split_at_mut(*len);
                    others = rest;
                    first
                })
            }
            Output::Parts(rows) => {
                let mut rows = rows[row..].iter_mut();
                from_fn(|_| rows.next().map(|row| &mut **row).unwrap_or_default())
            }
        }
    }
}
