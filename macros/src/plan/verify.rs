//! What a well-formed plan is; true after lowering and after every pass.
//!
//! Every read is of something written before; operands have the space and the size that the verb's
//! equation asks for; the caller's turn, the head and the parameters are where the plan says; and
//! once memory is laid out, buffers that live at the same time do not overlap.

mod memory;
mod operands;

use std::collections::BTreeSet;

use super::{
    Buf, Elementwise, Nested, Plan, Product, Program, Random, Space, Step, Stepping, Training,
    Verb, display::Words, liveness::Caller,
};
use crate::shape::Dim;

/// What is wrong with a plan, in the words of its printed form.
pub(crate) fn verify(plan: &Plan) -> Result<(), String> {
    let training = &plan.training;
    program(plan, &plan.inference, &plan.caller()).map_err(|e| format!("inference: {e}"))?;
    inference_writes_nothing_lasting(&plan.inference).map_err(|e| format!("inference: {e}"))?;
    if let Some(stepping) = &plan.stepping {
        step(plan, stepping).map_err(|e| format!("step: {e}"))?;
    }
    marks(training).map_err(|e| format!("training: {e}"))?;
    program(plan, &training.program, &training.caller()).map_err(|e| format!("training: {e}"))?;
    seam(training).map_err(|e| format!("training: {e}"))?;
    gradients(plan).map_err(|e| format!("training: {e}"))
}

fn step(plan: &Plan, stepping: &Stepping) -> Result<(), String> {
    program(plan, &stepping.program, &stepping.caller())?;
    inference_writes_nothing_lasting(&stepping.program)?;
    memory::verify_kept(&stepping.program)
}

fn ensure(holds: bool, message: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(message()) }
}

/// What holds for a program by itself.
fn program(plan: &Plan, program: &Program, caller: &Caller) -> Result<(), String> {
    buffers(plan, program, caller)?;
    for step in &program.steps {
        if let Verb::Nested(Nested::Repeat { turns, .. }) = &step.verb {
            verify(&turns.plan).map_err(|e| format!("a turn of {}: {e}", step.node))?;
        }
        operands::verify(plan, program, &step.verb).map_err(|e| at(program, step, &e))?;
        distinct(&step.verb).map_err(|e| at(program, step, &e))?;
    }
    order(program, caller)?;
    nodes(program, caller)?;
    memory::verify(program, caller)
}

fn at(program: &Program, step: &Step, message: &str) -> String {
    format!("`{}`: {message}", Words { program, verb: &step.verb })
}

/// Every buffer that is named exists, and those of parameters have their shape and layout.
fn buffers(plan: &Plan, program: &Program, caller: &Caller) -> Result<(), String> {
    let steps = program.steps.iter().flat_map(|s| [s.verb.writes(), s.verb.reads()].concat());
    let caller = caller.writes.iter().chain([&caller.output]).chain(&caller.d_input).copied();
    for Buf(index) in steps.chain(caller) {
        ensure(index < program.buffers.len(), || format!("there is no buffer {index}"))?;
    }
    let mut names = BTreeSet::new();
    for buffer in &program.buffers {
        ensure(names.insert(&buffer.name), || format!("two buffers are called {}", buffer.name))?;
        if let Space::Param(param) | Space::Gradient(param) = buffer.space {
            let declared = plan.params.get(param);
            ensure(declared.is_some_and(|param| param.whole() == buffer.shape), || {
                format!("{}{} is not the shape of parameter {param}", buffer.name, buffer.shape)
            })?;
            ensure(declared.is_some_and(|param| param.layout == buffer.layout), || {
                format!("{} has another layout than parameter {param}", buffer.name)
            })?;
        }
    }
    Ok(())
}

