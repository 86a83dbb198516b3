//! What poolings share: the rules over images and sequences, and the steps of the maximum and of the mean.

use super::{
    Check, image, sequence,
    window::{Over, Sliding},
};
use crate::{
    plan::{Buf, Pool, Window, lower::Lower},
    shape::{Dim, Shape},
};

/// The most taps that a byte can index.
const INDEXED_TAPS: usize = 256;

/// `[height', width', channels]` or `[time', features]` for a window that slides.
pub(super) fn sliding_output(
    layer: &str,
    window: &Sliding,
    input: &Shape,
    check: &mut Check<'_>,
) -> Shape {
    window.check_padding_of_pooling(check);
    match window.over {
        Over::Image if image::expect(layer, input, check) => {
            let [height, width] = window.output(input, check);
            Shape(vec![height, width, input.channels()])
        }
        Over::Time if sequence::expect(layer, input, check) => {
            let [_, time] = window.output(input, check);
            Shape(vec![time, input.channels()])
        }
        Over::Image => Shape(vec![Dim::Unknown; 3]),
        Over::Time => Shape(vec![Dim::Unknown; 2]),
    }
}

/// `[channels]` for a window that is the whole image.
pub(super) fn global_output(layer: &str, input: &Shape, check: &mut Check<'_>) -> Shape {
    if !image::expect(layer, input, check) {
        return Shape(vec![Dim::Unknown]);
    }
    Shape::flat(input.channels())
}

/// `[features]` for a window that is the whole sequence.
pub(super) fn global_output_over_time(layer: &str, input: &Shape, check: &mut Check<'_>) -> Shape {
    if !sequence::expect(layer, input, check) {
        return Shape(vec![Dim::Unknown]);
    }
    Shape::flat(input.channels())
}

/// The window that is the whole image or sequence.
pub(super) fn whole(input: &Shape) -> Window {
    let size = match input.rank() {
        2 => sequence::size(input),
        _ => image::size(input),
    };
    Window {
        input: size.clone(),
        output: [Dim::ONE, Dim::ONE],
        kernel: size,
        stride: [1, 1],
        padding: [0, 0],
        dilation: [1, 1],
    }
}

/// Appends `y = max` over the window; for training the winners' indices are kept where a byte holds them.
pub(super) fn max(cx: &mut Lower<'_>, window: Window) -> Buf {
    let (y, x, channels) = (cx.new_y(), cx.x(), cx.input().channels());
    let index = (cx.training() && is_indexed(&window)).then(|| {
        let index = cx.new_index("index", cx.output().clone());
        cx.keep("index", index);
        index
    });
    cx.push(Pool::MaxPool2d { y, index, x, channels, window });
    y
}

/// Appends the gradient of [`max`].
pub(super) fn max_grad(cx: &mut Lower<'_>, dy: Buf, window: Window) -> Buf {
    let (dx, channels) = (cx.new_dx(), cx.input().channels());
    if is_indexed(&window) {
        let index = cx.kept("index");
        cx.push(Pool::MaxPool2dGrad { dx, dy, index, channels, window });
    } else {
        let (y, x) = (cx.y(), cx.x());
        cx.push(Pool::MaxPool2dGradByValue { dx, dy, y, x, channels, window });
    }
    dx
}

fn is_indexed(window: &Window) -> bool {
    Dim::product(window.kernel.clone()).literal().is_some_and(|taps| taps <= INDEXED_TAPS)
}

/// Appends `y = mean` over the window.
pub(super) fn mean(cx: &mut Lower<'_>, window: Window) -> Buf {
    let (y, x, channels) = (cx.new_y(), cx.x(), cx.input().channels());
    cx.push(Pool::AvgPool2d { y, x, channels, window });
    y
}

/// Appends the gradient of [`mean`].
pub(super) fn mean_grad(cx: &mut Lower<'_>, dy: Buf, window: Window) -> Buf {
    let (dx, channels) = (cx.new_dx(), cx.input().channels());
    cx.push(Pool::AvgPool2dGrad { dx, dy, channels, window });
    dx
}
