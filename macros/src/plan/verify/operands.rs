//! Space and size of the operands of every verb, straight from its equation.

use super::{divides, ensure};
use crate::{
    plan::{
        Buf, Buffer, Cell, Conv, Dense, FEWEST_TILES, Plan, Program, Space, Taps, Verb, Window,
    },
    shape::Dim,
};

/// What an operand may be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// A row buffer.
    Row,
    /// A row buffer or the caller's input: only read.
    Value,
    Fixed,
    Index,
    Kept,
    Param,
    Gradient,
}

/// How many scalars an operand has.
enum Size {
    Is(Dim),
    /// As many as another.
    Same(Buf),
    /// A divisor of another's: one for every channel.
    PartOf(Buf),
    /// A whole number of copies of another.
    CopiesOf(Buf),
    /// So many or more.
    AtLeast(Dim),
    /// A multiple of these.
    Multiple(Dim),
    /// The weight of a grouped convolution: this many, shared among the groups.
    Shared(Dim, usize),
    /// As many as another, times this.
    Times(Buf, Dim),
    /// As many rows of the first size as another has of the second.
    Share(Buf, Dim, Dim),
}

use Role::{Fixed, Gradient, Index, Kept, Param, Row, Value};
use Size::{AtLeast, CopiesOf, Is, Multiple, PartOf, Same, Share, Shared, Times};

pub(super) fn verify(plan: &Plan, program: &Program, verb: &Verb) -> Result<(), String> {
    for (buf, role, size) in rules(verb) {
        let buffer = &program.buffers[buf.0];
        space(plan, buffer, role)?;
        let len = |buf: Buf| program.buffers[buf.0].shape.len();
        let own = buffer.shape.len();
        let fits = match &size {
            Is(want) => own == *want,
            Same(other) => own == len(*other),
            PartOf(other) => divides(&own, &len(*other)),
            CopiesOf(other) => divides(&len(*other), &own),
            AtLeast(fewest) => own >= *fewest,
            Multiple(unit) => divides(unit, &own),
            Shared(whole, groups) => Dim::product([own.clone(), Dim::from(*groups)]) == *whole,
            Times(other, factor) => own == times([&len(*other), factor]),
            Share(other, n, of) => times([&own, of]) == times([&len(*other), n]),
        };
        ensure(fits, || format!("{} has {own} scalars, not {}", buffer.name, wanted(&size, len)))?;
    }
    match verb {
        Verb::Conv2d { conv, .. }
        | Verb::Conv2dGradInput { conv, .. }
        | Verb::Conv2dGradWeight { conv, .. } => groups(conv),
        Verb::Conv2dMaxPool2d { conv, .. } | Verb::Conv2dMaxPool2dGradWeight { conv, .. } => {
            groups(conv)?;
            ensure(conv.pool().is_some(), || "a pooled convolution has literal sizes".to_owned())
        }
        Verb::DenseChain { layers, .. } => {
            let fits = layers.windows(2).all(|pair| pair[0].n == pair[1].k);
            ensure(fits && !layers.is_empty(), || "a layer does not fit the one before".to_owned())
        }
        Verb::CausalChain { layers, .. } => causal(layers),
        Verb::MaxPool2d { window, index, .. } => pool(window, index.is_some()),
        Verb::MaxPool2dGrad { window, .. } => pool(window, true),
        Verb::MaxPool2dGradByValue { window, .. }
        | Verb::AvgPool2d { window, .. }
        | Verb::AvgPool2dGrad { window, .. } => pool(window, false),
        Verb::GroupNorm { sizes, .. }
        | Verb::GroupNormGradInput { sizes, .. }
        | Verb::GroupNormGradScale { sizes, .. } => {
            ensure(divides(&sizes.groups, &sizes.channels), || {
                format!("{} groups do not divide the channels", sizes.groups)
            })
        }
        Verb::Attention { sizes, .. }
        | Verb::AttentionGrad { sizes, .. }
        | Verb::AttentionStep { sizes, .. } => {
            let shared = sizes.heads.is_multiple_of(sizes.key_value_heads);
            ensure(shared, || "the heads of keys are no part of those of queries".to_owned())?;
            let fits = !sizes.causal || sizes.time == sizes.key_time;
            ensure(fits, || "a causal attention has as many keys as queries".to_owned())
        }
        Verb::Recur { cells, sizes, .. } => {
            ensure(cells.is_some() == sizes.cell.has_cells(), || {
                "cells are kept where the unit has them".to_owned()
            })
        }
        Verb::RecurStep { cells, recurrent_bias, cell, .. } => {
            let fits = cells.is_some() == (*cell == Cell::Lstm)
                && (recurrent_bias.is_none() || *cell == Cell::Gru);
            ensure(fits, || "a unit keeps its cell where it has one".to_owned())
        }
        Verb::RecurGrad { recurrent, carry, cells, sizes, .. } => {
            let has = [cells, carry].map(Option::is_some) == [sizes.cell.has_cells(); 2];
            let apart = recurrent.is_some() == (sizes.cell == Cell::Gru);
            ensure(has && apart && sizes.slots == sizes.steps, || {
                "every step of what the unit needs is kept".to_owned()
            })
        }
        Verb::Gather { view, .. } | Verb::Scatter { view, .. } => {
            let inside = view.last().zip(view.input.literal()).is_none_or(|(last, len)| last < len);
            ensure(inside, || "the view leaves its sample".to_owned())
        }
        Verb::Split { width, start, n, .. } => {
            let ends = [start, n, width].map(Dim::literal);
            let inside = !matches!(ends, [Some(start), Some(n), Some(width)] if start + n > width);
            ensure(inside, || format!("{start} + {n} leaves rows of {width}"))
        }
        _ => Ok(()),
    }
}

