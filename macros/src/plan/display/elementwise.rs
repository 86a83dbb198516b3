//! Functions of single values.

use super::{Words, fun_words};
use crate::plan::{Buf, Elementwise};

impl Words<'_> {
    pub(super) fn elementwise(&self, verb: &Elementwise) -> String {
        match verb {
            Elementwise::Map { x, fun, .. } => {
                let (word, rest) = fun_words(*fun);
                self.call(word, &[x], &rest)
            }
            Elementwise::MapGrad { dy, kept, fun, .. } => {
                let (word, rest) = fun_words(*fun);
                self.call(&format!("{word}_grad"), &[dy, kept], &rest)
            }
            Elementwise::Prelu { x, alpha, .. } => self.call("prelu", &[x, alpha], ""),
            Elementwise::PreluGradInput { dy, x, alpha, .. } => {
                self.call("prelu_grad_input", &[dy, x, alpha], "")
            }
            Elementwise::PreluGradSlope { dy, x, .. } => {
                self.call("prelu_grad_slope", &[dy, x], "")
            }
            Elementwise::Gate { x, fun, .. } => {
                let (word, rest) = fun_words(*fun);
                self.call(&format!("gate_{word}"), &[x], &rest)
            }
            Elementwise::GateGrad { dy, x, fun, .. } => {
                let (word, rest) = fun_words(*fun);
                self.call(&format!("gate_{word}_grad"), &[dy, x], &rest)
            }
            Elementwise::Axpby { a, b, alpha, beta, .. } => self.sum((a, *alpha), (b, *beta)),
            Elementwise::Scale { x, alpha, .. } => scaled(&self.name(*x), *alpha),
            Elementwise::Multiply { a, b, .. } => format!("{} * {}", self.name(*a), self.name(*b)),
            Elementwise::Maximum { a, b, .. } => self.call("max", &[a, b], ""),
            Elementwise::MaximumGrad { dy, a, b, .. } => self.call("max_grad", &[dy, a, b], ""),
        }
    }

    /// `a + 0.5 * b`, `a - b`.
    fn sum(&self, (a, alpha): (&Buf, f64), (b, beta): (&Buf, f64)) -> String {
        let sign = if beta < 0.0 { "-" } else { "+" };
        format!("{} {sign} {}", scaled(&self.name(*a), alpha), scaled(&self.name(*b), beta.abs()))
    }
}

/// `0.5 * x`, `-x`.
fn scaled(x: &str, alpha: f64) -> String {
    match alpha {
        1.0 => x.to_owned(),
        -1.0 => format!("-{x}"),
        alpha => format!("{alpha} * {x}"),
    }
}
