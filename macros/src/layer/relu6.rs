//! Rectified linear unit with a ceiling.

use super::{Init, Kind, pointwise::Pointwise};
use crate::plan::Fun;

const DOC: &str = "\
Rectified linear unit with a ceiling: `y = min(max(x, 0), 6)`, over any shape (Howard et al. 2017).
Weights before it start as `he_uniform` (He et al. 2015).";

pub(super) const KIND: Kind = Kind {
    keyword: "relu6",
    doc: DOC,
    args: &[],
    examples: &["[3] -> [2] { dense(4), relu6, dense(2) }"],
    init_before: Some(Init::HeUniform),
    parse: |_| Pointwise::plain(Fun::Clamp(0.0, 6.0)),
};
