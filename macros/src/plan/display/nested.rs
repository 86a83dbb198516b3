//! Networks in networks, and turns of a `repeat`.

use super::Words;
use crate::plan::Nested;

impl Words<'_> {
    pub(super) fn nested(&self, verb: &Nested) -> String {
        match verb {
            Nested::Network { x, inner, .. } => self.call(&inner.words, &[x], ""),
            Nested::NetworkStep { x, inner, .. } => self.call(&inner.words, &[x], ", one step"),
            Nested::NetworkTraining { x, inner, .. } => self.call(&inner.words, &[x], ", training"),
            Nested::NetworkGrad { dy, x, inner, .. } => {
                self.call(&format!("{}_grad", inner.words), &[dy, x], "")
            }
            Nested::Repeat { x, turns, .. } => {
                self.call("repeat", &[x], &format!(", {} turns", turns.times))
            }
            Nested::RepeatGrad { dy, x, turns, .. } => {
                self.call("repeat_grad", &[dy, x], &format!(", {} turns", turns.times))
            }
        }
    }
}
