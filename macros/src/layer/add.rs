//! Sums of values.

use super::{
    Kind,
    combine::{Combine, Way},
};

const DOC: &str = "\
The sum of the current value and earlier ones of the same shape: `y = x + a + b + ..`.

- `wires`: the names of the layers whose values are added, such as `add(stem)` or `add(left, right)`.";

pub(super) const KIND: Kind = Kind {
    keyword: "add",
    doc: DOC,
    args: &["wires"],
    examples: &[
        "[3] -> [2] { stem: dense(4), tanh, dense(4), add(stem), dense(2) }",
        "[3] -> [3] { a: dense(3), b: tanh, dense(3), add(b, a, b, input) }",
    ],
    init_before: None,
    parse: |args| Combine::of_wires(Way::Add, args),
};
