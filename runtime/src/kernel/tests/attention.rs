//! Attention and rotary positions.

use alloc::vec::Vec;

use proptest::prelude::*;

use super::{SIZES, check, check_within, tolerance};
use crate::{
    kernel::{Attention, AttentionStep, Verbs, naive},
    simd::{Cpu, Scalar},
    testing::values,
};

fn attentions<T: Scalar>(rows: usize, sizes: Attention, seed: u64) {
    let [queries, keys] = [rows * sizes.queries(), rows * sizes.keys()];
    let [q, dy]: [Vec<T>; 2] = [0, 1].map(|salt| values(queries, seed + salt));
    let [k, v]: [Vec<T>; 2] = [2, 3].map(|salt| values(keys, seed + salt));
    check::<T>(&[queries, rows * sizes.stats()], |twin, cpu, out| {
        let [y, stats] = out else { unreachable!("two outputs") };
        let run = if twin { naive::attention } else { T::attention };
        run(cpu, y, stats, &q, &k, &v, rows, sizes);
    });
    let mut y = alloc::vec![T::ZERO; queries];
    let mut stats = alloc::vec![T::ZERO; rows * sizes.stats()];
    naive::attention(Cpu::detect(), &mut y, &mut stats, &q, &k, &v, rows, sizes);
    // One key has the weight 1: then dq and dk are zero but for rounding. With few keys they are
    // small differences of larger sums.
    if sizes.key_time > 1 {
        check_within(20.0 * tolerance::<T>(), &[queries, keys, keys], |twin, cpu, out| {
            let [dq, dk, dv] = out else { unreachable!("three outputs") };
            let run = if twin { naive::attention_grad } else { T::attention_grad };
            run(cpu, dq, dk, dv, &dy, &y, &stats, &q, &k, &v, rows, sizes);
        });
    }
}

fn size() -> impl Strategy<Value = usize> {
    prop::sample::select(&SIZES[..])
}

/// A whole sequence step by step, from any time on; what is kept is compared too.
fn steps<T: Scalar>(sizes: Attention, count: u64, first: u64, seed: u64) {
    let (width, key_width) = (sizes.queries() / sizes.time, sizes.keys() / sizes.time);
    let q: Vec<T> = values(width * count as usize, seed);
    let [k, v]: [Vec<T>; 2] = [1, 2].map(|salt| values(key_width * count as usize, seed + salt));
    let [old_keys, old_values]: [Vec<T>; 2] = [3, 4].map(|salt| values(sizes.keys(), seed + salt));
    check::<T>(&[q.len(), sizes.keys(), sizes.keys()], |twin, cpu, out| {
        let [y, keys, values] = out else { unreachable!("three outputs") };
        keys.copy_from_slice(&old_keys);
        values.copy_from_slice(&old_values);
        let rows = k.chunks_exact(key_width).zip(v.chunks_exact(key_width));
        let queries = y.chunks_exact_mut(width).zip(q.chunks_exact(width));
        for (time, ((y, q), (k, v))) in (first..).zip(queries.zip(rows)) {
            let (keys, values) = (&mut keys[..], &mut values[..]);
            let step = &mut AttentionStep { y, q, k, v, keys, values, sizes };
            let run = if twin { naive::attention_step } else { T::attention_step };
            run(cpu, step, time);
        }
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn attention_of_several_heads(
        rows in 0..4_usize,
        time in size(),
        key_time in size(),
        key_value_heads in 1..4_usize,
        group in 1..4_usize,
        head_size in size(),
        causal: bool,
        seed in 0..1000_u64,
    ) {
        let key_time = if causal { time } else { key_time };
        let heads = key_value_heads * group;
        let sizes = Attention { time, key_time, heads, key_value_heads, head_size, causal };
        attentions::<f32>(rows, sizes, seed);
        attentions::<f64>(rows, sizes, seed);
    }

    #[test]
    fn queries_step_by_step(
        time in size(),
        key_value_heads in 1..4_usize,
        group in 1..4_usize,
        head_size in size(),
        first in prop::sample::select(&[0, 3, 1000][..]),
        seed in 0..1000_u64,
    ) {
        let heads = key_value_heads * group;
        let sizes =
            Attention { time, key_time: time, heads, key_value_heads, head_size, causal: true };
        steps::<f32>(sizes, 5, first, seed);
        steps::<f64>(sizes, 5, first, seed);
    }

    #[test]
    fn rotation_at_a_step(
        rows in 1..9_usize,
        heads in 1..4_usize,
        half in size(),
        time in 0..12_u64,
        seed in 0..1000_u64,
    ) {
        let table: Vec<f32> = values(rows * 2 * half, seed);
        let x: Vec<f32> = values(heads * 2 * half, seed + 1);
        check::<f32>(&[x.len()], |twin, cpu, y| {
            y[0].copy_from_slice(&x);
            let run = if twin { naive::rotate_at } else { f32::rotate_at };
            run(cpu, &mut y[0], &table, 2 * half, time);
        });
    }

    #[test]
    fn rotation(
        rows in 0..4_usize,
        time in size(),
        heads in 1..4_usize,
        half in size(),
        back: bool,
        seed in 0..1000_u64,
    ) {
        let d = 2 * half;
        let table: Vec<f32> = values(time * d, seed);
        let x: Vec<f32> = values(rows * time * heads * d, seed + 1);
        check::<f32>(&[x.len()], |twin, cpu, y| {
            y[0].copy_from_slice(&x);
            let run = if twin { naive::rotate } else { f32::rotate };
            run(cpu, &mut y[0], &table, heads, d, back);
        });
    }
}

/// Several blocks of queries and of keys.
#[test]
fn long_sequences() {
    for (time, key_time, causal) in [(200, 200, true), (130, 300, false), (1, 129, false)] {
        let sizes =
            Attention { time, key_time, heads: 2, key_value_heads: 1, head_size: 8, causal };
        attentions::<f32>(2, sizes, 3);
        attentions::<f64>(2, sizes, 3);
    }
}

/// Scores whose exponentials are beyond the largest number.
#[test]
fn large_scores() {
    let sizes = Attention {
        time: 1,
        key_time: 70,
        heads: 1,
        key_value_heads: 1,
        head_size: 1,
        causal: false,
    };
    let k: Vec<f32> = (0..70_u16).map(|key| 10.0 * f32::from(key)).collect();
    let v: Vec<f32> = (0..70_u16).map(f32::from).collect();
    let (mut y, mut stats) = ([0.0_f32], [0.0]);
    f32::attention(Cpu::detect(), &mut y, &mut stats, &[100.0], &k, &v, 1, sizes);
    assert_eq!((y, stats), ([69.0], [69_000.0]));
}
