//! Rectified linear unit.

use super::{Init, Kind, pointwise::Pointwise};
use crate::plan::Fun;

const DOC: &str = "\
Rectified linear unit: `y = max(x, 0)`, over any shape (Nair and Hinton 2010).
Weights before it start as `he_uniform` (He et al. 2015).";

pub(super) const KIND: Kind = Kind {
    keyword: "relu",
    doc: DOC,
    args: &[],
    examples: &["[3] -> [2] { dense(4), relu, dense(2) }"],
    init_before: Some(Init::HeUniform),
    parse: |_| Pointwise::plain(Fun::Relu),
};
