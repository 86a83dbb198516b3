//! Dropout and noise.

use super::Words;
use crate::plan::Random;

impl Words<'_> {
    pub(super) fn random(&self, verb: &Random) -> String {
        match verb {
            Random::Dropout { x, rate, layer, .. } => {
                self.call("dropout", &[x], &format!(", {rate}, stream = {layer}"))
            }
            Random::DropoutChannels { x, rate, layer, .. } => {
                self.call("dropout_channels", &[x], &format!(", {rate}, stream = {layer}"))
            }
            Random::AddNoise { x, deviation, layer, .. } => {
                self.call("add_noise", &[x], &format!(", {deviation}, stream = {layer}"))
            }
        }
    }
}
