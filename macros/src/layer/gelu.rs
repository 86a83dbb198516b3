//! Gaussian error linear unit.

use super::{Init, Kind, pointwise::Pointwise};
use crate::plan::Fun;

const DOC: &str = "\
Gaussian error linear unit: `y = x · Φ(x)` with the normal distribution function `Φ`, over any shape
(Hendrycks and Gimpel 2016).
Weights before it start as `he_uniform` (He et al. 2015).

- `approximate = none`: with `tanh`, `y = x/2 · (1 + tanh(√(2/π) · (x + 0.044715 · x³)))`.";

pub(super) const KIND: Kind = Kind {
    keyword: "gelu",
    doc: DOC,
    args: &["approximate"],
    examples: &[
        "[3] -> [2] { dense(4), gelu, dense(2) }",
        "[3] -> [2] { dense(4), gelu(tanh), dense(2) }",
    ],
    init_before: Some(Init::HeUniform),
    parse: |args| {
        let word = args.word_or("approximate", &["none", "tanh"], "none")?;
        let fun = if word.value == "tanh" { Fun::GeluTanh } else { Fun::Gelu };
        Pointwise::with(fun, format!("approximate = {}", word.value))
    },
};
