//! Attention.

use crate::{
    interp::{attention, memory::Memory, time},
    plan::{Attend, Buf},
};

pub(super) fn run(memory: &mut Memory<'_>, verb: &Attend) {
    let read = |buf: &Buf| memory.read(*buf);
    match verb {
        Attend::Attention { y, stats, q, k, v, sizes } => {
            let sizes = attention::Sizes::new(memory, sizes);
            let [values, logs] = attention::forward([&read(q), &read(k), &read(v)], &sizes);
            memory.write(*y, values);
            memory.write(*stats, logs);
        }
        Attend::AttentionGrad { dq, dk, dv, dy, q, k, v, sizes, .. } => {
            let sizes = attention::Sizes::new(memory, sizes);
            let gradients = attention::backward(&read(dy), [&read(q), &read(k), &read(v)], &sizes);
            for (buf, gradient) in [dq, dk, dv].into_iter().zip(gradients) {
                memory.write(*buf, gradient);
            }
        }
        Attend::Rotate { y, table, heads, d, back } => {
            let values = attention::rotate(read(y), &read(table), *heads, memory.eval(d), *back);
            memory.write(*y, values);
        }
        Attend::RotateAt { y, table, d } => {
            let values = time::rotate_at(memory, *y, *table, memory.eval(d));
            memory.write(*y, values);
        }
        Attend::AttentionStep { y, q, k, v, keys, values, sizes, .. } => {
            let sizes = attention::Sizes::new(memory, sizes);
            let of_keys = time::keep_column(memory, *keys, *k);
            let of_values = time::keep_row(memory, *values, *v);
            let values = attention::step([&memory.read(*q), &of_keys, &of_values], sizes);
            memory.write(*y, values);
        }
    }
}
