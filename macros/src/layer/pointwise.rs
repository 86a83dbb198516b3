//! What all pointwise layers share: a file of its own gives each its name, arguments and function.

use super::{Check, Head, Layer};
use crate::{
    plan::{Buf, Fun, GradientFrom, Verb, lower::Lower},
    shape::Shape,
};

/// A layer that applies one function to every value.
#[derive(Debug)]
pub(super) struct Pointwise {
    fun: Fun,
    canonical: String,
}

impl Pointwise {
    /// The layer of `fun`, which has no arguments.
    pub(super) fn plain(fun: Fun) -> Option<Box<dyn Layer>> {
        Self::with(fun, String::new())
    }

    /// The layer of `fun` with its arguments in canonical words.
    pub(super) fn with(fun: Fun, canonical: String) -> Option<Box<dyn Layer>> {
        Some(Box::new(Self { fun, canonical }))
    }
}

impl Layer for Pointwise {
    fn output(&self, input: &Shape, _check: &mut Check<'_>) -> Shape {
        input.clone()
    }

    fn head(&self) -> Head {
        if self.fun == Fun::Sigmoid { Head::Sigmoid } else { Head::Plain }
    }

    fn canonical(&self) -> String {
        self.canonical.clone()
    }

    fn forward(&self, cx: &mut Lower<'_>) -> Buf {
        let (y, x) = (cx.new_y(), cx.x());
        cx.push(Verb::Map { y, x, fun: self.fun });
        y
    }

    fn backward(&self, cx: &mut Lower<'_>, dy: Buf) -> Buf {
        let dx = cx.new_dx();
        let kept = match self.fun.gradient_from() {
            GradientFrom::Input => cx.x(),
            GradientFrom::Output => cx.y(),
        };
        cx.push(Verb::MapGrad { dx, dy, kept, fun: self.fun });
        dx
    }
}
