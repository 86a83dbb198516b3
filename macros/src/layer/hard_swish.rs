//! Piecewise quadratic swish.

use super::{Init, Kind, pointwise::Pointwise};
use crate::plan::Fun;

const DOC: &str = "\
Piecewise quadratic swish: `y = x · min(max(x + 3, 0), 6) / 6`, over any shape (Howard et al. 2019).
Weights before it start as `he_uniform` (He et al. 2015).";

pub(super) const KIND: Kind = Kind {
    keyword: "hard_swish",
    doc: DOC,
    args: &[],
    examples: &["[3] -> [2] { dense(4), hard_swish, dense(2) }"],
    init_before: Some(Init::HeUniform),
    parse: |_| Pointwise::plain(Fun::HardSwish),
};
