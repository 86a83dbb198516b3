//! Several groups: sums of each column first, then of the columns of a group.

use core::ops::Range;

use crate::{
    kernel::{Groups, columns::WIDTH, norm::variance},
    simd::{Scalar, root},
};

type Sums<T> = [T; WIDTH];

/// Pixels whose sums are added up apart, so that the error does not grow with the number of pixels.
const BLOCK: usize = 128;

#[inline(always)]
fn add<T: Scalar>(totals: &mut Sums<T>, part: &Sums<T>) {
    totals.iter_mut().zip(part).for_each(|(total, part)| *total += *part);
}

#[inline(always)]
pub(super) fn forward<T: Scalar>(
    y: &mut [T],
    mean: &mut [T],
    rstd: &mut [T],
    x: &[T],
    gamma: &[T],
    beta: Option<&[T]>,
    sizes: &Groups,
) {
    for columns in pieces(0..sizes.channels) {
        let (means, squares) = column_moments(x, columns.clone(), sizes);
        mean[columns.clone()].copy_from_slice(&means[..columns.len()]);
        rstd[columns.clone()].copy_from_slice(&squares[..columns.len()]);
    }
    let width = sizes.channels / sizes.groups;
    for (mean, rstd) in mean.chunks_exact_mut(width).zip(rstd.chunks_exact_mut(width)) {
        join(mean, rstd, sizes);
    }
    for columns in pieces(0..sizes.channels) {
        let stats = [&mean[columns.clone()], &rstd[columns.clone()]];
        apply(y, x, columns, stats, gamma, beta, sizes.channels);
    }
}

/// Pieces of at most [`WIDTH`] columns.
#[inline(always)]
fn pieces(columns: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let end = columns.end;
    columns.step_by(WIDTH).map(move |start| start..(start + WIDTH).min(end))
}

/// The mean of some columns of a block, and the sum of squares about it; about zero where nothing is
/// centred.
#[inline(always)]
fn column_moments<T: Scalar>(x: &[T], columns: Range<usize>, sizes: &Groups) -> (Sums<T>, Sums<T>) {
    let count = T::from_f64(sizes.pixels as f64);
    let mut means = [T::ZERO; WIDTH];
    if sizes.centred {
        for x in x.chunks(BLOCK * sizes.channels) {
            let mut sums = [T::ZERO; WIDTH];
            for x in x.chunks_exact(sizes.channels) {
                sums.iter_mut().zip(&x[columns.clone()]).for_each(|(sum, x)| *sum += *x);
            }
            add(&mut means, &sums);
        }
        means.iter_mut().for_each(|mean| *mean /= count);
    }
    let (mut rests, mut squares) = ([T::ZERO; WIDTH], [T::ZERO; WIDTH]);
    for x in x.chunks(BLOCK * sizes.channels) {
        let [sums, of_squares] = deviations(x, columns.clone(), &means, sizes.channels);
        add(&mut rests, &sums);
        add(&mut squares, &of_squares);
    }
    if sizes.centred {
        for ((mean, rest), square) in means.iter_mut().zip(&rests).zip(&mut squares) {
            let rest = *rest / count;
            *mean += rest;
            *square -= rest * rest * count;
        }
    }
    (means, squares)
}

/// `Σ (x - mean)` and `Σ (x - mean)²` of some columns.
#[inline(always)]
fn deviations<T: Scalar>(
    x: &[T],
    columns: Range<usize>,
    means: &Sums<T>,
    channels: usize,
) -> [Sums<T>; 2] {
    let (mut rests, mut squares) = ([T::ZERO; WIDTH], [T::ZERO; WIDTH]);
    for x in x.chunks_exact(channels) {
        let sums = rests.iter_mut().zip(&mut squares).zip(means);
        for (((rest, square), mean), x) in sums.zip(&x[columns.clone()]) {
            let deviation = *x - *mean;
            *rest += deviation;
            *square += deviation * deviation;
        }
    }
    [rests, squares]
}

/// The moments of the columns of a group become those of the group (Chan 1983), and its `rstd`.
#[inline(always)]
fn join<T: Scalar>(mean: &mut [T], rstd: &mut [T], sizes: &Groups) {
    let (columns, pixels) = (mean.len() as f64, sizes.pixels as f64);
    let centre = mean.iter().map(|mean| mean.to_f64()).sum::<f64>() / columns;
    let within: f64 = rstd.iter().map(|squares| squares.to_f64()).sum();
    let between = mean.iter().map(|mean| mean.to_f64() - centre).map(|d| d * d).sum::<f64>();
    let var = (within + between * pixels) / (columns * pixels);
    mean.fill(T::from_f64(centre));
    rstd.fill(T::from_f64(1.0 / root(variance(var) + sizes.epsilon)));
}

/// `y = (x - mean) · rstd · gamma + beta` of some columns.
#[inline(always)]
fn apply<T: Scalar>(
    y: &mut [T],
    x: &[T],
    columns: Range<usize>,
    [mean, rstd]: [&[T]; 2],
    gamma: &[T],
    beta: Option<&[T]>,
    channels: usize,
) {
    let (mut scales, mut offsets) = ([T::ZERO; WIDTH], [T::ZERO; WIDTH]);
    for (scale, (rstd, gamma)) in scales.iter_mut().zip(rstd.iter().zip(&gamma[columns.clone()])) {
        *scale = *rstd * *gamma;
    }
    if let Some(beta) = beta {
        offsets[..columns.len()].copy_from_slice(&beta[columns.clone()]);
    }
    for (y, x) in y.chunks_exact_mut(channels).zip(x.chunks_exact(channels)) {
        let values = y[columns.clone()].iter_mut().zip(&x[columns.clone()]);
        let factors = mean.iter().zip(scales.iter().zip(&offsets));
        for ((y, x), (mean, (scale, offset))) in values.zip(factors) {
            *y = (*x - *mean) * *scale + *offset;
        }
    }
}

