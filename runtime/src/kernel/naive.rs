//! The naive twins: every verb as the plain loop that defines it.
//!
//! Sums are taken in `f64` whatever the scalar, so a twin is also the more exact of the two.
//! Those of attention and of layers that remember need the feature `alloc` for rows of their own.

#[cfg(feature = "alloc")]
mod attention;
mod causal;
mod combine;
mod conv2d;
mod embed;
mod gate;
mod gemm;
mod group_norm;
mod noise;
mod norm;
mod pointwise;
mod pool;
#[cfg(feature = "alloc")]
mod recurrent;
mod softmax;
mod upsample;
mod view;

#[cfg(feature = "alloc")]
pub use attention::{attention, attention_grad, attention_step, rotate, rotate_at};
pub use causal::{add_row, causal_chain, causal_layer, running_mean};
pub use combine::{
    axpby, axpby_assign, concat, maximum, maximum_assign, maximum_grad, multiply, multiply_assign,
    scale, scale_assign, split,
};
pub use conv2d::{conv2d, conv2d_grad_input, conv2d_grad_weight};
pub use embed::{embed, embed_grad};
pub use gate::{gate, gate_grad, prelu, prelu_grad_input, prelu_grad_slope};
pub use gemm::{add_bias, dense_chain, gemm, gemm_grad_input, gemm_grad_weight, sum_rows};
pub use group_norm::{group_norm, group_norm_grad_input, group_norm_grad_scale};
pub use noise::{add_noise, dropout_channels};
pub use norm::{batch_norm, batch_norm_grad, normalize, normalize_grad};
pub use pointwise::{dropout, dropout_assign, map, map_assign, map_grad, map_grad_assign};
pub use pool::{
    avg_pool2d, avg_pool2d_grad, max_pool2d, max_pool2d_grad, max_pool2d_grad_by_value,
    max_pool2d_indexed,
};
#[cfg(feature = "alloc")]
pub use recurrent::{recur, recur_grad, recur_step};
pub use softmax::{log_softmax, log_softmax_grad, softmax, softmax_grad};
pub use upsample::{upsample, upsample_grad};
pub use view::{gather, scatter};
