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
            rotate_step(y, &table[start..start + d], d, back);
        });
    });
}

/// All heads of a step; `angles` has the sine and the cosine of every pair.
#[inline(always)]
fn rotate_step<T: Scalar>(y: &mut [T], angles: &[T], d: usize, back: bool) {
    for (part, angles) in angles.chunks(2 * PAIRS).enumerate() {
        let (mut sines, mut cosines) = ([T::ZERO; PAIRS], [T::ZERO; PAIRS]);
        for (angle, (sine, cosine)) in
            angles.chunks_exact(2).zip(sines.iter_mut().zip(&mut cosines))
        {
            (*sine, *cosine) = (if back { -angle[0] } else { angle[0] }, angle[1]);
        }
        let pairs = part * PAIRS..part * PAIRS + angles.len() / 2;
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
