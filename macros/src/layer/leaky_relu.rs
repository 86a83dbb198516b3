//! Rectified linear unit with a slope on both sides.

use super::{Init, Kind, pointwise::Pointwise};
use crate::plan::Fun;

const DOC: &str = "\
Leaky rectified linear unit: `y = x` where `x > 0`, else `slope · x`, over any shape (Maas et al. 2013).
Weights before it start as `he_uniform` (He et al. 2015).

- `slope = 0.01`: from 0 to 1.";

pub(super) const KIND: Kind = Kind {
    keyword: "leaky_relu",
    doc: DOC,
    args: &["slope"],
    examples: &[
        "[3] -> [2] { dense(4), leaky_relu(0.3), dense(2) }",
        "[3] -> [2] { dense(4), leaky_relu, dense(2) }",
    ],
    init_before: Some(Init::HeUniform),
    parse: |args| {
        let slope = args.float_or("slope", 0.01, 0.0..=1.0)?.value;
        Pointwise::with(Fun::LeakyRelu(slope), format!("slope = {slope:?}"))
    },
};
