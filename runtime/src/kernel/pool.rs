//! Pooling, over all channels of a pixel at a time.

mod halves;

use core::ops::Range;

use super::{Window, naive};
use crate::{
    parallel::{Rows, share},
    simd::{Cpu, Scalar, dispatch},
};

/// Channels that are treated together.
const WIDTH: usize = 64;

/// The sizes of a pooling.
#[derive(Clone, Copy)]
struct Pool {
    window: Window,
    channels: usize,
}

impl Pool {
    fn input_len(&self) -> usize {
        self.window.input[0] * self.window.input[1] * self.channels
    }

    fn output_len(&self) -> usize {
        self.window.output[0] * self.window.output[1] * self.channels
    }

    fn work(&self, rows: usize) -> usize {
        rows * self.output_len() * self.window.kernel[0] * self.window.kernel[1]
    }

    /// Every output pixel of a sample: its number and its place.
    fn pixels(&self) -> impl Iterator<Item = (usize, [usize; 2])> + use<> {
        let [height, width] = self.window.output;
        (0..height * width).map(move |pixel| (pixel, [pixel / width, pixel % width]))
    }

    /// The taps of an output pixel inside the image: number of the tap, and the scalars of its pixel.
    fn taps(&self, at: [usize; 2]) -> impl Iterator<Item = (usize, Range<usize>)> + use<> {
        let Self { window, channels } = *self;
        let [kh, kw] = window.kernel;
        (0..kh).flat_map(move |p| {
            (0..kw).filter_map(move |q| {
                let [y, x] = window.tap(at, [p, q])?;
                let start = (y * window.input[1] + x) * channels;
                Some((p * kw + q, start..start + channels))
            })
        })
    }

    /// Pieces of the channels.
    fn pieces(&self) -> impl Iterator<Item = Range<usize>> + use<> {
        let channels = self.channels;
        (0..channels).step_by(WIDTH).map(move |start| start..(start + WIDTH).min(channels))
    }
}

/// The maximum over each window.
pub(crate) fn max_pool2d<T: Scalar>(
    cpu: Cpu,
    y: &mut [T],
    x: &[T],
    rows: usize,
    channels: usize,
    window: Window,
) {
    let pool = Pool { window, channels };
    let (input, output) = (pool.input_len(), pool.output_len());
    let y = Rows { values: &mut y[..rows * output], len: output };
    share(cpu, rows, 1, pool.work(rows), y, &|range, y| {
        let x = &x[range.start * input..range.end * input];
        dispatch!(T, cpu, _simd => for (y, x) in y.values.chunks_mut(output).zip(x.chunks(input)) {
            max_sample(y, &mut [], x, &pool);
        });
    });
}

/// The maximum over each window, and which tap it was.
pub(crate) fn max_pool2d_indexed<T: Scalar>(
    cpu: Cpu,
    y: &mut [T],
    index: &mut [u8],
    x: &[T],
    rows: usize,
    channels: usize,
    window: Window,
) {
    let pool = Pool { window, channels };
    let (input, output) = (pool.input_len(), pool.output_len());
    let y = Rows { values: &mut y[..rows * output], len: output };
    let index = Rows { values: &mut index[..rows * output], len: output };
    share(cpu, rows, 1, pool.work(rows), (y, index), &|range, (y, index)| {
        let samples = y.values.chunks_mut(output).zip(index.values.chunks_mut(output));
        let samples = samples.zip(x[range.start * input..range.end * input].chunks(input));
        dispatch!(T, cpu, _simd => for ((y, index), x) in samples {
            max_sample(y, index, x, &pool);
        });
    });
}

/// One sample; an empty `index` is left alone. The first of equals wins, and so does the first NaN.
#[inline(always)]
fn max_sample<T: Scalar>(y: &mut [T], index: &mut [u8], x: &[T], pool: &Pool) {
    if halves::fits(&pool.window) {
        return halves::max_sample(y, index, x, pool);
    }
    for (pixel, at) in pool.pixels() {
        for piece in pool.pieces() {
            let mut best = [T::from_f64(f64::NEG_INFINITY); WIDTH];
            let mut winner = [0_u8; WIDTH];
            for (count, (tap, pixel)) in pool.taps(at).enumerate() {
                let x = &x[pixel][piece.clone()];
                if count == 0 {
                    best[..x.len()].copy_from_slice(x);
                    winner = [tap as u8; WIDTH];
                } else {
                    take_larger(&mut best, &mut winner, x, tap as u8);
                }
            }
            let start = pixel * pool.channels;
            let place = start + piece.start..start + piece.end;
            y[place.clone()].copy_from_slice(&best[..piece.len()]);
            if let Some(index) = index.get_mut(place) {
                index.copy_from_slice(&winner[..piece.len()]);
            }
        }
    }
}

#[inline(always)]
fn take_larger<T: Scalar>(best: &mut [T; WIDTH], winner: &mut [u8; WIDTH], x: &[T], tap: u8) {
    for ((best, winner), x) in best.iter_mut().zip(winner).zip(x) {
        let takes = (*x > *best) | (x.is_nan() & !best.is_nan());
        *best = if takes { *x } else { *best };
        *winner = if takes { tap } else { *winner };
    }
}

