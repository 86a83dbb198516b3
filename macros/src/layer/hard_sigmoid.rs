//! Piecewise linear sigmoid.

use super::{Init, Kind, pointwise::Pointwise};
use crate::plan::Fun;

const DOC: &str = "\
Piecewise linear sigmoid: `y = min(max(x + 3, 0), 6) / 6`, over any shape (Howard et al. 2019).
Weights before it start as `glorot_uniform` (Glorot and Bengio 2010).";

pub(super) const KIND: Kind = Kind {
    keyword: "hard_sigmoid",
    doc: DOC,
    args: &[],
    examples: &["[3] -> [2] { dense(4), hard_sigmoid, dense(2) }"],
    init_before: Some(Init::GlorotUniform),
    parse: |_| Pointwise::plain(Fun::HardSigmoid),
};
