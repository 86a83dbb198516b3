//! Batch normalisation, channel by channel.

use core::ops::Range;

use super::columns::{Terms, Values, WIDTH, sums};
use crate::{
    parallel::{Rows, share},
    simd::{Cpu, Scalar, dispatch, root},
};

/// `y = gamma · (x - mean) · rstd + beta` with the statistics of this batch, and the running ones moved.
pub(crate) fn batch_norm<T: Scalar>(
    cpu: Cpu,
    y: &mut [T],
    mean: &mut [T],
    rstd: &mut [T],
    running_mean: &mut [T],
    running_var: &mut [T],
    x: &[T],
    gamma: &[T],
    beta: &[T],
    momentum: f64,
    epsilon: f64,
) {
    let n = mean.len();
    if x.is_empty() {
        return;
    }
    let moved = |running: T, batch: f64| {
        T::from_f64(momentum * running.to_f64() + (1.0 - momentum) * batch)
    };
    for first in (0..n).step_by(WIDTH) {
        let columns = first..(first + WIDTH).min(n);
        let (means, vars) = statistics(cpu, x, mean, columns.clone());
        for (c, (average, var)) in columns.zip(means.into_iter().zip(vars)) {
            (mean[c], rstd[c]) = (T::from_f64(average), T::from_f64(1.0 / root(var + epsilon)));
            running_mean[c] = moved(running_mean[c], average);
            running_var[c] = moved(running_var[c], var);
        }
    }
    apply(cpu, y, x, n, &|c| (mean[c], gamma[c] * rstd[c], beta[c]));
}

/// Means and variances of some columns: first the means as far as sums of the scalar type tell them,
/// left in `mean`, then what the deviations from these add to them (Chan 1983).
fn statistics<T: Scalar>(
    cpu: Cpu,
    x: &[T],
    mean: &mut [T],
    columns: Range<usize>,
) -> ([f64; WIDTH], [f64; WIDTH]) {
    let (n, rows) = (mean.len(), x.len() / mean.len());
    let count = rows as f64;
    let [totals] = sums(cpu, rows, columns.clone(), &Values { values: x, n });
    for (c, total) in columns.clone().zip(totals) {
        mean[c] = T::from_f64(total / count);
    }
    let [deviations, squares] = sums(cpu, rows, columns.clone(), &Squares { x, n, mean });
    let (mut means, mut vars) = ([0.0; WIDTH], [0.0; WIDTH]);
    for (i, c) in columns.enumerate() {
        let deviation = deviations[i] / count;
        means[i] = mean[c].to_f64() + deviation;
        vars[i] = variance(squares[i] / count - deviation * deviation);
    }
    (means, vars)
}

/// Of which rounding may leave less than nothing; a NaN stays.
pub(super) fn variance(value: f64) -> f64 {
    if value < 0.0 { 0.0 } else { value }
}

/// With `x̂ = (x - mean) · rstd` and `N` values of a channel: `dbeta = Σ dy`, `dgamma = Σ dy · x̂`,
/// `dx = gamma · rstd · (dy - dbeta / N - x̂ · dgamma / N)`.
pub(crate) fn batch_norm_grad<T: Scalar>(
    cpu: Cpu,
    dx: &mut [T],
    dgamma: &mut [T],
    dbeta: &mut [T],
    dy: &[T],
    x: &[T],
    gamma: &[T],
    mean: &[T],
    rstd: &[T],
) {
    let n = mean.len();
    for first in (0..n).step_by(WIDTH) {
        let columns = first..(first + WIDTH).min(n);
        let products = Products { dy, x, n, mean };
        let [plain, product] = sums(cpu, x.len() / n, columns.clone(), &products);
        for (c, (plain, product)) in columns.zip(plain.into_iter().zip(product)) {
            dbeta[c] = T::from_f64(plain);
            dgamma[c] = T::from_f64(product * rstd[c].to_f64());
        }
    }
    let share_of_row = T::from_f64(n as f64 / x.len() as f64);
    apply_pair(cpu, dx, dy, x, n, &|c| {
        let slope = rstd[c] * dgamma[c] * share_of_row;
        [mean[c], slope, dbeta[c] * share_of_row, gamma[c] * rstd[c]]
    });
}

/// `y = gamma · (x - mean) / √(var + epsilon) + beta`.
pub(crate) fn normalize<T: Scalar>(
    cpu: Cpu,
    y: &mut [T],
    x: &[T],
    gamma: &[T],
    beta: &[T],
    mean: &[T],
    var: &[T],
    epsilon: f64,
) {
    apply(cpu, y, x, mean.len(), &|c| (mean[c], scaled(gamma[c], var[c], epsilon), beta[c]));
}

/// `dx = dy · gamma / √(var + epsilon)`.
pub(crate) fn normalize_grad<T: Scalar>(
    cpu: Cpu,
    dx: &mut [T],
    dy: &[T],
    gamma: &[T],
    var: &[T],
    epsilon: f64,
) {
    apply(cpu, dx, dy, var.len(), &|c| (T::ZERO, scaled(gamma[c], var[c], epsilon), T::ZERO));
}

