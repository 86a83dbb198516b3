//! Layers that take turns.

use super::{Check, Kind, Layer, Pace};
use crate::{
    plan::{Buf, lower::Lower},
    shape::Shape,
    syntax::args::Args,
};

/// More turns are taken for a slip of the hand.
pub(crate) const MOST_TURNS: usize = 10_000;

const DOC: &str = "\
Layers that take turns, each from the value of the turn before and with parameters of its own:
`repeat(4) { residual { dense(64), relu, dense(64) } }`. A turn yields the shape that it takes. It is a
loop, so that the code does not grow with the number of turns; the parameters of its layers are arrays
over the turns, in views and in files. A network or a layer of your own within keeps its parameters
together: `net.body()` is an array over the turns, and files have `body.0.dense1.weight`,
`body.1.dense1.weight`. A network there is declared with `#[part]`, unless it is frozen.

- `times`: the number of turns, at most 10000, of a `repeat` within others with theirs.";

pub(super) const KIND: Kind = Kind {
    keyword: "repeat",
    doc: DOC,
    args: &["times"],
    examples: &[
        "[3] -> [2] { dense(4), repeat(3) { dense(4), tanh }, dense(2) }",
        "[3] -> [3] { repeat(2) { residual { dense(3), batch_norm, relu }, dropout(0.2) } }",
        "[2] -> [2] { repeat(2) { dense(2), repeat(2) { #[freeze] dense(2), silu } }, softmax }",
        "[2, 2, 2] -> [2, 2, 2] { repeat(3) { conv2d(2, kernel = 1), spatial_dropout2d(0.4), gaussian_noise(0.2) } }",
        "[3, 4] -> [3, 4] { repeat(2) { residual { layer_norm, dense(4), swiglu, dense(4) }, prelu } }",
    ],
    init_before: None,
    parse,
};

#[derive(Debug)]
struct Repeat {
    times: usize,
}

fn parse(args: &mut Args<'_>) -> Option<Box<dyn Layer>> {
    let times = args.count("times")?;
    if times.value > MOST_TURNS {
        args.error(times.span, "`times` of `repeat` is out of range")
            .found(times.value)
            .expected(format!("at most {MOST_TURNS}"));
    }
    Some(Box::new(Repeat { times: times.value }))
}

impl Layer for Repeat {
    fn output(&self, input: &Shape, _check: &mut Check<'_>) -> Shape {
        input.clone()
    }

    fn canonical(&self) -> String {
        self.times.to_string()
    }

    fn forward(&self, cx: &mut Lower<'_>) -> Buf {
        cx.repeat()
    }

    fn pace(&self, _input: &Shape) -> Pace {
        Pace::Steps
    }

    fn backward(&self, cx: &mut Lower<'_>, dy: Buf) -> Buf {
        cx.repeat_grad(dy)
    }
}

#[cfg(test)]
mod tests {
    use crate::layer::{
        Head,
        testing::{mistake, model},
    };

    #[test]
    fn losses_do_not_see_the_last_layer_of_a_turn() {
        for (network, head) in [
            ("[3] -> [3] { repeat(2) { dense(3), softmax } }", Head::Hidden(&Head::Softmax)),
            ("[3] -> [3] { repeat(2) { repeat(2) { sigmoid } } }", Head::Hidden(&Head::Sigmoid)),
            ("[3] -> [3] { repeat(2) { softmax, tanh } }", Head::Plain),
            ("[3] -> [3] { repeat(2) { residual { softmax } } }", Head::Plain),
            ("[3] -> [3] { repeat(2) { tanh }, softmax }", Head::Softmax),
        ] {
            assert_eq!(model(network).head, head, "{network}");
        }
    }

    #[test]
    fn turns_within_turns_are_not_too_many() {
        model("[3] -> [3] { repeat(100) { repeat(100) { dense(3) } } }");
        let mistake = mistake("[3] -> [3] { repeat(100) { repeat(101) { repeat(2) { relu } } } }");
        assert!(mistake.starts_with("a `repeat` within others takes too many turns"), "{mistake}");
        assert!(mistake.contains("10100 turns, 101 in each of 100 around it"), "{mistake}");
    }
}
