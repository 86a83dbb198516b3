//! The verbs: a closed set of steps, each with its equation.
//!
//! `B` is the batch. A verb lists what it reads and what it writes; liveness, dead code and fusion
//! are derived from these lists alone. Names and argument order follow the runtime's table.

use std::rc::Rc;

use proc_macro2::Span;

use super::{Attention, Buf, Cell, Conv, Groups, Recurrence, Strided, Turns, Upsample, Window};
use crate::{layer::network::Inner, shape::Dim};

/// A pointwise function; the runtime has one of the same name and meaning.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fun {
    Relu,
    LeakyRelu(f64),
    Clamp(f64, f64),
    Elu { alpha: f64, scale: f64 },
    Gelu,
    GeluTanh,
    Silu,
    Sigmoid,
    HardSigmoid,
    Tanh,
    Softplus,
    Softsign,
    HardSwish,
    Mish,
}

/// What a pointwise function's derivative is computed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GradientFrom {
    Input,
    Output,
}

impl Fun {
    pub(crate) fn gradient_from(self) -> GradientFrom {
        match self {
            Self::Gelu | Self::GeluTanh | Self::Silu | Self::HardSwish | Self::Mish => {
                GradientFrom::Input
            }
            _ => GradientFrom::Output,
        }
    }

    /// Whether a larger input never gives a smaller output, so that the largest stays the largest.
    pub(crate) fn never_falls(self) -> bool {
        match self {
            Self::LeakyRelu(slope) => slope >= 0.0,
            Self::Elu { alpha, scale } => alpha >= 0.0 && scale >= 0.0,
            Self::Gelu | Self::GeluTanh | Self::Silu | Self::HardSwish | Self::Mish => false,
            Self::Relu
            | Self::Clamp(..)
            | Self::Sigmoid
            | Self::HardSigmoid
            | Self::Tanh
            | Self::Softplus
            | Self::Softsign => true,
        }
    }
}

/// One layer of a chain: `fun(x[k] · w[k, n] + bias[n])`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Dense {
    pub(crate) w: Buf,
    pub(crate) bias: Option<Buf>,
    pub(crate) fun: Option<Fun>,
    pub(crate) k: Dim,
    pub(crate) n: Dim,
}

