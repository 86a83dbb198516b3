//! Dropout and noise.

use super::{Multiple, Operand, Row, Same, Value};
use crate::plan::Random;

pub(super) fn operands(verb: &Random) -> Vec<Operand> {
    match verb {
        Random::Dropout { y, x, .. } => {
            vec![(*y, Row, Same(*x)), (*x, Value, Same(*y))]
        }
        Random::DropoutChannels { y, x, channels, .. } => {
            vec![(*y, Row, Same(*x)), (*x, Value, Multiple(channels.clone()))]
        }
        Random::AddNoise { y, x, .. } => vec![(*y, Row, Same(*x)), (*x, Value, Same(*y))],
    }
}
