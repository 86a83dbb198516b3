//! The last step of a sequence.

use super::{Check, Kind, Layer, Pace, sequence, strided};
use crate::{
    plan::{Buf, Strided, lower::Lower},
    shape::{Dim, Shape},
    syntax::args::Args,
};

const DOC: &str = "\
The last step of a sequence: `y[c] = x[time - 1, c]`, from `[time, features]` to `[features]`.";

pub(super) const KIND: Kind = Kind {
    keyword: "last",
    doc: DOC,
    args: &[],
    examples: &["[4, 3] -> [3] { tanh, last }"],
    init_before: None,
    parse,
};

#[derive(Debug)]
struct Last;

fn parse(_args: &mut Args<'_>) -> Option<Box<dyn Layer>> {
    Some(Box::new(Last))
}

impl Last {
    fn view(input: &Shape) -> Strided {
        let before = Dim::from(input.dims()[0].literal().unwrap_or(1) - 1);
        let start = Dim::product([before, input.channels()]);
        Strided::new(input.len(), start, vec![[input.channels(), Dim::ONE]])
    }
}

impl Layer for Last {
    fn output(&self, input: &Shape, check: &mut Check<'_>) -> Shape {
        if !sequence::expect("last", input, check) {
            return Shape(vec![Dim::Unknown]);
        }
        if !matches!(input.dims()[0], Dim::Literal(_) | Dim::Unknown) {
            check
                .error(check.keyword, "`last` goes over a symbolic number of steps")
                .found(input)
                .expected("a literal number of steps");
        }
        Shape::flat(input.channels())
    }

    fn canonical(&self) -> String {
        String::new()
    }

    fn forward(&self, cx: &mut Lower<'_>) -> Buf {
        let view = Self::view(cx.input());
        strided::gather(cx, view)
    }

    fn pace(&self, _input: &Shape) -> Pace {
        Pace::SoFar
    }

    fn step(&self, cx: &mut Lower<'_>) -> Buf {
        cx.x()
    }

    fn backward(&self, cx: &mut Lower<'_>, dy: Buf) -> Buf {
        let view = Self::view(cx.input());
        strided::gather_grad(cx, dy, view)
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        layer::testing::{mistake, plan, training},
        plan::{Arrange, Verb},
    };

    #[test]
    fn forward_and_backward() {
        let network = "[5, 2] -> [2] { last }";
        assert_eq!(training(network), [["Gather"], ["Scatter"]]);
        let plan = plan(network);
        let Verb::Arrange(Arrange::Gather { view, .. }) = &plan.inference.steps[0].verb else {
            panic!("{plan:?}")
        };
        assert_eq!((&view.start, view.last()), (&8.into(), Some(9)));
    }

    #[test]
    fn it_takes_a_sequence() {
        let mistake = mistake("[8] -> [1] { last }");
        assert!(mistake.contains("help: add `reshape([8, 1])` before it"), "{mistake}");
    }
}
