//! Differences of values.

use super::{
    Kind,
    combine::{Combine, Way},
};

const DOC: &str = "\
The current value less earlier ones of the same shape: `y = x - a - b - ..`. Beside an image
`[h, w, c]`, a value `[c]` or `[1, 1, c]`, current or named, is one for each channel of every pixel.

- `wires`: the names of the layers whose values are subtracted, such as `subtract(stem)`.";

pub(super) const KIND: Kind = Kind {
    keyword: "subtract",
    doc: DOC,
    args: &["wires"],
    examples: &[
        "[3] -> [2] { stem: dense(4), tanh, subtract(stem), dense(2) }",
        "[3] -> [3] { a: dense(3), b: tanh, dense(3), subtract(a, b) }",
        "[3, 2, 2] -> [3, 2, 4] {
            a: conv2d(4, kernel = 1), mean: global_avg_pool2d, from(a), tanh, subtract(mean, a)
        }",
    ],
    init_before: None,
    parse: |args| Combine::of_wires(Way::Subtract, args),
};
