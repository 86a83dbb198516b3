//! Gradients that are computed where they are used.

use crate::{kernel::Verbs, simd::Cpu};

/// The gradient of the weight of a dense layer as the product that it is:
/// `dw[k, n] = x[r, k]ᵀ · dy[r, n]`.
#[derive(Clone, Copy, Debug)]
pub struct WeightGradient<'t, T> {
    /// The inputs of the layer, `[rows, inputs]`.
    pub x: &'t [T],
    /// The gradient of its outputs, `[rows, outputs]`.
    pub dy: &'t [T],
    /// `r`.
    pub rows: usize,
    /// `k`.
    pub inputs: usize,
    /// `n`.
    pub outputs: usize,
}

impl<T: Verbs> WeightGradient<'_, T> {
    /// Writes all of it.
    pub fn write(self, cpu: Cpu, dw: &mut [T]) {
        let Self { x, dy, rows, inputs, outputs } = self;
        T::gemm_grad_weight(cpu, dw, x, dy, rows, inputs, outputs);
    }
}
