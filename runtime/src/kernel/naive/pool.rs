//! Pooling over windows.

use crate::{
    kernel::Window,
    simd::{Cpu, Scalar},
};

/// Every output of a pooling: its index, its sample, its place, its channel.
fn for_each_output(
    rows: usize,
    channels: usize,
    window: &Window,
    mut visit: impl FnMut(usize, usize, [usize; 2], usize),
) {
    let [oh, ow] = window.output;
    for index in 0..rows * oh * ow * channels {
        let (pixel, c) = (index / channels, index % channels);
        visit(index, pixel / (oh * ow), [pixel / ow % oh, pixel % ow], c);
    }
}

/// The taps of one output that lie in the image: number of the tap, index into the input.
fn taps(
    window: Window,
    channels: usize,
    r: usize,
    at: [usize; 2],
    c: usize,
) -> impl Iterator<Item = (usize, usize)> {
    let [h, w] = window.input;
    let [kh, kw] = window.kernel;
    (0..kh * kw).filter_map(move |tap| {
        let [y, x] = window.tap(at, [tap / kw, tap % kw])?;
        Some((tap, ((r * h + y) * w + x) * channels + c))
    })
}

/// The winner among the taps of one output: value and number of the tap; the first of equals, or the
/// first NaN. Minus infinity where no tap lies in the image.
fn winner<T: Scalar>(x: &[T], taps: impl Iterator<Item = (usize, usize)>) -> (T, usize) {
    let mut best = (T::from_f64(f64::NEG_INFINITY), None);
    for (tap, index) in taps {
        let value = x[index];
        let beats = value > best.0 || value.is_nan();
        if best.1.is_none() || (beats && !best.0.is_nan()) {
            best = (value, Some(tap));
        }
    }
    (best.0, best.1.unwrap_or(0))
}

/// The maximum over each window.
pub fn max_pool2d<T: Scalar>(
    _cpu: Cpu,
    y: &mut [T],
    x: &[T],
    rows: usize,
    channels: usize,
    window: Window,
) {
    for_each_output(rows, channels, &window, |index, r, at, c| {
        y[index] = winner(x, taps(window, channels, r, at, c)).0;
    });
}

/// The maximum over each window, and which tap it was.
pub fn max_pool2d_indexed<T: Scalar>(
    _cpu: Cpu,
    y: &mut [T],
    index: &mut [u8],
    x: &[T],
    rows: usize,
    channels: usize,
    window: Window,
) {
    for_each_output(rows, channels, &window, |out, r, at, c| {
        let (value, tap) = winner(x, taps(window, channels, r, at, c));
        (y[out], index[out]) = (value, tap as u8);
    });
}

/// Every `dy` goes to the winner of its window.
pub fn max_pool2d_grad<T: Scalar>(
    _cpu: Cpu,
    dx: &mut [T],
    dy: &[T],
    index: &[u8],
    rows: usize,
    channels: usize,
    window: Window,
) {
    dx[..rows * window.input[0] * window.input[1] * channels].fill(T::ZERO);
    for_each_output(rows, channels, &window, |out, r, at, c| {
        let won = |&(tap, _): &(usize, usize)| tap == usize::from(index[out]);
        if let Some((_, x)) = taps(window, channels, r, at, c).find(won) {
            dx[x] += dy[out];
        }
    });
}

/// Every `dy` goes to the first tap of its window that equals `y`, or is NaN where `y` is.
pub fn max_pool2d_grad_by_value<T: Scalar>(
    _cpu: Cpu,
    dx: &mut [T],
    dy: &[T],
    y: &[T],
    x: &[T],
    rows: usize,
    channels: usize,
    window: Window,
) {
    dx[..rows * window.input[0] * window.input[1] * channels].fill(T::ZERO);
    for_each_output(rows, channels, &window, |out, r, at, c| {
        let won = |&(_, i): &(usize, usize)| x[i] == y[out] || (x[i].is_nan() && y[out].is_nan());
        if let Some((_, x)) = taps(window, channels, r, at, c).find(won) {
            dx[x] += dy[out];
        }
    });
}

/// The mean over the taps of each window that lie in the image.
pub fn avg_pool2d<T: Scalar>(
    _cpu: Cpu,
    y: &mut [T],
    x: &[T],
    rows: usize,
    channels: usize,
    window: Window,
) {
    for_each_output(rows, channels, &window, |out, r, at, c| {
        let (mut sum, mut count) = (0.0, 0);
        for (_, x_index) in taps(window, channels, r, at, c) {
            sum += x[x_index].to_f64();
            count += 1;
        }
        y[out] = T::from_f64(sum / f64::from(count.max(1)));
    });
}

/// Every `dy` is shared equally among the taps of its window.
pub fn avg_pool2d_grad<T: Scalar>(
    _cpu: Cpu,
    dx: &mut [T],
    dy: &[T],
    rows: usize,
    channels: usize,
    window: Window,
) {
    dx[..rows * window.input[0] * window.input[1] * channels].fill(T::ZERO);
    for_each_output(rows, channels, &window, |out, r, at, c| {
        let count = taps(window, channels, r, at, c).count();
        for (_, x) in taps(window, channels, r, at, c) {
            dx[x] += T::from_f64(dy[out].to_f64() / count as f64);
        }
    });
}
