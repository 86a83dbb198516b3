//! Branches of layers side by side.

use super::{
    Kind,
    combine::{Combine, Way},
    concat::Concat,
};

const DOC: &str = "\
Branches that all read the value before it and whose values are combined (Szegedy et al. 2015):
`parallel(concat) { { conv2d(8, kernel = 1) }, { conv2d(8, kernel = 3, padding = same), relu } }`.
An empty branch `{}` passes the value on. Layers of branches have names like all others.

- `combine`: `concat`, `add`, `multiply`, `maximum` or `average`, as the layers of these names do.";

pub(super) const KIND: Kind = Kind {
    keyword: "parallel",
    doc: DOC,
    args: &["combine"],
    examples: &[
        "[3] -> [2] { parallel(concat) { { dense(2) }, { dense(3), tanh }, {} }, dense(2) }",
        "[3] -> [2] { parallel(multiply) { { dense(2), sigmoid }, { dense(2), tanh } } }",
    ],
    init_before: None,
    parse: |args| {
        let words = ["concat", "add", "multiply", "maximum", "average"];
        let word = args.word("combine", &words)?.value;
        let canonical = word.to_owned();
        Some(match word {
            "add" => Combine::of_ends(Way::Add, canonical),
            "multiply" => Combine::of_ends(Way::Multiply, canonical),
            "maximum" => Combine::of_ends(Way::Maximum, canonical),
            "average" => Combine::of_ends(Way::Average, canonical),
            _ => Concat::of_ends(canonical),
        })
    },
};
