//! Time steps of causal layers.

use alloc::vec::Vec;

use proptest::prelude::*;

use super::{check, check_within, tolerance};
use crate::{
    kernel::{
        CausalLayer, Chain, Params, Ring, Taps, Verbs as _, causal_chain, dense_chain, naive,
    },
    pointwise::Fun,
    simd::Scalar,
    testing::values,
};

/// Parameters of a layer: what it sees is scaled, so that a chain does not blow up what it rounds.
fn params<T: Scalar>(layer: CausalLayer, seed: u64) -> [Vec<T>; 2] {
    let seen = layer.kernel * (layer.k / layer.groups);
    let scale = T::from_f64((seen as f64).sqrt().recip());
    let w = values::<T>(seen * layer.n, seed).into_iter().map(|w| w * scale).collect();
    [w, values(layer.n, seed + 50)]
}

/// Scalars of the ring.
fn ring(layer: &CausalLayer) -> usize {
    if layer.kernel > 1 { layer.rows() * layer.k } else { 0 }
}

/// The rings start anywhere, before the number of the step wraps too.
fn times<T>(x: &[T], k: usize) -> impl Iterator<Item = (u64, &[T])> {
    x.chunks(k).zip(0..).map(|(x, t): (_, u64)| (t.wrapping_sub(4), x))
}

/// Some time steps of a layer; what it keeps is compared too.
fn layer<T: Scalar>(layer: CausalLayer, steps: usize, seed: u64) {
    let ([w, bias], x) = (params::<T>(layer, seed), values::<T>(layer.k * steps, seed + 99));
    let bias = (!seed.is_multiple_of(3)).then_some(&bias[..]);
    // A single output can be a small difference of sums.
    check_within::<T>(10.0 * tolerance::<T>(), &[layer.n, ring(&layer)], |twin, cpu, out| {
        let [y, ring] = out else { unreachable!("two outputs") };
        ring.fill(T::ZERO);
        let ring = (layer.kernel > 1).then_some(&mut ring[..]);
        let mut taps = Taps { ring, w: &w, bias, layer };
        let run = if twin { naive::causal_layer } else { T::causal_layer };
        times(&x, layer.k).for_each(|(time, x)| run(cpu, y, x, &mut taps, time));
    });
}

/// Some time steps of a chain, and some rows of it where it sees this time step alone.
fn chain<T: Scalar, C: Chain>(steps: usize, seed: u64) {
    let (k, n) = (C::LAYERS[0].k, C::LAYERS[C::LAYERS.len() - 1].n);
    let made: Vec<[Vec<T>; 2]> =
        C::LAYERS.iter().zip(0..).map(|(layer, at)| params(*layer, seed + at)).collect();
    let params: Vec<Params<'_, T>> = (made.iter().enumerate())
        .map(|(at, [w, bias])| (&w[..], (at % 3 != 1).then_some(&bias[..])))
        .collect();
    let x: Vec<T> = values(k * steps, seed + 99);
    let lens: Vec<usize> = [n].into_iter().chain(C::LAYERS.iter().map(ring)).collect();
    check_within::<T>(10.0 * tolerance::<T>(), &lens, |twin, cpu, outputs| {
        let (y, rings) = outputs.split_first_mut().expect("the first is the output");
        let mut rings: Vec<Ring<'_, T>> = (rings.iter_mut().zip(C::LAYERS))
            .map(|(ring, layer)| {
                ring.fill(T::ZERO);
                (layer.kernel > 1).then_some(&mut ring[..])
            })
            .collect();
        let run = if twin { naive::causal_chain::<T, C> } else { causal_chain::<T, C> };
        times(&x, k).for_each(|(time, x)| run(cpu, y, x, &params, &mut rings, time));
    });
    if C::LAYERS.iter().all(|layer| layer.kernel == 1 && layer.groups == 1) {
        check_within::<T>(10.0 * tolerance::<T>(), &[n * steps], |twin, cpu, y| {
            let run = if twin { naive::dense_chain::<T, C> } else { dense_chain::<T, C> };
            run(cpu, &mut y[0], &x, &params, steps);
        });
    }
}

/// Chains of layers `[k, n, kernel, dilation, groups]`, as types.
macro_rules! chains {
    ($($name:ident of $scalar:ty: $([$k:literal, $n:literal, $kernel:literal, $dilation:literal, $groups:literal] $fun:expr),*;)*) => {$(
        #[test]
        fn $name() {
            struct Layers;
            impl Chain for Layers {
                const LAYERS: &'static [CausalLayer] = &[$(CausalLayer {
                    fun: $fun,
                    kernel: $kernel,
                    dilation: $dilation,
                    groups: $groups,
                    k: $k,
                    n: $n,
                }),*];
            }
            for (steps, seed) in [(1, 1), (2, 5), (39, 9)] {
                chain::<$scalar, Layers>(steps, seed);
            }
        }
    )*};
}
chains! {
    tiny of f32: [8, 16, 1, 1, 1] Some(Fun::Tanh), [16, 16, 1, 1, 1] Some(Fun::Tanh), [16, 1, 1, 1, 1] None;
    primes of f32: [3, 31, 1, 1, 1] None, [31, 5, 1, 1, 1] Some(Fun::Gelu), [5, 13, 1, 1, 1] None;
    ones of f64: [1, 1, 1, 1, 1] Some(Fun::Tanh);
    most of f32: [2, 1, 1, 1, 1] None, [1, 4, 1, 1, 1] None, [4, 1, 1, 1, 1] None, [1, 8, 1, 1, 1] None, [8, 1, 1, 1, 1] None, [1, 4, 1, 1, 1] None, [4, 8, 1, 1, 1] None, [8, 1, 1, 1, 1] Some(Fun::Tanh);
    dilated of f32: [1, 8, 3, 1, 1] Some(Fun::Tanh), [8, 8, 3, 8, 1] Some(Fun::LeakyRelu(0.1)), [8, 1, 1, 1, 1] None;
    grouped of f64: [6, 12, 2, 3, 3] Some(Fun::Relu), [12, 32, 4, 1, 4] None, [32, 10, 1, 1, 2] None;
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn layers(k in 1..70_usize, kernel in 1..5_usize, dilation in 1..7_usize, groups in 1..4_usize, outputs in 1..140_usize, steps in 1..40_usize, seed in 0..1000_u64) {
        let groups = if k.is_multiple_of(groups) { groups } else { 1 };
        let fun = seed.is_multiple_of(2).then_some(Fun::Tanh);
        let sizes = CausalLayer { fun, kernel, dilation, groups, k, n: groups * outputs };
        layer::<f32>(sizes, steps, seed);
        layer::<f64>(sizes, steps, seed);
    }

    #[test]
    fn rows_and_means(width in 1..40_usize, rows in 1..9_usize, time in 0..20_u64, seed in 0..1000_u64) {
        let (x, table) = (values::<f32>(width, seed), values::<f32>(width * rows, seed + 1));
        check::<f32>(&[width], |twin, cpu, y| match twin {
            true => naive::add_row(cpu, &mut y[0], &x, &table, time),
            false => f32::add_row(cpu, &mut y[0], &x, &table, time),
        });
        check::<f32>(&[width, width], |twin, cpu, outputs| {
            let [y, sum] = outputs else { unreachable!("two outputs") };
            match twin {
                true => naive::running_mean(cpu, y, sum, &x, time),
                false => f32::running_mean(cpu, y, sum, &x, time),
            }
        });
    }
}
