//! `Map | Dropout | MapGrad | Scale` write over an input that dies there: `y = f(x)` becomes `x = f(x)`;
//! `Axpby | Multiply | Maximum` over either of two that differ.

use super::{Unit, each_program};
use crate::plan::{Buf, Buffer, Elementwise, Plan, Random, Space, Verb, liveness::lives};

pub(super) fn in_place(plan: Plan) -> Plan {
    each_program(plan, |unit| {
        for step in 0..unit.program.steps.len() {
            let pairs = pairs(&unit.program.steps[step].verb);
            let dying = pairs.into_iter().find(|(y, x)| dies_into(unit, step, *x, *y));
            if let Some((y, x)) = dying {
                unit.replace(y, x);
                target_first(&mut unit.program.steps[step].verb);
            }
        }
    })
}

/// The result and each of the inputs it may overwrite.
fn pairs(verb: &Verb) -> Vec<(Buf, Buf)> {
    match verb {
        Verb::Elementwise(Elementwise::Map { y, x, .. })
        | Verb::Random(Random::Dropout { y, x, .. })
        | Verb::Elementwise(Elementwise::Scale { y, x, .. }) => {
            vec![(*y, *x)]
        }
        Verb::Elementwise(Elementwise::MapGrad { dx, dy, .. }) => vec![(*dx, *dy)],
        Verb::Elementwise(Elementwise::Axpby { y, a, b, .. })
        | Verb::Elementwise(Elementwise::Multiply { y, a, b })
        | Verb::Elementwise(Elementwise::Maximum { y, a, b })
            if a != b =>
        {
            vec![(*y, *a), (*y, *b)]
        }
        _ => Vec::new(),
    }
}

/// Exchanges the operands where the result is the second.
fn target_first(verb: &mut Verb) {
    match verb {
        Verb::Elementwise(Elementwise::Axpby { y, a, b, alpha, beta }) if y == b => {
            std::mem::swap(a, b);
            std::mem::swap(alpha, beta);
        }
        Verb::Elementwise(Elementwise::Multiply { y, a, b })
        | Verb::Elementwise(Elementwise::Maximum { y, a, b })
            if y == b =>
        {
            std::mem::swap(a, b)
        }
        _ => {}
    }
}

/// Whether the life of `x` ends at the step where that of `y` begins, in memory of the same size.
fn dies_into(unit: &Unit<'_>, step: usize, x: Buf, y: Buf) -> bool {
    let caller = unit.caller();
    let lives = lives(unit.program, &caller);
    let moment = caller.moment(step);
    x != y
        && lives[x.0].is_some_and(|life| life.last == moment)
        && lives[y.0].is_some_and(|life| life.first == moment)
        && alike(&unit.program.buffers[x.0], &unit.program.buffers[y.0])
}

fn alike(x: &Buffer, y: &Buffer) -> bool {
    x.space == Space::Row
        && y.space == Space::Row
        && x.layout == y.layout
        && x.shape.len() == y.shape.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{sample::plan, verify::verify};

    fn both(network: &str) -> (String, String) {
        let plan = in_place(plan(network));
        assert_eq!(verify(&plan), Ok(()));
        (plan.inference.to_string(), plan.training.program.to_string())
    }

    #[test]
    fn a_function_overwrites_an_input_that_dies() {
        let (inference, training) = both("[4] -> [3] { dense(3, bias = false), relu }");
        let steps = "  dense1.y[3] = dense(input[4], dense1.weight)
  dense1.y[3] = relu(dense1.y)\n";
        assert_eq!(inference, steps);
        assert!(training.starts_with(steps), "{training}");
        let gradient = "  d_output[3] = relu_grad(d_output, dense1.y)\n";
        assert!(training.contains(gradient), "{training}");
    }

    #[test]
    fn an_input_that_the_gradient_needs_stays() {
        let (inference, training) = both("[4] -> [3] { dense(3), gelu }");
        assert!(inference.contains("  dense1.y[3] = gelu(dense1.y)"), "{inference}");
        assert!(training.contains("  gelu1.y[3] = gelu(dense1.y)"), "{training}");
        let gradient = "  d_output[3] = gelu_grad(d_output, dense1.y)";
        assert!(training.contains(gradient), "{training}");
    }

    #[test]
    fn a_sum_overwrites_an_operand_that_dies() {
        let (inference, training) =
            both("[4] -> [4] { stem: dense(4, bias = false), relu, add(stem) }");
        assert!(inference.ends_with("  relu1.y[4] = relu1.y + stem.y\n"), "{inference}");
        assert!(training.contains("  stem.y[4] = stem.y + relu1.y\n"), "{training}");
        let gradients = "  relu1.dx[4] = relu_grad(d_output, relu1.y)
  d_output[4] = d_output + relu1.dx\n";
        assert!(training.contains(gradients), "{training}");
        let (inference, _) = both("[4] -> [4] { dense(4, bias = false), multiply(dense1, input) }");
        let twice = "  multiply1.y[4] = dense1.y * dense1.y
  multiply1.y[4] = multiply1.y * input[4]\n";
        assert!(inference.ends_with(twice), "{inference}");
    }

    #[test]
    fn the_callers_input_is_never_overwritten() {
        let (inference, training) = both("[4] -> [4] { relu }");
        assert_eq!(inference, "  relu1.y[4] = relu(input[4])\n");
        assert!(training.starts_with("  relu1.y[4] = relu(input[4])\n"), "{training}");
    }

    #[test]
    fn dropout_works_in_place_both_ways() {
        let (_, training) = both("[4] -> [2] { dense(3), dropout(0.5), dense(2) }");
        for name in ["dense1.y", "dense2.dx"] {
            let step = format!("  {name}[3] = dropout({name}, 0.5, stream = 1)");
            assert!(training.contains(&step), "{training}");
        }
    }

    #[test]
    fn the_two_entries_of_a_head_stay_apart() {
        let plan = in_place(plan("[4] -> [3] { dense(3), sigmoid }"));
        assert_ne!(plan.training.d_output, plan.training.d_head);
        let printed = plan.training.program.to_string();
        let step = "  sigmoid1.dx[3] = sigmoid_grad(d_output, dense1.y)";
        assert!(printed.contains(step), "{printed}");
    }

    #[test]
    fn an_output_read_by_the_caller_is_not_overwritten() {
        let mut plan = plan("[4] -> [3] { dense(3), relu }");
        let dense = plan.inference.buffers.iter().position(|buffer| buffer.name == "dense1.y");
        plan.output = Buf(dense.expect("the layer has an output"));
        let printed = in_place(plan).inference.to_string();
        assert!(printed.contains("  relu1.y[3] = relu(dense1.y)"), "{printed}");
    }
}
