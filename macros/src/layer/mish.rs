//! Mish.

use super::{Init, Kind, pointwise::Pointwise};
use crate::plan::Fun;

const DOC: &str = "\
`y = x · tanh(ln(1 + eˣ))`, over any shape (Misra 2019).
Weights before it start as `he_uniform` (He et al. 2015).";

pub(super) const KIND: Kind = Kind {
    keyword: "mish",
    doc: DOC,
    args: &[],
    examples: &["[3] -> [2] { dense(4), mish, dense(2) }"],
    init_before: Some(Init::HeUniform),
    parse: |_| Pointwise::plain(Fun::Mish),
};
