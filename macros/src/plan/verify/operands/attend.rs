//! Attention.

use super::{Is, Kept, Multiple, Operand, Param, Row, Value, ensure, times};
use crate::plan::Attend;

pub(super) fn operands(verb: &Attend) -> Vec<Operand> {
    match verb {
        Attend::Attention { y, stats, q, k, v, sizes } => {
            let keys = [*k, *v].map(|buf| (buf, Row, Is(sizes.keys().len())));
            let queries = [*y, *q].map(|buf| (buf, Row, Is(sizes.queries().len())));
            let stats = [(*stats, Row, Is(sizes.stats().len()))];
            queries.into_iter().chain(keys).chain(stats).collect()
        }
        Attend::AttentionGrad { dq, dk, dv, dy, y, stats, q, k, v, sizes } => {
            let keys = [*dk, *dv, *k, *v].map(|buf| (buf, Row, Is(sizes.keys().len())));
            let queries = [*dq, *dy, *y, *q].map(|buf| (buf, Row, Is(sizes.queries().len())));
            let stats = [(*stats, Row, Is(sizes.stats().len()))];
            queries.into_iter().chain(keys).chain(stats).collect()
        }
        Attend::Rotate { y, table, heads, d, .. } => {
            let width = times([&(*heads).into(), d]);
            vec![(*y, Row, Multiple(width)), (*table, Param, Multiple(d.clone()))]
        }
        Attend::RotateAt { y, table, d } => {
            vec![(*y, Row, Multiple(d.clone())), (*table, Param, Multiple(d.clone()))]
        }
        Attend::AttentionStep { y, q, k, v, keys, values, sizes } => {
            let [width, key_width] = [sizes.width(), sizes.key_width()];
            let kept = sizes.keys().len();
            vec![
                (*y, Row, Is(width.clone())),
                (*q, Value, Is(width)),
                (*k, Value, Is(key_width.clone())),
                (*v, Value, Is(key_width)),
                (*keys, Kept, Is(kept.clone())),
                (*values, Kept, Is(kept)),
            ]
        }
    }
}

/// What else holds of their sizes.
pub(super) fn sizes(verb: &Attend) -> Result<(), String> {
    match verb {
        Attend::Attention { sizes, .. }
        | Attend::AttentionGrad { sizes, .. }
        | Attend::AttentionStep { sizes, .. } => {
            let shared = sizes.heads.is_multiple_of(sizes.key_value_heads);
            ensure(shared, || "the heads of keys are no part of those of queries".to_owned())?;
            let fits = !sizes.causal || sizes.time == sizes.key_time;
            ensure(fits, || "a causal attention has as many keys as queries".to_owned())
        }
        _ => Ok(()),
    }
}
