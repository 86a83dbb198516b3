//! Gated linear unit with the function SiLU.

use super::{Init, Kind, gated::Gated};
use crate::plan::Fun;

const DOC: &str = "\
`y[i] = x[i] · silu(x[n + i])`: the first half of the last dimension times a function of the second, from
`2n` features to `n`, over any shape (Shazeer 2020). A `dense` before it has twice as many units
as are to be left.";

pub(super) const KIND: Kind = Kind {
    keyword: "swiglu",
    doc: DOC,
    args: &[],
    examples: &["[3] -> [2] { dense(8), swiglu, dense(2) }", "[2, 3, 4] -> [2, 3, 2] { swiglu }"],
    init_before: Some(Init::GlorotUniform),
    parse: |_| Some(Box::new(Gated { keyword: KIND.keyword, fun: Fun::Silu })),
};

#[cfg(test)]
mod tests {
    use crate::layer::testing::{mistake, training};

    #[test]
    fn forward_and_backward() {
        assert_eq!(training("[4] -> [2] { swiglu }"), [["Gate"], ["GateGrad"]]);
    }

    #[test]
    fn features_are_halved() {
        let mistake = mistake("[8, 5] -> [8, 2] { swiglu }");
        assert!(mistake.starts_with("`swiglu` halves 5 features"), "{mistake}");
    }
}
