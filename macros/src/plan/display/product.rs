//! Products of matrices, and the sums beside them.

use super::Words;
use crate::plan::{Dense, Product};

impl Words<'_> {
    pub(super) fn product(&self, verb: &Product) -> String {
        match verb {
            Product::Gemm { x, w, bias, fun, .. } => {
                self.epilogue(self.call("dense", &[x, w], ""), *bias, *fun)
            }
            Product::DenseChain { x, layers, .. } => {
                layers.iter().fold(self.name(*x), |x, Dense { w, bias, fun, .. }| {
                    self.epilogue(format!("dense({x}, {})", self.name(*w)), *bias, *fun)
                })
            }
            Product::GemmGradInput { dy, w, .. } => self.call("dense_grad_input", &[dy, w], ""),
            Product::GemmGradWeight { x, dy, .. } => self.call("dense_grad_weight", &[x, dy], ""),
            Product::AddBias { bias, .. } => self.name(*bias),
            Product::SumRows { dy, .. } => self.call("sum", &[dy], ""),
        }
    }
}
