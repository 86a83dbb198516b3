//! Layers under test: from text as it stands in a declaration to shapes, mistakes and steps.

use crate::{
    diag::Diagnostics,
    model::{self, Model},
    plan::{Plan, Program, Step, lower},
    syntax::parse,
};

/// The model of `[4] -> [3] { dense(3) }`, and every mistake without its table.
pub(crate) fn check(network: &str) -> (Model, Vec<String>) {
    let mut diagnostics = Diagnostics::default();
    let tokens = format!("pub Net: {network}").parse().expect("these are tokens");
    let spec = parse::parse(tokens, &mut diagnostics).expect("there is a name");
    let model = model::check(&spec, &mut diagnostics);
    let mistakes = diagnostics.since(0).iter_mut().map(|diagnostic| {
        diagnostic.table = None;
        diagnostic.text()
    });
    let mistakes = mistakes.collect();
    diagnostics.finish();
    (model, mistakes)
}

/// The model of a network without mistakes.
pub(crate) fn model(network: &str) -> Model {
    let (model, mistakes) = check(network);
    assert!(mistakes.is_empty(), "{network}\n{}", mistakes.join("\n"));
    model
}

/// The mistakes of a network, a line each detail.
pub(crate) fn mistakes(network: &str) -> Vec<String> {
    check(network).1
}

/// The only mistake of a network.
pub(crate) fn mistake(network: &str) -> String {
    let mut mistakes = mistakes(network);
    assert_eq!(mistakes.len(), 1, "{network}\n{}", mistakes.join("\n"));
    mistakes.remove(0)
}

pub(crate) fn plan(network: &str) -> Plan {
    lower::lower(&model(network))
}

/// The verbs of the training program, forward and backward: `["Gemm", "AddBias"]`.
pub(crate) fn training(network: &str) -> [Vec<String>; 2] {
    let training = plan(network).training;
    let (forward, backward) = training.program.steps.split_at(training.forward);
    [verbs(forward), verbs(backward)]
}

/// The verbs of the inference program.
pub(crate) fn inference(network: &str) -> Vec<String> {
    verbs(&plan(network).inference.steps)
}

fn verbs(steps: &[Step]) -> Vec<String> {
    // `Normalization(Softmax { y: ..`
    let word = |step: &Step| format!("{:?}", step.verb).split(['(', ' ']).nth(1).map(str::to_owned);
    steps.iter().filter_map(word).collect()
}

/// The shape of the buffer `name` of a program.
pub(crate) fn shape(program: &Program, name: &str) -> String {
    let found = program.buffers.iter().find(|buffer| buffer.name == name);
    found.unwrap_or_else(|| panic!("there is no buffer {name}")).shape.to_string()
}