/// `gamma / √(var + epsilon)`.
fn scaled<T: Scalar>(gamma: T, var: T, epsilon: f64) -> T {
    T::from_f64(gamma.to_f64() / root(var.to_f64() + epsilon))
}

/// `y[r, c] = (x[r, c] - shift) · scale + offset`, by `channel(c)`.
fn apply<T: Scalar>(
    cpu: Cpu,
    y: &mut [T],
    x: &[T],
    n: usize,
    channel: &(impl Fn(usize) -> (T, T, T) + Sync),
) {
    let len = y.len();
    share(cpu, len / n, 1, len, Rows { values: y, len: n }, &|range, y| {
        let x = &x[range.start * n..range.end * n];
        for first in (0..n).step_by(WIDTH) {
            let columns = first..(first + WIDTH).min(n);
            let mut factors = [[T::ZERO; WIDTH]; 3];
            for (i, c) in columns.clone().enumerate() {
                (factors[0][i], factors[1][i], factors[2][i]) = channel(c);
            }
            dispatch!(T, cpu, _simd => apply_columns(y.values, x, n, columns, &factors));
        }
    });
}

#[inline(always)]
fn apply_columns<T: Scalar>(
    y: &mut [T],
    x: &[T],
    n: usize,
    columns: Range<usize>,
    [shift, scale, offset]: &[[T; WIDTH]; 3],
) {
    for (y, x) in y.chunks_exact_mut(n).zip(x.chunks_exact(n)) {
        let values = y[columns.clone()].iter_mut().zip(&x[columns.clone()]);
        let factors = shift.iter().zip(scale).zip(offset);
        for ((y, x), ((shift, scale), offset)) in values.zip(factors) {
            *y = (*x - *shift) * *scale + *offset;
        }
    }
}

/// `dx[r, c] = (dy - offset - (x - shift) · slope) · scale`, by `channel(c)`.
fn apply_pair<T: Scalar>(
    cpu: Cpu,
    dx: &mut [T],
    dy: &[T],
    x: &[T],
    n: usize,
    channel: &(impl Fn(usize) -> [T; 4] + Sync),
) {
    let len = dx.len();
    share(cpu, len / n, 1, len, Rows { values: dx, len: n }, &|range, dx| {
        let range = range.start * n..range.end * n;
        let (dy, x) = (&dy[range.clone()], &x[range]);
        for first in (0..n).step_by(WIDTH) {
            let columns = first..(first + WIDTH).min(n);
            let mut factors = [[T::ZERO; WIDTH]; 4];
            for (i, c) in columns.clone().enumerate() {
                [factors[0][i], factors[1][i], factors[2][i], factors[3][i]] = channel(c);
            }
            dispatch!(T, cpu, _simd => pair_columns(dx.values, dy, x, n, columns, &factors));
        }
    });
}

#[inline(always)]
fn pair_columns<T: Scalar>(
    dx: &mut [T],
    dy: &[T],
    x: &[T],
    n: usize,
    columns: Range<usize>,
    [shift, slope, offset, scale]: &[[T; WIDTH]; 4],
) {
    let rows = dx.chunks_exact_mut(n).zip(dy.chunks_exact(n).zip(x.chunks_exact(n)));
    for (dx, (dy, x)) in rows {
        let given = dy[columns.clone()].iter().zip(&x[columns.clone()]);
        let factors = shift.iter().zip(slope).zip(offset.iter().zip(scale));
        let values = dx[columns.clone()].iter_mut().zip(given).zip(factors);
        for ((dx, (dy, x)), ((shift, slope), (offset, scale))) in values {
            *dx = (*dy - *offset - (*x - *shift) * *slope) * *scale;
        }
    }
}

/// `x - mean` and its square.
struct Squares<'a, T> {
    x: &'a [T],
    n: usize,
    mean: &'a [T],
}

impl<T: Scalar> Terms<T, 2> for Squares<'_, T> {
    #[inline(always)]
    fn add(&self, row: usize, columns: Range<usize>, [sums, squares]: &mut [[T; WIDTH]; 2]) {
        let x = &self.x[row * self.n..(row + 1) * self.n][columns.clone()];
        let values = x.iter().zip(&self.mean[columns]);
        for ((sum, square), (x, mean)) in sums.iter_mut().zip(squares).zip(values) {
            let deviation = *x - *mean;
            *sum += deviation;
            *square += deviation * deviation;
        }
    }
}

/// `dy` and `dy · (x - mean)`.
struct Products<'a, T> {
    dy: &'a [T],
    x: &'a [T],
    n: usize,
    mean: &'a [T],
}

impl<T: Scalar> Terms<T, 2> for Products<'_, T> {
    #[inline(always)]
    fn add(&self, row: usize, columns: Range<usize>, [sums, products]: &mut [[T; WIDTH]; 2]) {
        let row = row * self.n..(row + 1) * self.n;
        let (dy, x) = (&self.dy[row.clone()][columns.clone()], &self.x[row][columns.clone()]);
        let values = dy.iter().zip(x.iter().zip(&self.mean[columns]));
        for ((sum, product), (dy, (x, mean))) in sums.iter_mut().zip(products).zip(values) {
            *sum += *dy;
            *product += *dy * (*x - *mean);
        }
    }
}
