//! Convolutions.

use super::{epilogue, sum_rows};
use crate::{
    interp::{conv, memory::Memory, pool},
    plan::{Buf, Convolution},
};

pub(super) fn run(memory: &mut Memory<'_>, verb: &Convolution) {
    let read = |buf: &Buf| memory.read(*buf);
    match verb {
        Convolution::Conv2d { y, x, w, bias, fun, conv, .. } => {
            let sum = conv::conv2d(&read(x), &read(w), &conv::Sizes::new(memory, conv));
            memory.write(*y, epilogue(sum, bias.as_ref().map(read), *fun));
        }
        Convolution::Conv2dGradInput { dx, dy, w, conv, .. } => {
            let sizes = conv::Sizes::new(memory, conv);
            memory.write(*dx, conv::conv2d_grad_input(&read(dy), &read(w), &sizes));
        }
        Convolution::Conv2dGradWeight { dw, x, dy, conv, .. } => {
            let sizes = conv::Sizes::new(memory, conv);
            memory.write(*dw, conv::conv2d_grad_weight(&read(x), &read(dy), &sizes));
        }
        Convolution::Conv2dMaxPool2d { y, index, x, w, bias, fun, conv } => {
            let sum = conv::conv2d(&read(x), &read(w), &conv::Sizes::new(memory, conv));
            let window = conv.pool().expect("a pooled convolution has literal sizes");
            let sizes = pool::Sizes::new(memory, &conv.output_channels, &window);
            let (values, winners) = pool::max_pool2d(&sum, &sizes);
            memory.write(*y, epilogue(values, bias.as_ref().map(read), *fun));
            if let Some(index) = index {
                memory.write(*index, winners);
            }
        }
        Convolution::Conv2dMaxPool2dGradWeight { dw, dbias, x, dy, kept, index, conv, .. } => {
            let window = conv.pool().expect("a pooled convolution has literal sizes");
            let sizes = pool::Sizes::new(memory, &conv.output_channels, &window);
            let mut dy = read(dy);
            if let Some(kept) = kept {
                let passes = read(kept).into_iter().map(|y| y > 0.0);
                dy.iter_mut()
                    .zip(passes)
                    .filter(|(_, passes)| !passes)
                    .for_each(|(dy, _)| *dy = 0.0);
            }
            let unpooled = pool::max_pool2d_grad(&dy, &read(index), &sizes);
            let sizes = conv::Sizes::new(memory, conv);
            let gradient = conv::conv2d_grad_weight(&read(x), &unpooled, &sizes);
            memory.write(*dw, gradient);
            if let Some(dbias) = dbias {
                memory.write(*dbias, sum_rows(&dy, memory.len(*dbias)));
            }
        }
    }
}
