//! Dropout and noise.

use super::Operands;
use crate::{plan::Buf, shape::Dim};

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Random {
    /// `y = x / (1 - rate)` or 0, by the stream of `layer`; maps `dy` to `dx` alike; `y` may be `x`.
    Dropout { y: Buf, x: Buf, rate: f64, layer: usize },
    /// `y = x / (1 - rate)` or 0 by channel of a sample, by the stream of `layer`; maps `dy` to `dx`
    /// alike.
    DropoutChannels { y: Buf, x: Buf, channels: Dim, rate: f64, layer: usize },
    /// `y = x + deviation · n`, `n` normal, by the stream of `layer`.
    AddNoise { y: Buf, x: Buf, deviation: f64, layer: usize },
}

impl Random {
    /// Every buffer the verb names, outputs first.
    pub(super) fn operands_mut(&mut self) -> Operands<'_> {
        let (writes, reads): (Vec<&mut Buf>, Vec<&mut Buf>) = match self {
            Self::Dropout { y, x, .. } => (vec![y], vec![x]),
            Self::DropoutChannels { y, x, .. } | Self::AddNoise { y, x, .. } => (vec![y], vec![x]),
        };
        Operands { writes, reads }
    }
}
