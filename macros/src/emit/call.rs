//! The waist: the only file that knows kernel names and the order of their arguments.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use super::{dim, float, program::Operands, usize_literal};
use crate::{
    plan::{
        Attention, Buf, Cell, Conv, Dense, Fun, Groups, Recurrence, Step, Strided, Taps, Upsample,
        Verb, Window,
    },
    shape::Dim,
};

/// The call of one step; what rustc says of it points at the layer.
pub(super) fn call(scalar: &Ident, step: &Step, operands: &Operands) -> TokenStream {
    let of = |buf: &Buf| operands.of(*buf);
    let optional = |buf: &Option<Buf>| optional(*buf, operands);
    let verb = |name: &str, arguments: TokenStream| {
        let name = Ident::new(name, step.span.resolved_at(Span::call_site()));
        quote!(<#scalar as k::Verbs>::#name(cpu, #arguments);)
    };
    let (name, arguments) = match &step.verb {
        Verb::Gemm { y, x, w, bias, fun, m, k, n } => {
            let (y, x, w, bias, fun) = (of(y), of(x), of(w), optional(bias), optional_fun(*fun));
            let (rows, k, n) = (rows(m), dim(k), dim(n));
            // Its weight may be stored in fewer bits.
            let gemm = Ident::new("gemm", step.span.resolved_at(Span::call_site()));
            return quote!(k::#gemm(cpu, #y, #x, #w, #bias, #fun, #rows, #k, #n););
        }
        Verb::DenseChain { y, x, layers } => {
            let (y, x) = (of(y), of(x));
            let layers = layers.iter().map(|Dense { w, bias, fun, k, n }| {
                let (w, bias, fun) = (of(w), optional(bias), optional_fun(*fun));
                let (k, n) = (dim(k), dim(n));
                quote!(k::Dense { w: #w, bias: #bias, fun: #fun, k: #k, n: #n })
            });
            ("dense_chain", quote!(#y, #x, &[#(#layers),*], rows))
        }
        Verb::CausalChain { y, x, layers } => {
            let (y, x) = (of(y), of(x));
            let layers = layers.iter().map(|layer| taps(layer, operands));
            ("causal_chain", quote!(#y, #x, &mut [#(#layers),*], time))
        }
        Verb::AddRow { y, x, table } => {
            let operands = [y, x, table].map(of);
            ("add_row", quote!(#(#operands),*, time))
        }
        Verb::RunningMean { y, sum, x } => {
            let operands = [y, sum, x].map(of);
            ("running_mean", quote!(#(#operands),*, time))
        }
        Verb::GemmGradInput { dx, dy, w, m, k, n } => {
            let (dx, dy, w, rows, k, n) = (of(dx), of(dy), of(w), rows(m), dim(k), dim(n));
            ("gemm_grad_input", quote!(#dx, #dy, #w, #rows, #k, #n))
        }
        Verb::GemmGradWeight { dw, x, dy, m, k, n } => {
            let (dw, x, dy, rows, k, n) = (of(dw), of(x), of(dy), rows(m), dim(k), dim(n));
            ("gemm_grad_weight", quote!(#dw, #x, #dy, #rows, #k, #n))
        }
        Verb::AddBias { y, bias } => {
            let (y, bias) = (of(y), of(bias));
            ("add_bias", quote!(#y, #bias))
        }
        Verb::SumRows { db, dy } => {
            let (db, dy) = (of(db), of(dy));
            ("sum_rows", quote!(#db, #dy))
        }
        Verb::Copy { y, x } => {
            let (y, x) = (of(y), of(x));
            return quote!(#y.copy_from_slice(#x););
        }
        Verb::Map { y, x, fun } => {
            let (out, fun) = (of(y), self::fun(*fun));
            if y == x {
                ("map_assign", quote!(#out, #fun))
            } else {
                let x = of(x);
                ("map", quote!(#out, #x, #fun))
            }
        }
        Verb::MapGrad { dx, dy, kept, fun } => {
            let (out, kept, fun) = (of(dx), of(kept), self::fun(*fun));
            if dx == dy {
                ("map_grad_assign", quote!(#out, #kept, #fun))
            } else {
                let dy = of(dy);
                ("map_grad", quote!(#out, #dy, #kept, #fun))
            }
        }
        Verb::Conv2d { y, room, x, w, bias, fun, conv } => {
            let (y, x, w, bias, fun) = (of(y), of(x), of(w), optional(bias), optional_fun(*fun));
            let conv = self::conv(conv);
            let Some(room) = room.as_ref().map(of) else {
                return verb("conv2d", quote!(#y, #x, #w, #bias, #fun, rows, #conv));
            };
            // Its weight may be stored transformed.
            let winograd = Ident::new("winograd", step.span.resolved_at(Span::call_site()));
            return quote!(k::#winograd(cpu, #y, #room, #x, #w, #bias, #fun, rows, #conv););
        }
        Verb::Conv2dGradInput { dx, room, dy, w, conv } => {
            let (dx, dy, w, conv) = (of(dx), of(dy), of(w), self::conv(conv));
            match room.as_ref().map(of) {
                Some(room) => ("winograd_grad_input", quote!(#dx, #room, #dy, #w, rows, #conv)),
                None => ("conv2d_grad_input", quote!(#dx, #dy, #w, rows, #conv)),
            }
        }
        Verb::Conv2dGradWeight { dw, partial, x, dy, conv, winograd } => {
            let (dw, partial, x, dy) = (of(dw), of(partial), of(x), of(dy));
            let conv = self::conv(conv);
            let name = if *winograd { "winograd_grad_weight" } else { "conv2d_grad_weight" };
            (name, quote!(#dw, #partial, #x, #dy, rows, #conv))
        }
        Verb::Conv2dMaxPool2d { y, index, x, w, bias, fun, conv } => {
            let (y, index, x, w, bias) = (of(y), optional(index), of(x), of(w), optional(bias));
            let (fun, conv) = (optional_fun(*fun), self::conv(conv));
            ("conv2d_max_pool2d", quote!(#y, #index, #x, #w, #bias, #fun, rows, #conv))
        }
        Verb::Conv2dMaxPool2dGradWeight { dw, dbias, partial, x, dy, kept, index, conv } => {
            let [dw, partial, x, dy, index] = [dw, partial, x, dy, index].map(of);
            let (dbias, kept, conv) = (optional(dbias), optional(kept), self::conv(conv));
            let operands = quote!(#dw, #dbias, #partial, #x, #dy, #kept, #index, rows, #conv);
            ("conv2d_max_pool2d_grad_weight", operands)
        }
        Verb::MaxPool2d { y, index, x, channels, window } => {
            let (y, x, channels, window) = (of(y), of(x), dim(channels), self::window(window));
            match index {
                Some(index) => {
                    let index = of(index);
                    ("max_pool2d_indexed", quote!(#y, #index, #x, rows, #channels, #window))
                }
                None => ("max_pool2d", quote!(#y, #x, rows, #channels, #window)),
            }
        }
        Verb::MaxPool2dGrad { dx, dy, index, channels, window } => {
            let (dx, dy, index) = (of(dx), of(dy), of(index));
            let (channels, window) = (dim(channels), self::window(window));
            ("max_pool2d_grad", quote!(#dx, #dy, #index, rows, #channels, #window))
        }
        Verb::MaxPool2dGradByValue { dx, dy, y, x, channels, window } => {
            let (dx, dy, y, x) = (of(dx), of(dy), of(y), of(x));
            let (channels, window) = (dim(channels), self::window(window));
            ("max_pool2d_grad_by_value", quote!(#dx, #dy, #y, #x, rows, #channels, #window))
        }
        Verb::AvgPool2d { y, x, channels, window } => {
            let (y, x, channels, window) = (of(y), of(x), dim(channels), self::window(window));
            ("avg_pool2d", quote!(#y, #x, rows, #channels, #window))
        }
        Verb::AvgPool2dGrad { dx, dy, channels, window } => {
            let (dx, dy, channels, window) = (of(dx), of(dy), dim(channels), self::window(window));
            ("avg_pool2d_grad", quote!(#dx, #dy, rows, #channels, #window))
        }
        Verb::Softmax { y, x, n } => {
            let (y, x, n) = (of(y), of(x), dim(n));
            ("softmax", quote!(#y, #x, #n))
        }
        Verb::SoftmaxGrad { dx, dy, y, n } => {
            let (dx, dy, y, n) = (of(dx), of(dy), of(y), dim(n));
            ("softmax_grad", quote!(#dx, #dy, #y, #n))
        }
        Verb::LogSoftmax { y, x, n } => {
            let (y, x, n) = (of(y), of(x), dim(n));
            ("log_softmax", quote!(#y, #x, #n))
        }
        Verb::LogSoftmaxGrad { dx, dy, y, n } => {
            let (dx, dy, y, n) = (of(dx), of(dy), of(y), dim(n));
            ("log_softmax_grad", quote!(#dx, #dy, #y, #n))
        }
        Verb::Dropout { y, x, rate, layer } => {
            let (out, rate, stream) = (of(y), float(*rate), stream(operands, *layer));
            if y == x {
                ("dropout_assign", quote!(#out, #rate, #stream))
            } else {
                let x = of(x);
                ("dropout", quote!(#out, #x, #rate, #stream))
            }
        }
        Verb::BatchNorm {
            y,
            mean,
            rstd,
            running_mean,
            running_var,
            x,
            gamma,
            beta,
            momentum,
            epsilon,
        } => {
            let outputs = [y, mean, rstd, running_mean, running_var].map(of);
            let inputs = [x, gamma, beta].map(of);
            let (momentum, epsilon) = (float(*momentum), float(*epsilon));
            ("batch_norm", quote!(#(#outputs),*, #(#inputs),*, #momentum, #epsilon))
        }
        Verb::BatchNormGrad { dx, dgamma, dbeta, dy, x, gamma, mean, rstd } => {
            let operands = [dx, dgamma, dbeta, dy, x, gamma, mean, rstd].map(of);
            ("batch_norm_grad", quote!(#(#operands),*))
        }
        Verb::Normalize { y, x, gamma, beta, mean, var, epsilon } => {
            let operands = [y, x, gamma, beta, mean, var].map(of);
            let epsilon = float(*epsilon);
            ("normalize", quote!(#(#operands),*, #epsilon))
        }
        Verb::NormalizeGrad { dx, dy, gamma, var, epsilon } => {
            let operands = [dx, dy, gamma, var].map(of);
            let epsilon = float(*epsilon);
            ("normalize_grad", quote!(#(#operands),*, #epsilon))
        }
        Verb::GroupNorm { y, stats, x, gamma, beta, sizes } => {
            let (operands, beta) = ([y, stats, x, gamma].map(of), optional(beta));
            let sizes = groups(sizes);
            ("group_norm", quote!(#(#operands),*, #beta, #sizes))
        }
        Verb::GroupNormGradInput { dx, dy, x, stats, gamma, sizes } => {
            let (operands, sizes) = ([dx, dy, x, stats, gamma].map(of), groups(sizes));
            ("group_norm_grad_input", quote!(#(#operands),*, #sizes))
        }
        Verb::GroupNormGradScale { dgamma, dbeta, dy, x, stats, sizes } => {
            let (dgamma, dbeta, sizes) = (of(dgamma), optional(dbeta), groups(sizes));
            let operands = [dy, x, stats].map(of);
            ("group_norm_grad_scale", quote!(#dgamma, #dbeta, #(#operands),*, #sizes))
        }
        Verb::Attention { y, stats, q, k, v, sizes } => {
            let (operands, sizes) = ([y, stats, q, k, v].map(of), attention(sizes));
            ("attention", quote!(#(#operands),*, rows, #sizes))
        }
        Verb::AttentionGrad { dq, dk, dv, dy, y, stats, q, k, v, sizes } => {
            let operands = [dq, dk, dv, dy, y, stats, q, k, v].map(of);
            let sizes = attention(sizes);
            ("attention_grad", quote!(#(#operands),*, rows, #sizes))
        }
        Verb::Rotate { y, table, heads, d, back } => {
            let (y, table, heads, d) = (of(y), of(table), usize_literal(*heads), dim(d));
            ("rotate", quote!(#y, #table, #heads, #d, #back))
        }
        Verb::RotateAt { y, table, d } => {
            let (y, table, d) = (of(y), of(table), dim(d));
            ("rotate_at", quote!(#y, #table, #d, time))
        }
        Verb::AttentionStep { y, scores, q, k, v, keys, values, sizes } => {
            let [y, scores, q, k, v] = [y, scores, q, k, v].map(of);
            let ([keys, values], sizes) = ([keys, values].map(of), attention(sizes));
            let step = quote! {
                k::AttentionStep {
                    y: #y,
                    scores: #scores,
                    q: #q,
                    k: #k,
                    v: #v,
                    keys: #keys,
                    values: #values,
                    sizes: #sizes,
                }
            };
            ("attention_step", quote!(&mut #step, time))
        }
        Verb::Zero { y } => {
            let y = of(y);
            return quote!(#y.fill(0.0););
        }
        Verb::Gather { y, x, view } => {
            let (y, x, view) = (of(y), of(x), strided(view));
            ("gather", quote!(#y, #x, rows, #view))
        }
        Verb::Scatter { y, x, view } => {
            let (y, x, view) = (of(y), of(x), strided(view));
            ("scatter", quote!(#y, #x, rows, #view))
        }
        Verb::Upsample { y, x, sizes } => {
            let (y, x, sizes) = (of(y), of(x), upsample(sizes));
            ("upsample", quote!(#y, #x, rows, #sizes))
        }
        Verb::UpsampleGrad { dx, dy, sizes } => {
            let (dx, dy, sizes) = (of(dx), of(dy), upsample(sizes));
            ("upsample_grad", quote!(#dx, #dy, rows, #sizes))
        }
        Verb::Prelu { y, x, alpha } => {
            let operands = [y, x, alpha].map(of);
            ("prelu", quote!(#(#operands),*))
        }
        Verb::PreluGradInput { dx, dy, x, alpha } => {
            let operands = [dx, dy, x, alpha].map(of);
            ("prelu_grad_input", quote!(#(#operands),*))
        }
        Verb::PreluGradSlope { dalpha, dy, x } => {
            let operands = [dalpha, dy, x].map(of);
            ("prelu_grad_slope", quote!(#(#operands),*))
        }
        Verb::Gate { y, x, n, fun } => {
            let (y, x, n, fun) = (of(y), of(x), dim(n), self::fun(*fun));
            ("gate", quote!(#y, #x, #n, #fun))
        }
        Verb::GateGrad { dx, dy, x, n, fun } => {
            let (dx, dy, x, n, fun) = (of(dx), of(dy), of(x), dim(n), self::fun(*fun));
            ("gate_grad", quote!(#dx, #dy, #x, #n, #fun))
        }
        Verb::DropoutChannels { y, x, channels, rate, layer } => {
            let (y, x, channels) = (of(y), of(x), dim(channels));
            let (rate, stream) = (float(*rate), stream(operands, *layer));
            ("dropout_channels", quote!(#y, #x, rows, #channels, #rate, #stream))
        }
        Verb::AddNoise { y, x, deviation, layer } => {
            let (y, x, stream) = (of(y), of(x), stream(operands, *layer));
            let deviation = float(*deviation);
            ("add_noise", quote!(#y, #x, #deviation, #stream))
        }
        Verb::Embed { y, x, table, width } => {
            let (y, x, table, width) = (of(y), of(x), of(table), dim(width));
            ("embed", quote!(#y, #x, #table, #width))
        }
        Verb::EmbedGrad { dtable, dy, x, width } => {
            let (dtable, dy, x, width) = (of(dtable), of(dy), of(x), dim(width));
            ("embed_grad", quote!(#dtable, #dy, #x, #width))
        }
        Verb::Recur { y, gates, before, cells, packed, u, bias, sizes } => {
            let [y, gates, before, packed, u] = [y, gates, before, packed, u].map(of);
            let (cells, bias, sizes) = (optional(cells), optional(bias), recurrence(sizes));
            ("recur", quote!(#y, #gates, #before, #cells, #packed, #u, #bias, rows, #sizes))
        }
        Verb::RecurStep {
            y,
            x,
            state,
            cells,
            products,
            w,
            u,
            bias,
            recurrent_bias,
            cell,
            k,
            units,
        } => {
            let [y, x, state, products, w, u] = [y, x, state, products, w, u].map(of);
            let [cells, bias, recurrent_bias] = [cells, bias, recurrent_bias].map(optional);
            let (cell, k, units) = (cell_name(*cell), dim(k), dim(units));
            let layer = quote! {
                k::RecurStep {
                    cell: k::Cell::#cell,
                    y: #y,
                    x: #x,
                    state: #state,
                    cells: #cells,
                    products: #products,
                    w: #w,
                    u: #u,
                    bias: #bias,
                    recurrent_bias: #recurrent_bias,
                    k: #k,
                    units: #units,
                }
            };
            ("recur_step", quote!(&mut #layer))
        }
        Verb::RecurGrad { gates, recurrent, carry, packed, dy, u, before, cells, sizes } => {
            let [recurrent, carry, cells] = [recurrent, carry, cells].map(optional);
            let (gates, sizes) = (of(gates), recurrence(sizes));
            let inputs = [packed, dy, u, before].map(of);
            let arguments = quote!(#gates, #recurrent, #carry, #(#inputs),*, #cells, rows, #sizes);
            ("recur_grad", arguments)
        }
        Verb::Axpby { y, a, b, alpha, beta } => {
            let (out, b, alpha, beta) = (of(y), of(b), float(*alpha), float(*beta));
            if y == a {
                ("axpby_assign", quote!(#out, #b, #alpha, #beta))
            } else {
                let a = of(a);
                ("axpby", quote!(#out, #a, #b, #alpha, #beta))
            }
        }
        Verb::Scale { y, x, alpha } => {
            let (out, alpha) = (of(y), float(*alpha));
            if y == x {
                ("scale_assign", quote!(#out, #alpha))
            } else {
                let x = of(x);
                ("scale", quote!(#out, #x, #alpha))
            }
        }
        Verb::Multiply { y, a, b } => {
            let (out, b) = (of(y), of(b));
            if y == a {
                ("multiply_assign", quote!(#out, #b))
            } else {
                let a = of(a);
                ("multiply", quote!(#out, #a, #b))
            }
        }
        Verb::Maximum { y, a, b } => {
            let (out, b) = (of(y), of(b));
            if y == a {
                ("maximum_assign", quote!(#out, #b))
            } else {
                let a = of(a);
                ("maximum", quote!(#out, #a, #b))
            }
        }
        Verb::MaximumGrad { da, dy, a, b } => {
            let operands = [da, dy, a, b].map(of);
            ("maximum_grad", quote!(#(#operands),*))
        }
        Verb::Concat { y, parts } => {
            let y = of(y);
            let parts = parts.iter().map(|(x, n)| {
                let (x, n) = (of(x), dim(n));
                quote!((#x, #n))
            });
            ("concat", quote!(#y, &[#(#parts),*]))
        }
        // `emit/repeat.rs` and `emit/networks.rs` write these, which call no kernel of their own.
        Verb::Repeat { .. }
        | Verb::RepeatGrad { .. }
        | Verb::Network { .. }
        | Verb::NetworkStep { .. }
        | Verb::NetworkTraining { .. }
        | Verb::NetworkGrad { .. } => return TokenStream::new(),
        Verb::Split { y, x, width, start, n } => {
            let (y, x, width, start, n) = (of(y), of(x), dim(width), dim(start), dim(n));
            ("split", quote!(#y, #x, #width, #start, #n))
        }
    };
    verb(name, arguments)
}

fn optional(buf: Option<Buf>, operands: &Operands) -> TokenStream {
    match buf {
        Some(buf) => {
            let buf = operands.of(buf);
            quote!(::core::option::Option::Some(#buf))
        }
        None => quote!(::core::option::Option::None),
    }
}

fn taps(layer: &Taps, operands: &Operands) -> TokenStream {
    let (ring, w) = (optional(layer.ring, operands), operands.of(layer.w));
    let (bias, fun) = (optional(layer.bias, operands), optional_fun(layer.fun));
    let [kernel, dilation, groups] =
        [layer.kernel, layer.dilation, layer.groups].map(usize_literal);
    let (k, n) = (dim(&layer.k), dim(&layer.n));
    quote! {
        k::Taps {
            ring: #ring,
            w: #w,
            bias: #bias,
            fun: #fun,
            kernel: #kernel,
            dilation: #dilation,
            groups: #groups,
            k: #k,
            n: #n,
        }
    }
}

fn optional_fun(fun: Option<Fun>) -> TokenStream {
    match fun {
        Some(fun) => {
            let fun = self::fun(fun);
            quote!(::core::option::Option::Some(#fun))
        }
        None => quote!(::core::option::Option::None),
    }
}

fn fun(fun: Fun) -> TokenStream {
    match fun {
        Fun::Relu => quote!(k::Fun::Relu),
        Fun::LeakyRelu(slope) => {
            let slope = float(slope);
            quote!(k::Fun::LeakyRelu(#slope))
        }
        Fun::Clamp(lo, hi) => {
            let (lo, hi) = (float(lo), float(hi));
            quote!(k::Fun::Clamp(#lo, #hi))
        }
        Fun::Elu { alpha, scale } => {
            let (alpha, scale) = (float(alpha), float(scale));
            quote!(k::Fun::Elu { alpha: #alpha, scale: #scale })
        }
        Fun::Gelu => quote!(k::Fun::Gelu),
        Fun::GeluTanh => quote!(k::Fun::GeluTanh),
        Fun::Silu => quote!(k::Fun::Silu),
        Fun::Sigmoid => quote!(k::Fun::Sigmoid),
        Fun::HardSigmoid => quote!(k::Fun::HardSigmoid),
        Fun::Tanh => quote!(k::Fun::Tanh),
        Fun::Softplus => quote!(k::Fun::Softplus),
        Fun::Softsign => quote!(k::Fun::Softsign),
        Fun::HardSwish => quote!(k::Fun::HardSwish),
        Fun::Mish => quote!(k::Fun::Mish),
    }
}

fn conv(conv: &Conv) -> TokenStream {
    let window = window(&conv.window);
    let (input, output) = (dim(&conv.input_channels), dim(&conv.output_channels));
    let groups = usize_literal(conv.groups);
    quote! {
        k::Conv2d {
            window: #window,
            input_channels: #input,
            output_channels: #output,
            groups: #groups,
        }
    }
}

/// The random numbers of a layer at this step.
fn stream(operands: &Operands, layer: usize) -> TokenStream {
    let layer = operands.layer(layer);
    quote!(k::Stream { seed: context.seed, step: context.step, layer: #layer })
}

/// The rows of a matrix with `m` of them a sample.
fn rows(m: &Dim) -> TokenStream {
    let factor = dim(m);
    if *m == Dim::ONE { quote!(rows) } else { quote!(rows * #factor) }
}

fn strided(view: &Strided) -> TokenStream {
    let (input, start) = (dim(&view.input), dim(&view.start));
    let axes = view.axes.iter().map(|axis| {
        let [size, stride] = axis.each_ref().map(dim);
        quote!([#size, #stride])
    });
    quote!(k::Strided { input: #input, start: #start, axes: [#(#axes),*] })
}

fn upsample(sizes: &Upsample) -> TokenStream {
    let ([height, width], channels) = (sizes.input.each_ref().map(dim), dim(&sizes.channels));
    let [down, right] = sizes.factor.map(usize_literal);
    quote! {
        k::Upsample {
            input: [#height, #width],
            factor: [#down, #right],
            channels: #channels,
        }
    }
}

fn attention(sizes: &Attention) -> TokenStream {
    let [time, key_time, head_size] = [&sizes.time, &sizes.key_time, &sizes.head_size].map(dim);
    let [heads, key_value_heads] = [sizes.heads, sizes.key_value_heads].map(usize_literal);
    let causal = sizes.causal;
    quote! {
        k::Attention {
            time: #time,
            key_time: #key_time,
            heads: #heads,
            key_value_heads: #key_value_heads,
            head_size: #head_size,
            causal: #causal,
        }
    }
}

fn cell_name(cell: Cell) -> TokenStream {
    match cell {
        Cell::RnnTanh => quote!(RnnTanh),
        Cell::RnnRelu => quote!(RnnRelu),
        Cell::Gru => quote!(Gru),
        Cell::Lstm => quote!(Lstm),
    }
}

fn recurrence(sizes: &Recurrence) -> TokenStream {
    let cell = cell_name(sizes.cell);
    let [steps, units, slots] = [&sizes.steps, &sizes.units, &sizes.slots].map(dim);
    let (reverse, sequences) = (sizes.reverse, sizes.sequences);
    quote! {
        k::Recurrence {
            cell: k::Cell::#cell,
            steps: #steps,
            units: #units,
            slots: #slots,
            reverse: #reverse,
            sequences: #sequences,
        }
    }
}

fn groups(sizes: &Groups) -> TokenStream {
    let [pixels, channels, groups] = [&sizes.pixels, &sizes.channels, &sizes.groups].map(dim);
    let (centred, epsilon) = (sizes.centred, float(sizes.epsilon));
    quote! {
        k::Groups {
            pixels: #pixels,
            channels: #channels,
            groups: #groups,
            centred: #centred,
            epsilon: #epsilon,
        }
    }
}

fn window(window: &Window) -> TokenStream {
    let dims = |pair: &[Dim; 2]| {
        let [h, w] = pair.each_ref().map(dim);
        quote!([#h, #w])
    };
    let counts = |pair: [usize; 2]| {
        let [h, w] = pair.map(usize_literal);
        quote!([#h, #w])
    };
    let (input, output, kernel) = (dims(&window.input), dims(&window.output), dims(&window.kernel));
    let (stride, padding) = (counts(window.stride), counts(window.padding));
    let dilation = counts(window.dilation);
    quote! {
        k::Window {
            input: #input,
            output: #output,
            kernel: #kernel,
            stride: #stride,
            padding: #padding,
            dilation: #dilation,
        }
    }
}
