//! The verbs: what a network is made of at run time.
//!
//! [`Verbs`] is the whole table, by kind: equation, arguments, sizes. Outputs come first, then inputs, then
//! sizes; a gradient is named after its value with a `d` before it. Activations are channels-last
//! and row-major; `rows` is the number of samples of the batch. Kernels are compiled here for
//! `f32`, so that a network's crate only calls them, and for `f64` with the feature of that name: without
//! it, a crate with networks of `f64` compiles those that they call.
//!
//! Every verb has a naive twin in [`naive`] that states its meaning, and every kernel is compared
//! with it over random sizes.

#![allow(clippy::too_many_arguments)]

pub use attention::AttentionStep;
pub use causal::{CausalLayer, Taps};
pub use chain::{Chain, Params, Ring, causal_chain, dense_chain};
pub use gemm::{brain::Brain, half::Half};
pub use recurrent::{Cell, RecurStep, Recurrence};
pub use sizes::{Attention, Conv2d, Groups, Strided, Upsample, Window};
pub use stored::{Filter, Matrix, Transformed, gemm, winograd};
pub use winograd::{winograd_filter_len, winograd_room};

use crate::{pointwise::Fun, simd::Cpu};

pub(crate) mod attention;
pub(crate) mod bias;
pub(crate) mod causal;
pub(crate) mod chain;
pub(crate) mod columns;
pub(crate) mod combine;
pub(crate) mod concat;
pub(crate) mod conv2d;
pub(crate) mod conv_pool;
pub(crate) mod dropout;
pub(crate) mod embed;
pub(crate) mod gate;
pub(crate) mod gemm;
pub(crate) mod group_norm;
pub(crate) mod lanes;
pub(crate) mod map;
pub mod math;
pub mod naive;
pub(crate) mod noise;
pub(crate) mod norm;
pub(crate) mod pool;
pub(crate) mod prelu;
pub mod random;
pub(crate) mod recurrent;
pub(crate) mod rotate;
mod sizes;
pub(crate) mod softmax;
mod stored;
pub(crate) mod tile;
pub(crate) mod upsample;
pub(crate) mod view;
pub(crate) mod widen;
pub(crate) mod winograd;

/// Which pseudo-random numbers a random verb draws: a pure function of these and the element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stream {
    /// The seed of the run.
    pub seed: u64,
    /// The training step.
    pub step: u64,
    /// The layer.
    pub layer: u64,
}