/// One layer of a causal chain, at the time step `t`:
/// `fun(Σ x[t - (kernel - 1 - p) · dilation, c] · w[p, c, n] + bias[n])` over taps `p` and the channels
/// `c` of the group of `n`, of `k / groups`. Steps before the first are zero.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Taps {
    /// The last inputs: `x[t]` lies in row `t mod rows`, and the number of rows is a power of two.
    /// None where there is one tap.
    pub(crate) ring: Option<Buf>,
    pub(crate) w: Buf,
    pub(crate) bias: Option<Buf>,
    pub(crate) fun: Option<Fun>,
    pub(crate) kernel: usize,
    pub(crate) dilation: usize,
    pub(crate) groups: usize,
    pub(crate) k: Dim,
    pub(crate) n: Dim,
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Verb {
    /// `y[B · m, n] = fun(x[B · m, k] · w[k, n] + bias[n])`, `m` rows a sample.
    Gemm { y: Buf, x: Buf, w: Buf, bias: Option<Buf>, fun: Option<Fun>, m: Dim, k: Dim, n: Dim },
    /// `dx[B · m, k] = dy[B · m, n] · w[k, n]ᵀ`.
    GemmGradInput { dx: Buf, dy: Buf, w: Buf, m: Dim, k: Dim, n: Dim },
    /// `dw[k, n] = x[B · m, k]ᵀ · dy[B · m, n]`.
    GemmGradWeight { dw: Buf, x: Buf, dy: Buf, m: Dim, k: Dim, n: Dim },
    /// `y[B, ..] = layers(x[B, ..])`: small dense layers, each fed by the one before.
    DenseChain { y: Buf, x: Buf, layers: Vec<Dense> },
    /// `y = layers(x)` at one time step: causal layers, each fed by the one before.
    CausalChain { y: Buf, x: Buf, layers: Vec<Taps> },
    /// `y = x + table[min(t, rows - 1)]` at the time step `t`.
    AddRow { y: Buf, x: Buf, table: Buf },
    /// `sum += x`, and `y = sum / (t + 1)` at the time step `t`.
    RunningMean { y: Buf, sum: Buf, x: Buf },
    /// `y[.., n] += bias[n]`.
    AddBias { y: Buf, bias: Buf },
    /// `db[n] = Σ dy[.., n]`.
    SumRows { db: Buf, dy: Buf },
    /// `y = x`, where a network's output would be its input.
    Copy { y: Buf, x: Buf },
    /// `y = fun(x)`; `y` may be `x`.
    Map { y: Buf, x: Buf, fun: Fun },
    /// `dx = dy · fun'`, from `kept`, which is `x` or `y` by `fun.gradient_from()`; `dx` may be `dy`.
    MapGrad { dx: Buf, dy: Buf, kept: Buf, fun: Fun },
    /// `y = fun(conv(x, w) + bias)`; `room` is workspace of minimal filtering, [`Conv::room`].
    Conv2d {
        y: Buf,
        room: Option<Buf>,
        x: Buf,
        w: Buf,
        bias: Option<Buf>,
        fun: Option<Fun>,
        conv: Conv,
    },
    /// `dx`, the gradient of the convolution with respect to its input.
    Conv2dGradInput { dx: Buf, room: Option<Buf>, dy: Buf, w: Buf, conv: Conv },
    /// `dw`, with respect to its weight; `partial` holds sums over shares of the batch, or is the
    /// workspace of minimal filtering.
    Conv2dGradWeight { dw: Buf, partial: Buf, x: Buf, dy: Buf, conv: Conv, winograd: bool },
    /// `y = fun(max(conv(x, w)) + bias)` over windows of 2x2, for a function that never falls;
    /// `index` keeps the winners for the next verb alone.
    Conv2dMaxPool2d {
        y: Buf,
        index: Option<Buf>,
        x: Buf,
        w: Buf,
        bias: Option<Buf>,
        fun: Option<Fun>,
        conv: Conv,
    },
    /// `dw` and `dbias` of `Conv2dMaxPool2d`, from what the winners saw: without its function, or with relu,
    /// whose output is `kept`. `partial` holds sums over shares of the batch.
    Conv2dMaxPool2dGradWeight {
        dw: Buf,
        dbias: Option<Buf>,
        partial: Buf,
        x: Buf,
        dy: Buf,
        kept: Option<Buf>,
        index: Buf,
        conv: Conv,
    },
    /// `y = max` over the window; `index` keeps the winner where there is a backward pass.
    MaxPool2d { y: Buf, index: Option<Buf>, x: Buf, channels: Dim, window: Window },
    /// `dx`: every `dy` goes to the winner kept in `index`.
    MaxPool2dGrad { dx: Buf, dy: Buf, index: Buf, channels: Dim, window: Window },
    /// `dx`: every `dy` goes to the first `x` in its window that equals `y`.
    MaxPool2dGradByValue { dx: Buf, dy: Buf, y: Buf, x: Buf, channels: Dim, window: Window },
    /// `y = mean` over the taps of the window inside the image.
    AvgPool2d { y: Buf, x: Buf, channels: Dim, window: Window },
    /// `dx`: every `dy` is shared among the taps of its window.
    AvgPool2dGrad { dx: Buf, dy: Buf, channels: Dim, window: Window },
    /// `y = exp(x - max) / Σ exp(x - max)` over the last `n`.
    Softmax { y: Buf, x: Buf, n: Dim },
    /// `dx = y · (dy - Σ dy · y)`.
    SoftmaxGrad { dx: Buf, dy: Buf, y: Buf, n: Dim },
    /// `y = x - max - ln Σ exp(x - max)` over the last `n`.
    LogSoftmax { y: Buf, x: Buf, n: Dim },
    /// `dx = dy - exp(y) · Σ dy`.
    LogSoftmaxGrad { dx: Buf, dy: Buf, y: Buf, n: Dim },
    /// `y = x / (1 - rate)` or 0, by the stream of `layer`; maps `dy` to `dx` alike; `y` may be `x`.
    Dropout { y: Buf, x: Buf, rate: f64, layer: usize },
    /// `y = gamma · (x - mean) · rstd + beta` with this batch's statistics, and the running ones moved.
    BatchNorm {
        y: Buf,
        mean: Buf,
        rstd: Buf,
        running_mean: Buf,
        running_var: Buf,
        x: Buf,
        gamma: Buf,
        beta: Buf,
        momentum: f64,
        epsilon: f64,
    },
    /// The gradients of `BatchNorm`.
    BatchNormGrad {
        dx: Buf,
        dgamma: Buf,
        dbeta: Buf,
        dy: Buf,
        x: Buf,
        gamma: Buf,
        mean: Buf,
        rstd: Buf,
    },
    /// `y = gamma · (x - mean) / √(var + epsilon) + beta` with stored statistics.
    Normalize { y: Buf, x: Buf, gamma: Buf, beta: Buf, mean: Buf, var: Buf, epsilon: f64 },
    /// `dx = dy · gamma / √(var + epsilon)`.
    NormalizeGrad { dx: Buf, dy: Buf, gamma: Buf, var: Buf, epsilon: f64 },
    /// `y = gamma · (x - mean) · rstd + beta` with the statistics of each group of each block, which
    /// `stats` keeps.
    GroupNorm { y: Buf, stats: Buf, x: Buf, gamma: Buf, beta: Option<Buf>, sizes: Groups },
    /// `dx` of `GroupNorm`.
    GroupNormGradInput { dx: Buf, dy: Buf, x: Buf, stats: Buf, gamma: Buf, sizes: Groups },
    /// `dgamma[c] = Σ dy · (x - mean) · rstd` and `dbeta[c] = Σ dy`.
    GroupNormGradScale {
        dgamma: Buf,
        dbeta: Option<Buf>,
        dy: Buf,
        x: Buf,
        stats: Buf,
        sizes: Groups,
    },
    /// `y = softmax(q · kᵀ / √d) · v` for every head; `stats` keeps `ln Σ exp(q · kᵀ / √d)`.
    Attention { y: Buf, stats: Buf, q: Buf, k: Buf, v: Buf, sizes: Attention },
    /// The gradients of `Attention`.
    AttentionGrad {
        dq: Buf,
        dk: Buf,
        dv: Buf,
        dy: Buf,
        y: Buf,
        stats: Buf,
        q: Buf,
        k: Buf,
        v: Buf,
        sizes: Attention,
    },
    /// One query at the time step `t`: `k` and `v` go to row `t mod time` of `keys` and `values`, then
    /// `y = softmax(q · keysᵀ / √d) · values` over the rows that are taken; `scores` is workspace.
    AttentionStep {
        y: Buf,
        scores: Buf,
        q: Buf,
        k: Buf,
        v: Buf,
        keys: Buf,
        values: Buf,
        sizes: Attention,
    },
    /// `Rotate` by the angle of the time step `t`, which is computed where the table has no such row.
    RotateAt { y: Buf, table: Buf, d: Dim },
    /// Turns the features `i` and `i + d / 2` of every head of `y` by the angle whose sine and cosine are
    /// `table[t, 2i]` and `table[t, 2i + 1]`; `back`: by its opposite.
    Rotate { y: Buf, table: Buf, heads: usize, d: Dim, back: bool },
    /// `y = 0`, such as the gradient of what has none.
    Zero { y: Buf },
    /// `y[i…] = x[start + Σ iₖ · strideₖ]`.
    Gather { y: Buf, x: Buf, view: Strided },
    /// `y = 0`, then `y[start + Σ iₖ · strideₖ] += x[i…]`.
    Scatter { y: Buf, x: Buf, view: Strided },
    /// `y`: between the centres of pixels the weighted mean of the nearest four.
    Upsample { y: Buf, x: Buf, sizes: Upsample },
    /// `dx` of `Upsample`.
    UpsampleGrad { dx: Buf, dy: Buf, sizes: Upsample },
    /// `y = x` where `x > 0`, else `alpha[c] · x`.
    Prelu { y: Buf, x: Buf, alpha: Buf },
    /// `dx = dy` where `x > 0`, else `alpha[c] · dy`.
    PreluGradInput { dx: Buf, dy: Buf, x: Buf, alpha: Buf },
    /// `dalpha[c] = Σ dy · x` where `x ≤ 0`.
    PreluGradSlope { dalpha: Buf, dy: Buf, x: Buf },
    /// `y[.., n] = x[.., ..n] · fun(x[.., n..])`.
    Gate { y: Buf, x: Buf, n: Dim, fun: Fun },
    /// `dx[.., ..n] = dy · fun(x[.., n..])` and `dx[.., n..] = dy · x[.., ..n] · fun'(x[.., n..])`.
    GateGrad { dx: Buf, dy: Buf, x: Buf, n: Dim, fun: Fun },
    /// `y = x / (1 - rate)` or 0 by channel of a sample, by the stream of `layer`; maps `dy` to `dx`
    /// alike.
    DropoutChannels { y: Buf, x: Buf, channels: Dim, rate: f64, layer: usize },
    /// `y = x + deviation · n`, `n` normal, by the stream of `layer`.
    AddNoise { y: Buf, x: Buf, deviation: f64, layer: usize },
    /// `y[t] = table[x[t]]`, rows of `width` by the whole part of a scalar.
    Embed { y: Buf, x: Buf, table: Buf, width: Dim },
    /// `dtable[i] = Σ dy[t]` over the `t` with `x[t] = i`.
    EmbedGrad { dtable: Buf, dy: Buf, x: Buf, width: Dim },
    /// `y`: the states of a recurrent layer. `gates` come as products with the input and become the
    /// cell's gates, with `before[t] · u + bias` for its recurrent sums; `before` and `cells` keep what
    /// there was before each step and what else the gradient needs, in `packed` lies `u`.
    Recur {
        y: Buf,
        gates: Buf,
        before: Buf,
        cells: Option<Buf>,
        packed: Buf,
        u: Buf,
        bias: Option<Buf>,
        sizes: Recurrence,
    },
    /// `y` and `state`: the state of a recurrent layer after one more time step, from `x · w + bias` and
    /// `state · u + recurrent_bias`; `cells` keeps the cell of an LSTM, `products` is workspace.
    RecurStep {
        y: Buf,
        x: Buf,
        state: Buf,
        cells: Option<Buf>,
        products: Buf,
        w: Buf,
        u: Buf,
        bias: Option<Buf>,
        recurrent_bias: Option<Buf>,
        cell: Cell,
        k: Dim,
        units: Dim,
    },
    /// The gradients of the products of `Recur`, those with the input in place of `gates`, those with
    /// the states in `recurrent` where they differ.
    RecurGrad {
        gates: Buf,
        recurrent: Option<Buf>,
        carry: Option<Buf>,
        packed: Buf,
        dy: Buf,
        u: Buf,
        before: Buf,
        cells: Option<Buf>,
        sizes: Recurrence,
    },
    /// `y = alpha · a + beta · b`; `y` may be `a` if that is not `b`.
    Axpby { y: Buf, a: Buf, b: Buf, alpha: f64, beta: f64 },
    /// `y = alpha · x`; `y` may be `x`.
    Scale { y: Buf, x: Buf, alpha: f64 },
    /// `y = a · b`; `y` may be `a` if that is not `b`.
    Multiply { y: Buf, a: Buf, b: Buf },
    /// `y = max(a, b)`; `y` may be `a` if that is not `b`.
    Maximum { y: Buf, a: Buf, b: Buf },
    /// `da = dy` where `a > b`, half of it where they are equal, else 0.
    MaximumGrad { da: Buf, dy: Buf, a: Buf, b: Buf },
    /// `y[.., n1 + n2 + ..] = x1[.., n1], x2[.., n2], ..`, of parts `(x, n)`.
    Concat { y: Buf, parts: Vec<(Buf, Dim)> },
    /// `y[.., n] = x[.., start..start + n]`, of rows of `width`.
    Split { y: Buf, x: Buf, width: Dim, start: Dim, n: Dim },
    /// `y = inner(x)`, as in inference.
    Network { y: Buf, x: Buf, params: [Buf; 2], inner: Rc<Inner> },
    /// `y` is what `inner` yields after one more time step `x`.
    NetworkStep { y: Buf, x: Buf, params: [Buf; 2], inner: Rc<Inner> },
    /// `y = inner(x)`, as in training; its trained parameters and its state, which it may move.
    NetworkTraining { y: Buf, x: Buf, params: [Buf; 2], inner: Rc<Inner> },
    /// The gradients of `NetworkTraining`.
    NetworkGrad {
        dx: Option<Buf>,
        gradient: Buf,
        dy: Buf,
        x: Buf,
        params: [Buf; 2],
        inner: Rc<Inner>,
    },
    /// `y = turn(turn(.. turn(x)))`. Every turn has its share of the workspaces, of what stays until
    /// the next time step and of the parameters; `state` are those that it may move.
    Repeat {
        y: Buf,
        x: Buf,
        rows: Buf,
        fixed: Option<Buf>,
        index: Option<Buf>,
        kept: Option<Buf>,
        state: Vec<Buf>,
        params: Vec<Buf>,
        turns: Rc<Turns>,
    },
    /// The gradients of `Repeat`, from what its turns left in the workspaces.
    RepeatGrad {
        dx: Buf,
        dy: Buf,
        x: Buf,
        rows: Buf,
        fixed: Option<Buf>,
        index: Option<Buf>,
        gradients: Vec<Buf>,
        params: Vec<Buf>,
        turns: Rc<Turns>,
    },
}

