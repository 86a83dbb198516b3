//! Arbitrary graphs: what is a network computes the same before and after every pass, and has the
//! gradients of its values; what is none is a mistake, and never a panic.

use std::fmt::Write as _;

use super::{STREAM, check_within, input_len};
use crate::{
    compile,
    interp::{Interpreter, sample_params, uniform},
    plan::sample::plan,
    shape::Bindings,
};

/// Declarations, and the least of them that are networks.
const CASES: u64 = 1500;
const NETWORKS: u64 = 250;

/// Layers that keep the shape `[4]`. None has a kink, which differences would meet where dropout
/// leaves zeros.
const LAYERS: &[&str] = &[
    "dense(4)",
    "dense(4, bias = false)",
    "#[freeze] dense(4)",
    "tanh",
    "gelu",
    "sigmoid",
    "softmax",
    "batch_norm",
    "#[freeze] batch_norm",
    "layer_norm",
    "dropout(0.3)",
    "flatten",
    "reshape([4])",
    "prelu",
];

const COMBINATIONS: &[&str] = &["add", "subtract", "multiply", "average"];

/// Writes a body, with the names that it may read.
struct Writer {
    state: u64,
    layers: usize,
    text: String,
}

impl Writer {
    fn below(&mut self, n: usize) -> usize {
        self.state = self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        ((self.state >> 33) % n as u64) as usize
    }

    fn one<'t>(&mut self, of: &[&'t str]) -> &'t str {
        of[self.below(of.len())]
    }

    /// A name that is known here; now and then one that is not.
    fn wire(&mut self, known: &[String]) -> String {
        let any = self.below(self.layers + 1);
        if known.is_empty() || self.below(40) == 0 {
            return format!("w{any}");
        }
        known[known.len() - 1 - self.below(known.len().min(4))].clone()
    }

    /// Some layers, separated by commas.
    fn body(&mut self, depth: usize, known: &mut Vec<String>) {
        for _ in 0..=self.below(4) {
            self.layers += 1;
            let name = format!("w{}", self.layers);
            write!(self.text, "{name}: ").expect("strings take all text");
            self.layer(depth, known);
            self.text.push_str(", ");
            known.push(name);
        }
    }

    fn layer(&mut self, depth: usize, known: &[String]) {
        let mut inner = known.to_vec();
        match self.below(if depth == 0 { 8 } else { 11 }) {
            0..4 => {
                let layer = self.one(LAYERS);
                self.attributed(layer);
            }
            4..6 => {
                let (combination, wire) = (self.one(COMBINATIONS), self.wire(known));
                write!(self.text, "{combination}({wire})").expect("strings take all text");
            }
            6 => {
                let wire = self.wire(known);
                write!(self.text, "concat({wire}, {wire}), dense(4)")
                    .expect("strings take all text");
            }
            7 => {
                let wire = self.wire(known);
                write!(self.text, "from({wire})").expect("strings take all text");
            }
            8 => {
                self.text.push_str("residual { ");
                self.body(depth - 1, &mut inner);
                self.text.push('}');
            }
            9 => {
                let (times, mut none) = (self.below(3) + 1, Vec::new());
                write!(self.text, "repeat({times}) {{ ").expect("strings take all text");
                self.body(depth - 1, &mut none);
                self.text.push('}');
            }
            _ => {
                let combination = self.one(&["add", "average", "multiply"]);
                write!(self.text, "parallel({combination}) {{ {{ ").expect("strings take all text");
                self.body(depth - 1, &mut inner);
                self.text.push_str("}, { ");
                self.body(depth - 1, &mut known.to_vec());
                self.text.push_str("} }");
            }
        }
    }

    /// An attribute stands before the name.
    fn attributed(&mut self, layer: &str) {
        let Some(frozen) = layer.strip_prefix("#[freeze] ") else {
            return self.text.push_str(layer);
        };
        let name = self.text.rfind('w').expect("the name was written");
        self.text.insert_str(name, "#[freeze] ");
        self.text.push_str(frozen);
    }
}

/// The network of a seed, as it stands in a declaration.
fn network(seed: u64) -> String {
    let mut writer = Writer { state: seed, layers: 0, text: String::new() };
    let ports = ["a", "b"].map(str::to_owned);
    let inputs = writer.below(2) == 0;
    let mut known = if inputs { ports.to_vec() } else { vec!["input".to_owned()] };
    writer.body(3, &mut known);
    writer.body(2, &mut known);
    let last = known[known.len() - 1].clone();
    let other = writer.wire(&known);
    let input = if inputs { "(a: [4], b: [4])" } else { "[4]" };
    let output = match writer.below(3) {
        0 => "[4]".to_owned(),
        1 => format!("({last}: [4], {other}: [4])"),
        _ => format!("({other}: [4], {last}: [4])"),
    };
    format!("{input} -> {output} {{ {} }}", writer.text)
}

/// Whether its values do not grow beyond what can be differentiated, as squares of squares do.
fn is_tame(network: &str) -> bool {
    let (plan, bindings) = (plan(network), Bindings::new());
    let (inputs, params) = (uniform(3 * input_len(&plan), 11), sample_params(&plan, &bindings));
    let tape = Interpreter::new(&plan, bindings).forward(&params, &inputs, STREAM);
    tape.outputs().iter().all(|y| y.abs() < 100.0)
}

#[test]
fn graphs_are_networks_or_mistakes() {
    let mut networks = 0;
    for seed in 0..CASES {
        let network = network(seed);
        let tokens = format!("Net: {network}").parse().expect("these are tokens");
        let is_network = !compile::network(tokens).to_string().contains("compile_error");
        if is_network && is_tame(&network) {
            // Values that pass many layers are differentiated less exactly.
            check_within(1e-5, &network);
            networks += 1;
        }
    }
    assert!(networks >= NETWORKS, "{networks} of {CASES} declarations are networks");
}
