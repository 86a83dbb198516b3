//! A plan in the words of the language: one step a line, then where the buffers lie.

use std::fmt::{self, Display, Formatter};

use super::{
    Attention, Buf, Buffer, Cell, Conv, Dense, Fun, Groups, Plan, Program, Recurrence, Space, Step,
    Strided, Taps, Upsample, Verb, Window,
};
use crate::shape::{Dim, Shape};

impl Display for Plan {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "parameters: {} trained, {} state", self.trained, self.state)?;
        for buffer in &self.inference.buffers {
            if let Space::Param(param) = buffer.space {
                writeln!(f, "  {}{} at {}", buffer.name, buffer.shape, self.params[param].offset)?;
            }
        }
        writeln!(f, "inference:\n{}training:", self.inference)?;
        let training = &self.training;
        let (forward, backward) = training.program.steps.split_at(training.forward);
        let (head, rest) = backward.split_at(training.head - training.forward);
        for (title, steps) in [("forward", forward), ("head", head), ("backward", rest)] {
            writeln!(f, " {title}")?;
            write_steps(f, &training.program, steps)?;
        }
        write_memory(f, &training.program)?;
        match &self.stepping {
            Some(stepping) => write!(f, "step:\n{}", stepping.program),
            None => Ok(()),
        }
    }
}

impl Display for Program {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write_steps(f, self, &self.steps)?;
        write_memory(f, self)
    }
}

fn write_steps(f: &mut Formatter<'_>, program: &Program, steps: &[Step]) -> fmt::Result {
    steps.iter().try_for_each(|step| writeln!(f, "  {}", Words { program, verb: &step.verb }))
}

/// The sizes of the arenas and the place of every buffer, once `share_buffers` has set them.
fn write_memory(f: &mut Formatter<'_>, program: &Program) -> fmt::Result {
    let Some([rows, fixed, index]) = &program.sizes else { return Ok(()) };
    writeln!(f, " memory: rows {rows}, fixed {fixed}, index {index}")?;
    for buffer in &program.buffers {
        if let (Some(arena), Some(offset)) = (arena(&buffer.space), &buffer.offset) {
            writeln!(f, "  {arena} {offset} + {}: {}", buffer.shape.len(), buffer.name)?;
        }
    }
    Ok(())
}

fn arena(space: &Space) -> Option<&'static str> {
    match space {
        Space::Row => Some("rows"),
        Space::Fixed => Some("fixed"),
        Space::Index => Some("index"),
        Space::Kept => Some("kept"),
        Space::Input | Space::Param(_) | Space::Gradient(_) => None,
    }
}

/// A verb of a program, with the names of its buffers.
pub(super) struct Words<'a> {
    pub(super) program: &'a Program,
    pub(super) verb: &'a Verb,
}

impl Display for Words<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Verb::AddBias { y, bias } = self.verb {
            return write!(f, "{} += {}", self.result(*y), self.name(*bias));
        }
        let results: Vec<String> = self.results().into_iter().map(|buf| self.result(buf)).collect();
        write!(f, "{} = {}", results.join(", "), self.value())
    }
}

