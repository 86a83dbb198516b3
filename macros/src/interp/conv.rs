//! Convolution: `y[i, j, o] = Σ x[i·s + p·d - pad, j·s + q·d - pad, c] · w[p, q, c, o]` over the taps
//! inside the image and the channels `c` of the group of `o`.

use super::memory::Memory;
use crate::plan::{self, Conv};

/// The sizes of a convolution, symbols bound.
pub(super) struct Sizes {
    window: Window,
    input_channels: usize,
    output_channels: usize,
    groups: usize,
}

/// A window with symbols bound.
pub(super) struct Window {
    pub(super) samples: usize,
    pub(super) input: [usize; 2],
    pub(super) output: [usize; 2],
    pub(super) kernel: [usize; 2],
    stride: [usize; 2],
    padding: [usize; 2],
    dilation: [usize; 2],
}

impl Window {
    pub(super) fn new(memory: &Memory<'_>, window: &plan::Window) -> Self {
        let eval = |dims: &[_; 2]| dims.each_ref().map(|dim| memory.eval(dim));
        Self {
            samples: memory.samples,
            input: eval(&window.input),
            output: eval(&window.output),
            kernel: eval(&window.kernel),
            stride: window.stride,
            padding: window.padding,
            dilation: window.dilation,
        }
    }

    /// Every output pixel with every tap inside the image: `visit(output, tap, input)`, pixels
    /// numbered over all samples, taps row-major over the whole window.
    pub(super) fn for_each(&self, mut visit: impl FnMut(usize, usize, usize)) {
        let [[height, width], [kh, kw], [ih, iw]] = [self.output, self.kernel, self.input];
        for sample in 0..self.samples {
            for (i, j, p, q) in (0..height).flat_map(|i| {
                (0..width).flat_map(move |j| {
                    (0..kh).flat_map(move |p| (0..kw).map(move |q| (i, j, p, q)))
                })
            }) {
                if let (Some(row), Some(column)) = (self.source(0, i, p), self.source(1, j, q)) {
                    let output = (sample * height + i) * width + j;
                    visit(output, p * kw + q, (sample * ih + row) * iw + column);
                }
            }
        }
    }

    /// Where a tap falls along an axis, unless outside the image.
    fn source(&self, axis: usize, output: usize, tap: usize) -> Option<usize> {
        let padded = output * self.stride[axis] + tap * self.dilation[axis];
        padded.checked_sub(self.padding[axis]).filter(|at| *at < self.input[axis])
    }
}

impl Sizes {
    pub(super) fn new(memory: &Memory<'_>, conv: &Conv) -> Self {
        Self {
            window: Window::new(memory, &conv.window),
            input_channels: memory.eval(&conv.input_channels),
            output_channels: memory.eval(&conv.output_channels),
            groups: conv.groups,
        }
    }

    fn input_len(&self) -> usize {
        self.window.samples * self.window.input.iter().product::<usize>() * self.input_channels
    }

    fn output_len(&self) -> usize {
        self.window.samples * self.window.output.iter().product::<usize>() * self.output_channels
    }

    fn weight_len(&self) -> usize {
        let taps: usize = self.window.kernel.iter().product();
        taps * (self.input_channels / self.groups) * self.output_channels
    }

    /// Every product of the sum: `visit(y, x, w)`.
    fn for_each(&self, mut visit: impl FnMut(usize, usize, usize)) {
        let (ci, co) = (self.input_channels / self.groups, self.output_channels);
        self.window.for_each(|output, tap, input| {
            for o in 0..co {
                let first = o / (co / self.groups) * ci;
                for c in 0..ci {
                    let x = input * self.input_channels + first + c;
                    visit(output * co + o, x, (tap * ci + c) * co + o);
                }
            }
        });
    }
}

pub(super) fn conv2d(x: &[f64], w: &[f64], sizes: &Sizes) -> Vec<f64> {
    let mut y = vec![0.0; sizes.output_len()];
    sizes.for_each(|yi, xi, wi| y[yi] += x[xi] * w[wi]);
    y
}

pub(super) fn conv2d_grad_input(dy: &[f64], w: &[f64], sizes: &Sizes) -> Vec<f64> {
    let mut dx = vec![0.0; sizes.input_len()];
    sizes.for_each(|yi, xi, wi| dx[xi] += dy[yi] * w[wi]);
    dx
}

pub(super) fn conv2d_grad_weight(x: &[f64], dy: &[f64], sizes: &Sizes) -> Vec<f64> {
    let mut dw = vec![0.0; sizes.weight_len()];
    sizes.for_each(|yi, xi, wi| dw[wi] += x[xi] * dy[yi]);
    dw
}