/// What a verb writes is none of its other operands, unless the verb says that it may be.
fn distinct(verb: &Verb) -> Result<(), String> {
    let in_place = match verb {
        Verb::Elementwise(Elementwise::Map { y, x, .. })
        | Verb::Random(Random::Dropout { y, x, .. }) => y == x,
        Verb::Elementwise(Elementwise::MapGrad { dx, dy, kept, .. }) => dx == dy && dx != kept,
        Verb::Elementwise(Elementwise::Scale { y, x, .. }) => y == x,
        Verb::Elementwise(Elementwise::Axpby { y, a, b, .. })
        | Verb::Elementwise(Elementwise::Multiply { y, a, b })
        | Verb::Elementwise(Elementwise::Maximum { y, a, b }) => y == a && a != b,
        _ => false,
    };
    let mut verb = verb.clone();
    let operands = verb.operands_mut();
    let writes: BTreeSet<Buf> = operands.writes.iter().map(|buf| **buf).collect();
    let shared = operands.reads.iter().any(|buf| writes.contains(*buf));
    ensure(writes.len() == operands.writes.len() && (!shared || in_place), || {
        "it may not work in place".to_owned()
    })
}

/// Every read is of something that was written before; the input and the parameters are there from
/// the start.
fn order(program: &Program, caller: &Caller) -> Result<(), String> {
    let given = |space: &Space| matches!(space, Space::Input | Space::Param(_) | Space::Kept);
    let mut written: Vec<bool> = program.buffers.iter().map(|b| given(&b.space)).collect();
    for (index, step) in program.steps.iter().enumerate() {
        if index == caller.turn {
            caller.writes.iter().for_each(|buf| written[buf.0] = true);
        }
        for buf in step.verb.reads() {
            ensure(written[buf.0], || {
                at(program, step, &format!("{} is read first", program.buffers[buf.0].name))
            })?;
        }
        step.verb.writes().iter().for_each(|buf| written[buf.0] = true);
    }
    let output = &program.buffers[caller.output.0];
    ensure(written[caller.output.0] && output.space == Space::Row, || {
        format!("the output {} is not computed", output.name)
    })
}

/// Forward steps go up the nodes, backward steps down, and so do those that are deferred.
fn nodes(program: &Program, caller: &Caller) -> Result<(), String> {
    let (forward, backward) = program.steps.split_at(caller.turn);
    let up = forward.windows(2).find(|pair| pair[0].node > pair[1].node);
    let (backward, deferred) = backward.split_at(backward.len() - caller.deferred);
    let mut down = backward.windows(2).chain(deferred.windows(2));
    let down = down.find(|pair| pair[0].node < pair[1].node);
    match up.or(down) {
        Some(pair) => Err(at(program, &pair[1], "it is out of the order of the layers")),
        None => Ok(()),
    }
}

fn inference_writes_nothing_lasting(program: &Program) -> Result<(), String> {
    program.steps.iter().try_for_each(|step| {
        let random = matches!(
            step.verb,
            Verb::Random(Random::Dropout { .. })
                | Verb::Random(Random::DropoutChannels { .. })
                | Verb::Random(Random::AddNoise { .. })
        );
        ensure(!random && !writes_lasting(program, &step.verb), || {
            at(program, step, "it belongs to training")
        })
    })
}

fn writes_lasting(program: &Program, verb: &Verb) -> bool {
    let lasting =
        |buf: Buf| matches!(program.buffers[buf.0].space, Space::Param(_) | Space::Gradient(_));
    verb.writes().into_iter().any(lasting)
}

fn marks(training: &Training) -> Result<(), String> {
    let Training { program, forward, head, deferred, .. } = training;
    let steps = program.steps.len();
    ensure(forward <= head && *head <= steps, || {
        format!("the marks {forward} and {head} do not fit {steps} steps")
    })?;
    let backward = &program.steps[*head..];
    ensure(*deferred <= backward.len(), || format!("{deferred} of {steps} steps are deferred"))?;
    let mut deferred = backward[backward.len() - deferred..].iter().map(|step| &step.verb);
    ensure(
        deferred.all(|verb| matches!(verb, Verb::Product(Product::GemmGradWeight { .. }))),
        || "another step than the gradient of a weight is deferred".to_owned(),
    )
}