fn wanted(size: &Size, len: impl Fn(Buf) -> Dim) -> String {
    match size {
        Is(want) => format!("{want}"),
        Same(other) => format!("{}", len(*other)),
        PartOf(other) => format!("a divisor of {}", len(*other)),
        AtLeast(fewest) => format!("{fewest} or more"),
        CopiesOf(other) => format!("a multiple of {}", len(*other)),
        Multiple(unit) => format!("a multiple of {unit}"),
        Shared(whole, groups) => format!("{whole} / {groups}"),
        Times(other, factor) => format!("{}", times([&len(*other), factor])),
        Share(other, n, of) => format!("{} * {n} / {of}", len(*other)),
    }
}

fn space(plan: &Plan, buffer: &Buffer, role: Role) -> Result<(), String> {
    let (fits, word) = match role {
        Row => (buffer.space == Space::Row, "row buffer"),
        Value => (matches!(buffer.space, Space::Row | Space::Input), "row buffer"),
        Fixed => (buffer.space == Space::Fixed, "fixed buffer"),
        Index => (buffer.space == Space::Index, "index buffer"),
        Kept => (buffer.space == Space::Kept, "buffer that is kept"),
        Param => (matches!(buffer.space, Space::Param(_)), "parameter"),
        Gradient => {
            let trained = |param: usize| plan.params[param].trained;
            let fits = matches!(buffer.space, Space::Gradient(param) if trained(param));
            (fits, "gradient of a trained parameter")
        }
    };
    ensure(fits, || format!("{} is no {word}", buffer.name))
}

/// The workspace of minimal filtering.
fn tiles(conv: &Conv) -> Size {
    conv.room(FEWEST_TILES).map_or(Is(Dim::ZERO), AtLeast)
}

