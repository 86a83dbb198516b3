//! Products of matrices alone: that of a dense layer, and both its gradients.

use monograd::simd::Cpu;
use monograd_runtime::kernel::Verbs;

use crate::contestant::Products;

/// `y = x · w`, `dx = dy · wᵀ`, `dw = xᵀ · dy`, on this thread.
pub(crate) fn multiply(products: &mut Products) {
    let cpu = Cpu::detect().with_threads(1);
    let Products { sizes: [rows, k, n], x, w, dy, y, dx, dw } = products;
    f32::gemm(cpu, y, x, w, None, None, *rows, *k, *n);
    f32::gemm_grad_input(cpu, dx, dy, w, *rows, *k, *n);
    f32::gemm_grad_weight(cpu, dw, x, dy, *rows, *k, *n);
}