/// A verb, and the layer it was appended for.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) verb: Verb,
    /// The index of the node in the model; after fusion that of the first.
    pub(crate) node: usize,
    pub(crate) span: Span,
    /// The output, of several, whose head this step differentiates: it passes the gradient on as it
    /// is where that enters at the input of the head.
    pub(crate) head: Option<usize>,
}

impl Verb {
    /// Every buffer the verb names, outputs first, by role.
    pub(crate) fn operands_mut(&mut self) -> Operands<'_> {
        let (writes, reads): (Vec<&mut Buf>, Vec<&mut Buf>) = match self {
            Self::Gemm { y, x, w, bias, .. } => (vec![y], [x, w].into_iter().chain(bias).collect()),
            Self::Conv2d { y, room, x, w, bias, .. } => (
                Some(y).into_iter().chain(room).collect(),
                [x, w].into_iter().chain(bias).collect(),
            ),
            Self::DenseChain { y, x, layers } => {
                let params =
                    layers.iter_mut().flat_map(|l| Some(&mut l.w).into_iter().chain(&mut l.bias));
                (vec![y], Some(x).into_iter().chain(params).collect())
            }
            Self::CausalChain { y, x, layers } => {
                let (mut writes, mut reads) = (vec![y], vec![x]);
                for Taps { ring, w, bias, .. } in layers {
                    writes.extend(ring);
                    reads.extend(Some(w).into_iter().chain(bias));
                }
                (writes, reads)
            }
            Self::AddRow { y, x, table } => (vec![y], vec![x, table]),
            Self::RunningMean { y, sum, x } => (vec![y, sum], vec![x]),
            Self::GemmGradInput { dx, dy, w, .. } => (vec![dx], vec![dy, w]),
            Self::Conv2dGradInput { dx, room, dy, w, .. } => {
                (Some(dx).into_iter().chain(room).collect(), vec![dy, w])
            }
            Self::GemmGradWeight { dw, x, dy, .. } => (vec![dw], vec![x, dy]),
            Self::AddBias { y, bias } => (vec![y], vec![bias]),
            Self::SumRows { db, dy } => (vec![db], vec![dy]),
            Self::Copy { y, x } | Self::Map { y, x, .. } | Self::Dropout { y, x, .. } => {
                (vec![y], vec![x])
            }
            Self::MapGrad { dx, dy, kept, .. } => (vec![dx], vec![dy, kept]),
            Self::Conv2dGradWeight { dw, partial, x, dy, .. } => (vec![dw, partial], vec![x, dy]),
            Self::Conv2dMaxPool2d { y, index, x, w, bias, .. } => (
                Some(y).into_iter().chain(index).collect(),
                [x, w].into_iter().chain(bias).collect(),
            ),
            Self::Conv2dMaxPool2dGradWeight { dw, dbias, partial, x, dy, kept, index, .. } => (
                [dw, partial].into_iter().chain(dbias).collect(),
                [x, dy, index].into_iter().chain(kept).collect(),
            ),
            Self::MaxPool2d { y, index, x, .. } => {
                (Some(y).into_iter().chain(index).collect(), vec![x])
            }
            Self::MaxPool2dGrad { dx, dy, index, .. } => (vec![dx], vec![dy, index]),
            Self::MaxPool2dGradByValue { dx, dy, y, x, .. } => (vec![dx], vec![dy, y, x]),
            Self::AvgPool2d { y, x, .. } => (vec![y], vec![x]),
            Self::AvgPool2dGrad { dx, dy, .. } => (vec![dx], vec![dy]),
            Self::Softmax { y, x, .. } | Self::LogSoftmax { y, x, .. } => (vec![y], vec![x]),
            Self::SoftmaxGrad { dx, dy, y, .. } | Self::LogSoftmaxGrad { dx, dy, y, .. } => {
                (vec![dx], vec![dy, y])
            }
            Self::BatchNorm {
                y, mean, rstd, running_mean, running_var, x, gamma, beta, ..
            } => (vec![y, mean, rstd, running_mean, running_var], vec![x, gamma, beta]),
            Self::BatchNormGrad { dx, dgamma, dbeta, dy, x, gamma, mean, rstd } => {
                (vec![dx, dgamma, dbeta], vec![dy, x, gamma, mean, rstd])
            }
            Self::Normalize { y, x, gamma, beta, mean, var, .. } => {
                (vec![y], vec![x, gamma, beta, mean, var])
            }
            Self::NormalizeGrad { dx, dy, gamma, var, .. } => (vec![dx], vec![dy, gamma, var]),
            Self::GroupNorm { y, stats, x, gamma, beta, .. } => {
                (vec![y, stats], [x, gamma].into_iter().chain(beta).collect())
            }
            Self::GroupNormGradInput { dx, dy, x, stats, gamma, .. } => {
                (vec![dx], vec![dy, x, stats, gamma])
            }
            Self::GroupNormGradScale { dgamma, dbeta, dy, x, stats, .. } => {
                (Some(dgamma).into_iter().chain(dbeta).collect(), vec![dy, x, stats])
            }
            Self::Attention { y, stats, q, k, v, .. } => (vec![y, stats], vec![q, k, v]),
            Self::AttentionGrad { dq, dk, dv, dy, y, stats, q, k, v, .. } => {
                (vec![dq, dk, dv], vec![dy, y, stats, q, k, v])
            }
            Self::AttentionStep { y, scores, q, k, v, keys, values, .. } => {
                (vec![y, scores, keys, values], vec![q, k, v])
            }
            Self::Rotate { y, table, .. } | Self::RotateAt { y, table, .. } => {
                (vec![y], vec![table])
            }
            Self::Zero { y } => (vec![y], vec![]),
            Self::Gather { y, x, .. }
            | Self::Scatter { y, x, .. }
            | Self::Upsample { y, x, .. }
            | Self::Gate { y, x, .. }
            | Self::DropoutChannels { y, x, .. }
            | Self::AddNoise { y, x, .. } => (vec![y], vec![x]),
            Self::UpsampleGrad { dx, dy, .. } => (vec![dx], vec![dy]),
            Self::Prelu { y, x, alpha } => (vec![y], vec![x, alpha]),
            Self::PreluGradInput { dx, dy, x, alpha } => (vec![dx], vec![dy, x, alpha]),
            Self::PreluGradSlope { dalpha, dy, x } => (vec![dalpha], vec![dy, x]),
            Self::GateGrad { dx, dy, x, .. } => (vec![dx], vec![dy, x]),
            Self::Embed { y, x, table, .. } => (vec![y], vec![x, table]),
            Self::EmbedGrad { dtable, dy, x, .. } => (vec![dtable], vec![dy, x]),
            Self::Recur { y, gates, before, cells, packed, u, bias, .. } => (
                [y, gates, before].into_iter().chain(cells).chain([packed]).collect(),
                [u].into_iter().chain(bias).collect(),
            ),
            Self::RecurStep {
                y, x, state, cells, products, w, u, bias, recurrent_bias, ..
            } => (
                [y, state, products].into_iter().chain(cells).collect(),
                [x, w, u].into_iter().chain(bias).chain(recurrent_bias).collect(),
            ),
            Self::RecurGrad { gates, recurrent, carry, packed, dy, u, before, cells, .. } => (
                [gates].into_iter().chain(recurrent).chain(carry).chain([packed]).collect(),
                [dy, u, before].into_iter().chain(cells).collect(),
            ),
            Self::Axpby { y, a, b, .. }
            | Self::Multiply { y, a, b }
            | Self::Maximum { y, a, b } => (vec![y], vec![a, b]),
            Self::Scale { y, x, .. } | Self::Split { y, x, .. } => (vec![y], vec![x]),
            Self::MaximumGrad { da, dy, a, b } => (vec![da], vec![dy, a, b]),
            Self::Network { y, x, params, .. } | Self::NetworkStep { y, x, params, .. } => {
                (vec![y], Some(x).into_iter().chain(params).collect())
            }
            Self::NetworkTraining { y, x, params: [trained, state], .. } => {
                (vec![y, state], vec![x, trained])
            }
            Self::NetworkGrad { dx, gradient, dy, x, params, .. } => (
                dx.iter_mut().chain([gradient]).collect(),
                [dy, x].into_iter().chain(params).collect(),
            ),
            Self::Repeat { y, x, rows, fixed, index, kept, state, params, .. } => (
                [y, rows].into_iter().chain(fixed).chain(index).chain(kept).chain(state).collect(),
                [x].into_iter().chain(params).collect(),
            ),
            Self::RepeatGrad { dx, dy, x, rows, fixed, index, gradients, params, .. } => (
                [dx, rows].into_iter().chain(fixed).chain(index).chain(gradients).collect(),
                [dy, x].into_iter().chain(params).collect(),
            ),
            Self::Concat { y, parts } => (vec![y], parts.iter_mut().map(|(x, _)| x).collect()),
        };
        Operands { writes, reads }
    }

    /// The buffers written.
    pub(crate) fn writes(&self) -> Vec<Buf> {
        self.clone().operands_mut().writes.into_iter().map(|buf| *buf).collect()
    }

    /// The buffers whose earlier contents matter, those updated in place among them.
    pub(crate) fn reads(&self) -> Vec<Buf> {
        let mut verb = self.clone();
        let mut reads: Vec<Buf> = verb.operands_mut().reads.into_iter().map(|buf| *buf).collect();
        match self {
            Self::AddBias { y: buf, .. }
            | Self::Rotate { y: buf, .. }
            | Self::RotateAt { y: buf, .. }
            | Self::Recur { gates: buf, .. }
            | Self::RecurGrad { gates: buf, .. } => reads.push(*buf),
            Self::BatchNorm { running_mean, running_var, .. } => {
                reads.extend([*running_mean, *running_var]);
            }
            Self::NetworkTraining { params: [_, state], .. } => reads.push(*state),
            Self::Repeat { state, kept, .. } => reads.extend(state.iter().chain(kept)),
            Self::CausalChain { layers, .. } => {
                reads.extend(layers.iter().filter_map(|layer| layer.ring));
            }
            Self::RecurStep { state, cells, .. } => reads.extend(cells.iter().chain([state])),
            Self::AttentionStep { keys, values, .. } => reads.extend([*keys, *values]),
            Self::RunningMean { sum, .. } => reads.push(*sum),
            Self::RepeatGrad { rows, fixed, index, .. } => {
                reads.extend([Some(*rows), *fixed, *index].into_iter().flatten());
            }
            _ => {}
        }
        reads
    }
}

/// The buffers of a verb by role.
pub(crate) struct Operands<'a> {
    pub(crate) writes: Vec<&'a mut Buf>,
    pub(crate) reads: Vec<&'a mut Buf>,
}
