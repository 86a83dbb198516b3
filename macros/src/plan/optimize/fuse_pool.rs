//! `c = fun(conv(x, w) + b); y = max_pool(c)` over windows of 2x2 becomes one step, and so does the
//! gradient of `w`.
//!
//! A function that never falls keeps the largest where it is, and its gradient, taken from the
//! output, is that of the pooled values. The gradients of relu and of `b` are part of the step. In training this needs a convolution whose input has no
//! gradient: the winners are then all that its weight needs. Sizes are those the kernel is made for; in
//! inference there may be more taps.

use std::collections::BTreeSet;

use super::{Unit, each_program};
use crate::{
    plan::{Buf, Buffer, Conv, Convolution, Elementwise, Fun, Plan, Pool, Product, Verb, Window},
    shape::Shape,
};

/// Scalars of the largest image, with its border, and the most taps: what the kernel has room for.
const LARGEST: usize = 4096;
const MOST_TAPS: usize = 32;
const MOST_TAPS_OF_INFERENCE: usize = 256;

pub(super) fn fuse_pool(plan: Plan) -> Plan {
    each_program(plan, |unit| {
        for at in (0..unit.program.steps.len()).rev() {
            if let Some(found) = find(unit, at) {
                fuse(unit, &found);
            }
        }
    })
}

/// The steps of a convolution and its pooling.
struct Found {
    conv: usize,
    pool: usize,
    backward: Option<Backward>,
}

/// The steps of the gradients, in order.
struct Backward {
    pool: usize,
    map: Option<usize>,
    /// The gradient of the convolution's output, and the steps that read it: the bias' and the weight's.
    dc: Buf,
    sum: Option<usize>,
    weight: usize,
}

fn find(unit: &Unit<'_>, at: usize) -> Option<Found> {
    let Verb::Convolution(Convolution::Conv2d { y: c, fun, conv, .. }) = verb(unit, at) else {
        return None;
    };
    if !suits(conv) || fun.is_some_and(|fun| !fun.never_falls()) || of_caller(unit, *c) {
        return None;
    }
    let users = users(unit, *c, at);
    let pool = *users.first()?;
    let Verb::Pool(Pool::MaxPool2d { x, index, window, .. }) = verb(unit, pool) else {
        return None;
    };
    if x != c || !is_pair(window) {
        return None;
    }
    let backward = match index {
        Some(index) if has_few_taps(conv) => Some(find_backward(unit, pool, *index, *c, *fun)?),
        None if has_few_taps(conv) || suits_inference(conv) => None,
        _ => return None,
    };
    let named = 1 + usize::from(backward.as_ref().is_some_and(|b| b.map.is_some()));
    (users.len() == named).then_some(Found { conv: at, pool, backward })
}

fn find_backward(
    unit: &Unit<'_>,
    pool: usize,
    index: Buf,
    c: Buf,
    fun: Option<Fun>,
) -> Option<Backward> {
    let [grad] = users(unit, index, pool)[..] else { return None };
    let Verb::Pool(Pool::MaxPool2dGrad { dx, .. }) = verb(unit, grad) else { return None };
    let (mut dc, mut map) = (*dx, None);
    if fun.is_some() {
        let [step] = users(unit, dc, grad)[..] else { return None };
        let Verb::Elementwise(Elementwise::MapGrad { dx, kept, .. }) = verb(unit, step) else {
            return None;
        };
        if *kept != c || of_caller(unit, dc) {
            return None;
        }
        (dc, map) = (*dx, Some(step));
    }
    let (mut sum, mut weight) = (None, None);
    for step in users(unit, dc, map.unwrap_or(grad)) {
        match verb(unit, step) {
            Verb::Product(Product::SumRows { .. }) if sum.is_none() => sum = Some(step),
            Verb::Convolution(Convolution::Conv2dGradWeight { .. }) => weight = Some(step),
            _ => return None,
        }
    }
    (!of_caller(unit, dc)).then_some(())?;
    Some(Backward { pool: grad, map, dc, sum, weight: weight? })
}

fn fuse(unit: &mut Unit<'_>, found: &Found) {
    let Verb::Pool(Pool::MaxPool2d { y: pooled, index: winners, .. }) =
        verb(unit, found.pool).clone()
    else {
        return;
    };
    let Verb::Convolution(Convolution::Conv2d { x, w, bias, fun, conv, .. }) =
        verb(unit, found.conv).clone()
    else {
        return;
    };
    let mut dead = BTreeSet::from([found.pool]);
    if let (Some(backward), Some(index)) = (&found.backward, winners) {
        let Verb::Convolution(Convolution::Conv2dGradWeight { dw, partial, .. }) =
            verb(unit, backward.weight).clone()
        else {
            return;
        };
        let (dy, kept) = fuse_backward(unit, backward, pooled, fun, &mut dead);
        let dbias = backward.sum.and_then(|sum| sum_of(unit, sum, &mut dead));
        make_room(unit, partial, &conv, dbias.is_some());
        let conv = conv.clone();
        unit.program.steps[backward.weight].verb =
            Verb::Convolution(Convolution::Conv2dMaxPool2dGradWeight {
                dw,
                dbias,
                partial,
                x,
                dy,
                kept,
                index,
                conv,
            });
    }
    unit.program.steps[found.conv].verb = Verb::Convolution(Convolution::Conv2dMaxPool2d {
        y: pooled,
        index: winners,
        x,
        w,
        bias,
        fun,
        conv,
    });
    unit.remove(&dead);
}

