//! What convolutions share: groups, weights and the steps.

use super::{Check, Init, Param, window::Sliding};
use crate::{
    plan::{Buf, Conv, Convolution, Product, Sequence, Taps, lower::Lower},
    shape::{Dim, Shape},
    syntax::Spanned,
};

/// Scalars over which the shares of a weight gradient may spread, and the most shares.
const PARTIAL_LEN: usize = 65536;
const MOST_SHARES: usize = 8;

/// Reports groups that do not share out the channels evenly.
pub(super) fn check_groups(
    groups: Spanned<usize>,
    channels: &Dim,
    filters: &Dim,
    check: &mut Check<'_>,
) {
    let Spanned { value: groups, span } = groups;
    for (count, what) in [(channels, "input channels"), (filters, "filters")] {
        if groups == 1 || count.is_unknown() || count.literal().is_some_and(|n| n % groups == 0) {
            continue;
        }
        check
            .error(span, format!("`groups = {groups}` does not divide the {count} {what}"))
            .found(groups)
            .expected(common_divisors(channels, filters))
            .note("every group has the same number of input channels and of filters");
        return;
    }
}

fn common_divisors(channels: &Dim, filters: &Dim) -> String {
    let (Some(channels), Some(filters)) = (channels.literal(), filters.literal()) else {
        return "1, where a number of channels is symbolic".to_owned();
    };
    let most = channels.min(filters).min(4096);
    let common = (1..=most).filter(|n| channels % n == 0 && filters % n == 0);
    let divisors: Vec<String> = common.map(|n| n.to_string()).collect();
    format!("a divisor of {channels} and {filters}: {}", divisors.join(", "))
}

/// Input channels that one filter sees.
pub(super) fn group_channels(channels: &Dim, groups: usize) -> Dim {
    match (groups, channels) {
        (1, channels) => channels.clone(),
        (groups, Dim::Literal(count)) => Dim::from(count / groups),
        _ => Dim::Unknown,
    }
}

/// A trained weight that decays.
pub(super) fn weight(
    name: &'static str,
    shape: Shape,
    init: Option<Init>,
    fans: [Dim; 2],
) -> Param {
    let [fan_in, fan_out] = fans;
    Param { name, shape, init, fan_in, fan_out, trained: true, decays: true }
}

/// Values that one output sees, and outputs that see one value, for a weight `[taps.., ci, co]`.
pub(super) fn fans(weight: &Shape) -> [Dim; 2] {
    let (taps, ends) = weight.dims().split_at(weight.rank() - 2);
    [0, 1].map(|end| Dim::product(taps.iter().chain([&ends[end]]).cloned()))
}

/// The convolution of a window over a layer's input.
pub(super) fn over_input(cx: &Lower<'_>, window: &Sliding, filters: &Dim, groups: usize) -> Conv {
    Conv {
        window: window.window(cx.input(), cx.output()),
        input_channels: cx.input().channels(),
        output_channels: filters.clone(),
        groups,
    }
}

/// Appends `y = conv(x, weight) + bias`.
pub(super) fn forward(cx: &mut Lower<'_>, y: Buf, x: Buf, conv: Conv, bias: bool) {
    let w = cx.param("weight");
    cx.push(Convolution::Conv2d { y, room: None, x, w, bias: None, fun: None, conv });
    if bias {
        cx.push(Product::AddBias { y, bias: cx.param("bias") });
    }
}

/// Appends one time step of a causal convolution, which keeps the inputs that later steps see.
pub(super) fn step(
    cx: &mut Lower<'_>,
    window: &Sliding,
    filters: &Dim,
    groups: usize,
    bias: bool,
) -> Buf {
    let (y, x, w, k) = (cx.new_y(), cx.x(), cx.param("weight"), cx.input().channels());
    let extent = window.extent(1);
    let rows = Dim::from(extent.checked_next_power_of_two().unwrap_or(extent));
    let ring = (extent > 1).then(|| cx.new_kept("ring", Shape(vec![rows, k.clone()])));
    let (kernel, dilation, n) = (window.kernel[1].value, window.dilation[1], filters.clone());
    let taps = Taps { ring, w, bias: None, fun: None, kernel, dilation, groups, k, n };
    cx.push(Sequence::CausalChain { y, x, layers: vec![taps] });
    if bias {
        cx.push(Product::AddBias { y, bias: cx.param("bias") });
    }
    y
}

