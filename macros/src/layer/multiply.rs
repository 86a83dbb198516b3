//! Products of values.

use super::{
    Kind,
    combine::{Combine, Way},
};

const DOC: &str = "\
The product of the current value and earlier ones of the same shape, element by element:
`y = x · a · b · ..`. A gate is such a product (Hochreiter and Schmidhuber 1997).

- `wires`: the names of the layers whose values are multiplied, such as `multiply(gate)`.";

pub(super) const KIND: Kind = Kind {
    keyword: "multiply",
    doc: DOC,
    args: &["wires"],
    examples: &[
        "[3] -> [2] { gate: dense(4), sigmoid, multiply(gate), dense(2) }",
        "[3] -> [3] { a: dense(3), b: tanh, dense(3), multiply(a, b, a) }",
    ],
    init_before: None,
    parse: |args| Combine::of_wires(Way::Multiply, args),
};