/// The gradient of the bias, whose step is not needed any more.
fn sum_of(unit: &Unit<'_>, sum: usize, dead: &mut BTreeSet<usize>) -> Option<Buf> {
    let Verb::Product(Product::SumRows { db, .. }) = *verb(unit, sum) else { return None };
    dead.insert(sum);
    Some(db)
}

/// As many copies in the workspace as before, of all that is summed.
fn make_room(unit: &mut Unit<'_>, partial: Buf, conv: &Conv, bias: bool) {
    if bias {
        let shape = &mut unit.program.buffers[partial.0].shape;
        *shape = Shape(vec![shape.dims()[0].clone(), conv.sums(true)]);
    }
}

/// The gradient of the pooled sum, before the function: the function's gradient takes the place of
/// the pooling's. Or that after relu, and what relu gave.
fn fuse_backward(
    unit: &mut Unit<'_>,
    backward: &Backward,
    pooled: Buf,
    fun: Option<Fun>,
    dead: &mut BTreeSet<usize>,
) -> (Buf, Option<Buf>) {
    let Verb::Pool(Pool::MaxPool2dGrad { dy, .. }) = *verb(unit, backward.pool) else {
        return (pooled, None);
    };
    let (Some(fun), Some(map)) = (fun, backward.map) else {
        dead.insert(backward.pool);
        return (dy, None);
    };
    if fun == Fun::Relu {
        dead.extend([backward.pool, map]);
        return (dy, Some(pooled));
    }
    let dx = Buf(unit.program.buffers.len());
    let like = &unit.program.buffers[dy.0];
    let name = unit.program.buffers[backward.dc.0].name.clone();
    let buffer = Buffer { name: format!("{name}_pooled"), ..like.clone() };
    unit.program.buffers.push(Buffer { space: crate::plan::Space::Row, ..buffer });
    unit.program.steps[backward.pool].verb =
        Verb::Elementwise(Elementwise::MapGrad { dx, dy, kept: pooled, fun });
    dead.insert(map);
    (dx, None)
}

fn verb<'u>(unit: &'u Unit<'_>, step: usize) -> &'u Verb {
    &unit.program.steps[step].verb
}

/// The steps after `at` that name a buffer.
fn users(unit: &Unit<'_>, buf: Buf, at: usize) -> Vec<usize> {
    let names = |step: &usize| {
        verb(unit, *step).writes().contains(&buf) || verb(unit, *step).reads().contains(&buf)
    };
    (at + 1..unit.program.steps.len()).filter(names).collect()
}

fn of_caller(unit: &Unit<'_>, buf: Buf) -> bool {
    let caller = unit.caller();
    caller.output == buf || caller.writes.contains(&buf) || caller.d_input == Some(buf)
}

/// Few taps: the gradient keeps the sums of all.
fn has_few_taps(conv: &Conv) -> bool {
    conv.taps().is_some_and(|taps| taps <= MOST_TAPS)
}

/// More taps, over channels that the kernel for them is made for, unless minimal filtering needs fewer
/// operations.
fn suits_inference(conv: &Conv) -> bool {
    let channels = conv.input_channels.literal();
    conv.taps().is_some_and(|taps| taps <= MOST_TAPS_OF_INFERENCE)
        && matches!(channels, Some(6 | 8 | 16))
        && conv.filter().is_none()
}

/// A dense convolution that moves pixel by pixel over a small image.
fn suits(conv: &Conv) -> bool {
    let window = &conv.window;
    let literal = |axis: usize| {
        let [output, kernel] = [&window.output, &window.kernel].map(|dims| dims[axis].literal());
        Some((output? + kernel? - 1).max(window.input[axis].literal()? + window.padding[axis]))
    };
    let (Some(height), Some(width), Some(inputs)) =
        (literal(0), literal(1), conv.input_channels.literal())
    else {
        return false;
    };
    conv.groups == 1
        && (window.stride, window.dilation) == ([1; 2], [1; 2])
        && height * width * inputs <= LARGEST
}