/// A loss that enters at the head's input may skip the head's steps: they leave nothing but `d_head`.
fn seam(training: &Training) -> Result<(), String> {
    let Training { program, forward, head, output, d_output, d_head, .. } = training;
    let len = |buf: &Buf| program.buffers[buf.0].shape.len();
    ensure(len(output) == len(d_output) && len(output) == len(d_head), || {
        "output, d_output and d_head differ in size".to_owned()
    })?;
    ensure(output != d_output && output != d_head, || {
        "the gradient overwrites the output".to_owned()
    })?;
    let (before, rest) = program.steps.split_at(*head);
    let read = |buf: Buf| buf != *d_head && rest.iter().any(|s| s.verb.reads().contains(&buf));
    for step in &before[*forward..] {
        let verb = &step.verb;
        let skips = !writes_lasting(program, verb) && !verb.writes().into_iter().any(read);
        ensure(skips, || {
            at(program, step, "the head may be skipped, and this is needed after it")
        })?;
    }
    let reached = *d_head == *d_output
        || !rest.iter().any(|s| s.verb.reads().contains(d_head))
        || before[*forward..].iter().any(|s| s.verb.writes().contains(d_head));
    ensure(reached, || "the head does not compute d_head".to_owned())
}

/// Every trained parameter has its gradient written once, after the forward steps; state is written
/// by forward steps only.
fn gradients(plan: &Plan) -> Result<(), String> {
    let training = &plan.training;
    let mut counts = vec![0; plan.params.len()];
    for (index, step) in training.program.steps.iter().enumerate() {
        for buf in step.verb.writes() {
            match training.program.buffers[buf.0].space {
                Space::Gradient(param) if index >= training.forward => counts[param] += 1,
                Space::Param(param) if index < training.forward && !plan.params[param].trained => {}
                Space::Param(_) | Space::Gradient(_) => {
                    return Err(at(&training.program, step, "it may not be written here"));
                }
                _ => {}
            }
        }
    }
    let wrong = (0..counts.len()).find(|&p| counts[p] != usize::from(plan.params[p].trained));
    wrong.map_or(Ok(()), |param| {
        let name = plan.params[param].name;
        Err(format!("parameter {param} `{name}` has {} gradients", counts[param]))
    })
}

