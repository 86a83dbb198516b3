//! Hyperbolic tangent of three straight lines.

use super::{Init, Kind, pointwise::Pointwise};
use crate::plan::Fun;

const DOC: &str = "\
Hyperbolic tangent of three straight lines: `y = min(max(x, -1), 1)`, over any shape (Collobert 2004).
Weights before it start as `glorot_uniform` (Glorot and Bengio 2010).";

pub(super) const KIND: Kind = Kind {
    keyword: "hard_tanh",
    doc: DOC,
    args: &[],
    examples: &["[3] -> [2] { dense(4), hard_tanh, dense(2) }"],
    init_before: Some(Init::GlorotUniform),
    parse: |_| Pointwise::plain(Fun::Clamp(-1.0, 1.0)),
};
