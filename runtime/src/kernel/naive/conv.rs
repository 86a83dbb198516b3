//! Convolutions.

use super::epilogue;
use crate::{
    kernel::{Conv2d, Window},
    pointwise::Fun,
    simd::{Cpu, Scalar},
};

impl Window {
    /// The input position under a tap of a window, along one axis; `None` outside the image.
    pub(in crate::kernel) fn position(&self, axis: usize, output: usize, tap: usize) -> Option<usize> {
        let at = output * self.stride[axis] + tap * self.dilation[axis];
        at.checked_sub(self.padding[axis]).filter(|at| *at < self.input[axis])
    }

    /// Calls `f` with output pixel, tap and input pixel for every tap inside the image.
    pub(in crate::kernel) fn for_each(&self, mut f: impl FnMut(usize, usize, usize)) {
        for (i, j) in pairs(self.output) {
            for (p, q) in pairs(self.kernel) {
                if let (Some(u), Some(v)) = (self.position(0, i, p), self.position(1, j, q)) {
                    f(i * self.output[1] + j, p * self.kernel[1] + q, u * self.input[1] + v);
                }
            }
        }
    }
}

fn pairs([height, width]: [usize; 2]) -> impl Iterator<Item = (usize, usize)> {
    (0..height).flat_map(move |i| (0..width).map(move |j| (i, j)))
}

/// Calls `f(y, x, w)` with the indices of every product of one sample.
fn products(conv: &Conv2d, mut f: impl FnMut(usize, usize, usize)) {
    let (ci, co) = (conv.input_channels, conv.output_channels);
    let (cig, cog) = (ci / conv.groups, co / conv.groups);
    conv.window.for_each(|out, tap, at| {
        for o in 0..co {
            for c in 0..cig {
                f(out * co + o, at * ci + o / cog * cig + c, (tap * cig + c) * co + o);
            }
        }
    });
}

/// See [`Verbs::conv2d`](crate::kernel::Verbs::conv2d).
pub fn conv2d<T: Scalar>(
    cpu: Cpu,
    y: &mut [T],
    x: &[T],
    w: &[T],
    bias: Option<&[T]>,
    fun: Option<Fun>,
    rows: usize,
    conv: Conv2d,
) {
    let y = &mut y[..rows * conv.output_len()];
    y.fill(T::ZERO);
    for (y, x) in y.chunks_mut(conv.output_len()).zip(x.chunks(conv.input_len())) {
        products(&conv, |i, j, k| y[i] += x[j] * w[k]);
    }
    epilogue(cpu, y, bias, fun);
}

/// See [`Verbs::conv2d_grad_input`](crate::kernel::Verbs::conv2d_grad_input).
pub fn conv2d_grad_input<T: Scalar>(
    _: Cpu,
    dx: &mut [T],
    dy: &[T],
    w: &[T],
    rows: usize,
    conv: Conv2d,
) {
    let dx = &mut dx[..rows * conv.input_len()];
    dx.fill(T::ZERO);
    for (dx, dy) in dx.chunks_mut(conv.input_len()).zip(dy.chunks(conv.output_len())) {
        products(&conv, |i, j, k| dx[j] += dy[i] * w[k]);
    }
}

/// See [`Verbs::conv2d_grad_weight`](crate::kernel::Verbs::conv2d_grad_weight).
pub fn conv2d_grad_weight<T: Scalar>(
    _: Cpu,
    dw: &mut [T],
    _partial: &mut [T],
    x: &[T],
    dy: &[T],
    rows: usize,
    conv: Conv2d,
) {
    dw.fill(T::ZERO);
    for (x, dy) in x.chunks(conv.input_len()).zip(dy.chunks(conv.output_len())).take(rows) {
        products(&conv, |i, j, k| dw[k] += dy[i] * x[j]);
    }
}
