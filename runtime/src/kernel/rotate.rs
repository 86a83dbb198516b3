//! Rotary positions: pairs of features turned by angles that grow with time (Su et al. 2021).

use crate::{
    parallel::{Rows, share},
    simd::{Cpu, Scalar, dispatch},
};

/// Pairs whose sines and cosines are taken from the table together.
const PAIRS: usize = 64;

/// Turns the feature `i` of a head towards `i + d / 2`, by the angle of the step `t`; backwards where
/// `back`.
pub(crate) fn rotate<T: Scalar>(
    cpu: Cpu,
    y: &mut [T],
    table: &[T],
    heads: usize,
    d: usize,
    back: bool,
) {
    let (len, width) = (y.len(), heads * d);
    share(cpu, len / width, 1, 4 * len, Rows { values: y, len: width }, &|range, y| {
        let rows = range.zip(y.values.chunks_exact_mut(width));
        dispatch!(T, cpu, _simd => for (row, y) in rows {
            let start = row * d % table.len();
            let table = &table[start..start + d];
            rotate_step(y, d, back, |pair| [table[2 * pair], table[2 * pair + 1]]);
        });
    });
}

/// The same at the time step `time`; behind the last row of the table the angles are computed.
pub(crate) fn rotate_at<T: Scalar>(cpu: Cpu, y: &mut [T], table: &[T], d: usize, time: u64) {
    let row = table.chunks_exact(d).nth(usize::try_from(time).unwrap_or(usize::MAX));
    dispatch!(T, cpu, _simd => match row {
        Some(row) => rotate_step(y, d, false, |pair| [row[2 * pair], row[2 * pair + 1]]),
        None => rotate_step(y, d, false, |pair| computed(time, pair, d)),
    });
}

/// The sine and the cosine of a pair, as the table has them.
fn computed<T: Scalar>(time: u64, pair: usize, d: usize) -> [T; 2] {
    let angle = time as f64 / libm::pow(10_000.0, (2 * pair) as f64 / d as f64);
    [libm::sin(angle), libm::cos(angle)].map(T::from_f64)
}

/// All heads of a step; `angle` gives the sine and the cosine of a pair.
#[inline(always)]
fn rotate_step<T: Scalar>(y: &mut [T], d: usize, back: bool, angle: impl Fn(usize) -> [T; 2]) {
    for start in (0..d / 2).step_by(PAIRS) {
        let (mut sines, mut cosines) = ([T::ZERO; PAIRS], [T::ZERO; PAIRS]);
        let pairs = start..(start + PAIRS).min(d / 2);
        for (pair, (sine, cosine)) in pairs.clone().zip(sines.iter_mut().zip(&mut cosines)) {
            let [of_pair, other] = angle(pair);
            (*sine, *cosine) = (if back { -of_pair } else { of_pair }, other);
        }
        for head in y.chunks_exact_mut(d) {
            let (first, second) = head.split_at_mut(d / 2);
            let (first, second) = (&mut first[pairs.clone()], &mut second[pairs.clone()]);
            let angles = sines.iter().zip(&cosines);
            for ((a, b), (sine, cosine)) in first.iter_mut().zip(second).zip(angles) {
                (*a, *b) = (*a * *cosine - *b * *sine, *b * *cosine + *a * *sine);
            }
        }
    }
}
