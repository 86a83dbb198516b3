//! The largest of several values.

use super::{
    Kind,
    combine::{Combine, Way},
};

const DOC: &str = "\
The largest of the current value and earlier ones of the same shape, element by element, as in maxout
(Goodfellow et al. 2013). Where values are equal they share the gradient.

- `wires`: the names of the layers whose values are compared, such as `maximum(left)`.";

pub(super) const KIND: Kind = Kind {
    keyword: "maximum",
    doc: DOC,
    args: &["wires"],
    examples: &[
        "[3] -> [2] { left: dense(4), from(input), dense(4), maximum(left), dense(2) }",
        "[3] -> [3] { a: dense(3), b: tanh, dense(3), maximum(a, b) }",
    ],
    init_before: None,
    parse: |args| Combine::of_wires(Way::Maximum, args),
};
