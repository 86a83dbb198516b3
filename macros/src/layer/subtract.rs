//! Differences of values.

use super::{
    Kind,
    combine::{Combine, Way},
};

const DOC: &str = "\
The current value less earlier ones of the same shape: `y = x - a - b - ..`.

- `wires`: the names of the layers whose values are subtracted, such as `subtract(stem)`.";

pub(super) const KIND: Kind = Kind {
    keyword: "subtract",
    doc: DOC,
    args: &["wires"],
    examples: &[
        "[3] -> [2] { stem: dense(4), tanh, subtract(stem), dense(2) }",
        "[3] -> [3] { a: dense(3), b: tanh, dense(3), subtract(a, b) }",
    ],
    init_before: None,
    parse: |args| Combine::of_wires(Way::Subtract, args),
};
