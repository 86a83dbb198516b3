//! Sigmoid linear unit, or swish.

use super::{Init, Kind, pointwise::Pointwise};
use crate::plan::Fun;

const DOC: &str = "\
Sigmoid linear unit, also called swish: `y = x / (1 + e⁻ˣ)`, over any shape (Elfwing et al. 2017).
Weights before it start as `he_uniform` (He et al. 2015).";

pub(super) const KIND: Kind = Kind {
    keyword: "silu",
    doc: DOC,
    args: &[],
    examples: &["[3] -> [2] { dense(4), silu, dense(2) }"],
    init_before: Some(Init::HeUniform),
    parse: |_| Pointwise::plain(Fun::Silu),
};
