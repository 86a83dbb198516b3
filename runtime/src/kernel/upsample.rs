//! Bilinear upsampling, over all channels of a pixel at a time.

use core::ops::Range;

use super::Upsample;
use crate::{
    parallel::{Rows, share},
    simd::{Cpu, Scalar, dispatch},
};

impl Upsample {
    /// Scalars of one input sample.
    #[must_use]
    pub const fn input_len(&self) -> usize {
        self.input[0] * self.input[1] * self.channels
    }

    /// Scalars of one output sample.
    #[must_use]
    pub const fn output_len(&self) -> usize {
        self.input_len() * self.factor[0] * self.factor[1]
    }

    /// The two lines of the input that the output line `at` lies between, and the share of the second.
    /// Lines are intervals with their centres at whole numbers and a half; beyond the outermost centres
    /// the outermost lines go on.
    #[must_use]
    pub fn between(&self, axis: usize, at: usize) -> ([usize; 2], f64) {
        let (size, factor) = (self.input[axis], self.factor[axis]);
        let place = ((at as f64 + 0.5) / factor as f64 - 0.5).max(0.0);
        let first = (place as usize).min(size - 1);
        let second = (first + 1).min(size - 1);
        ([first, second], place - first as f64)
    }

    /// The four pixels of the input around an output pixel, and their weights.
    fn corners<T: Scalar>(&self, pixel: usize) -> [(Range<usize>, T); 4] {
        let width = self.input[1] * self.factor[1];
        let (rows, down) = self.between(0, pixel / width);
        let (columns, right) = self.between(1, pixel % width);
        let corner = |i: usize, j: usize| {
            let weight = [1.0 - down, down][i] * [1.0 - right, right][j];
            let start = (rows[i] * self.input[1] + columns[j]) * self.channels;
            (start..start + self.channels, T::from_f64(weight))
        };
        [corner(0, 0), corner(0, 1), corner(1, 0), corner(1, 1)]
    }
}

/// `y`: the weighted mean of the four nearest pixels.
pub(crate) fn upsample<T: Scalar>(cpu: Cpu, y: &mut [T], x: &[T], rows: usize, sizes: Upsample) {
    let (input, output) = (sizes.input_len(), sizes.output_len());
    let y = Rows { values: &mut y[..rows * output], len: output };
    share(cpu, rows, 1, 8 * rows * output, y, &|range, y| {
        let x = &x[range.start * input..range.end * input];
        dispatch!(T, cpu, _simd => for (y, x) in y.values.chunks_exact_mut(output).zip(x.chunks_exact(input)) {
            for (pixel, y) in y.chunks_exact_mut(sizes.channels).enumerate() {
                mix(y, x, sizes.corners(pixel));
            }
        });
    });
}

#[inline(always)]
fn mix<T: Scalar>(y: &mut [T], x: &[T], [a, b, c, d]: [(Range<usize>, T); 4]) {
    let upper = x[a.0].iter().zip(&x[b.0]);
    let lower = x[c.0].iter().zip(&x[d.0]);
    for (y, ((p, q), (r, s))) in y.iter_mut().zip(upper.zip(lower)) {
        *y = (*p * a.1 + *q * b.1) + (*r * c.1 + *s * d.1);
    }
}

/// `dx`: every `dy` is shared among the four pixels by their weights.
pub(crate) fn upsample_grad<T: Scalar>(
    cpu: Cpu,
    dx: &mut [T],
    dy: &[T],
    rows: usize,
    sizes: Upsample,
) {
    let (input, output) = (sizes.input_len(), sizes.output_len());
    let dx = Rows { values: &mut dx[..rows * input], len: input };
    share(cpu, rows, 1, 8 * rows * output, dx, &|range, dx| {
        let dy = &dy[range.start * output..range.end * output];
        dispatch!(T, cpu, _simd => for (dx, dy) in dx.values.chunks_exact_mut(input).zip(dy.chunks_exact(output)) {
            dx.fill(T::ZERO);
            for (pixel, dy) in dy.chunks_exact(sizes.channels).enumerate() {
                for (place, weight) in sizes.corners::<T>(pixel) {
                    dx[place].iter_mut().zip(dy).for_each(|(dx, dy)| *dx += *dy * weight);
                }
            }
        });
    });
}