macro_rules! verbs {
    ($($(#[$doc:meta])* fn $verb:ident($($arg:ident: $ty:ty),* $(,)?) = $module:ident;)*) => {
        /// Every verb, for one scalar type.
        pub trait Verbs: Sized + 'static {
            $($(#[$doc])* fn $verb($($arg: $ty),*);)*
        }
        verbs!(@impl f32, inline(never); $($module::$verb($($arg: $ty),*);)*);
        // Inlined, a verb is compiled where a network calls it.
        verbs!(@impl f64, cfg_attr(not(feature = "f64"), inline); $($module::$verb($($arg: $ty),*);)*);
    };
    (@impl $scalar:ident, $where:meta; $($module:ident::$verb:ident($($arg:ident: $ty:ty),*);)*) => {
        impl Verbs for $scalar {
            $(#[$where] fn $verb($($arg: $ty),*) { $module::$verb::<$scalar>($($arg),*) })*
        }
    };
}

verbs! {
    // Product.

    /// `y[r, n] = fun(x[r, k] · w[k, n] + bias[n])`; an absent bias or function is left out.
    fn gemm(cpu: Cpu, y: &mut [Self], x: &[Self], w: &[Self], bias: Option<&[Self]>, fun: Option<Fun>, rows: usize, k: usize, n: usize) = gemm;
    /// `dx[r, k] = dy[r, n] · w[k, n]ᵀ`.
    fn gemm_grad_input(cpu: Cpu, dx: &mut [Self], dy: &[Self], w: &[Self], rows: usize, k: usize, n: usize) = gemm;
    /// `dw[k, n] = x[r, k]ᵀ · dy[r, n]`.
    fn gemm_grad_weight(cpu: Cpu, dw: &mut [Self], x: &[Self], dy: &[Self], rows: usize, k: usize, n: usize) = gemm;
    /// `y[r, n] += bias[n]`.
    fn add_bias(cpu: Cpu, y: &mut [Self], bias: &[Self]) = bias;
    /// `db[n] = Σ_r dy[r, n]`.
    fn sum_rows(cpu: Cpu, db: &mut [Self], dy: &[Self]) = bias;

    // Convolution.

    /// `y[r, i, j, o] = fun(Σ_{p, q, c} x[r, i·s + p·d - pad, j·s + q·d - pad, c] · w[p, q, c, o] + bias[o])`, zero outside the image.
    fn conv2d(cpu: Cpu, y: &mut [Self], x: &[Self], w: &[Self], bias: Option<&[Self]>, fun: Option<Fun>, rows: usize, conv: Conv2d) = conv2d;
    /// `dx`: the gradient of `conv2d` with respect to its input.
    fn conv2d_grad_input(cpu: Cpu, dx: &mut [Self], dy: &[Self], w: &[Self], rows: usize, conv: Conv2d) = conv2d;
    /// `dw`: the gradient of `conv2d` with respect to its weight. `partial` is workspace: a whole
    /// number of copies of `dw`, over which the samples are shared out in order.
    fn conv2d_grad_weight(cpu: Cpu, dw: &mut [Self], partial: &mut [Self], x: &[Self], dy: &[Self], rows: usize, conv: Conv2d) = conv2d;
    /// `conv2d` with windows of 3x3 that move pixel by pixel, padded by at most 2, over 16 or a multiple of 32
    /// channels, with fewer multiplications. `room` is workspace: [`winograd_room`] of at least 8 tiles.
    fn winograd(cpu: Cpu, y: &mut [Self], room: &mut [Self], x: &[Self], w: &[Self], bias: Option<&[Self]>, fun: Option<Fun>, rows: usize, conv: Conv2d) = winograd;
    /// `winograd` with a weight that is transformed.
    fn winograd_transformed(cpu: Cpu, y: &mut [Self], room: &mut [Self], x: &[Self], u: &[Self], bias: Option<&[Self]>, fun: Option<Fun>, rows: usize, conv: Conv2d) = winograd;
    /// The weight `[3, 3, ci, co]` transformed, [`winograd_filter_len`] scalars.
    fn winograd_filter(cpu: Cpu, u: &mut [Self], w: &[Self], inputs: usize, outputs: usize) = winograd;
    /// `dx` of `winograd`.
    fn winograd_grad_input(cpu: Cpu, dx: &mut [Self], room: &mut [Self], dy: &[Self], w: &[Self], rows: usize, conv: Conv2d) = winograd;
    /// `dw` of `winograd`.
    fn winograd_grad_weight(cpu: Cpu, dw: &mut [Self], room: &mut [Self], x: &[Self], dy: &[Self], rows: usize, conv: Conv2d) = winograd;
    /// `y = fun(max_pool(conv2d(x, w)) + bias)` over windows of 2x2 that do not overlap, for a
    /// function that never falls. `index` keeps the winners in a form for the next verb alone.
    fn conv2d_max_pool2d(cpu: Cpu, y: &mut [Self], index: Option<&mut [u8]>, x: &[Self], w: &[Self], bias: Option<&[Self]>, fun: Option<Fun>, rows: usize, conv: Conv2d) = conv_pool;
    /// `dw` and `dbias` of `conv2d_max_pool2d`: without its function, or with relu, whose output is `kept`.
    /// `partial` is workspace: a whole number of copies of both.
    fn conv2d_max_pool2d_grad_weight(cpu: Cpu, dw: &mut [Self], dbias: Option<&mut [Self]>, partial: &mut [Self], x: &[Self], dy: &[Self], kept: Option<&[Self]>, index: &[u8], rows: usize, conv: Conv2d) = conv_pool;

    // Pool.

    /// `y[r, i, j, c] = max` over the window; what lies outside the image does not take part.
    fn max_pool2d(cpu: Cpu, y: &mut [Self], x: &[Self], rows: usize, channels: usize, window: Window) = pool;
    /// `max_pool2d` that also keeps in `index` which tap of the window won (row-major, the first of
    /// equals; at most 256 taps). A NaN wins.
    fn max_pool2d_indexed(cpu: Cpu, y: &mut [Self], index: &mut [u8], x: &[Self], rows: usize, channels: usize, window: Window) = pool;
    /// `dx`: every `dy` goes to the winner of its window.
    fn max_pool2d_grad(cpu: Cpu, dx: &mut [Self], dy: &[Self], index: &[u8], rows: usize, channels: usize, window: Window) = pool;
    /// The same for windows of more than 256 taps: the winner is the first tap of `x` that equals `y`.
    fn max_pool2d_grad_by_value(cpu: Cpu, dx: &mut [Self], dy: &[Self], y: &[Self], x: &[Self], rows: usize, channels: usize, window: Window) = pool;
    /// `y[r, i, j, c] = mean` over the taps of the window that lie in the image.
    fn avg_pool2d(cpu: Cpu, y: &mut [Self], x: &[Self], rows: usize, channels: usize, window: Window) = pool;
    /// `dx`: every `dy` is shared equally among the taps of its window.
    fn avg_pool2d_grad(cpu: Cpu, dx: &mut [Self], dy: &[Self], rows: usize, channels: usize, window: Window) = pool;

    // Normalization.

    /// `y[r, ·] = exp(x[r, ·] - max) / Σ exp(x[r, ·] - max)`, over the last `n`.
    fn softmax(cpu: Cpu, y: &mut [Self], x: &[Self], n: usize) = softmax;
    /// `dx[r, ·] = y · (dy - Σ dy · y)`.
    fn softmax_grad(cpu: Cpu, dx: &mut [Self], dy: &[Self], y: &[Self], n: usize) = softmax;
    /// `y[r, ·] = x[r, ·] - max - ln Σ exp(x[r, ·] - max)`.
    fn log_softmax(cpu: Cpu, y: &mut [Self], x: &[Self], n: usize) = softmax;
    /// `dx[r, ·] = dy - exp(y) · Σ dy`.
    fn log_softmax_grad(cpu: Cpu, dx: &mut [Self], dy: &[Self], y: &[Self], n: usize) = softmax;
    /// Batch normalisation in training (Ioffe 2015): `y = gamma · (x - mean) · rstd + beta` over the
    /// last `mean.len()`, with `mean` and `rstd = 1/√(var + epsilon)` of this batch, kept for the
    /// gradient; `running = momentum · running + (1 - momentum) · batch`, with the biased variance.
    fn batch_norm(cpu: Cpu, y: &mut [Self], mean: &mut [Self], rstd: &mut [Self], running_mean: &mut [Self], running_var: &mut [Self], x: &[Self], gamma: &[Self], beta: &[Self], momentum: f64, epsilon: f64) = norm;
    /// The gradients of `batch_norm`.
    fn batch_norm_grad(cpu: Cpu, dx: &mut [Self], dgamma: &mut [Self], dbeta: &mut [Self], dy: &[Self], x: &[Self], gamma: &[Self], mean: &[Self], rstd: &[Self]) = norm;
    /// Batch normalisation by stored statistics: `y = gamma · (x - mean) / √(var + epsilon) + beta`.
    fn normalize(cpu: Cpu, y: &mut [Self], x: &[Self], gamma: &[Self], beta: &[Self], mean: &[Self], var: &[Self], epsilon: f64) = norm;
    /// `dx = dy · gamma / √(var + epsilon)`.
    fn normalize_grad(cpu: Cpu, dx: &mut [Self], dy: &[Self], gamma: &[Self], var: &[Self], epsilon: f64) = norm;
    /// `y = gamma · (x - mean) · rstd + beta` with the statistics of each group of each block.
    /// `stats` keeps, block by block, the means and `rstd = 1/√(var + epsilon)`: [`Groups::kept`] each.
    fn group_norm(cpu: Cpu, y: &mut [Self], stats: &mut [Self], x: &[Self], gamma: &[Self], beta: Option<&[Self]>, sizes: Groups) = group_norm;
    /// `dx` of `group_norm`.
    fn group_norm_grad_input(cpu: Cpu, dx: &mut [Self], dy: &[Self], x: &[Self], stats: &[Self], gamma: &[Self], sizes: Groups) = group_norm;
    /// `dgamma[c] = Σ dy · (x - mean) · rstd` and `dbeta[c] = Σ dy`.
    fn group_norm_grad_scale(cpu: Cpu, dgamma: &mut [Self], dbeta: Option<&mut [Self]>, dy: &[Self], x: &[Self], stats: &[Self], sizes: Groups) = group_norm;

    // Elementwise.

    /// `y = fun(x)`.
    fn map(cpu: Cpu, y: &mut [Self], x: &[Self], fun: Fun) = map;
    /// `y = fun(y)`.
    fn map_assign(cpu: Cpu, y: &mut [Self], fun: Fun) = map;
    /// `dx = dy · fun'`, the derivative computed from `kept`, which is `x` or `y` by [`Fun::gradient_from`].
    fn map_grad(cpu: Cpu, dx: &mut [Self], dy: &[Self], kept: &[Self], fun: Fun) = map;
    /// `d = d · fun'`, likewise.
    fn map_grad_assign(cpu: Cpu, d: &mut [Self], kept: &[Self], fun: Fun) = map;
    /// `y = x` where `x > 0`, else `alpha[c] · x`, over the last `alpha.len()`.
    fn prelu(cpu: Cpu, y: &mut [Self], x: &[Self], alpha: &[Self]) = prelu;
    /// `dx = dy` where `x > 0`, else `alpha[c] · dy`.
    fn prelu_grad_input(cpu: Cpu, dx: &mut [Self], dy: &[Self], x: &[Self], alpha: &[Self]) = prelu;
    /// `dalpha[c] = Σ dy · x` where `x ≤ 0`.
    fn prelu_grad_slope(cpu: Cpu, dalpha: &mut [Self], dy: &[Self], x: &[Self]) = prelu;
    /// `y[r, i] = x[r, i] · fun(x[r, n + i])`, from rows of `2n` to rows of `n`.
    fn gate(cpu: Cpu, y: &mut [Self], x: &[Self], n: usize, fun: Fun) = gate;
    /// `dx[r, i] = dy · fun(x[r, n + i])` and `dx[r, n + i] = dy · x[r, i] · fun'(x[r, n + i])`.
    fn gate_grad(cpu: Cpu, dx: &mut [Self], dy: &[Self], x: &[Self], n: usize, fun: Fun) = gate;
    /// `y = alpha · a + beta · b`.
    fn axpby(cpu: Cpu, y: &mut [Self], a: &[Self], b: &[Self], alpha: f64, beta: f64) = combine;
    /// `y = alpha · y + beta · b`.
    fn axpby_assign(cpu: Cpu, y: &mut [Self], b: &[Self], alpha: f64, beta: f64) = combine;
    /// `y = alpha · x`.
    fn scale(cpu: Cpu, y: &mut [Self], x: &[Self], alpha: f64) = combine;
    /// `y = alpha · y`.
    fn scale_assign(cpu: Cpu, y: &mut [Self], alpha: f64) = combine;
    /// `y = a · b`; the gradient of either is the product of `dy` and the other.
    fn multiply(cpu: Cpu, y: &mut [Self], a: &[Self], b: &[Self]) = combine;
    /// `y = y · b`.
    fn multiply_assign(cpu: Cpu, y: &mut [Self], b: &[Self]) = combine;
    /// `y = max(a, b)`. A NaN wins.
    fn maximum(cpu: Cpu, y: &mut [Self], a: &[Self], b: &[Self]) = combine;
    /// `y = max(y, b)`, likewise.
    fn maximum_assign(cpu: Cpu, y: &mut [Self], b: &[Self]) = combine;
    /// `da = dy` where `a > b`, half of it where they are equal, else 0.
    fn maximum_grad(cpu: Cpu, da: &mut [Self], dy: &[Self], a: &[Self], b: &[Self]) = combine;

    // Random.

    /// Inverted dropout (Srivastava 2014): `y = x / (1 - rate)` with probability `1 - rate`, else 0.
    /// The same call maps `dy` to `dx`.
    fn dropout(cpu: Cpu, y: &mut [Self], x: &[Self], rate: f64, stream: Stream) = dropout;
    /// `dropout` in place.
    fn dropout_assign(cpu: Cpu, y: &mut [Self], rate: f64, stream: Stream) = dropout;
    /// Dropout of whole channels (Tompson 2015): one draw for every channel of every sample. The same
    /// call maps `dy` to `dx`.
    fn dropout_channels(cpu: Cpu, y: &mut [Self], x: &[Self], rows: usize, channels: usize, rate: f64, stream: Stream) = noise;
    /// `y = x + deviation · n`, `n` of the standard normal distribution.
    fn add_noise(cpu: Cpu, y: &mut [Self], x: &[Self], deviation: f64, stream: Stream) = noise;

    // Sequence.

    /// `y = layer(x)` at the time step `time`: a causal layer of any size. Small ones make a [`Chain`].
    fn causal_layer(cpu: Cpu, y: &mut [Self], x: &[Self], layer: &mut Taps<'_, Self>, time: u64) = causal;
    /// `y = x + table[min(time, rows - 1)]`.
    fn add_row(cpu: Cpu, y: &mut [Self], x: &[Self], table: &[Self], time: u64) = causal;
    /// `sum += x`, and `y = sum / (time + 1)`.
    fn running_mean(cpu: Cpu, y: &mut [Self], mean: &mut [Self], x: &[Self], time: u64) = causal;
    /// A recurrent layer: `gates[r, t]` come as products with the input and become the [`Cell`]'s gates,
    /// with `before[r, t] · u + bias` for its recurrent sums. `before` keeps the state before each step,
    /// `cells` the `c` of an LSTM or the `q` of a GRU; both have [`Recurrence::slots`]. `packed` is
    /// workspace: `u[units, gates · units]` with `units` rounded up to whole vectors.
    fn recur(cpu: Cpu, y: &mut [Self], gates: &mut [Self], before: &mut [Self], cells: Option<&mut [Self]>, packed: &mut [Self], u: &[Self], bias: Option<&[Self]>, rows: usize, sizes: Recurrence) = recurrent;
    /// The state of a recurrent layer after one more time step.
    fn recur_step(cpu: Cpu, layer: &mut RecurStep<'_, Self>) = recurrent;
    /// The gradients of `recur`: `gates` become those of the products with the input, and for a GRU `recurrent`
    /// has those of the recurrent sums. `carry[r]` is workspace, what an LSTM or a GRU hands to the step before.
    fn recur_grad(cpu: Cpu, gates: &mut [Self], recurrent: Option<&mut [Self]>, carry: Option<&mut [Self]>, packed: &mut [Self], dy: &[Self], u: &[Self], before: &[Self], cells: Option<&[Self]>, rows: usize, sizes: Recurrence) = recurrent;

    // Attend.

    /// `y = softmax(q · kᵀ / √d) · v` for every head, over the keys that a query sees; `stats` keeps
    /// `ln Σ exp(q · kᵀ / √d)`, `[heads, time]` of every sample.
    fn attention(cpu: Cpu, y: &mut [Self], stats: &mut [Self], q: &[Self], k: &[Self], v: &[Self], rows: usize, sizes: Attention) = attention;
    /// The gradients of `attention`.
    fn attention_grad(cpu: Cpu, dq: &mut [Self], dk: &mut [Self], dv: &mut [Self], dy: &[Self], y: &[Self], stats: &[Self], q: &[Self], k: &[Self], v: &[Self], rows: usize, sizes: Attention) = attention;
    /// A causal attention of the query at the time step `time`, over the keys and values of the last steps.
    fn attention_step(cpu: Cpu, step: &mut AttentionStep<'_, Self>, time: u64) = attention;
    /// Turns `(y[i], y[i + d / 2])` of every head by the angle of its step, whose sine and cosine are
    /// `table[t, 2i]` and `table[t, 2i + 1]`; `back`: by its opposite.
    fn rotate(cpu: Cpu, y: &mut [Self], table: &[Self], heads: usize, d: usize, back: bool) = rotate;
    /// The same at the time step `time`; behind the last row of `table` the angles are computed.
    fn rotate_at(cpu: Cpu, y: &mut [Self], table: &[Self], d: usize, time: u64) = rotate;

    // Arrange.

    /// `y[r, i…] = x[r, start + Σ iₖ · strideₖ]`.
    fn gather(cpu: Cpu, y: &mut [Self], x: &[Self], rows: usize, view: Strided) = view;
    /// `y = 0`, then `y[r, start + Σ iₖ · strideₖ] += x[r, i…]`.
    fn scatter(cpu: Cpu, y: &mut [Self], x: &[Self], rows: usize, view: Strided) = view;
    /// `y`: between the centres of pixels the weighted mean of the nearest four, beyond the outermost
    /// centres these pixels themselves.
    fn upsample(cpu: Cpu, y: &mut [Self], x: &[Self], rows: usize, sizes: Upsample) = upsample;
    /// `dx` of `upsample`.
    fn upsample_grad(cpu: Cpu, dx: &mut [Self], dy: &[Self], rows: usize, sizes: Upsample) = upsample;
    /// `y[t] = table[x[t]]`, rows of `width` by the whole part of a scalar; the nearest row where there
    /// is none of that number.
    fn embed(cpu: Cpu, y: &mut [Self], x: &[Self], table: &[Self], width: usize) = embed;
    /// `dtable[i] = Σ dy[t]` over the `t` with `x[t] = i`.
    fn embed_grad(cpu: Cpu, dtable: &mut [Self], dy: &[Self], x: &[Self], width: usize) = embed;
    /// `y[r, ·] = x1[r, ..n1], x2[r, ..n2], ..`, of parts `(x, n)`.
    fn concat(cpu: Cpu, y: &mut [Self], parts: &[(&[Self], usize)]) = concat;
    /// `y[r, n] = x[r, start..start + n]`, of rows of `width`.
    fn split(cpu: Cpu, y: &mut [Self], x: &[Self], width: usize, start: usize, n: usize) = concat;
}

#[cfg(test)]
mod tests;
