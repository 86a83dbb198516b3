//! Layers and a way around them.

use super::{
    Kind,
    combine::{Combine, Way},
};

const DOC: &str = "\
What its layers yield plus its input: `y = layers(x) + x`, or `y = layers(x) + shortcut(x)` where the
shapes differ (He et al. 2016): `residual { conv2d(64, kernel = 3, padding = same), batch_norm }`.
Its layers have names like all others; its own name stands for the sum.

- `shortcut`: layers for the input in braces, as in `shortcut = { conv2d(64, kernel = 1, stride = 2) }`.";

pub(super) const KIND: Kind = Kind {
    keyword: "residual",
    doc: DOC,
    args: &["shortcut"],
    examples: &[
        "[3] -> [2] { dense(4), residual { dense(4), tanh, dense(4) }, relu, dense(2) }",
        "[3, 2, 2] -> [3, 2, 3] {
            residual(shortcut = { conv2d(3, kernel = 1) }) {
                conv2d(2, kernel = 3, padding = same), residual { tanh }, conv2d(3, kernel = 1)
            }
        }",
    ],
    init_before: None,
    parse: |args| {
        args.no_value("shortcut", "dense(10)");
        Some(Combine::of_ends(Way::Add, String::new()))
    },
};
