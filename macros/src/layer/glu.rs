//! Gated linear unit.

use super::{Init, Kind, gated::Gated};
use crate::plan::Fun;

const DOC: &str = "\
`y[i] = x[i] · sigmoid(x[n + i])`: the first half of the last dimension times a function of the
second, from `2n` features to `n`, over any shape (Dauphin et al. 2017). A `dense` before it has twice
as many units as are to be left.";

pub(super) const KIND: Kind = Kind {
    keyword: "glu",
    doc: DOC,
    args: &[],
    examples: &["[3] -> [2] { dense(8), glu, dense(2) }", "[2, 3, 4] -> [2, 3, 2] { glu }"],
    init_before: Some(Init::GlorotUniform),
    parse: |_| Some(Box::new(Gated { keyword: KIND.keyword, fun: Fun::Sigmoid })),
};

#[cfg(test)]
mod tests {
    use crate::layer::testing::{mistake, training};

    #[test]
    fn forward_and_backward() {
        assert_eq!(training("[4] -> [2] { glu }"), [["Gate"], ["GateGrad"]]);
    }

    #[test]
    fn features_are_halved() {
        let mistake = mistake("[8, 5] -> [8, 2] { glu }");
        assert!(mistake.starts_with("`glu` halves 5 features"), "{mistake}");
    }
}
