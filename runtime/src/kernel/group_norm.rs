//! Layer, RMS, group and instance normalisation: statistics of each group of each block.
//!
//! A block of one group is one vector of values; a block of several is treated column by column,
//! all groups of some columns at a time.

mod grouped;
mod whole;

use core::ops::Range;

use super::{
    Groups,
    columns::{Terms, WIDTH, sums},
};
use crate::{
    parallel::{Rows, share},
    simd::{Cpu, Scalar, dispatch},
};

/// Passes over a value.
const WORK: usize = 4;

/// `y = gamma · (x - mean) · rstd + beta`.
pub(crate) fn group_norm<T: Scalar>(
    cpu: Cpu,
    y: &mut [T],
    stats: &mut [T],
    x: &[T],
    gamma: &[T],
    beta: Option<&[T]>,
    sizes: Groups,
) {
    let (block, kept, len) = (sizes.block(), 2 * sizes.kept(), y.len());
    let outputs = (Rows { values: y, len: block }, Rows { values: stats, len: kept });
    share(cpu, len / block, 1, WORK * len, outputs, &|range, (y, stats)| {
        let x = &x[range.start * block..range.end * block];
        let blocks = y.values.chunks_exact_mut(block).zip(x.chunks_exact(block));
        let blocks = blocks.zip(stats.values.chunks_exact_mut(kept));
        dispatch!(T, cpu, simd => for ((y, x), stats) in blocks {
            let (mean, rstd) = stats.split_at_mut(kept / 2);
            if sizes.groups == 1 {
                whole::forward(simd, y, &mut mean[0], &mut rstd[0], x, gamma, beta, &sizes);
            } else {
                grouped::forward(y, mean, rstd, x, gamma, beta, &sizes);
            }
        });
    });
}

/// `dx = rstd · (d - mean d - x̂ · mean(d · x̂))` with `d = gamma · dy` and `x̂ = (x - mean) · rstd`.
pub(crate) fn group_norm_grad_input<T: Scalar>(
    cpu: Cpu,
    dx: &mut [T],
    dy: &[T],
    x: &[T],
    stats: &[T],
    gamma: &[T],
    sizes: Groups,
) {
    let (block, kept, len) = (sizes.block(), 2 * sizes.kept(), dx.len());
    let dx = Rows { values: dx, len: block };
    share(cpu, len / block, 1, WORK * len, dx, &|range, dx| {
        let scalars = range.start * block..range.end * block;
        let given = dy[scalars.clone()].chunks_exact(block).zip(x[scalars].chunks_exact(block));
        let stats = stats[range.start * kept..range.end * kept].chunks_exact(kept);
        let blocks = dx.values.chunks_exact_mut(block).zip(given).zip(stats);
        dispatch!(T, cpu, simd => for ((dx, (dy, x)), stats) in blocks {
            let (mean, rstd) = stats.split_at(kept / 2);
            if sizes.groups == 1 {
                whole::grad_input(simd, dx, dy, x, [mean[0], rstd[0]], gamma, &sizes);
            } else {
                grouped::grad_input(dx, dy, x, [mean, rstd], gamma, &sizes);
            }
        });
    });
}

/// `dgamma[c] = Σ dy · (x - mean) · rstd` and `dbeta[c] = Σ dy`.
pub(crate) fn group_norm_grad_scale<T: Scalar>(
    cpu: Cpu,
    dgamma: &mut [T],
    mut dbeta: Option<&mut [T]>,
    dy: &[T],
    x: &[T],
    stats: &[T],
    sizes: Groups,
) {
    let n = sizes.channels;
    let products = Products { dy, x, stats, sizes };
    for first in (0..n).step_by(WIDTH) {
        let columns = first..(first + WIDTH).min(n);
        let [plain, product] = sums(cpu, dy.len() / n, columns.clone(), &products);
        let totals = |totals: [f64; WIDTH]| totals.into_iter().map(T::from_f64);
        dgamma[columns.clone()].iter_mut().zip(totals(product)).for_each(|(d, sum)| *d = sum);
        if let Some(dbeta) = &mut dbeta {
            dbeta[columns].iter_mut().zip(totals(plain)).for_each(|(d, sum)| *d = sum);
        }
    }
}

/// `dy` and `dy · (x - mean) · rstd`.
struct Products<'a, T> {
    dy: &'a [T],
    x: &'a [T],
    stats: &'a [T],
    sizes: Groups,
}

impl<T: Scalar> Terms<T, 2> for Products<'_, T> {
    #[inline(always)]
    fn add(&self, row: usize, columns: Range<usize>, [sums, products]: &mut [[T; WIDTH]; 2]) {
        let (n, kept) = (self.sizes.channels, self.sizes.kept());
        let values = row * n + columns.start..row * n + columns.end;
        let given = self.dy[values.clone()].iter().zip(&self.x[values]);
        let terms = given.zip(sums.iter_mut().zip(products));
        let stats = &self.stats[row / self.sizes.pixels * 2 * kept..][..2 * kept];
        let (mean, rstd) = stats.split_at(kept);
        if let ([mean], [rstd]) = (mean, rstd) {
            for ((dy, x), (sum, product)) in terms {
                *sum += *dy;
                *product += *dy * ((*x - *mean) * *rstd);
            }
        } else {
            let stats = mean[columns.clone()].iter().zip(&rstd[columns]);
            for (((dy, x), (sum, product)), (mean, rstd)) in terms.zip(stats) {
                *sum += *dy;
                *product += *dy * ((*x - *mean) * *rstd);
            }
        }
    }
}
