//! Convolution and 2x2 maximum pooling in one: the image between them is never stored.
//!
//! A tile is one window of the pooling: four output pixels of the convolution by two vectors of
//! channels, of which the largest is kept. The gradient of the weight adds up only what the winners saw,
//! a quarter of all products.
//!
//! For windows that move pixel by pixel over small images, with few taps: the plan joins no others.

mod forward;
mod image;
mod weight;
mod winners;

use image::Image;

use super::{Conv2d, map};
use crate::{
    parallel::{Rows, share},
    pointwise::Fun,
    simd::{Cpu, Scalar, dispatch},
};

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
    let (len, input) = (sizes.len(), conv.input_len());
    let y = Rows { values: &mut y[..rows * len], len };
    let index = match index {
        Some(index) => Rows { values: &mut index[..rows * len], len },
        None => Rows { values: &mut [], len: 0 },
    };
    let work = rows * 4 * len * sizes.taps();
    share(cpu, rows, 1, work, (y, index), &|range, (y, index)| {
        let x = &x[range.start * input..range.end * input];
        dispatch!(cpu, simd => forward::run(simd, y.values, index.values, x, w, bias, &sizes));
        if let Some(fun) = fun {
            map::apply(cpu, y.values, fun);
        }
    });
}

/// `dw` of the convolution before the pooling, from the gradient of what was pooled. `partial` is
/// workspace: a whole number of copies of `dw`, over which the samples are shared out in order.
pub(crate) fn conv2d_max_pool2d_grad_weight<T: Scalar>(
    cpu: Cpu,
    dw: &mut [T],
    partial: &mut [T],
    x: &[T],
    dy: &[T],
    index: &[u8],
    rows: usize,
    conv: Conv2d,
) {
    let sizes = ConvPool::new(&conv);
    let (len, input, weights) = (sizes.len(), conv.input_len(), conv.weight_len());
    super::conv2d::over_copies(
        cpu,
        dw,
        partial,
        weights,
        rows,
        rows * len * sizes.taps(),
        &|samples, dw| {
            let x = &x[samples.start * input..samples.end * input];
            let kept = samples.start * len..samples.end * len;
            let (dy, index) = (&dy[kept.clone()], &index[kept]);
            dispatch!(cpu, simd => weight::gradient(simd, dw, x, dy, index, &sizes));
        },
    );
}
