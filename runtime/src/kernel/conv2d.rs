//! Convolution and its gradients, without a copy of the patches.
//!
//! Forward and input gradient are the same [`Sweep`] over an image with different [`axes`](axis::Axis):
//! a tile of output pixels by two vectors of output channels adds up
//! `source pixel · weight` over the taps. In channels-last images the taps of one row of the window
//! lie side by side, so a tile reads long runs of the image where it lies. Padding is zeros that are
//! multiplied too, so that a weight that is not finite shows at the border.

mod axis;
mod depthwise;
mod line;
mod narrow;
mod pieces;
mod site;
mod sweep;
mod weight;

use core::ops::Range;

use axis::{Axis, Phases};
use site::Picture;
use sweep::{Direction, Sweep};

use super::{Conv2d, map};
use crate::{
    parallel::{Rows, share},
    pointwise::Fun,
    simd::{Cpu, Scalar, Simd, dispatch},
};

/// `y = fun(conv(x, w) + bias)`, zero outside the image.
pub(crate) fn conv2d<T: Scalar>(
    cpu: Cpu,
    y: &mut [T],
    x: &[T],
    w: &[T],
    bias: Option<&[T]>,
    fun: Option<Fun>,
    rows: usize,
    conv: Conv2d,
) {
    let (input, output) = (conv.input_len(), conv.output_len());
    let y = Rows { values: &mut y[..rows * output], len: output };
    share(cpu, rows, 1, rows * macs(&conv), y, &|range, y| {
        let x = &x[range.start * input..range.end * input];
        let block = block::<T>(FORWARD, input + output);
        for (y, x) in y.values.chunks_mut(block * output).zip(x.chunks(block * input)) {
            if let Some(fun) = forward(cpu, y, x, w, bias, fun, &conv) {
                map::apply(cpu, y, fun);
            }
        }
    });
}

/// The gradient of `conv2d` with respect to its input.
pub(crate) fn conv2d_grad_input<T: Scalar>(
    cpu: Cpu,
    dx: &mut [T],
    dy: &[T],
    w: &[T],
    rows: usize,
    conv: Conv2d,
) {
    let (input, output) = (conv.input_len(), conv.output_len());
    let dx = Rows { values: &mut dx[..rows * input], len: input };
    let narrow = dispatch!(T, cpu, simd => narrow::fits::<_, T>(simd, &conv));
    share(cpu, rows, 1, rows * macs(&conv), dx, &|range, dx| {
        let dy = &dy[range.start * output..range.end * output];
        let block = block::<T>(BACKWARD, input + output);
        for (dx, dy) in dx.values.chunks_mut(block * input).zip(dy.chunks(block * output)) {
            if narrow {
                dispatch!(T, cpu, simd => narrow::grad_input(simd, dx, dy, w, &conv));
            } else {
                grad_input(cpu, dx, dy, w, &conv);
            }
        }
    });
}

/// The gradient of `conv2d` with respect to its weight: every copy in `partial` is the sum over its
/// share of the samples, and the copies are added up in order.
pub(crate) fn conv2d_grad_weight<T: Scalar>(
    cpu: Cpu,
    dw: &mut [T],
    partial: &mut [T],
    x: &[T],
    dy: &[T],
    rows: usize,
    conv: Conv2d,
) {
    let (input, output, len) = (conv.input_len(), conv.output_len(), conv.weight_len());
    let all = [&mut dw[..len], &mut []];
    over_copies(cpu, all, partial, rows, rows * macs(&conv), &|samples, dw| {
        let x = &x[samples.start * input..samples.end * input];
        let dy = &dy[samples.start * output..samples.end * output];
        dispatch!(T, cpu, simd => grad_weight(simd, dw, x, dy, &conv));
    });
}

/// Shares the samples out over the copies of `sums`, one after the other, in `partial`, calls `kernel` with
/// each share and its copy, and adds the copies up in order: the bits depend on their number alone.
pub(crate) fn over_copies<T: Scalar>(
    cpu: Cpu,
    sums: [&mut [T]; 2],
    partial: &mut [T],
    rows: usize,
    work: usize,
    kernel: &(impl Fn(Range<usize>, &mut [T]) + Sync),
) {
    let len = sums[0].len() + sums[1].len();
    let copies = partial.len() / len;
    let partials = Rows { values: &mut partial[..copies * len], len };
    share(cpu, copies, 1, work, partials, &|range, partials| {
        for (copy, sums) in range.zip(partials.values.chunks_mut(len)) {
            kernel(rows * copy / copies..rows * (copy + 1) / copies, sums);
        }
    });
    let mut first = 0;
    for sums in sums {
        let end = first + sums.len();
        add_copies(cpu, sums, &partial[first..(copies - 1) * len + end], len);
        first = end;
    }
}