/// The operands of a verb: what they are, and how large.
fn rules(verb: &Verb) -> Vec<(Buf, Role, Size)> {
    match verb {
        Verb::Gemm { y, x, w, bias, m, k, n, .. } => {
            let bias = bias.map(|bias| (bias, Param, Is(n.clone())));
            let operands = [
                (*y, Row, Is(times([m, n]))),
                (*x, Value, Is(times([m, k]))),
                (*w, Param, Is(times([k, n]))),
            ];
            operands.into_iter().chain(bias).collect()
        }
        Verb::DenseChain { y, x, layers } => chain(*y, *x, layers),
        Verb::CausalChain { y, x, layers } => causal_chain(*y, *x, layers),
        Verb::AddRow { y, x, table } => {
            vec![(*y, Row, Same(*x)), (*x, Value, Same(*y)), (*table, Param, CopiesOf(*y))]
        }
        Verb::RunningMean { y, sum, x } => {
            vec![(*y, Row, Same(*x)), (*sum, Kept, Same(*x)), (*x, Value, Same(*y))]
        }
        Verb::GemmGradInput { dx, dy, w, m, k, n } => vec![
            (*dx, Row, Is(times([m, k]))),
            (*dy, Row, Is(times([m, n]))),
            (*w, Param, Is(times([k, n]))),
        ],
        Verb::GemmGradWeight { dw, x, dy, m, k, n } => vec![
            (*dw, Gradient, Is(times([k, n]))),
            (*x, Value, Is(times([m, k]))),
            (*dy, Row, Is(times([m, n]))),
        ],
        Verb::AddBias { y, bias } => {
            vec![(*y, Row, CopiesOf(*bias)), (*bias, Param, PartOf(*y))]
        }
        Verb::SumRows { db, dy } => {
            vec![(*db, Gradient, PartOf(*dy)), (*dy, Row, CopiesOf(*db))]
        }
        Verb::Copy { y, x } | Verb::Map { y, x, .. } | Verb::Dropout { y, x, .. } => {
            vec![(*y, Row, Same(*x)), (*x, Value, Same(*y))]
        }
        Verb::MapGrad { dx, dy, kept, .. } => {
            vec![(*dx, Row, Same(*dy)), (*dy, Row, Same(*dx)), (*kept, Value, Same(*dx))]
        }
        Verb::Conv2d { y, room, x, w, bias, conv, .. } => {
            let bias = bias.map(|bias| (bias, Param, Is(conv.output_channels.clone())));
            let room = room.map(|room| (room, Fixed, tiles(conv)));
            let operands = [
                (*y, Row, Is(image(&conv.window.output, &conv.output_channels))),
                (*x, Value, Is(image(&conv.window.input, &conv.input_channels))),
                (*w, Param, weight(conv)),
            ];
            operands.into_iter().chain(bias).chain(room).collect()
        }
        Verb::Conv2dGradInput { dx, room, dy, w, conv } => {
            let operands = [
                (*dx, Row, Is(image(&conv.window.input, &conv.input_channels))),
                (*dy, Value, Is(image(&conv.window.output, &conv.output_channels))),
                (*w, Param, weight(conv)),
            ];
            let room = room.map(|room| (room, Fixed, tiles(conv)));
            operands.into_iter().chain(room).collect()
        }
        Verb::Conv2dGradWeight { dw, partial, x, dy, conv, winograd } => vec![
            (*dw, Gradient, weight(conv)),
            (*partial, Fixed, if *winograd { tiles(conv) } else { CopiesOf(*dw) }),
            (*x, Value, Is(image(&conv.window.input, &conv.input_channels))),
            (*dy, Value, Is(image(&conv.window.output, &conv.output_channels))),
        ],
        Verb::Conv2dMaxPool2d { y, index, x, w, bias, conv, .. } => {
            let bias = bias.map(|bias| (bias, Param, Is(conv.output_channels.clone())));
            let index = index.map(|index| (index, Index, Same(*y)));
            let operands = [
                (*y, Row, Is(pooled(conv))),
                (*x, Value, Is(image(&conv.window.input, &conv.input_channels))),
                (*w, Param, weight(conv)),
            ];
            operands.into_iter().chain(bias).chain(index).collect()
        }
        Verb::Conv2dMaxPool2dGradWeight { dw, dbias, partial, x, dy, kept, index, conv } => {
            let dbias = dbias.map(|dbias| (dbias, Gradient, Is(conv.output_channels.clone())));
            let kept = kept.map(|kept| (kept, Row, Same(*dy)));
            let operands = [
                (*dw, Gradient, weight(conv)),
                (*partial, Fixed, Multiple(conv.sums(dbias.is_some()))),
                (*x, Value, Is(image(&conv.window.input, &conv.input_channels))),
                (*dy, Row, Is(pooled(conv))),
                (*index, Index, Same(*dy)),
            ];
            operands.into_iter().chain(dbias).chain(kept).collect()
        }
        Verb::MaxPool2d { y, index, x, channels, window } => {
            let index = index.map(|index| (index, Index, Same(*y)));
            let operands = [
                (*y, Row, Is(image(&window.output, channels))),
                (*x, Value, Is(image(&window.input, channels))),
            ];
            operands.into_iter().chain(index).collect()
        }
        Verb::MaxPool2dGrad { dx, dy, index, channels, window } => vec![
            (*dx, Row, Is(image(&window.input, channels))),
            (*dy, Row, Is(image(&window.output, channels))),
            (*index, Index, Same(*dy)),
        ],
        Verb::MaxPool2dGradByValue { dx, dy, y, x, channels, window } => vec![
            (*dx, Row, Is(image(&window.input, channels))),
            (*dy, Row, Is(image(&window.output, channels))),
            (*y, Row, Same(*dy)),
            (*x, Value, Same(*dx)),
        ],
        Verb::AvgPool2d { y, x, channels, window } => vec![
            (*y, Row, Is(image(&window.output, channels))),
            (*x, Value, Is(image(&window.input, channels))),
        ],
        Verb::AvgPool2dGrad { dx, dy, channels, window } => vec![
            (*dx, Row, Is(image(&window.input, channels))),
            (*dy, Row, Is(image(&window.output, channels))),
        ],
        Verb::Softmax { y, x, n } | Verb::LogSoftmax { y, x, n } => {
            vec![(*y, Row, Same(*x)), (*x, Value, Multiple(n.clone()))]
        }
        Verb::SoftmaxGrad { dx, dy, y, n } | Verb::LogSoftmaxGrad { dx, dy, y, n } => {
            vec![(*dx, Row, Same(*dy)), (*dy, Row, Multiple(n.clone())), (*y, Row, Same(*dy))]
        }
        Verb::BatchNorm { y, mean, rstd, running_mean, running_var, x, gamma, beta, .. } => {
            let fixed = [*mean, *rstd].map(|buf| (buf, Fixed, Same(*gamma)));
            let params = [*running_mean, *running_var, *beta].map(|buf| (buf, Param, Same(*gamma)));
            let rest = [(*y, Row, Same(*x)), (*x, Value, Same(*y)), (*gamma, Param, PartOf(*x))];
            fixed.into_iter().chain(params).chain(rest).collect()
        }
        Verb::BatchNormGrad { dx, dgamma, dbeta, dy, x, gamma, mean, rstd } => {
            let fixed = [*mean, *rstd].map(|buf| (buf, Fixed, Same(*gamma)));
            let gradients = [*dgamma, *dbeta].map(|buf| (buf, Gradient, Same(*gamma)));
            let rows = [(*dx, Row, Same(*x)), (*dy, Row, Same(*x)), (*x, Value, Same(*dy))];
            let gamma = [(*gamma, Param, PartOf(*x))];
            fixed.into_iter().chain(gradients).chain(rows).chain(gamma).collect()
        }
        Verb::Normalize { y, x, gamma, beta, mean, var, .. } => {
            let params = [*beta, *mean, *var].map(|buf| (buf, Param, Same(*gamma)));
            let rest = [(*y, Row, Same(*x)), (*x, Value, Same(*y)), (*gamma, Param, PartOf(*x))];
            params.into_iter().chain(rest).collect()
        }
        Verb::NormalizeGrad { dx, dy, gamma, var, .. } => vec![
            (*dx, Row, Same(*dy)),
            (*dy, Row, Same(*dx)),
            (*gamma, Param, PartOf(*dy)),
            (*var, Param, Same(*gamma)),
        ],
        Verb::GroupNorm { y, stats, x, gamma, beta, sizes } => {
            let beta = beta.map(|beta| (beta, Param, Same(*gamma)));
            let operands = [
                (*y, Row, Is(sizes.len())),
                (*x, Value, Is(sizes.len())),
                (*stats, Row, Is(sizes.stats().len())),
                (*gamma, Param, Is(sizes.channels.clone())),
            ];
            operands.into_iter().chain(beta).collect()
        }
        Verb::GroupNormGradInput { dx, dy, x, stats, gamma, sizes } => vec![
            (*dx, Row, Is(sizes.len())),
            (*dy, Row, Is(sizes.len())),
            (*x, Value, Is(sizes.len())),
            (*stats, Row, Is(sizes.stats().len())),
            (*gamma, Param, Is(sizes.channels.clone())),
        ],
        Verb::GroupNormGradScale { dgamma, dbeta, dy, x, stats, sizes } => {
            let dbeta = dbeta.map(|dbeta| (dbeta, Gradient, Same(*dgamma)));
            let operands = [
                (*dgamma, Gradient, Is(sizes.channels.clone())),
                (*dy, Row, Is(sizes.len())),
                (*x, Value, Is(sizes.len())),
                (*stats, Row, Is(sizes.stats().len())),
            ];
            operands.into_iter().chain(dbeta).collect()
        }
        Verb::Attention { y, stats, q, k, v, sizes } => {
            let keys = [*k, *v].map(|buf| (buf, Row, Is(sizes.keys().len())));
            let queries = [*y, *q].map(|buf| (buf, Row, Is(sizes.queries().len())));
            let stats = [(*stats, Row, Is(sizes.stats().len()))];
            queries.into_iter().chain(keys).chain(stats).collect()
        }
        Verb::AttentionGrad { dq, dk, dv, dy, y, stats, q, k, v, sizes } => {
            let keys = [*dk, *dv, *k, *v].map(|buf| (buf, Row, Is(sizes.keys().len())));
            let queries = [*dq, *dy, *y, *q].map(|buf| (buf, Row, Is(sizes.queries().len())));
            let stats = [(*stats, Row, Is(sizes.stats().len()))];
            queries.into_iter().chain(keys).chain(stats).collect()
        }
        Verb::Rotate { y, table, heads, d, .. } => {
            let width = times([&(*heads).into(), d]);
            vec![(*y, Row, Multiple(width)), (*table, Param, Multiple(d.clone()))]
        }
        Verb::RotateAt { y, table, d } => {
            vec![(*y, Row, Multiple(d.clone())), (*table, Param, Multiple(d.clone()))]
        }
        Verb::AttentionStep { y, scores, q, k, v, keys, values, sizes } => {
            let [width, key_width] = [sizes.width(), sizes.key_width()];
            let kept = sizes.keys().len();
            vec![
                (*y, Row, Is(width.clone())),
                (*scores, Row, Is(times([&Dim::from(2), &sizes.time]))),
                (*q, Value, Is(width)),
                (*k, Value, Is(key_width.clone())),
                (*v, Value, Is(key_width)),
                (*keys, Kept, Is(kept.clone())),
                (*values, Kept, Is(kept)),
            ]
        }
        Verb::Zero { y } => vec![(*y, Row, Same(*y))],
        Verb::Gather { y, x, view } => {
            vec![(*y, Row, Is(view.len())), (*x, Value, Is(view.input.clone()))]
        }
        Verb::Scatter { y, x, view } => {
            vec![(*y, Row, Is(view.input.clone())), (*x, Value, Is(view.len()))]
        }
        Verb::Upsample { y, x, sizes } => {
            vec![(*y, Row, Is(sizes.output_len())), (*x, Value, Is(sizes.input_len()))]
        }
        Verb::UpsampleGrad { dx, dy, sizes } => {
            vec![(*dx, Row, Is(sizes.input_len())), (*dy, Row, Is(sizes.output_len()))]
        }
        Verb::Prelu { y, x, alpha } => {
            vec![(*y, Row, Same(*x)), (*x, Value, Same(*y)), (*alpha, Param, PartOf(*x))]
        }
        Verb::PreluGradInput { dx, dy, x, alpha } => vec![
            (*dx, Row, Same(*x)),
            (*dy, Row, Same(*x)),
            (*x, Value, Same(*dy)),
            (*alpha, Param, PartOf(*x)),
        ],
        Verb::PreluGradSlope { dalpha, dy, x } => {
            vec![(*dalpha, Gradient, PartOf(*x)), (*dy, Row, Same(*x)), (*x, Value, Same(*dy))]
        }
        Verb::Gate { y, x, n, .. } => {
            vec![(*y, Row, Multiple(n.clone())), (*x, Value, Times(*y, Dim::from(2)))]
        }
        Verb::GateGrad { dx, dy, x, n, .. } => vec![
            (*dx, Row, Times(*dy, Dim::from(2))),
            (*dy, Row, Multiple(n.clone())),
            (*x, Value, Times(*dy, Dim::from(2))),
        ],
        Verb::DropoutChannels { y, x, channels, .. } => {
            vec![(*y, Row, Same(*x)), (*x, Value, Multiple(channels.clone()))]
        }
        Verb::AddNoise { y, x, .. } => vec![(*y, Row, Same(*x)), (*x, Value, Same(*y))],
        Verb::Embed { y, x, table, width } => vec![
            (*y, Row, Times(*x, width.clone())),
            (*x, Value, PartOf(*y)),
            (*table, Param, Multiple(width.clone())),
        ],
        Verb::EmbedGrad { dtable, dy, x, width } => vec![
            (*dtable, Gradient, Multiple(width.clone())),
            (*dy, Row, Times(*x, width.clone())),
            (*x, Value, PartOf(*dy)),
        ],
        Verb::Recur { y, gates, before, cells, packed, u, bias, sizes } => {
            let cells = cells.map(|cells| (cells, Row, Is(sizes.states().len())));
            let bias = bias.map(|bias| (bias, Param, Is(sizes.width())));
            let operands = [
                (*y, Row, Is(sizes.output().len())),
                (*gates, Row, Is(sizes.gates().len())),
                (*before, Row, Is(sizes.states().len())),
                (*packed, Fixed, Is(sizes.packed().len())),
                (*u, Param, Is(sizes.weight().len())),
            ];
            operands.into_iter().chain(cells).chain(bias).collect()
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
            let width = times([&Dim::from(cell.gates()), units]);
            let operands = [
                (*y, Row, Is(units.clone())),
                (*x, Value, Is(k.clone())),
                (*state, Kept, Is(units.clone())),
                (*products, Row, Is(times([&Dim::from(2), &width]))),
                (*w, Param, Is(times([k, &width]))),
                (*u, Param, Is(times([units, &width]))),
            ];
            let cells = cells.map(|cells| (cells, Kept, Is(units.clone())));
            let biases = bias.iter().chain(recurrent_bias);
            let biases = biases.map(|bias| (*bias, Param, Is(width.clone())));
            operands.into_iter().chain(cells).chain(biases).collect()
        }
        Verb::RecurGrad { gates, recurrent, carry, packed, dy, u, before, cells, sizes } => {
            let recurrent = recurrent.map(|recurrent| (recurrent, Row, Same(*gates)));
            let carry = carry.map(|carry| (carry, Row, Is(sizes.units.clone())));
            let cells = cells.map(|cells| (cells, Row, Same(*before)));
            let operands = [
                (*gates, Row, Is(sizes.gates().len())),
                (*packed, Fixed, Is(sizes.packed().len())),
                (*dy, Row, Is(sizes.output().len())),
                (*u, Param, Is(sizes.weight().len())),
                (*before, Row, Is(sizes.states().len())),
            ];
            operands.into_iter().chain(recurrent).chain(carry).chain(cells).collect()
        }
        Verb::Axpby { y, a, b, .. } | Verb::Multiply { y, a, b } | Verb::Maximum { y, a, b } => {
            vec![(*y, Row, Same(*a)), (*a, Value, Same(*b)), (*b, Value, Same(*y))]
        }
        Verb::Scale { y, x, .. } => vec![(*y, Row, Same(*x)), (*x, Value, Same(*y))],
        Verb::MaximumGrad { da, dy, a, b } => {
            let values = [*a, *b].map(|buf| (buf, Value, Same(*da)));
            [(*da, Row, Same(*dy)), (*dy, Row, Same(*da))].into_iter().chain(values).collect()
        }
        Verb::Concat { y, parts } => {
            let width = Dim::sum(parts.iter().map(|(_, n)| n.clone()));
            let parts = parts.iter().map(|(x, n)| (*x, Value, Share(*y, n.clone(), width.clone())));
            [(*y, Row, Multiple(width.clone()))].into_iter().chain(parts).collect()
        }
        Verb::Network { y, x, params, .. }
        | Verb::NetworkStep { y, x, params, .. }
        | Verb::NetworkTraining { y, x, params, .. } => {
            let values = [(*y, Row, Same(*y)), (*x, Value, Same(*x))].into_iter();
            values.chain(params.map(|param| (param, Param, Same(param)))).collect()
        }
        Verb::NetworkGrad { dx, gradient, dy, x, params, .. } => {
            let dx = dx.map(|dx| (dx, Row, Same(*x)));
            let values = [(*dy, Row, Same(*dy)), (*x, Value, Same(*x))].into_iter().chain(dx);
            let gradient = [(*gradient, Gradient, Same(params[0]))];
            let params = params.map(|param| (param, Param, Same(param)));
            values.chain(gradient).chain(params).collect()
        }
        Verb::Repeat { y, x, rows, fixed, index, kept, state, params, .. } => {
            let values = [(*y, Row, Same(*x)), (*x, Value, Same(*y))].into_iter();
            let params = state.iter().chain(params).map(|param| (*param, Param, Same(*param)));
            let kept = kept.map(|kept| (kept, Kept, Same(kept)));
            values.chain(room(*rows, *fixed, *index)).chain(kept).chain(params).collect()
        }
        Verb::RepeatGrad { dx, dy, x, rows, fixed, index, gradients, params, .. } => {
            let values = [*dx, *dy].map(|buf| (buf, Row, Same(*x))).into_iter();
            let values = values.chain([(*x, Value, Same(*dx))]);
            let params = params.iter().map(|param| (*param, Param, Same(*param)));
            let gradients = gradients.iter().map(|gradient| (*gradient, Gradient, Same(*gradient)));
            let room = room(*rows, *fixed, *index);
            values.chain(room).chain(params).chain(gradients).collect()
        }
        Verb::Split { y, x, width, n, .. } => {
            vec![
                (*y, Row, Share(*x, n.clone(), width.clone())),
                (*x, Value, Multiple(width.clone())),
            ]
        }
    }
}

