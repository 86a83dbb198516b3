//! Products of values.

use super::{
    Kind,
    combine::{Combine, Way},
};

const DOC: &str = "\
The product of the current value and earlier ones of the same shape, element by element:
`y = x · a · b · ..`. A gate is such a product (Hochreiter and Schmidhuber 1997). Beside an image
`[h, w, c]`, a value `[c]` or `[1, 1, c]`, current or named, is one for each channel of every pixel, as
in squeeze and excitation (Hu et al. 2018): `body: relu, global_avg_pool2d, dense(8), sigmoid,
multiply(body)`.

- `wires`: the names of the layers whose values are multiplied, such as `multiply(gate)`.";

pub(super) const KIND: Kind = Kind {
    keyword: "multiply",
    doc: DOC,
    args: &["wires"],
    examples: &[
        "[3] -> [2] { gate: dense(4), sigmoid, multiply(gate), dense(2) }",
        "[3] -> [3] { a: dense(3), b: tanh, dense(3), multiply(a, b, a) }",
        "[3, 2, 2] -> [3, 2, 4] { body: conv2d(4, kernel = 1), global_avg_pool2d, dense(4), sigmoid, multiply(body) }",
        "[2, 3, 2] -> [2, 3, 4] {
            body: conv2d(4, kernel = 1), a: adaptive_avg_pool2d(1), from(body), tanh, multiply(a, body)
        }",
    ],
    init_before: None,
    parse: |args| Combine::of_wires(Way::Multiply, args),
};
