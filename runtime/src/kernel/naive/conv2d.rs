//! Convolution and its gradients.

use crate::{
    kernel::Conv2d,
    pointwise::Fun,
    simd::{Cpu, Scalar},
};

/// One multiplication of a convolution: where its operands and its sum lie.
struct Tap {
    y: usize,
    x: usize,
    w: usize,
}

/// Every multiplication of a convolution over `rows` samples.
fn for_each_tap(rows: usize, conv: &Conv2d, mut visit: impl FnMut(Tap)) {
    let [oh, ow] = conv.window.output;
    for r in 0..rows {
        for i in 0..oh {
            for j in 0..ow {
                for o in 0..conv.output_channels {
                    let y = ((r * oh + i) * ow + j) * conv.output_channels + o;
                    taps_of(conv, r, [i, j], o, |x, w| visit(Tap { y, x, w }));
                }
            }
        }
    }
}

/// The operands of the output channel `o` at `at` of sample `r`.
fn taps_of(conv: &Conv2d, r: usize, at: [usize; 2], o: usize, mut visit: impl FnMut(usize, usize)) {
    let [h, w] = conv.window.input;
    let inputs = conv.input_channels / conv.groups;
    let group = o / (conv.output_channels / conv.groups);
    for p in 0..conv.window.kernel[0] {
        for q in 0..conv.window.kernel[1] {
            let Some([y, x]) = conv.window.tap(at, [p, q]) else { continue };
            for c in 0..inputs {
                let pixel = (r * h + y) * w + x;
                let tap = p * conv.window.kernel[1] + q;
                visit(
                    pixel * conv.input_channels + group * inputs + c,
                    (tap * inputs + c) * conv.output_channels + o,
                );
            }
        }
    }
}

/// `y = fun(conv(x, w) + bias)`, zero outside the image.
pub fn conv2d<T: Scalar>(
    _cpu: Cpu,
    y: &mut [T],
    x: &[T],
    w: &[T],
    bias: Option<&[T]>,
    fun: Option<Fun>,
    rows: usize,
    conv: Conv2d,
) {
    let [oh, ow] = conv.window.output;
    let co = conv.output_channels;
    for (index, y) in y[..rows * conv.output_len()].iter_mut().enumerate() {
        let (pixel, o) = (index / co, index % co);
        let at = [pixel / ow % oh, pixel % ow];
        let mut sum = bias.map_or(0.0, |bias| bias[o].to_f64());
        taps_of(&conv, pixel / (oh * ow), at, o, |xi, wi| {
            sum += x[xi].to_f64() * w[wi].to_f64();
        });
        *y = T::from_f64(fun.map_or(sum, |fun| fun.value(sum)));
    }
}

/// The gradient of `conv2d` with respect to its input.
pub fn conv2d_grad_input<T: Scalar>(
    _cpu: Cpu,
    dx: &mut [T],
    dy: &[T],
    w: &[T],
    rows: usize,
    conv: Conv2d,
) {
    dx[..rows * conv.input_len()].fill(T::ZERO);
    for_each_tap(rows, &conv, |tap| dx[tap.x] += dy[tap.y] * w[tap.w]);
}

/// The gradient of `conv2d` with respect to its weight; `partial` is not needed.
pub fn conv2d_grad_weight<T: Scalar>(
    _cpu: Cpu,
    dw: &mut [T],
    _partial: &mut [T],
    x: &[T],
    dy: &[T],
    rows: usize,
    conv: Conv2d,
) {
    dw[..conv.weight_len()].fill(T::ZERO);
    for_each_tap(rows, &conv, |tap| dw[tap.w] += x[tap.x] * dy[tap.y]);
}
