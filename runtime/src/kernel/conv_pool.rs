//! Convolution and 2x2 maximum pooling in one: the image between them is never stored.
//!
//! A tile is one window of the pooling: four output pixels of the convolution by two vectors of
//! channels, of which the largest is kept. The gradient of the weight adds up only what the winners saw,
//! a quarter of all products.
//!
//! For windows that move pixel by pixel over small images, with few taps, or without winners some more:
//! the plan joins no others.

/// Calls `$body` with the kernel's height and run and the channels of the input as constants, which
/// make straight code of the loops over its `$TAPS` taps, or `$other` for sizes that are not common or
/// where `$holds` is false.
macro_rules! with_kernel {
    ($sizes:expr, $holds:expr, $TAPS:ident, $kernel:ident, $inputs:ident => $body:expr, else $other:expr) => {
        with_kernel!(@match $sizes, $holds, $TAPS, $kernel, $inputs => $body, else $other;
            [3, 3] 1 9, [5, 5] 1 25, [3, 9] 3 27)
    };
    (@match $sizes:expr, $holds:expr, $TAPS:ident, $kernel:ident, $inputs:ident => $body:expr, else $other:expr;
        $($size:tt $channels:literal $taps:literal),*) => {
        match ($holds, $sizes.kernel, $sizes.channels[0]) {
            $((true, $size, $channels) => {
                const $TAPS: usize = $taps;
                let ($kernel, $inputs) = ($size, $channels);
                $body
            })*
            _ => $other,
        }
    };
}

mod deep;
mod forward;
mod image;
mod pixels;
mod weight;
mod winners;

use image::Image;

use super::{Conv2d, map};
use crate::{
    parallel::{Rows, share},
    pointwise::Fun,
    simd::{Cpu, Scalar, dispatch},
};

/// Pooled scalars that are still in the innermost cache when the function is applied to them.
const BLOCK: usize = 4096;

/// The sizes that the two verbs work on.
#[derive(Clone, Copy, Debug)]
struct ConvPool {
    /// Taps of the window: height, and width times channels.
    kernel: [usize; 2],
    /// Channels of input and output.
    channels: [usize; 2],
    /// Height and width of the pooled image.
    output: [usize; 2],
    image: Image,
}

impl ConvPool {
    fn new(conv: &Conv2d) -> Self {
        let [kh, kw] = conv.window.kernel;
        Self {
            kernel: [kh, kw * conv.input_channels],
            channels: [conv.input_channels, conv.output_channels],
            output: conv.window.output.map(|size| size / 2),
            image: Image::new(conv),
        }
    }

    /// Scalars of one pooled sample.
    fn len(&self) -> usize {
        self.output[0] * self.output[1] * self.channels[1]
    }

    fn taps(&self) -> usize {
        self.kernel[0] * self.kernel[1]
    }
}

/// `y = fun(max_pool(conv(x, w)) + bias)` over windows of 2x2. `index` keeps the winners in a form
/// that only the gradient reads, at the same level of the processor.
pub(crate) fn conv2d_max_pool2d<T: Scalar>(
    cpu: Cpu,
    y: &mut [T],
    index: Option<&mut [u8]>,
    x: &[T],
    w: &[T],
    bias: Option<&[T]>,
    fun: Option<Fun>,
    rows: usize,
    conv: Conv2d,
) {
    let sizes = ConvPool::new(&conv);
    let narrow = dispatch!(T, cpu, simd => pixels::fits::<_, T>(simd, &sizes));
    let (len, input) = (sizes.len(), conv.input_len());
    let (after, fun) = After::new(bias, fun);
    let y = Rows { values: &mut y[..rows * len], len };
    let index = match index {
        Some(index) => Rows { values: &mut index[..rows * len], len },
        None => Rows { values: &mut [], len: 0 },
    };
    let work = rows * 4 * len * sizes.taps();
    share(cpu, rows, 1, work, (y, index), &|range, (y, index)| {
        let x = &x[range.start * input..range.end * input];
        let block = (BLOCK / len.max(1)).max(1);
        let samples = y.values.chunks_mut(block * len).zip(x.chunks(block * input));
        for (at, (y, x)) in samples.enumerate() {
            let index = index.values.get_mut(at * block * len..).unwrap_or_default();
            if sizes.taps() > weight::MOST_TAPS {
                dispatch!(T, cpu, simd => deep::run(simd, y, x, after, w, &sizes));
            } else if narrow {
                dispatch!(T, cpu, simd => pixels::run(simd, y, index, x, after, w, &sizes));
            } else {
                dispatch!(T, cpu, simd => forward::run(simd, y, index, x, after, w, &sizes));
            }
            if let Some(fun) = fun {
                map::apply(cpu, y, fun);
            }
        }
    });
}

/// What happens to a pooled value in registers: the bias is added, and it is `floor` at least.
#[derive(Clone, Copy, Debug)]
struct After<'a, T> {
    bias: Option<&'a [T]>,
    floor: T,
}

impl<'a, T: Scalar> After<'a, T> {
    /// With the function that is left to be applied: relu is a floor.
    fn new(bias: Option<&'a [T]>, fun: Option<Fun>) -> (Self, Option<Fun>) {
        match fun {
            Some(Fun::Relu) => (Self { bias, floor: T::ZERO }, None),
            fun => (Self { bias, floor: T::from_f64(f64::NEG_INFINITY) }, fun),
        }
    }
}

/// What the gradients of some samples are computed from.
struct Given<'a, T> {
    x: &'a [T],
    /// The gradient of what was pooled.
    dy: &'a [T],
    /// The output of relu after it.
    kept: Option<&'a [T]>,
    index: &'a [u8],
}

/// `dw` and `dbias` of the convolution before the pooling, from the gradient of what was pooled, or of
/// relu after it, whose output is `kept`. `partial` is workspace: a whole number of copies of both, over
/// which the samples are shared out in order.
pub(crate) fn conv2d_max_pool2d_grad_weight<T: Scalar>(
    cpu: Cpu,
    dw: &mut [T],
    dbias: Option<&mut [T]>,
    partial: &mut [T],
    x: &[T],
    dy: &[T],
    kept: Option<&[T]>,
    index: &[u8],
    rows: usize,
    conv: Conv2d,
) {
    let sizes = ConvPool::new(&conv);
    let narrow = dispatch!(T, cpu, simd => pixels::fits::<_, T>(simd, &sizes));
    let (len, input, weights) = (sizes.len(), conv.input_len(), conv.weight_len());
    let dbias = dbias.map_or(&mut [][..], |dbias| &mut dbias[..sizes.channels[1]]);
    let (sums, work) = ([&mut dw[..weights], dbias], rows * len * sizes.taps());
    super::conv2d::over_copies(cpu, sums, partial, rows, work, &|samples, sums| {
        let (dw, dbias) = sums.split_at_mut(weights);
        let pooled = samples.start * len..samples.end * len;
        let given = Given {
            x: &x[samples.start * input..samples.end * input],
            dy: &dy[pooled.clone()],
            kept: kept.map(|kept| &kept[pooled.clone()]),
            index: &index[pooled],
        };
        if narrow {
            dispatch!(T, cpu, simd => pixels::gradient(simd, dw, dbias, &given, &sizes));
        } else {
            dispatch!(T, cpu, simd => weight::gradient(simd, dw, dbias, &given, &sizes));
        }
    });
}
