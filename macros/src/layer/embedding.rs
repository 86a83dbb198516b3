//! A trained vector for every index.

use std::ops::Range;

use super::{Check, Init, Kind, Layer, Pace, Param};
use crate::{
    plan::{Arrange, Buf, lower::Lower},
    shape::{Dim, Shape},
    syntax::{Spanned, args::Args},
};

const DOC: &str = "\
Row `x[t]` of a table: `y[t, i] = weight[⌊x[t]⌋, i]`, from `[time]` to `[time, width]`. Indices are
scalars of the network, such as `7.0`, which are exact up to 16777216 in `f32`. The nearest row is
taken where there is none of that number, the first for NaN; indices have no gradient.

- `vocabulary`: the number of rows.
- `width`: features of a row.
- `init = glorot_uniform`: how `weight` starts.
- `l1 = 0`: the penalty `l1 · Σ |w|` of `weight` in training: see [regularisation](#regularisation).
- `l2 = 0`: the penalty `l2 · Σ w²`, likewise.
- `max_norm`: the largest norm of what enters one unit, likewise.

Parameters: `weight [vocabulary, width]`.";

pub(super) const KIND: Kind = Kind {
    keyword: "embedding",
    doc: DOC,
    args: &["vocabulary", "width", "init", "l1", "l2", "max_norm"],
    examples: &[
        "[3] -> [3, 2] { embedding(4, width = 2), tanh }",
        "[2] -> [4, 3] { dense(4), embedding(3, width = 3) }",
    ],
    init_before: None,
    parse,
};

/// The number of whole numbers that `f32` tells apart.
const MOST: usize = 1 << 24;

#[derive(Debug)]
struct Embedding {
    vocabulary: Spanned<usize>,
    width: Dim,
    init: Option<Init>,
}

fn parse(args: &mut Args<'_>) -> Option<Box<dyn Layer>> {
    let (vocabulary, width) = (args.count("vocabulary"), args.dim("width"));
    let init = args.init("init");
    Some(Box::new(Embedding { vocabulary: vocabulary?, width: width?.value, init: init? }))
}

impl Embedding {
    fn check_vocabulary(&self, check: &mut Check<'_>) {
        let Spanned { value, span } = self.vocabulary;
        if value > MOST {
            check
                .error(span, "this vocabulary is larger than `f32` can count")
                .found(value)
                .expected(format!("at most {MOST}, since indices are scalars of the network"));
        }
    }
}

impl Layer for Embedding {
    fn output(&self, input: &Shape, check: &mut Check<'_>) -> Shape {
        self.check_vocabulary(check);
        if input.rank() != 1 {
            check
                .error(check.keyword, "`embedding` takes a row of indices")
                .found(input)
                .expected("[time]")
                .help("add `flatten` before it");
            return Shape(vec![Dim::Unknown, self.width.clone()]);
        }
        Shape(vec![input.len(), self.width.clone()])
    }

    fn params(&self, _input: &Shape) -> Vec<Param> {
        let (rows, width) = (Dim::from(self.vocabulary.value), self.width.clone());
        vec![Param {
            name: "weight",
            shape: Shape(vec![rows.clone(), width.clone()]),
            init: Some(self.init.unwrap_or(Init::GlorotUniform)),
            fan_in: rows,
            fan_out: width,
            trained: true,
            decays: false,
        }]
    }

    /// A row is what one index enters with.
    fn units(&self, _weight: &Param) -> Range<usize> {
        0..1
    }

    fn canonical(&self) -> String {
        format!("{}, width = {}", self.vocabulary.value, self.width)
    }

    fn forward(&self, cx: &mut Lower<'_>) -> Buf {
        let (y, x, table) = (cx.new_y(), cx.x(), cx.param("weight"));
        cx.push(Arrange::Embed { y, x, table, width: self.width.clone() });
        y
    }

    fn pace(&self, _input: &Shape) -> Pace {
        Pace::Indices
    }

    fn backward(&self, cx: &mut Lower<'_>, dy: Buf) -> Buf {
        if let Some(dtable) = cx.grad("weight") {
            let x = cx.x();
            cx.push(Arrange::EmbedGrad { dtable, dy, x, width: self.width.clone() });
        }
        let dx = cx.new_dx();
        cx.push(Arrange::Zero { y: dx });
        dx
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::testing::{mistake, model, training};

    #[test]
    fn shape_and_parameters() {
        let model = model("[7] -> [7, 4] { embedding(50, width = 4) }");
        assert_eq!(model.nodes[0].params[0].shape, Shape::literal(&[50, 4]));
        assert_eq!(model.nodes[0].layer.canonical(), "50, width = 4");
    }

    #[test]
    fn indices_have_no_gradient() {
        let [forward, backward] = training("[3] -> [3, 2] { embedding(4, width = 2) }");
        assert_eq!(forward, ["Embed"]);
        assert_eq!(backward, ["EmbedGrad", "Zero"]);
    }

    #[test]
    fn it_takes_a_row_of_indices() {
        let mistake = mistake("[7, 1] -> [7, 4] { embedding(50, width = 4) }");
        assert!(mistake.starts_with("`embedding` takes a row of indices"), "{mistake}");
    }

    #[test]
    fn indices_are_exact() {
        let mistake = mistake("[7] -> [7, 4] { embedding(16777217, width = 4) }");
        assert!(mistake.contains("expected: at most 16777216"), "{mistake}");
    }
}
