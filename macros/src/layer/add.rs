//! Sums of values.

use super::{
    Kind,
    combine::{Combine, Way},
};

const DOC: &str = "\
The sum of the current value and earlier ones of the same shape: `y = x + a + b + ..`. Beside an image
`[h, w, c]`, a value `[c]` or `[1, 1, c]`, current or named, is one for each channel of every pixel.

- `wires`: the names of the layers whose values are added, such as `add(stem)` or `add(left, right)`.";

pub(super) const KIND: Kind = Kind {
    keyword: "add",
    doc: DOC,
    args: &["wires"],
    examples: &[
        "[3] -> [2] { stem: dense(4), tanh, dense(4), add(stem), dense(2) }",
        "[3] -> [3] { a: dense(3), b: tanh, dense(3), add(b, a, b, input) }",
        "[3, 2, 2] -> [3, 2, 4] { a: conv2d(4, kernel = 1), global_avg_pool2d, dense(4), add(a, a) }",
    ],
    init_before: None,
    parse: |args| Combine::of_wires(Way::Add, args),
};
