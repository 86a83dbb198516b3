//! Gated linear units: one half of the features, times a function of the other.

use super::{Check, Layer, Pace};
use crate::{
    plan::{Buf, Elementwise, Fun, lower::Lower},
    shape::{Dim, Shape},
};

/// A layer that halves the last axis.
#[derive(Debug)]
pub(super) struct Gated {
    pub(super) keyword: &'static str,
    /// The function of the gate.
    pub(super) fun: Fun,
}

impl Layer for Gated {
    fn output(&self, input: &Shape, check: &mut Check<'_>) -> Shape {
        let (keyword, features) = (self.keyword, input.channels());
        let half = match features.literal() {
            Some(count) if count % 2 == 0 => Dim::from(count / 2),
            _ if features.is_unknown() => Dim::Unknown,
            _ => {
                check
                    .error(check.keyword, format!("`{keyword}` halves {features} features"))
                    .found(input)
                    .expected("an even number of features in the last dimension")
                    .help("give the layer before it twice as many features as are to be left");
                Dim::Unknown
            }
        };
        let mut dims = input.dims().to_vec();
        if let Some(last) = dims.last_mut() {
            *last = half;
        }
        Shape(dims)
    }

    fn canonical(&self) -> String {
        String::new()
    }

    fn forward(&self, cx: &mut Lower<'_>) -> Buf {
        let (y, x, n) = (cx.new_y(), cx.x(), cx.output().channels());
        cx.push(Elementwise::Gate { y, x, n, fun: self.fun });
        y
    }

    fn pace(&self, _input: &Shape) -> Pace {
        Pace::Steps
    }

    fn backward(&self, cx: &mut Lower<'_>, dy: Buf) -> Buf {
        let (dx, x, n) = (cx.new_dx(), cx.x(), cx.output().channels());
        cx.push(Elementwise::GateGrad { dx, dy, x, n, fun: self.fun });
        dx
    }
}