fn chain(y: Buf, x: Buf, layers: &[Dense]) -> Vec<(Buf, Role, Size)> {
    let end = |layer: Option<&Dense>, size: fn(&Dense) -> &Dim| {
        Is(layer.map_or(Dim::Unknown, |layer| size(layer).clone()))
    };
    let ends = [
        (y, Row, end(layers.last(), |layer| &layer.n)),
        (x, Value, end(layers.first(), |layer| &layer.k)),
    ];
    let params = layers.iter().flat_map(|Dense { w, bias, k, n, .. }| {
        let bias = bias.map(|bias| (bias, Param, Is(n.clone())));
        Some((*w, Param, Is(times([k, n])))).into_iter().chain(bias)
    });
    ends.into_iter().chain(params).collect()
}

fn causal_chain(y: Buf, x: Buf, layers: &[Taps]) -> Vec<(Buf, Role, Size)> {
    let unknown = || Dim::Unknown;
    let ends = [
        (y, Row, Is(layers.last().map_or_else(unknown, |layer| layer.n.clone()))),
        (x, Value, Is(layers.first().map_or_else(unknown, |layer| layer.k.clone()))),
    ];
    let operands =
        layers.iter().flat_map(|Taps { ring, w, bias, kernel, groups, k, n, .. }| {
            let ring = ring.map(|ring| (ring, Kept, Multiple(k.clone())));
            let bias = bias.map(|bias| (bias, Param, Is(n.clone())));
            let weight = Shared(times([&Dim::from(*kernel), k, n]), *groups);
            Some((*w, Param, weight)).into_iter().chain(ring).chain(bias)
        });
    ends.into_iter().chain(operands).collect()
}