#[inline(always)]
pub(super) fn grad_input<T: Scalar>(
    dx: &mut [T],
    dy: &[T],
    x: &[T],
    [mean, rstd]: [&[T]; 2],
    gamma: &[T],
    sizes: &Groups,
) {
    let width = sizes.channels / sizes.groups;
    let span = (WIDTH / width).max(1) * width;
    for start in (0..sizes.channels).step_by(span) {
        let columns = start..(start + span).min(sizes.channels);
        if width <= WIDTH {
            let mut shares = column_products(dy, x, columns.clone(), mean, gamma, sizes.channels);
            share_in_groups(&mut shares, columns.len(), width);
            apply_grad(dx, dy, x, columns, [mean, rstd], &shares, gamma, sizes);
        } else {
            let mut totals = [T::ZERO; 2];
            for piece in pieces(columns.clone()) {
                let sums = column_products(dy, x, piece, mean, gamma, sizes.channels);
                for (total, sums) in totals.iter_mut().zip(&sums) {
                    sums.iter().for_each(|sum| *total += *sum);
                }
            }
            let shares = totals.map(|total| [total; WIDTH]);
            for piece in pieces(columns) {
                apply_grad(dx, dy, x, piece, [mean, rstd], &shares, gamma, sizes);
            }
        }
    }
}

/// `Σ dy` and `Σ dy · (x - mean)` of some columns of a block.
#[inline(always)]
fn block_products<T: Scalar>(
    dy: &[T],
    x: &[T],
    columns: Range<usize>,
    mean: &[T],
    channels: usize,
) -> [Sums<T>; 2] {
    let (mut sums, mut products) = ([T::ZERO; WIDTH], [T::ZERO; WIDTH]);
    for (dy, x) in dy.chunks_exact(channels).zip(x.chunks_exact(channels)) {
        let given = dy[columns.clone()].iter().zip(&x[columns.clone()]).zip(mean);
        for (((dy, x), mean), (sum, product)) in given.zip(sums.iter_mut().zip(&mut products)) {
            *sum += *dy;
            *product += *dy * (*x - *mean);
        }
    }
    [sums, products]
}

/// `Σ d` and `Σ d · (x - mean)` of some columns, with `d = gamma · dy`.
#[inline(always)]
fn column_products<T: Scalar>(
    dy: &[T],
    x: &[T],
    columns: Range<usize>,
    mean: &[T],
    gamma: &[T],
    channels: usize,
) -> [Sums<T>; 2] {
    let (mean, gamma) = (&mean[columns.clone()], &gamma[columns.clone()]);
    let (mut sums, mut products) = ([T::ZERO; WIDTH], [T::ZERO; WIDTH]);
    let block = BLOCK * channels;
    for (dy, x) in dy.chunks(block).zip(x.chunks(block)) {
        let parts = block_products(dy, x, columns.clone(), mean, channels);
        add(&mut sums, &parts[0]);
        add(&mut products, &parts[1]);
    }
    for (gamma, (sum, product)) in gamma.iter().zip(sums.iter_mut().zip(&mut products)) {
        (*sum, *product) = (*sum * *gamma, *product * *gamma);
    }
    [sums, products]
}

/// Every column gets the total of its group.
#[inline(always)]
fn share_in_groups<T: Scalar>(sums: &mut [Sums<T>; 2], columns: usize, width: usize) {
    for sums in sums {
        for group in sums[..columns].chunks_exact_mut(width) {
            let total = group.iter().fold(T::ZERO, |total, sum| total + *sum);
            group.fill(total);
        }
    }
}

/// `dx = rstd · (gamma · dy - Σ d / N - (x - mean) · rstd² · Σ d · (x - mean) / N)` of some columns.
#[inline(always)]
fn apply_grad<T: Scalar>(
    dx: &mut [T],
    dy: &[T],
    x: &[T],
    columns: Range<usize>,
    [mean, rstd]: [&[T]; 2],
    [sums, products]: &[Sums<T>; 2],
    gamma: &[T],
    sizes: &Groups,
) {
    let part = T::from_f64(sizes.groups as f64 / sizes.block() as f64);
    let (mean, rstd, gamma) =
        (&mean[columns.clone()], &rstd[columns.clone()], &gamma[columns.clone()]);
    let (mut scales, mut centres, mut slopes) =
        ([T::ZERO; WIDTH], [T::ZERO; WIDTH], [T::ZERO; WIDTH]);
    for (c, (rstd, gamma)) in rstd.iter().zip(gamma).enumerate() {
        scales[c] = *rstd * *gamma;
        centres[c] = if sizes.centred { *rstd * sums[c] * part } else { T::ZERO };
        slopes[c] = *rstd * *rstd * *rstd * products[c] * part;
    }
    let n = sizes.channels;
    let rows = dx.chunks_exact_mut(n).zip(dy.chunks_exact(n).zip(x.chunks_exact(n)));
    for (dx, (dy, x)) in rows {
        let given = dy[columns.clone()].iter().zip(&x[columns.clone()]).zip(mean);
        let factors = scales.iter().zip(&centres).zip(&slopes);
        let values = dx[columns.clone()].iter_mut().zip(given).zip(factors);
        for ((dx, ((dy, x), mean)), ((scale, centre), slope)) in values {
            *dx = *dy * *scale - *centre - (*x - *mean) * *slope;
        }
    }
}