impl Words<'_> {
    /// What stands left of the sign: all that is written but workspace.
    fn results(&self) -> Vec<Buf> {
        match self.verb {
            Verb::Conv2d { y: result, .. }
            | Verb::Conv2dGradInput { dx: result, .. }
            | Verb::Conv2dGradWeight { dw: result, .. } => vec![*result],
            Verb::Conv2dMaxPool2dGradWeight { dw, dbias, .. } => {
                Some(*dw).into_iter().chain(*dbias).collect()
            }
            Verb::Repeat { y, .. } | Verb::NetworkTraining { y, .. } => vec![*y],
            Verb::Recur { y, gates, before, cells, .. } => {
                [*y, *gates, *before].into_iter().chain(*cells).collect()
            }
            Verb::RecurGrad { gates, recurrent, .. } => {
                [*gates].into_iter().chain(*recurrent).collect()
            }
            Verb::CausalChain { y, .. }
            | Verb::RunningMean { y, .. }
            | Verb::RecurStep { y, .. }
            | Verb::AttentionStep { y, .. } => vec![*y],
            Verb::RepeatGrad { dx, gradients, .. } => {
                [*dx].into_iter().chain(gradients.iter().copied()).collect()
            }
            verb => verb.writes(),
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

    fn buffer(&self, buf: Buf) -> &Buffer {
        &self.program.buffers[buf.0]
    }

    /// A buffer that is written, with its shape unless a parameter has it.
    fn result(&self, buf: Buf) -> String {
        let Buffer { name, space, shape, .. } = self.buffer(buf);
        match space {
            Space::Param(_) | Space::Gradient(_) => name.clone(),
            _ => format!("{name}{shape}"),
        }
    }

    fn name(&self, buf: Buf) -> String {
        let Buffer { name, space, shape, .. } = self.buffer(buf);
        match space {
            Space::Input => format!("{name}{shape}"),
            _ => name.clone(),
        }
    }

    fn call(&self, word: &str, bufs: &[&Buf], rest: &str) -> String {
        let names: Vec<String> = bufs.iter().map(|buf| self.name(**buf)).collect();
        format!("{word}({}{rest})", names.join(", "))
    }

    /// `fun(sum + bias)`.
    fn epilogue(&self, sum: String, bias: Option<Buf>, fun: Option<Fun>) -> String {
        let sum = match bias {
            Some(bias) => format!("{sum} + {}", self.name(bias)),
            None => sum,
        };
        match fun {
            Some(fun) => {
                let (word, rest) = fun_words(fun);
                format!("{word}({sum}{rest})")
            }
            None => sum,
        }
    }

    /// `, 3 by 2 in conv1d1.ring`: taps, dilation and where the last inputs are kept.
    fn tap_words(&self, layer: &Taps) -> String {
        let Some(ring) = layer.ring else { return String::new() };
        let by =
            if layer.dilation == 1 { String::new() } else { format!(" by {}", layer.dilation) };
        let groups =
            if layer.groups == 1 { String::new() } else { format!(", groups = {}", layer.groups) };
        format!(", {}{by} in {}{groups}", layer.kernel, self.name(ring))
    }

    /// `a + 0.5 * b`, `a - b`.
    fn sum(&self, (a, alpha): (&Buf, f64), (b, beta): (&Buf, f64)) -> String {
        let sign = if beta < 0.0 { "-" } else { "+" };
        format!("{} {sign} {}", scaled(&self.name(*a), alpha), scaled(&self.name(*b), beta.abs()))
    }

    fn value(&self) -> String {
        match self.verb {
            Verb::Gemm { x, w, bias, fun, .. } => {
                self.epilogue(self.call("dense", &[x, w], ""), *bias, *fun)
            }
            Verb::DenseChain { x, layers, .. } => {
                layers.iter().fold(self.name(*x), |x, Dense { w, bias, fun, .. }| {
                    self.epilogue(format!("dense({x}, {})", self.name(*w)), *bias, *fun)
                })
            }
            Verb::CausalChain { x, layers, .. } => layers.iter().fold(self.name(*x), |x, layer| {
                let sum = format!("taps({x}, {}{})", self.name(layer.w), self.tap_words(layer));
                self.epilogue(sum, layer.bias, layer.fun)
            }),
            Verb::AddRow { x, table, .. } => {
                format!("{} + {}[t]", self.name(*x), self.name(*table))
            }
            Verb::RunningMean { sum, x, .. } => {
                self.call("running_mean", &[x], &format!(", in {}", self.name(*sum)))
            }
            Verb::GemmGradInput { dy, w, .. } => self.call("dense_grad_input", &[dy, w], ""),
            Verb::GemmGradWeight { x, dy, .. } => self.call("dense_grad_weight", &[x, dy], ""),
            Verb::AddBias { bias, .. } => self.name(*bias),
            Verb::SumRows { dy, .. } => self.call("sum", &[dy], ""),
            Verb::Copy { x, .. } => self.name(*x),
            Verb::Map { x, fun, .. } => {
                let (word, rest) = fun_words(*fun);
                self.call(word, &[x], &rest)
            }
            Verb::MapGrad { dy, kept, fun, .. } => {
                let (word, rest) = fun_words(*fun);
                self.call(&format!("{word}_grad"), &[dy, kept], &rest)
            }
            Verb::Conv2d { room, x, w, bias, fun, conv, .. } => {
                let (name, rest) = self.algorithm("", *room, conv);
                self.epilogue(self.call(&name, &[x, w], &rest), *bias, *fun)
            }
            Verb::Conv2dGradInput { room, dy, w, conv, .. } => {
                let (name, rest) = self.algorithm("_grad_input", *room, conv);
                self.call(&name, &[dy, w], &rest)
            }
            Verb::Conv2dGradWeight { partial, x, dy, conv, winograd, .. } => {
                let word = if *winograd { "winograd" } else { "conv2d" };
                let rest = format!("{}, in {}", conv_words(conv), self.result(*partial));
                self.call(&format!("{word}_grad_weight"), &[x, dy], &rest)
            }
            Verb::Conv2dMaxPool2d { x, w, bias, fun, conv, .. } => {
                let sum = self.call("conv2d", &[x, w], &conv_words(conv));
                self.epilogue(format!("max_pool2d({sum}, (2, 2))"), *bias, *fun)
            }
            Verb::Conv2dMaxPool2dGradWeight { partial, x, dy, kept, index, conv, .. } => {
                let rest = format!("{}, in {}", conv_words(conv), self.result(*partial));
                let operands: Vec<_> = [x, dy].into_iter().chain(kept).chain([index]).collect();
                let relu = if kept.is_some() { "relu_" } else { "" };
                self.call(&format!("conv2d_max_pool2d_{relu}grad_weight"), &operands, &rest)
            }
            Verb::MaxPool2d { x, window, .. } => self.call("max_pool2d", &[x], &pool_words(window)),
            Verb::MaxPool2dGrad { dy, index, window, .. } => {
                self.call("max_pool2d_grad", &[dy, index], &pool_words(window))
            }
            Verb::MaxPool2dGradByValue { dy, y, x, window, .. } => {
                self.call("max_pool2d_grad_by_value", &[dy, y, x], &pool_words(window))
            }
            Verb::AvgPool2d { x, window, .. } => self.call("avg_pool2d", &[x], &pool_words(window)),
            Verb::AvgPool2dGrad { dy, window, .. } => {
                self.call("avg_pool2d_grad", &[dy], &pool_words(window))
            }
            Verb::Softmax { x, .. } => self.call("softmax", &[x], ""),
            Verb::SoftmaxGrad { dy, y, .. } => self.call("softmax_grad", &[dy, y], ""),
            Verb::LogSoftmax { x, .. } => self.call("log_softmax", &[x], ""),
            Verb::LogSoftmaxGrad { dy, y, .. } => self.call("log_softmax_grad", &[dy, y], ""),
            Verb::Dropout { x, rate, layer, .. } => {
                self.call("dropout", &[x], &format!(", {rate}, stream = {layer}"))
            }
            Verb::BatchNorm { x, gamma, beta, momentum, epsilon, .. } => {
                let rest = format!(", momentum = {momentum}, epsilon = {epsilon}");
                self.call("batch_norm", &[x, gamma, beta], &rest)
            }
            Verb::BatchNormGrad { dy, x, gamma, mean, rstd, .. } => {
                self.call("batch_norm_grad", &[dy, x, gamma, mean, rstd], "")
            }
            Verb::Normalize { x, gamma, beta, mean, var, epsilon, .. } => {
                let rest = format!(", epsilon = {epsilon}");
                self.call("normalize", &[x, gamma, beta, mean, var], &rest)
            }
            Verb::NormalizeGrad { dy, gamma, var, epsilon, .. } => {
                let rest = format!(", epsilon = {epsilon}");
                self.call("normalize_grad", &[dy, gamma, var], &rest)
            }
            Verb::GroupNorm { x, gamma, beta, sizes, .. } => {
                let operands: Vec<&Buf> = [x, gamma].into_iter().chain(beta).collect();
                self.call("group_norm", &operands, &group_words(sizes))
            }
            Verb::GroupNormGradInput { dy, x, stats, gamma, sizes, .. } => {
                let operands = [dy, x, stats, gamma];
                self.call("group_norm_grad_input", &operands, &group_words(sizes))
            }
            Verb::GroupNormGradScale { dy, x, stats, sizes, .. } => {
                self.call("group_norm_grad_scale", &[dy, x, stats], &group_words(sizes))
            }
            Verb::Attention { q, k, v, sizes, .. } => {
                self.call("attention", &[q, k, v], &attention_words(sizes))
            }
            Verb::AttentionGrad { dy, y, stats, q, k, v, sizes, .. } => {
                let operands = [dy, y, stats, q, k, v];
                self.call("attention_grad", &operands, &attention_words(sizes))
            }
            Verb::Rotate { y, table, back, .. } => {
                self.call("rotate", &[y, table], if *back { ", back" } else { "" })
            }
            Verb::RotateAt { y, table, .. } => {
                format!("rotate({}, {}[t])", self.name(*y), self.name(*table))
            }
            Verb::AttentionStep { q, k, v, keys, .. } => {
                self.call("attention", &[q, k, v], &format!(", in {}", self.name(*keys)))
            }
            Verb::Zero { .. } => "0".to_owned(),
            Verb::Gather { x, view, .. } => self.call("gather", &[x], &view_words(view)),
            Verb::Scatter { x, view, .. } => self.call("scatter", &[x], &view_words(view)),
            Verb::Upsample { x, sizes, .. } => self.call("upsample", &[x], &factor_words(sizes)),
            Verb::UpsampleGrad { dy, sizes, .. } => {
                self.call("upsample_grad", &[dy], &factor_words(sizes))
            }
            Verb::Prelu { x, alpha, .. } => self.call("prelu", &[x, alpha], ""),
            Verb::PreluGradInput { dy, x, alpha, .. } => {
                self.call("prelu_grad_input", &[dy, x, alpha], "")
            }
            Verb::PreluGradSlope { dy, x, .. } => self.call("prelu_grad_slope", &[dy, x], ""),
            Verb::Gate { x, fun, .. } => {
                let (word, rest) = fun_words(*fun);
                self.call(&format!("gate_{word}"), &[x], &rest)
            }
            Verb::GateGrad { dy, x, fun, .. } => {
                let (word, rest) = fun_words(*fun);
                self.call(&format!("gate_{word}_grad"), &[dy, x], &rest)
            }
            Verb::DropoutChannels { x, rate, layer, .. } => {
                self.call("dropout_channels", &[x], &format!(", {rate}, stream = {layer}"))
            }
            Verb::AddNoise { x, deviation, layer, .. } => {
                self.call("add_noise", &[x], &format!(", {deviation}, stream = {layer}"))
            }
            Verb::Embed { x, table, .. } => self.call("embed", &[x, table], ""),
            Verb::EmbedGrad { dy, x, .. } => self.call("embed_grad", &[dy, x], ""),
            Verb::Recur { gates, u, bias, sizes, .. } => {
                let operands: Vec<&Buf> = [gates, u].into_iter().chain(bias).collect();
                self.call(cell_word(sizes.cell), &operands, &recurrence_words(sizes))
            }
            Verb::RecurStep { x, state, w, u, bias, recurrent_bias, cell, .. } => {
                let operands = [x, w, u].into_iter().chain(bias).chain(recurrent_bias);
                let kept = format!(", in {}", self.name(*state));
                self.call(cell_word(*cell), &operands.collect::<Vec<_>>(), &kept)
            }
            Verb::RecurGrad { gates, dy, u, before, cells, sizes, .. } => {
                let operands: Vec<&Buf> = [dy, gates, u, before].into_iter().chain(cells).collect();
                let word = format!("{}_grad", cell_word(sizes.cell));
                self.call(&word, &operands, &recurrence_words(sizes))
            }
            Verb::Axpby { a, b, alpha, beta, .. } => self.sum((a, *alpha), (b, *beta)),
            Verb::Scale { x, alpha, .. } => scaled(&self.name(*x), *alpha),
            Verb::Multiply { a, b, .. } => format!("{} * {}", self.name(*a), self.name(*b)),
            Verb::Maximum { a, b, .. } => self.call("max", &[a, b], ""),
            Verb::MaximumGrad { dy, a, b, .. } => self.call("max_grad", &[dy, a, b], ""),
            Verb::Concat { parts, .. } => {
                self.call("concat", &parts.iter().map(|(x, _)| x).collect::<Vec<_>>(), "")
            }
            Verb::Network { x, inner, .. } => self.call(&inner.words, &[x], ""),
            Verb::NetworkStep { x, inner, .. } => self.call(&inner.words, &[x], ", one step"),
            Verb::NetworkTraining { x, inner, .. } => self.call(&inner.words, &[x], ", training"),
            Verb::NetworkGrad { dy, x, inner, .. } => {
                self.call(&format!("{}_grad", inner.words), &[dy, x], "")
            }
            Verb::Repeat { x, turns, .. } => {
                self.call("repeat", &[x], &format!(", {} turns", turns.times))
            }
            Verb::RepeatGrad { dy, x, turns, .. } => {
                self.call("repeat_grad", &[dy, x], &format!(", {} turns", turns.times))
            }
            Verb::Split { x, start, n, .. } => format!("{}[.., {start} + {n}]", self.name(*x)),
        }
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

/// The word of a function, and its arguments.
fn fun_words(fun: Fun) -> (&'static str, String) {
    match fun {
        Fun::Relu => ("relu", String::new()),
        Fun::LeakyRelu(slope) => ("leaky_relu", format!(", {slope}")),
        Fun::Clamp(lo, hi) => ("clamp", format!(", {lo}, {hi}")),
        Fun::Elu { alpha, scale: 1.0 } => ("elu", format!(", {alpha}")),
        Fun::Elu { alpha, scale } => ("elu", format!(", {alpha}, scale = {scale}")),
        Fun::Gelu => ("gelu", String::new()),
        Fun::GeluTanh => ("gelu_tanh", String::new()),
        Fun::Silu => ("silu", String::new()),
        Fun::Sigmoid => ("sigmoid", String::new()),
        Fun::HardSigmoid => ("hard_sigmoid", String::new()),
        Fun::Tanh => ("tanh", String::new()),
        Fun::Softplus => ("softplus", String::new()),
        Fun::Softsign => ("softsign", String::new()),
        Fun::HardSwish => ("hard_swish", String::new()),
        Fun::Mish => ("mish", String::new()),
    }
}

/// The arguments of a convolution that are not the usual ones.
fn conv_words(conv: &Conv) -> String {
    let groups =
        if conv.groups == 1 { String::new() } else { format!(", groups = {}", conv.groups) };
    unusual(&conv.window) + &groups
}

fn group_words(sizes: &Groups) -> String {
    let Groups { pixels, channels, groups, centred, epsilon, .. } = sizes;
    let centred = if *centred { "" } else { ", uncentred" };
    format!(", [{pixels}, {channels}], groups = {groups}{centred}, epsilon = {epsilon}")
}

fn attention_words(sizes: &Attention) -> String {
    let Attention { heads, key_value_heads, causal, .. } = sizes;
    let shared = if key_value_heads == heads {
        String::new()
    } else {
        format!(", key_value_heads = {key_value_heads}")
    };
    format!(", heads = {heads}{shared}{}", if *causal { ", causal" } else { "" })
}

/// Sizes and strides, without the axes of size one: `, start 4, [3, 2] by [8, 1]`.
fn view_words(view: &Strided) -> String {
    let axes = view.axes.iter().filter(|[size, _]| *size != Dim::ONE);
    let (sizes, strides) = axes.cloned().map(|[size, stride]| (size, stride)).unzip();
    format!(", start {}, {} by {}", view.start, Shape(sizes), Shape(strides))
}

fn cell_word(cell: Cell) -> &'static str {
    match cell {
        Cell::RnnTanh => "rnn_tanh",
        Cell::RnnRelu => "rnn_relu",
        Cell::Gru => "gru",
        Cell::Lstm => "lstm",
    }
}

fn recurrence_words(sizes: &Recurrence) -> String {
    let reverse = if sizes.reverse { ", reverse" } else { "" };
    let sequences = if sizes.sequences { ", sequences" } else { "" };
    format!("{reverse}{sequences}")
}

fn factor_words(sizes: &Upsample) -> String {
    let [height, width] = sizes.factor;
    format!(", ({height}, {width})")
}

fn pool_words(window: &Window) -> String {
    let [height, width] = &window.kernel;
    format!(", ({height}, {width}){}", unusual(window))
}

fn unusual(window: &Window) -> String {
    let arguments = [
        ("stride", window.stride, 1),
        ("padding", window.padding, 0),
        ("dilation", window.dilation, 1),
    ];
    let unusual = arguments.into_iter().filter(|(_, pair, usual)| *pair != [*usual; 2]);
    unusual.map(|(name, [height, width], _)| format!(", {name} = ({height}, {width})")).collect()
}
