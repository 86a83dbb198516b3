//! Poolings: a file of its own gives each its name.

use super::{
    Check, Layer, Pace, STEPWISE, image, sequence,
    window::{Over, Sliding},
};
use crate::{
    plan::{Buf, Pool, Sequence, Window, lower::Lower},
    shape::{Dim, Shape},
};

/// The most taps that a byte can index.
const INDEXED_TAPS: usize = 256;

/// What a pooling takes of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Max,
    Mean,
}

/// A pooling over windows that slide.
#[derive(Debug)]
pub(super) struct Pooling {
    pub(super) keyword: &'static str,
    pub(super) way: Way,
    pub(super) window: Sliding,
}

impl Layer for Pooling {
    /// `[height', width', channels]` or `[time', features]`.
    fn output(&self, input: &Shape, check: &mut Check<'_>) -> Shape {
        self.window.check_padding_of_pooling(check);
        match self.window.over {
            Over::Image if image::expect(self.keyword, input, check) => {
                let [height, width] = self.window.output(input, check);
                Shape(vec![height, width, input.channels()])
            }
            Over::Time if sequence::expect(self.keyword, input, check) => {
                let [_, time] = self.window.output(input, check);
                Shape(vec![time, input.channels()])
            }
            Over::Image => Shape(vec![Dim::Unknown; 3]),
            Over::Time => Shape(vec![Dim::Unknown; 2]),
        }
    }

    fn canonical(&self) -> String {
        self.window.canonical()
    }

    fn note(&self, input: &Shape) -> String {
        self.window.note(input)
    }

    fn forward(&self, cx: &mut Lower<'_>) -> Buf {
        let window = self.window.window(cx.input(), cx.output());
        self.way.forward(cx, window)
    }

    fn backward(&self, cx: &mut Lower<'_>, dy: Buf) -> Buf {
        let window = self.window.window(cx.input(), cx.output());
        self.way.backward(cx, dy, window)
    }
}

/// A pooling over the whole image or sequence.
#[derive(Debug)]
pub(super) struct Global {
    pub(super) keyword: &'static str,
    pub(super) way: Way,
    pub(super) over: Over,
}

impl Layer for Global {
    /// `[channels]` or `[features]`.
    fn output(&self, input: &Shape, check: &mut Check<'_>) -> Shape {
        let fits = match self.over {
            Over::Image => image::expect(self.keyword, input, check),
            Over::Time => sequence::expect(self.keyword, input, check),
        };
        Shape::flat(if fits { input.channels() } else { Dim::Unknown })
    }

    fn canonical(&self) -> String {
        String::new()
    }

    fn forward(&self, cx: &mut Lower<'_>) -> Buf {
        let window = self.whole(cx.input());
        self.way.forward(cx, window)
    }

    /// The mean of what there is so far is known from its sum.
    fn pace(&self, _input: &Shape) -> Pace {
        match (self.way, self.over) {
            (Way::Mean, Over::Time) => Pace::SoFar,
            _ => Pace::Whole(STEPWISE),
        }
    }

    fn step(&self, cx: &mut Lower<'_>) -> Buf {
        let (y, x) = (cx.new_y(), cx.x());
        let mean = cx.new_kept("mean", cx.output().clone());
        cx.push(Sequence::RunningMean { y, mean, x });
        y
    }

    fn backward(&self, cx: &mut Lower<'_>, dy: Buf) -> Buf {
        let window = self.whole(cx.input());
        self.way.backward(cx, dy, window)
    }
}

impl Global {
    fn whole(&self, input: &Shape) -> Window {
        let size = match self.over {
            Over::Image => image::size(input),
            Over::Time => sequence::size(input),
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
}

impl Way {
    /// Appends `y`, the maximum or the mean over the window.
    pub(super) fn forward(self, cx: &mut Lower<'_>, window: Window) -> Buf {
        match self {
            Self::Max => max(cx, window),
            Self::Mean => mean(cx, window),
        }
    }

    /// Appends the gradient of [`Way::forward`].
    pub(super) fn backward(self, cx: &mut Lower<'_>, dy: Buf, window: Window) -> Buf {
        match self {
            Self::Max => max_grad(cx, dy, window),
            Self::Mean => mean_grad(cx, dy, window),
        }
    }
}

/// Appends `y = max` over the window; for training the winners' indices are kept where a byte holds them.
fn max(cx: &mut Lower<'_>, window: Window) -> Buf {
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
fn max_grad(cx: &mut Lower<'_>, dy: Buf, window: Window) -> Buf {
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
fn mean(cx: &mut Lower<'_>, window: Window) -> Buf {
    let (y, x, channels) = (cx.new_y(), cx.x(), cx.input().channels());
    cx.push(Pool::AvgPool2d { y, x, channels, window });
    y
}

/// Appends the gradient of [`mean`].
fn mean_grad(cx: &mut Lower<'_>, dy: Buf, window: Window) -> Buf {
    let (dx, channels) = (cx.new_dx(), cx.input().channels());
    cx.push(Pool::AvgPool2dGrad { dx, dy, channels, window });
    dx
}