/// Every `dy` goes to the winner of its window.
pub(crate) fn max_pool2d_grad<T: Scalar>(
    cpu: Cpu,
    dx: &mut [T],
    dy: &[T],
    index: &[u8],
    rows: usize,
    channels: usize,
    window: Window,
) {
    let pool = Pool { window, channels };
    let (input, output) = (pool.input_len(), pool.output_len());
    let dx = Rows { values: &mut dx[..rows * input], len: input };
    share(cpu, rows, 1, pool.work(rows), dx, &|range, dx| {
        let range = range.start * output..range.end * output;
        let given = dy[range.clone()].chunks(output).zip(index[range].chunks(output));
        dispatch!(T, cpu, _simd => for (dx, (dy, index)) in dx.values.chunks_mut(input).zip(given) {
            max_grad_sample(dx, dy, index, &pool);
        });
    });
}

#[inline(always)]
fn max_grad_sample<T: Scalar>(dx: &mut [T], dy: &[T], index: &[u8], pool: &Pool) {
    if halves::fits(&pool.window) {
        return halves::max_grad_sample(dx, dy, index, pool);
    }
    dx.fill(T::ZERO);
    for (pixel, at) in pool.pixels() {
        let place = pixel * pool.channels..(pixel + 1) * pool.channels;
        let (dy, index) = (&dy[place.clone()], &index[place]);
        for (tap, pixel) in pool.taps(at) {
            for (dx, (dy, winner)) in dx[pixel].iter_mut().zip(dy.iter().zip(index)) {
                *dx += if usize::from(*winner) == tap { *dy } else { T::ZERO };
            }
        }
    }
}

/// Every `dy` goes to the first tap of `x` that equals `y`. Windows of more than 256 taps are rare and
/// large: what matters is that samples are shared.
pub(crate) fn max_pool2d_grad_by_value<T: Scalar>(
    cpu: Cpu,
    dx: &mut [T],
    dy: &[T],
    y: &[T],
    x: &[T],
    rows: usize,
    channels: usize,
    window: Window,
) {
    let pool = Pool { window, channels };
    let (input, output) = (pool.input_len(), pool.output_len());
    let dx = Rows { values: &mut dx[..rows * input], len: input };
    share(cpu, rows, 1, pool.work(rows), dx, &|range, dx| {
        let (samples, outputs) = (range.len(), range.start * output..range.end * output);
        let x = &x[range.start * input..range.end * input];
        let (dy, y) = (&dy[outputs.clone()], &y[outputs]);
        naive::max_pool2d_grad_by_value(cpu, dx.values, dy, y, x, samples, channels, window);
    });
}

/// The mean over the taps of each window inside the image.
pub(crate) fn avg_pool2d<T: Scalar>(
    cpu: Cpu,
    y: &mut [T],
    x: &[T],
    rows: usize,
    channels: usize,
    window: Window,
) {
    let pool = Pool { window, channels };
    let (input, output) = (pool.input_len(), pool.output_len());
    let y = Rows { values: &mut y[..rows * output], len: output };
    share(cpu, rows, 1, pool.work(rows), y, &|range, y| {
        let x = &x[range.start * input..range.end * input];
        dispatch!(T, cpu, _simd => for (y, x) in y.values.chunks_mut(output).zip(x.chunks(input)) {
            avg_sample(y, x, &pool);
        });
    });
}

#[inline(always)]
fn avg_sample<T: Scalar>(y: &mut [T], x: &[T], pool: &Pool) {
    for ((_, at), y) in pool.pixels().zip(y.chunks_mut(pool.channels)) {
        y.fill(T::ZERO);
        for (_, pixel) in pool.taps(at) {
            y.iter_mut().zip(&x[pixel]).for_each(|(y, x)| *y += *x);
        }
        let part = T::from_f64(1.0 / pool.taps(at).count().max(1) as f64);
        y.iter_mut().for_each(|y| *y *= part);
    }
}

/// Every `dy` is shared equally among the taps of its window inside the image.
pub(crate) fn avg_pool2d_grad<T: Scalar>(
    cpu: Cpu,
    dx: &mut [T],
    dy: &[T],
    rows: usize,
    channels: usize,
    window: Window,
) {
    let pool = Pool { window, channels };
    let (input, output) = (pool.input_len(), pool.output_len());
    let dx = Rows { values: &mut dx[..rows * input], len: input };
    share(cpu, rows, 1, pool.work(rows), dx, &|range, dx| {
        let dy = &dy[range.start * output..range.end * output];
        dispatch!(T, cpu, _simd => for (dx, dy) in dx.values.chunks_mut(input).zip(dy.chunks(output)) {
            avg_grad_sample(dx, dy, &pool);
        });
    });
}

#[inline(always)]
fn avg_grad_sample<T: Scalar>(dx: &mut [T], dy: &[T], pool: &Pool) {
    dx.fill(T::ZERO);
    for ((_, at), dy) in pool.pixels().zip(dy.chunks(pool.channels)) {
        let part = T::from_f64(1.0 / pool.taps(at).count() as f64);
        for (_, pixel) in pool.taps(at) {
            dx[pixel].iter_mut().zip(dy).for_each(|(dx, dy)| *dx += *dy * part);
        }
    }
}
