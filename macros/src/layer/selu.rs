//! Scaled exponential linear unit.

use super::{Init, Kind, pointwise::Pointwise};
use crate::plan::Fun;

const DOC: &str = "\
Scaled exponential linear unit: `y = scale · x` where `x > 0`, else `scale · alpha · (eˣ - 1)`, with
`alpha` and `scale` such that mean 0 and variance 1 are a fixed point, over any shape
(Klambauer et al. 2017).
Weights before it start as `lecun_normal` (LeCun et al. 1998), which that fixed point assumes.";

pub(super) const KIND: Kind = Kind {
    keyword: "selu",
    doc: DOC,
    args: &[],
    examples: &["[3] -> [2] { dense(4), selu, dense(2) }"],
    init_before: Some(Init::LecunNormal),
    parse: |_| {
        Pointwise::plain(Fun::Elu {
            alpha: 1.673_263_242_354_377_2,
            scale: 1.050_700_987_355_480_5,
        })
    },
};
