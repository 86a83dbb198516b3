//! Exponential linear unit.

use super::{Init, Kind, pointwise::Pointwise};
use crate::plan::Fun;

const DOC: &str = "\
Exponential linear unit: `y = x` where `x > 0`, else `alpha · (eˣ - 1)`, over any shape
(Clevert et al. 2015).
Weights before it start as `he_uniform` (He et al. 2015).

- `alpha = 1`: the value at minus infinity, negated, from 0 to 100.";

pub(super) const KIND: Kind = Kind {
    keyword: "elu",
    doc: DOC,
    args: &["alpha"],
    examples: &[
        "[3] -> [2] { dense(4), elu(1.7), dense(2) }",
        "[3] -> [2] { dense(4), elu, dense(2) }",
    ],
    init_before: Some(Init::HeUniform),
    parse: |args| {
        let alpha = args.float_or("alpha", 1.0, 0.0..=100.0)?.value;
        Pointwise::with(Fun::Elu { alpha, scale: 1.0 }, format!("alpha = {alpha:?}"))
    },
};
