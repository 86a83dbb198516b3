//! Hyperbolic tangent.

use super::{Init, Kind, pointwise::Pointwise};
use crate::plan::Fun;

const DOC: &str = "\
Hyperbolic tangent: `y = tanh(x)`, over any shape.
Weights before it start as `glorot_uniform` (Glorot and Bengio 2010).";

pub(super) const KIND: Kind = Kind {
    keyword: "tanh",
    doc: DOC,
    args: &[],
    examples: &["[3] -> [2] { dense(4), tanh, dense(2) }"],
    init_before: Some(Init::GlorotUniform),
    parse: |_| Pointwise::plain(Fun::Tanh),
};
