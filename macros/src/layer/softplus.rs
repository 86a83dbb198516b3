//! Smooth rectifier.

use super::{Init, Kind, pointwise::Pointwise};
use crate::plan::Fun;

const DOC: &str = "\
Smooth rectifier: `y = ln(1 + eˣ)`, over any shape (Dugas et al. 2000).
Weights before it start as `glorot_uniform` (Glorot and Bengio 2010).";

pub(super) const KIND: Kind = Kind {
    keyword: "softplus",
    doc: DOC,
    args: &[],
    examples: &["[3] -> [2] { dense(4), softplus, dense(2) }"],
    init_before: Some(Init::GlorotUniform),
    parse: |_| Pointwise::plain(Fun::Softplus),
};
