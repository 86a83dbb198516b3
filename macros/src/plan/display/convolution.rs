//! Convolutions.

use super::{Words, unusual};
use crate::plan::{Buf, Conv, Convolution};

impl Words<'_> {
    pub(super) fn convolution(&self, verb: &Convolution) -> String {
        match verb {
            Convolution::Conv2d { room, x, w, bias, fun, conv, .. } => {
                let (name, rest) = self.algorithm("", *room, conv);
                self.epilogue(self.call(&name, &[x, w], &rest), *bias, *fun)
            }
            Convolution::Conv2dGradInput { room, dy, w, conv, .. } => {
                let (name, rest) = self.algorithm("_grad_input", *room, conv);
                self.call(&name, &[dy, w], &rest)
            }
            Convolution::Conv2dGradWeight { partial, x, dy, conv, winograd, .. } => {
                let word = if *winograd { "winograd" } else { "conv2d" };
                let rest = format!("{}, in {}", conv_words(conv), self.result(*partial));
                self.call(&format!("{word}_grad_weight"), &[x, dy], &rest)
            }
            Convolution::Conv2dMaxPool2d { x, w, bias, fun, conv, .. } => {
                let sum = self.call("conv2d", &[x, w], &conv_words(conv));
                self.epilogue(format!("max_pool2d({sum}, (2, 2))"), *bias, *fun)
            }
            Convolution::Conv2dMaxPool2dGradWeight {
                partial, x, dy, kept, index, conv, ..
            } => {
                let rest = format!("{}, in {}", conv_words(conv), self.result(*partial));
                let operands: Vec<_> = [x, dy].into_iter().chain(kept).chain([index]).collect();
                let relu = if kept.is_some() { "relu_" } else { "" };
                self.call(&format!("conv2d_max_pool2d_{relu}grad_weight"), &operands, &rest)
            }
        }
    }

    /// The name of a convolution, and its words with the workspace it has.
    fn algorithm(&self, verb: &str, room: Option<Buf>, conv: &Conv) -> (String, String) {
        let words = conv_words(conv);
        match room {
            Some(room) => (format!("winograd{verb}"), format!("{words}, in {}", self.result(room))),
            None => (format!("conv2d{verb}"), words),
        }
    }
}

/// The arguments of a convolution that are not the usual ones.
fn conv_words(conv: &Conv) -> String {
    let groups =
        if conv.groups == 1 { String::new() } else { format!(", groups = {}", conv.groups) };
    unusual(&conv.window) + &groups
}