/// Windows of 2x2, side by side.
fn is_pair(window: &Window) -> bool {
    let two = |size: &crate::shape::Dim| size.literal() == Some(2);
    let whole = |axis: usize| {
        let of = |dims: &[crate::shape::Dim; 2]| dims[axis].literal();
        of(&window.output).zip(of(&window.input)).is_some_and(|(out, input)| out == input / 2)
    };
    window.kernel.iter().all(two)
        && (window.stride, window.padding, window.dilation) == ([2; 2], [0; 2], [1; 2])
        && whole(0)
        && whole(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{optimize::drop_dead, sample::plan, verify::verify};

    fn fused(network: &str) -> Plan {
        let plan = super::super::fuse_epilogue::fuse_epilogue(plan(network));
        let plan = fuse_pool(drop_dead::drop_dead(plan));
        assert_eq!(verify(&plan), Ok(()));
        plan
    }

    #[test]
    fn the_image_between_is_gone() {
        let plan = fused("[6, 6, 1] -> [2, 2, 3] { conv2d(3, kernel = 3), relu, max_pool2d(2) }");
        let inference = "  max_pool2d1.y[2, 2, 3] = relu(max_pool2d(conv2d(input[6, 6, 1], \
                         conv2d1.weight), (2, 2)) + conv2d1.bias)\n";
        assert_eq!(plan.inference.to_string(), inference);
        let training = plan.training.program.to_string();
        let expected = "  max_pool2d1.y[2, 2, 3], max_pool2d1.index[2, 2, 3] = \
                        relu(max_pool2d(conv2d(input[6, 6, 1], conv2d1.weight), (2, 2)) + conv2d1.bias)
  conv2d1.dweight, conv2d1.dbias = conv2d_max_pool2d_relu_grad_weight(input[6, 6, 1], d_output, \
                        max_pool2d1.y, max_pool2d1.index, in conv2d1.partial[8, 30])
";
        assert_eq!(training, expected);
        assert_eq!([plan.training.forward, plan.training.head], [1, 1]);
    }

    #[test]
    fn a_pooling_without_function_joins_too() {
        let plan = fused("[6, 6, 1] -> [2, 2, 3] { conv2d(3, kernel = 3), max_pool2d(2) }");
        assert_eq!(plan.training.program.steps.len(), 2);
    }

    #[test]
    fn another_function_has_a_step_of_its_own() {
        let plan = fused("[6, 6, 1] -> [2, 2, 3] { conv2d(3, kernel = 3), tanh, max_pool2d(2) }");
        let printed = plan.training.program.to_string();
        assert!(
            printed.contains("tanh1.dx_pooled[2, 2, 3] = tanh_grad(d_output, max_pool2d1.y)"),
            "{printed}"
        );
    }

    #[test]
    fn what_the_kernel_is_not_made_for_stays() {
        for layers in [
            "conv2d(3, kernel = 3), gelu, max_pool2d(2)",
            "conv2d(3, kernel = 3, stride = 2), max_pool2d(2)",
            "conv2d(3, kernel = 6), max_pool2d(2)",
            "conv2d(3, kernel = 3), max_pool2d(2, stride = 1)",
            "conv2d(3, kernel = 3), dropout(0.5), max_pool2d(2)",
        ] {
            let network = format!("[12, 12, 1] -> [1] {{ {layers}, flatten, dense(1) }}");
            let plan = super::super::fuse_epilogue::fuse_epilogue(plan(&network));
            let printed = |plan: &Plan| plan.training.program.to_string();
            let before = drop_dead::drop_dead(plan);
            assert_eq!(printed(&fuse_pool(before.clone())), printed(&before), "{layers}");
        }
    }

    #[test]
    fn many_taps_fuse_in_inference_only() {
        let fuses = |layers: &str| {
            let plan = fused(&format!("[14, 14, 6] -> [1] {{ {layers}, flatten, dense(1) }}"));
            assert!(!plan.training.program.to_string().contains("max_pool2d(conv2d"), "{layers}");
            plan.inference.to_string().contains("max_pool2d(conv2d")
        };
        assert!(fuses("conv2d(16, kernel = 5), relu, max_pool2d(2)"));
        assert!(!fuses("conv2d(16, kernel = 7), relu, max_pool2d(2)"), "no room for the weights");
        let channels = "conv2d(5, kernel = 1), conv2d(16, kernel = 5), relu, max_pool2d(2)";
        assert!(!fuses(channels), "not so many channels");
        let filtered = "conv2d(16, kernel = 1), conv2d(32, kernel = 3), relu, max_pool2d(2)";
        assert!(!fuses(filtered), "minimal filtering");
    }

    #[test]
    fn a_second_convolution_fuses_in_inference_only() {
        let plan = fused(
            "[12, 12, 1] -> [2, 2, 2] {
                conv2d(3, kernel = 3), relu, max_pool2d(2), conv2d(2, kernel = 2), relu, max_pool2d(2)
            }",
        );
        assert_eq!(plan.inference.steps.len(), 2);
        let printed = plan.training.program.to_string();
        assert_eq!(printed.matches("max_pool2d(conv2d").count(), 1, "{printed}");
    }
}
