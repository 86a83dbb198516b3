//! Means of values.

use super::{
    Kind,
    combine::{Combine, Way},
};

const DOC: &str = "\
The mean of the current value and earlier ones of the same shape: `y = (x + a + b + ..) / n`.

- `wires`: the names of the layers whose values are averaged, such as `average(left)`.";

pub(super) const KIND: Kind = Kind {
    keyword: "average",
    doc: DOC,
    args: &["wires"],
    examples: &[
        "[3] -> [2] { left: dense(4), from(input), dense(4), average(left), dense(2) }",
        "[3] -> [3] { a: dense(3), b: tanh, dense(3), average(a, b) }",
    ],
    init_before: None,
    parse: |args| Combine::of_wires(Way::Average, args),
};
