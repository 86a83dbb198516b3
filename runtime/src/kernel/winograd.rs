//! Convolution by windows of 3x3 with a quarter of the multiplications: minimal filtering, F(4x4, 3x3)
//! (Winograd 1980; Lavin and Gray 2016).
//!
//! Tiles of 6x6 pixels and the window are transformed, multiplied point by point, which is a matrix
//! product over the channels for each of the 36 points, and transformed back into 4x4 pixels. The
//! transforms magnify rounding: results differ from those of the direct sum by some 1e-6 of the largest, and
//! a value that is not finite spoils all pixels of the tiles that see it.

mod filter;
mod image;
mod sweep;
mod transform;
mod weight;

use filter::Filter;
use image::{Image, Tiles};
use sweep::Sweep;
use weight::Sums;

use super::{Conv2d, conv2d, map};
use crate::{
    parallel::{Columns, Rows, Share, share},
    pointwise::Fun,
    simd::{Cpu, Scalar, dispatch},
};

/// Points of the transformed domain.
const POINTS: usize = 36;

/// Scalars between the matrices of two points, which would else share the same sets of the caches.
const GAP: usize = 16;

/// With fewer tiles, to transform the weights costs more than it saves.
const FEW: usize = 16;

/// The fewest tiles of a block.
const LEAST: usize = 8;

/// Scalars of the workspace of a convolution from `inputs` to `outputs` channels, for so many tiles of 4x4
/// pixels at a time: more of them are faster, and let more threads take part.
#[must_use]
pub const fn winograd_room(inputs: usize, outputs: usize, tiles: usize) -> usize {
    winograd_filter_len(inputs, outputs) + block(inputs, outputs, tiles)
}

/// Scalars of a transformed weight.
#[must_use]
pub const fn winograd_filter_len(inputs: usize, outputs: usize) -> usize {
    Filter { inputs, outputs }.len()
}

/// Scalars of a block of so many tiles.
const fn block(inputs: usize, outputs: usize, tiles: usize) -> usize {
    POINTS * (tiles * (inputs + outputs) + 2 * GAP)
}

/// Workspace, of which every share gets a part.
struct Room<'a, T>(&'a mut [T]);

impl<T: Send> Share for Room<'_, T> {
    fn split(self, _: usize) -> (Self, Self) {
        let (first, others) = self.0.split_at_mut(self.0.len() / 2);
        (Self(first), Self(others))
    }
}

/// The verb [`conv2d`](conv2d::conv2d) for windows of 3x3 that move pixel by pixel; `room` is
/// workspace.
pub(crate) fn winograd<T: Scalar>(
    cpu: Cpu,
    y: &mut [T],
    room: &mut [T],
    x: &[T],
    w: &[T],
    bias: Option<&[T]>,
    fun: Option<Fun>,
    rows: usize,
    conv: Conv2d,
) {
    let [from, to] = images(&conv);
    if rows * Tiles::over(to.size).len() < FEW {
        return conv2d::conv2d(cpu, y, x, w, bias, fun, rows, conv);
    }
    let (u, room) = room.split_at_mut(winograd_filter_len(from.channels, to.channels));
    winograd_filter(cpu, u, w, from.channels, to.channels);
    winograd_transformed(cpu, y, room, x, u, bias, fun, rows, conv);
}

/// The weight `[3, 3, inputs, outputs]` transformed.
pub(crate) fn winograd_filter<T: Scalar>(
    cpu: Cpu,
    u: &mut [T],
    w: &[T],
    inputs: usize,
    outputs: usize,
) {
    let filter = Filter { inputs, outputs };
    dispatch!(T, cpu, simd => filter.forward(simd, u, w));
}

