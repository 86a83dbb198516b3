//! Windows of 2x2 that tile the image: no tap is outside it, and no pixel is in two windows.

use core::ops::Range;

use super::Pool;
use crate::{kernel::Window, simd::Scalar};

/// Channels that are treated together.
const WIDTH: usize = 16;

/// Whether the windows are of this kind. An odd last row or column is in no window.
pub(super) fn fits(window: &Window) -> bool {
    let Window { input, output, kernel, stride, padding, dilation } = *window;
    [kernel, stride, padding, dilation] == [[2; 2], [2; 2], [0; 2], [1; 2]]
        && output == input.map(|size| size / 2)
}

/// The maximum over each window of one sample; an empty `index` is left alone.
#[inline(always)]
pub(super) fn max_sample<T: Scalar>(y: &mut [T], index: &mut [u8], x: &[T], pool: &Pool) {
    let n = pool.channels;
    let row = pool.window.input[1] * n;
    let mut start = 0;
    for rows in x.chunks_exact(2 * row) {
        let (top, bottom) = rows.split_at(row);
        for (top, bottom) in top.chunks_exact(2 * n).zip(bottom.chunks_exact(2 * n)) {
            let taps = [&top[..n], &top[n..], &bottom[..n], &bottom[n..]];
            let place = start..start + n;
            let y = &mut y[place.clone()];
            match index.get_mut(place) {
                Some(index) => pixel(y, index, taps),
                None => pixel_value(y, taps),
            }
            start += n;
        }
    }
}

/// Pieces of `n` channels, and whether each is a whole one: then its length is a constant.
#[inline(always)]
fn pieces(n: usize) -> impl Iterator<Item = (Range<usize>, bool)> {
    let whole = n / WIDTH * WIDTH;
    let pieces = (0..whole).step_by(WIDTH).map(|start| (start..start + WIDTH, true));
    pieces.chain((whole < n).then_some((whole..n, false)))
}

#[inline(always)]
fn pixel<T: Scalar>(y: &mut [T], index: &mut [u8], taps: [&[T]; 4]) {
    for (piece, is_whole) in pieces(y.len()) {
        let len = if is_whole { WIDTH } else { piece.len() };
        let [a, b, c, d] = taps.map(|tap| &tap[piece.start..][..len]);
        let (y, index) = (&mut y[piece.start..][..len], &mut index[piece.start..][..len]);
        for i in 0..len {
            (y[i], index[i]) = winner([a[i], b[i], c[i], d[i]]);
        }
    }
}

#[inline(always)]
fn pixel_value<T: Scalar>(y: &mut [T], taps: [&[T]; 4]) {
    for (piece, is_whole) in pieces(y.len()) {
        let len = if is_whole { WIDTH } else { piece.len() };
        let [a, b, c, d] = taps.map(|tap| &tap[piece.start..][..len]);
        let y = &mut y[piece.start..][..len];
        for i in 0..len {
            y[i] = winner([a[i], b[i], c[i], d[i]]).0;
        }
    }
}

/// The largest and its number: the first of equals, or the first NaN.
#[inline(always)]
fn winner<T: Scalar>(taps: [T; 4]) -> (T, u8) {
    let (mut best, mut number) = (taps[0], 0);
    for tap in 1..4_u8 {
        let x = taps[usize::from(tap)];
        let takes = (x > best) | (x.is_nan() & !best.is_nan());
        best = if takes { x } else { best };
        number = if takes { tap } else { number };
    }
    (best, number)
}

/// Every `dy` of one sample to the winner of its window.
#[inline(always)]
pub(super) fn max_grad_sample<T: Scalar>(dx: &mut [T], dy: &[T], index: &[u8], pool: &Pool) {
    let n = pool.channels;
    let row = pool.window.input[1] * n;
    let mut given = dy.chunks_exact(n).zip(index.chunks_exact(n));
    let mut pairs = dx.chunks_exact_mut(2 * row);
    for rows in &mut pairs {
        let (top, bottom) = rows.split_at_mut(row);
        let (mut tops, mut bottoms) = (top.chunks_exact_mut(2 * n), bottom.chunks_exact_mut(2 * n));
        for ((top, bottom), (dy, index)) in (&mut tops).zip(&mut bottoms).zip(&mut given) {
            let ((a, b), (c, d)) = (top.split_at_mut(n), bottom.split_at_mut(n));
            for (dx, tap) in [a, b, c, d].into_iter().zip(0..) {
                pixel_grad(dx, dy, index, tap);
            }
        }
        tops.into_remainder().fill(T::ZERO);
        bottoms.into_remainder().fill(T::ZERO);
    }
    pairs.into_remainder().fill(T::ZERO);
}

#[inline(always)]
fn pixel_grad<T: Scalar>(dx: &mut [T], dy: &[T], index: &[u8], tap: u8) {
    for (piece, is_whole) in pieces(dx.len()) {
        let len = if is_whole { WIDTH } else { piece.len() };
        let (dy, index) = (&dy[piece.start..][..len], &index[piece.start..][..len]);
        let dx = &mut dx[piece.start..][..len];
        for i in 0..len {
            dx[i] = if index[i] == tap { dy[i] } else { T::ZERO };
        }
    }
}
