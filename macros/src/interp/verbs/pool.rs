//! Pooling.

use crate::{
    interp::{memory::Memory, pool},
    plan::{Buf, Pool},
};

pub(super) fn run(memory: &mut Memory<'_>, verb: &Pool) {
    let read = |buf: &Buf| memory.read(*buf);
    match verb {
        Pool::MaxPool2d { y, index, x, channels, window } => {
            let sizes = pool::Sizes::new(memory, channels, window);
            let (values, winners) = pool::max_pool2d(&read(x), &sizes);
            memory.write(*y, values);
            if let Some(index) = index {
                memory.write(*index, winners);
            }
        }
        Pool::MaxPool2dGrad { dx, dy, index, channels, window } => {
            let sizes = pool::Sizes::new(memory, channels, window);
            memory.write(*dx, pool::max_pool2d_grad(&read(dy), &read(index), &sizes));
        }
        Pool::MaxPool2dGradByValue { dx, dy, y, x, channels, window } => {
            let sizes = pool::Sizes::new(memory, channels, window);
            let winners = pool::winners(&read(y), &read(x), &sizes);
            memory.write(*dx, pool::max_pool2d_grad(&read(dy), &winners, &sizes));
        }
        Pool::AvgPool2d { y, x, channels, window } => {
            let sizes = pool::Sizes::new(memory, channels, window);
            memory.write(*y, pool::avg_pool2d(&read(x), &sizes));
        }
        Pool::AvgPool2dGrad { dx, dy, channels, window } => {
            let sizes = pool::Sizes::new(memory, channels, window);
            memory.write(*dx, pool::avg_pool2d_grad(&read(dy), &sizes));
        }
    }
}
