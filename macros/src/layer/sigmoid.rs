//! Logistic function.

use super::{Init, Kind, pointwise::Pointwise};
use crate::plan::Fun;

const DOC: &str = "\
Logistic function: `y = 1 / (1 + e⁻ˣ)`, over any shape. At the end of a network every output is a
probability of its own, which is what binary cross-entropy asks for.
Weights before it start as `glorot_uniform` (Glorot and Bengio 2010).";

pub(super) const KIND: Kind = Kind {
    keyword: "sigmoid",
    doc: DOC,
    args: &[],
    examples: &["[3] -> [2] { dense(4), sigmoid, dense(2) }"],
    init_before: Some(Init::GlorotUniform),
    parse: |_| Pointwise::plain(Fun::Sigmoid),
};
