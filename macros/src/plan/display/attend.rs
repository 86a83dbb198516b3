//! Attention.

use super::Words;
use crate::plan::{Attend, Attention};

impl Words<'_> {
    pub(super) fn attend(&self, verb: &Attend) -> String {
        match verb {
            Attend::Attention { q, k, v, sizes, .. } => {
                self.call("attention", &[q, k, v], &attention_words(sizes))
            }
            Attend::AttentionGrad { dy, y, stats, q, k, v, sizes, .. } => {
                let operands = [dy, y, stats, q, k, v];
                self.call("attention_grad", &operands, &attention_words(sizes))
            }
            Attend::Rotate { y, table, back, .. } => {
                self.call("rotate", &[y, table], if *back { ", back" } else { "" })
            }
            Attend::RotateAt { y, table, .. } => {
                format!("rotate({}, {}[t])", self.name(*y), self.name(*table))
            }
            Attend::AttentionStep { q, k, v, keys, .. } => {
                self.call("attention", &[q, k, v], &format!(", in {}", self.name(*keys)))
            }
        }
    }
}

fn attention_words(sizes: &Attention) -> String {
    let Attention { heads, key_value_heads, causal, .. } = sizes;
    let shared = if key_value_heads == heads {
        String::new()
    } else {
        format!(", key_value_heads = {key_value_heads}")
    };
    format!(", heads = {heads}{shared}{}", if *causal { ", causal" } else { "" })
}