/// Appends the gradients of [`forward`].
pub(super) fn backward(cx: &mut Lower<'_>, dy: Buf, conv: Conv, bias: bool) -> Buf {
    bias_gradient(cx, dy, bias);
    weight_gradient(cx, "weight", "partial", [cx.x(), dy], &conv);
    let dx = cx.new_dx();
    cx.push(Convolution::Conv2dGradInput { dx, room: None, dy, w: cx.param("weight"), conv });
    dx
}

/// The convolution of a window over a layer's output, back to its input.
pub(super) fn over_output(cx: &Lower<'_>, window: &Sliding, filters: &Dim) -> Conv {
    Conv {
        window: window.transposed_window(cx.input(), cx.output()),
        input_channels: filters.clone(),
        output_channels: cx.input().channels(),
        groups: 1,
    }
}

/// Appends `y = convᵀ(x, weight) + bias`: what the convolution's gradient does to its input.
pub(super) fn forward_transposed(cx: &mut Lower<'_>, conv: Conv, bias: bool) -> Buf {
    let (y, x, w) = (cx.new_y(), cx.x(), cx.param("weight"));
    cx.push(Convolution::Conv2dGradInput { dx: y, room: None, dy: x, w, conv });
    if bias {
        cx.push(Product::AddBias { y, bias: cx.param("bias") });
    }
    y
}

/// Appends the gradients of [`forward_transposed`].
pub(super) fn backward_transposed(cx: &mut Lower<'_>, dy: Buf, conv: Conv, bias: bool) -> Buf {
    bias_gradient(cx, dy, bias);
    weight_gradient(cx, "weight", "partial", [dy, cx.x()], &conv);
    let (dx, w) = (cx.new_dx(), cx.param("weight"));
    cx.push(Convolution::Conv2d { y: dx, room: None, x: dy, w, bias: None, fun: None, conv });
    dx
}

/// Appends the gradient of `bias`, where there is one.
pub(super) fn bias_gradient(cx: &mut Lower<'_>, dy: Buf, bias: bool) {
    if let Some(db) = bias.then(|| cx.grad("bias")).flatten() {
        cx.push(Product::SumRows { db, dy });
    }
}

/// Appends the gradient of a weight, where it is trained, with workspace of the name `partial`.
pub(super) fn weight_gradient(
    cx: &mut Lower<'_>,
    weight: &'static str,
    partial: &'static str,
    [x, dy]: [Buf; 2],
    conv: &Conv,
) {
    let Some(dw) = cx.grad(weight) else { return };
    let shape = cx.shape(dw).clone();
    let shares = Dim::from(shares(&shape));
    let shape = [shares].into_iter().chain(shape.0).collect();
    let partial = cx.new_fixed(partial, Shape(shape));
    cx.push(Convolution::Conv2dGradWeight {
        dw,
        partial,
        x,
        dy,
        conv: conv.clone(),
        winograd: false,
    });
}

/// The shares of the batch over which a weight gradient is summed: several for small weights, whose
/// own size would not keep several threads busy.
fn shares(weight: &Shape) -> usize {
    weight.len().literal().map_or(1, |len| (PARTIAL_LEN / len).clamp(1, MOST_SHARES))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::testing::{plan, shape};

    #[test]
    fn small_weights_are_summed_in_shares() {
        for (filters, shares) in [(2, 8), (16, 8), (64, 7), (512, 1)] {
            let plan = plan(&format!(
                "[3, 3, 16] -> [1, 1, {filters}] {{ conv2d({filters}, kernel = 3) }}"
            ));
            let partial = shape(&plan.training.program, "conv2d1.partial");
            assert_eq!(partial, format!("[{shares}, 3, 3, 16, {filters}]"));
        }
    }

    #[test]
    fn fans_are_those_of_the_taps() {
        assert_eq!(fans(&Shape::literal(&[3, 2, 5, 7])), [Dim::from(30), Dim::from(42)]);
        assert_eq!(fans(&Shape::literal(&[3, 5, 7])), [Dim::from(15), Dim::from(21)]);
    }
}
