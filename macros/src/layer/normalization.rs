//! What normalisations of every sample by itself share: parameters and steps.

use super::{Check, Init, Param};
use crate::{
    plan::{Buf, Groups, Normalization, lower::Lower},
    shape::{Dim, Shape},
};

/// Trained factors `gamma`, and where values are centred offsets `beta`, for every channel.
pub(super) fn params(input: &Shape, centred: bool) -> Vec<Param> {
    let beta = centred.then(|| per_channel(input, "beta", Init::Zeros));
    [per_channel(input, "gamma", Init::Ones)].into_iter().chain(beta).collect()
}

fn per_channel(input: &Shape, name: &'static str, init: Init) -> Param {
    let channels = input.channels();
    Param {
        name,
        shape: Shape::flat(channels.clone()),
        init: Some(init),
        fan_in: channels.clone(),
        fan_out: channels,
        trained: true,
        decays: false,
    }
}

/// Every row of channels is a block of one group.
pub(super) fn by_row(input: &Shape, centred: bool, epsilon: f64) -> Groups {
    let (blocks, channels) = (pixels(input), input.channels());
    Groups { blocks, pixels: Dim::ONE, channels, groups: Dim::ONE, centred, epsilon }
}

/// The whole sample is a block of several groups.
pub(super) fn by_group(input: &Shape, groups: Dim, epsilon: f64) -> Groups {
    let (pixels, channels) = (pixels(input), input.channels());
    Groups { blocks: Dim::ONE, pixels, channels, groups, centred: true, epsilon }
}

/// The number of rows of channels.
pub(super) fn pixels(input: &Shape) -> Dim {
    let outer = input.dims().split_last().map_or(&[][..], |(_, outer)| outer);
    Dim::product(outer.iter().cloned())
}

/// Reports statistics over one value, which leave nothing of it.
pub(super) fn expect_several(layer: &str, values: &Dim, input: &Shape, check: &mut Check<'_>) {
    if *values == Dim::ONE {
        check
            .error(check.keyword, format!("`{layer}` over one value leaves nothing of it"))
            .found(input)
            .expected("at least two values for each mean and variance")
            .help(format!("remove `{layer}`, or use `batch_norm`"));
    }
}

/// Appends the normalisation; for training its statistics are kept.
pub(super) fn forward(cx: &mut Lower<'_>, sizes: Groups) -> Buf {
    let (y, x, gamma) = (cx.new_y(), cx.x(), cx.param("gamma"));
    let beta = sizes.centred.then(|| cx.param("beta"));
    let stats = cx.new_row("stats", sizes.stats());
    cx.keep("stats", stats);
    cx.push(Normalization::GroupNorm { y, stats, x, gamma, beta, sizes });
    y
}

/// Appends the gradients of [`forward`].
pub(super) fn backward(cx: &mut Lower<'_>, dy: Buf, sizes: Groups) -> Buf {
    let (x, stats, gamma) = (cx.x(), cx.kept("stats"), cx.param("gamma"));
    if let Some(dgamma) = cx.grad("gamma") {
        let dbeta = sizes.centred.then(|| cx.grad("beta")).flatten();
        let sizes = sizes.clone();
        cx.push(Normalization::GroupNormGradScale { dgamma, dbeta, dy, x, stats, sizes });
    }
    let dx = cx.new_dx();
    cx.push(Normalization::GroupNormGradInput { dx, dy, x, stats, gamma, sizes });
    dx
}