/// `winograd` with a weight that is transformed.
pub(crate) fn winograd_transformed<T: Scalar>(
    cpu: Cpu,
    y: &mut [T],
    room: &mut [T],
    x: &[T],
    u: &[T],
    bias: Option<&[T]>,
    fun: Option<Fun>,
    rows: usize,
    conv: Conv2d,
) {
    let [from, to] = images(&conv);
    let relu = fun == Some(Fun::Relu);
    let floor = if relu { T::ZERO } else { T::from_f64(f64::NEG_INFINITY) };
    let sweep = Sweep { from, to, padding: conv.window.padding, bias, floor };
    run(cpu, &sweep, &mut y[..rows * to.len()], x, u, room);
    if let Some(fun) = fun.filter(|_| !relu) {
        map::map_assign(cpu, &mut y[..rows * to.len()], fun);
    }
}

/// The gradient of `winograd` with respect to its input.
pub(crate) fn winograd_grad_input<T: Scalar>(
    cpu: Cpu,
    dx: &mut [T],
    room: &mut [T],
    dy: &[T],
    w: &[T],
    rows: usize,
    conv: Conv2d,
) {
    let [to, from] = images(&conv);
    if rows * Tiles::over(to.size).len() < FEW {
        return conv2d::conv2d_grad_input(cpu, dx, dy, w, rows, conv);
    }
    let filter = Filter { inputs: from.channels, outputs: to.channels };
    let (u, room) = room.split_at_mut(filter.len());
    dispatch!(T, cpu, simd => filter.backward(simd, u, w));
    let padding = conv.window.padding.map(|padding| 2 - padding);
    let floor = T::from_f64(f64::NEG_INFINITY);
    let sweep = Sweep { from, to, padding, bias: None, floor };
    run(cpu, &sweep, &mut dx[..rows * to.len()], dy, u, room);
}

/// The gradient of `winograd` with respect to its weight.
pub(crate) fn winograd_grad_weight<T: Scalar>(
    cpu: Cpu,
    dw: &mut [T],
    room: &mut [T],
    x: &[T],
    dy: &[T],
    rows: usize,
    conv: Conv2d,
) {
    let [from, to] = images(&conv);
    let sums = Sums { from, to, padding: conv.window.padding };
    let taps = from.channels * to.channels;
    let (dw, dy) = (&mut dw[..9 * taps], &dy[..rows * to.len()]);
    let (all, room) = room.split_at_mut(POINTS * sums.point());
    let work = rows * Tiles::over(to.size).len() * POINTS * taps;
    let lines = Rows { values: &mut *all, len: 6 * sums.point() };
    share(cpu, 6, 1, work, (lines, Room(room)), &|range, (lines, room)| {
        dispatch!(T, cpu, simd => sums.run(simd, lines.values, x, dy, range.clone(), room.0));
    });
    let all = &*all;
    share(cpu, taps, 16, POINTS * taps, Columns::<T, 9>::new(dw, taps), &|range, mut dw| {
        dispatch!(T, cpu, simd => weight::taps(simd, dw.rows(), all, range.clone(), sums.point()));
    });
}

/// The images of input and output.
fn images(conv: &Conv2d) -> [Image; 2] {
    [
        Image { size: conv.window.input, channels: conv.input_channels },
        Image { size: conv.window.output, channels: conv.output_channels },
    ]
}

/// All samples; threads share them, and the workspace.
fn run<T: Scalar>(cpu: Cpu, sweep: &Sweep<'_, T>, y: &mut [T], x: &[T], u: &[T], room: &mut [T]) {
    if y.is_empty() {
        return;
    }
    let [input, output] = [sweep.from.len(), sweep.to.len()];
    let rows = y.len() / output;
    let filter = sweep.filter();
    let least = block(filter.inputs, filter.outputs, LEAST);
    let most = 1 << (room.len() / least).ilog2();
    let cpu = cpu.with_threads(cpu.threads().min(most));
    let work = rows * Tiles::over(sweep.to.size).len() * POINTS * filter.inputs * filter.outputs;
    let y = Rows { values: y, len: output };
    share(cpu, rows, 1, work, (y, Room(room)), &|range, (y, room)| {
        let x = &x[range.start * input..range.end * input];
        dispatch!(T, cpu, simd => sweep.run(simd, y.values, x, u, room.0));
    });
}
