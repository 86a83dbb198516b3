//! The naive twins: every verb as the plain loop that defines it.
//!
//! Sums are taken in `f64` whatever the scalar, so a twin is also the more exact of the two.

mod conv2d;
mod gemm;
mod norm;
mod pointwise;
mod pool;
mod softmax;

pub use conv2d::{conv2d, conv2d_grad_input, conv2d_grad_weight};
pub use gemm::{add_bias, dense_chain, gemm, gemm_grad_input, gemm_grad_weight, sum_rows};
pub use norm::{batch_norm, batch_norm_grad, normalize, normalize_grad};
pub use pointwise::{dropout, dropout_assign, map, map_assign, map_grad, map_grad_assign};
pub use pool::{
    avg_pool2d, avg_pool2d_grad, max_pool2d, max_pool2d_grad, max_pool2d_grad_by_value,
    max_pool2d_indexed,
};
pub use softmax::{log_softmax, log_softmax_grad, softmax, softmax_grad};