/// Layers fit each other, their groups the channels; those of several taps have a ring.
fn causal(layers: &[Taps]) -> Result<(), String> {
    let fits = layers.windows(2).all(|pair| pair[0].n == pair[1].k);
    ensure(fits && !layers.is_empty(), || "a layer does not fit the one before".to_owned())?;
    layers.iter().try_for_each(|Taps { ring, kernel, groups, k, n, .. }| {
        let groups = Dim::from(*groups);
        ensure(divides(&groups, k) && divides(&groups, n), || {
            format!("{groups} groups do not divide the channels")
        })?;
        ensure(ring.is_some() == (*kernel > 1), || format!("{kernel} taps have no ring"))
    })
}

/// The workspaces of a `repeat`.
fn room(rows: Buf, fixed: Option<Buf>, index: Option<Buf>) -> Vec<(Buf, Role, Size)> {
    let room = [(Some(rows), Row), (fixed, Fixed), (index, Index)];
    room.into_iter().filter_map(|(buf, role)| Some((buf?, role, Same(buf?)))).collect()
}

fn times<const N: usize>(dims: [&Dim; N]) -> Dim {
    Dim::product(dims.into_iter().cloned())
}

fn image([height, width]: &[Dim; 2], channels: &Dim) -> Dim {
    times([height, width, channels])
}

