//! Pooling: the maximum or the mean of the taps of a window that lie inside the image.

use super::{conv::Window, memory::Memory};
use crate::{plan, shape::Dim};

/// The sizes of a pooling, symbols bound.
pub(super) struct Sizes {
    window: Window,
    channels: usize,
}

impl Sizes {
    pub(super) fn new(memory: &Memory<'_>, channels: &Dim, window: &plan::Window) -> Self {
        Self { window: Window::new(memory, window), channels: memory.eval(channels) }
    }

    fn input_len(&self) -> usize {
        self.window.samples * self.window.input.iter().product::<usize>() * self.channels
    }

    fn output_len(&self) -> usize {
        self.window.samples * self.window.output.iter().product::<usize>() * self.channels
    }

    /// Every scalar of the output with every tap: `visit(y, tap, x)`.
    fn for_each(&self, mut visit: impl FnMut(usize, usize, usize)) {
        self.window.for_each(|output, tap, input| {
            for c in 0..self.channels {
                visit(output * self.channels + c, tap, input * self.channels + c);
            }
        });
    }

    /// The number of taps inside the image, for every scalar of the output.
    fn counts(&self) -> Vec<f64> {
        let mut counts = vec![0.0; self.output_len()];
        self.for_each(|y, _, _| counts[y] += 1.0);
        counts
    }
}

/// The maxima, and the taps that won: the first of equals, a NaN before all.
pub(super) fn max_pool2d(x: &[f64], sizes: &Sizes) -> (Vec<f64>, Vec<f64>) {
    let mut y = vec![f64::NEG_INFINITY; sizes.output_len()];
    let mut winners = vec![f64::NAN; sizes.output_len()];
    sizes.for_each(|yi, tap, xi| {
        let wins = x[xi] > y[yi] || (x[xi].is_nan() && !y[yi].is_nan());
        if wins || winners[yi].is_nan() {
            (y[yi], winners[yi]) = (x[xi], tap as f64);
        }
    });
    (y, winners)
}

/// The first taps whose value is that of the output.
pub(super) fn winners(y: &[f64], x: &[f64], sizes: &Sizes) -> Vec<f64> {
    let mut winners = vec![f64::NAN; sizes.output_len()];
    sizes.for_each(|yi, tap, xi| {
        let equal = x[xi] == y[yi] || (x[xi].is_nan() && y[yi].is_nan());
        if equal && winners[yi].is_nan() {
            winners[yi] = tap as f64;
        }
    });
    winners
}

pub(super) fn max_pool2d_grad(dy: &[f64], winners: &[f64], sizes: &Sizes) -> Vec<f64> {
    let mut dx = vec![0.0; sizes.input_len()];
    sizes.for_each(|yi, tap, xi| {
        if winners[yi] == tap as f64 {
            dx[xi] += dy[yi];
        }
    });
    dx
}

pub(super) fn avg_pool2d(x: &[f64], sizes: &Sizes) -> Vec<f64> {
    let mut y = vec![0.0; sizes.output_len()];
    sizes.for_each(|yi, _, xi| y[yi] += x[xi]);
    y.iter().zip(sizes.counts()).map(|(sum, count)| sum / count).collect()
}

pub(super) fn avg_pool2d_grad(dy: &[f64], sizes: &Sizes) -> Vec<f64> {
    let mut dx = vec![0.0; sizes.input_len()];
    let counts = sizes.counts();
    sizes.for_each(|yi, _, xi| dx[xi] += dy[yi] / counts[yi]);
    dx
}
