//! Slow sigmoid.

use super::{Init, Kind, pointwise::Pointwise};
use crate::plan::Fun;

const DOC: &str = "\
Slow sigmoid between -1 and 1: `y = x / (1 + |x|)`, over any shape (Turian et al. 2009).
Weights before it start as `glorot_uniform` (Glorot and Bengio 2010).";

pub(super) const KIND: Kind = Kind {
    keyword: "softsign",
    doc: DOC,
    args: &[],
    examples: &["[3] -> [2] { dense(4), softsign, dense(2) }"],
    init_before: Some(Init::GlorotUniform),
    parse: |_| Pointwise::plain(Fun::Softsign),
};