/// Scalars of a convolution's output after pooling by 2x2.
fn pooled(conv: &Conv) -> Dim {
    conv.pool().map_or(Dim::Unknown, |pool| image(&pool.output, &conv.output_channels))
}

fn weight(conv: &Conv) -> Size {
    let taps = image(&conv.window.kernel, &conv.input_channels);
    Shared(times([&taps, &conv.output_channels]), conv.groups)
}

fn groups(conv: &Conv) -> Result<(), String> {
    let groups = Dim::from(conv.groups);
    let fits = divides(&groups, &conv.input_channels) && divides(&groups, &conv.output_channels);
    ensure(fits, || format!("{groups} groups do not divide the channels"))
}

/// Every window of a pooling holds a part of the image, and few enough taps for an index.
fn pool(window: &Window, indexed: bool) -> Result<(), String> {
    let taps = times([&window.kernel[0], &window.kernel[1]]).literal();
    ensure(!indexed || taps.is_none_or(|taps| taps <= 256), || {
        "a window of more than 256 taps has no index".to_owned()
    })?;
    ensure((0..2).all(|axis| covers(window, axis)), || "a window lies outside the image".to_owned())
}

/// Whether every window has a tap inside the image along an axis, as far as can be known.
fn covers(window: &Window, axis: usize) -> bool {
    let of = |dims: &[Dim; 2]| dims[axis].literal();
    let (Some(input), Some(output), Some(kernel)) =
        (of(&window.input), of(&window.output), of(&window.kernel))
    else {
        return true;
    };
    let start = |i: usize| i * window.stride[axis];
    let inside = |tap: usize| (window.padding[axis]..window.padding[axis] + input).contains(&tap);
    (0..output).all(|i| (0..kernel).any(|tap| inside(start(i) + tap * window.dilation[axis])))
}