/// Whether `part` divides `whole`, as far as can be known.
fn divides(part: &Dim, whole: &Dim) -> bool {
    match (part.literal(), whole.literal()) {
        (Some(part), Some(whole)) => part > 0 && whole % part == 0,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Product, optimize::optimize, sample::plan};

    fn network() -> Plan {
        plan(
            "[6, 6, 1] -> [4] {
                conv2d(3, kernel = 3), relu,
                max_pool2d(2), batch_norm,
                flatten, dense(4), dropout(0.5), softmax,
            }",
        )
    }

    fn refuses(mut plan: Plan, change: impl FnOnce(&mut Plan), words: &str) {
        assert_eq!(verify(&plan), Ok(()));
        change(&mut plan);
        let message = verify(&plan).expect_err("the plan is broken");
        assert!(message.contains(words), "{message}");
    }

    fn named(program: &Program, name: &str) -> Buf {
        let index = program.buffers.iter().position(|buffer| buffer.name == name);
        Buf(index.unwrap_or_else(|| panic!("no {name}")))
    }

    #[test]
    fn a_lowered_plan_is_well_formed() {
        assert_eq!(verify(&network()), Ok(()));
    }

    #[test]
    fn a_read_before_the_write_is_refused() {
        refuses(network(), |plan| plan.inference.steps.swap(2, 3), "is read first");
        let drop_first = |plan: &mut Plan| drop(plan.inference.steps.remove(0));
        refuses(network(), drop_first, "conv2d1.y is read first");
    }

    #[test]
    fn a_wrong_size_is_refused() {
        let shrink = |plan: &mut Plan| {
            let y = named(&plan.inference, "relu1.y");
            plan.inference.buffers[y.0].shape = crate::shape::Shape::flat(7);
        };
        refuses(network(), shrink, "relu1.y has 7 scalars");
    }

    #[test]
    fn a_wrong_space_is_refused() {
        let fixed = |plan: &mut Plan| {
            let y = named(&plan.training.program, "relu1.y");
            plan.training.program.buffers[y.0].space = Space::Fixed;
        };
        refuses(network(), fixed, "relu1.y is no row buffer");
    }

    #[test]
    fn a_verb_that_may_not_work_in_place_is_refused() {
        let over = |plan: &mut Plan| {
            let (x, y) = (named(&plan.inference, "dense1.y"), named(&plan.inference, "softmax1.y"));
            for step in &mut plan.inference.steps {
                let operands = step.verb.operands_mut();
                operands.writes.into_iter().filter(|buf| **buf == y).for_each(|buf| *buf = x);
            }
            plan.output = x;
        };
        refuses(network(), over, "it may not work in place");
    }

    #[test]
    fn marks_and_the_head_are_where_they_should_be() {
        refuses(network(), |plan| plan.training.head = 99, "the marks");
        let more_head = |plan: &mut Plan| plan.training.head += 3;
        refuses(network(), more_head, "the head may be skipped");
        let no_head = |plan: &mut Plan| {
            plan.training.program.steps.remove(plan.training.forward);
            plan.training.head -= 1;
        };
        refuses(network(), no_head, "does not compute d_head");
        let late = |plan: &mut Plan| plan.training.forward += 1;
        refuses(network(), late, "d_output is read first");
    }

    #[test]
    fn every_trained_parameter_has_one_gradient() {
        let lose = |plan: &mut Plan| {
            plan.training
                .program
                .steps
                .retain(|step| !matches!(step.verb, Verb::Product(Product::SumRows { .. })));
        };
        refuses(network(), lose, "`bias` has 0 gradients");
        let twice = |plan: &mut Plan| {
            let steps = &mut plan.training.program.steps;
            let sum = steps
                .iter()
                .position(|s| matches!(s.verb, Verb::Product(Product::SumRows { .. })))
                .unwrap();
            steps.insert(sum, steps[sum].clone());
        };
        refuses(network(), twice, "`bias` has 2 gradients");
    }

    #[test]
    fn nodes_come_in_order() {
        let mix = |plan: &mut Plan| plan.inference.steps[0].node = 3;
        refuses(network(), mix, "out of the order of the layers");
    }

    #[test]
    fn inference_is_not_training() {
        let train = |plan: &mut Plan| {
            let (y, x) = (plan.output, named(&plan.inference, "dense1.y"));
            let step = plan.inference.steps.last_mut().unwrap();
            step.verb = Verb::Random(Random::Dropout { y, x, rate: 0.5, layer: 0 });
        };
        refuses(network(), train, "belongs to training");
    }

    #[test]
    fn live_buffers_may_not_overlap() {
        let overlap = |plan: &mut Plan| {
            let program = &mut plan.training.program;
            let (a, b) = (named(program, "dense1.y"), named(program, "max_pool2d1.y"));
            program.buffers[b.0].offset = program.buffers[a.0].offset.clone();
        };
        refuses(optimize(network()), overlap, "dense1.y and max_pool2d1.y overlap");
        let no_sizes = |plan: &mut Plan| plan.training.program.sizes = None;
        refuses(optimize(network()), no_sizes, "without an arena");
        let unplaced = |plan: &mut Plan| {
            let y = named(&plan.inference, "max_pool2d1.y");
            plan.inference.buffers[y.0].offset = None;
        };
        refuses(optimize(network()), unplaced, "max_pool2d1.y has no place");
    }

    #[test]
    fn a_buffer_stays_within_its_arena() {
        let shrink = |plan: &mut Plan| {
            plan.inference.sizes.as_mut().unwrap()[0] = Dim::from(16);
        };
        refuses(optimize(network()), shrink, "leaves its arena");
    }
}