/// `sums[i] = Σ copies[copy · stride + i]`.
fn add_copies<T: Scalar>(cpu: Cpu, sums: &mut [T], copies: &[T], stride: usize) {
    let sums = Rows { values: sums, len: 1 };
    share(cpu, sums.values.len(), 64, copies.len(), sums, &|range, sums| {
        sums.values.copy_from_slice(&copies[range.clone()]);
        for copy in copies.chunks(stride).skip(1) {
            sums.values.iter_mut().zip(&copy[range.clone()]).for_each(|(sum, part)| *sum += *part);
        }
    });
}

/// Multiply-accumulates of one sample.
fn macs(conv: &Conv2d) -> usize {
    conv.window.output[0] * conv.window.output[1] * conv.weight_len()
}

/// Bytes of samples that are treated together: forward they stay in the second cache, where the function
/// is applied to them; backward there are more, since their weights are transposed.
const FORWARD: usize = 1 << 20;
const BACKWARD: usize = 4 << 20;

/// Samples of `len` scalars in so many bytes.
fn block<T>(bytes: usize, len: usize) -> usize {
    (bytes / (len * size_of::<T>()).max(1)).max(1)
}

fn source(conv: &Conv2d) -> Picture {
    Picture { size: conv.window.input, channels: conv.input_channels }
}

fn target(conv: &Conv2d) -> Picture {
    Picture { size: conv.window.output, channels: conv.output_channels }
}

/// Yields the function, unless it is applied.
fn forward<T: Scalar>(
    cpu: Cpu,
    y: &mut [T],
    x: &[T],
    w: &[T],
    bias: Option<&[T]>,
    fun: Option<Fun>,
    conv: &Conv2d,
) -> Option<Fun> {
    let short = cpu.narrowed();
    if dispatch!(T, short, simd => line::fits::<_, T>(simd, conv)) {
        dispatch!(T, short, simd => line::forward(simd, y, x, w, bias, conv));
        return fun;
    }
    let is_above = fun == Some(Fun::Relu) && !depthwise::fits(conv);
    let floor = if is_above { T::ZERO } else { T::from_f64(f64::NEG_INFINITY) };
    let axes = [0, 1].map(|axis| Axis::forward(&conv.window, axis));
    let direction = Direction::Forward { bias, floor };
    let sweep = Sweep { conv, axes, direction, from: source(conv), to: target(conv), weight: w };
    run(cpu, &sweep, y, x);
    if is_above { None } else { fun }
}

/// Either direction, which share the code of a level.
fn run<T: Scalar>(cpu: Cpu, sweep: &Sweep<'_, T>, y: &mut [T], x: &[T]) {
    if depthwise::fits(sweep.conv) {
        dispatch!(T, cpu, simd => depthwise::run(simd, sweep, y, x));
    } else {
        dispatch!(T, cpu, simd => sweep.run(simd, y, x));
    }
}

/// One sweep for each phase of the stride: the pixels of a phase meet the same taps.
fn grad_input<T: Scalar>(cpu: Cpu, dx: &mut [T], dy: &[T], w: &[T], conv: &Conv2d) {
    for vertical in Phases::of(&conv.window, 0) {
        for horizontal in Phases::of(&conv.window, 1) {
            let (axes, direction) = ([vertical, horizontal], Direction::Backward);
            let sweep =
                Sweep { conv, axes, direction, from: target(conv), to: source(conv), weight: w };
            run(cpu, &sweep, dx, dy);
        }
    }
}

#[inline(always)]
fn grad_weight<S: Simd, T: Scalar>(simd: S, dw: &mut [T], x: &[T], dy: &[T], conv: &Conv2d) {
    if depthwise::fits(conv) {
        depthwise::gradient(simd, dw, x, dy, conv);
    } else {
        weight::gradient(simd, dw, x, dy, conv);
    }
}
