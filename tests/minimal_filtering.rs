//! Convolutions that run by minimal filtering: the same network as by direct sums.

use monograd::{
    array::Array,
    half::f16,
    network::{Context, Entry, Packing, ParamInfo},
    prelude::*,
    simd::{Cpu, Scalar},
};

macro_rules! twins {
    ($scalar:ident, $filtered:ident, $direct:ident) => {
        network! {
            #[scalar($scalar)]
            $filtered: [10, 7, 16] -> [4] {
                conv2d(32, kernel = 3, padding = same), relu,
                conv2d(32, kernel = 3), tanh,
                repeat(2) { conv2d(32, kernel = 3, padding = same), relu },
                global_avg_pool2d, dense(4),
            }
        }

        // Windows of 3x3 in an image of 3x4 taps, the last of which hold zeros.
        network! {
            #[scalar($scalar)]
            $direct: [10, 7, 16] -> [4] {
                pad2d(top = 1, bottom = 1, left = 1, right = 2), conv2d(32, kernel = (3, 4)), relu,
                pad2d(right = 1), conv2d(32, kernel = (3, 4)), tanh,
                repeat(2) { pad2d(top = 1, bottom = 1, left = 1, right = 2), conv2d(32, kernel = (3, 4)), relu },
                global_avg_pool2d, dense(4),
            }
        }
    };
}
twins!(f32, Filtered, Direct);
twins!(f64, Filtered64, Direct64);

/// Copies the parameters of one twin to the other: windows of 3x3 become the first columns of 3x4.
fn widened<A: Network, B: Network<Scalar = A::Scalar>>(from: &A) -> B {
    let mut to = B::init(0);
    for (a, b) in A::PARAMS.iter().zip(B::PARAMS) {
        let values = from.parameters().all()[a.offset..a.offset + a.len].to_vec();
        let target = &mut to.parameters_mut().all_mut()[b.offset..b.offset + b.len];
        if a.len == b.len {
            target.copy_from_slice(&values);
            continue;
        }
        let row: usize = a.shape[a.shape.len() - 3..].iter().product();
        for (row, wide) in values.chunks(row).zip(target.chunks_mut(row / 3 * 4)) {
            wide.fill(A::Scalar::ZERO);
            wide[..row.len()].copy_from_slice(row);
        }
    }
    to
}

/// Outputs and the gradients of all weights, for `Σ output² / 2`.
fn run<N: Network>(net: &mut N, inputs: &[N::Input], threads: usize) -> (Vec<f64>, Vec<f64>) {
    let (mut tape, mut gradients) = (N::tape::<5>(), N::gradients());
    let context = Context { cpu: Cpu::detect().with_threads(threads), seed: 1, step: 0 };
    net.forward::<5>(context, inputs, &mut tape);
    let (outputs, d) = N::seam::<5>(&mut tape, inputs.len(), Entry::Output);
    d.copy_from_slice(outputs);
    let outputs = N::Output::flat(outputs).iter().map(|y| y.to_f64()).collect();
    net.backward::<5>(context, Entry::Output, inputs, &mut tape, &mut gradients);
    (outputs, gradients.iter().map(|value| value.to_f64()).collect())
}

fn inputs<N: Network>() -> Vec<N::Input> {
    let mut rng = Rng::new(4);
    let values: Vec<_> =
        (0..5 * N::Input::LEN).map(|_| N::Scalar::from_f64(rng.normal())).collect();
    N::Input::rows(&values).to_vec()
}

#[track_caller]
fn assert_close(found: &[f64], expected: &[f64], tolerance: f64) {
    let largest = expected.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() <= tolerance * largest, "{found} instead of {expected}");
    }
}

/// What of `values` in the layout of `b` is there in the layout of `a` too.
fn narrowed(a: &ParamInfo, b: &ParamInfo, values: &[f64]) -> Vec<f64> {
    if a.len == b.len {
        return values.to_vec();
    }
    let row: usize = a.shape[a.shape.len() - 3..].iter().product();
    values.chunks(row / 3 * 4).flat_map(|wide| &wide[..row]).copied().collect()
}

fn agree<A: Network, B: Network<Scalar = A::Scalar>>(tolerance: f64) {
    let mut filtered = A::init(3);
    let mut direct: B = widened(&filtered);
    let (a, b) = (inputs::<A>(), inputs::<B>());
    let (outputs, gradients) = run(&mut filtered, &a, 1);
    let (expected, expected_gradients) = run(&mut direct, &b, 1);
    assert_close(&outputs, &expected, tolerance);
    for (a, b) in A::PARAMS.iter().zip(B::PARAMS) {
        let found = &gradients[a.offset..a.offset + a.len];
        let expected = &expected_gradients[b.offset..b.offset + b.len];
        assert_close(found, &narrowed(a, b, expected), tolerance);
    }
    let same = |threads| run(&mut A::init(3), &a, threads) == (outputs.clone(), gradients.clone());
    assert!(same(2) && same(3), "other bits on several threads");
}

#[test]
fn outputs_and_gradients_are_those_of_direct_sums() {
    agree::<Filtered, Direct>(2e-5);
    agree::<Filtered64, Direct64>(1e-13);
}

#[test]
fn prepared_weights_are_transformed_and_predict_the_same() {
    let transformed = Filtered::PARAMS.iter().filter(|param| param.packing == Packing::Filter);
    assert_eq!(transformed.count(), 2, "not those of the repeat");
    let net = Filtered::init(3);
    let (prepared, half) = (net.prepare::<f32>(), net.prepare::<f16>());
    let (mut a, mut b, mut c) =
        (Filtered::scratch::<5>(), Filtered::scratch::<5>(), Filtered::scratch::<1>());
    let inputs = inputs::<Filtered>();
    let all = net.predict_rows::<5>(&inputs, &mut a).expect("five fit").to_vec();
    assert_eq!(all, prepared.predict_rows::<5>(&inputs, &mut b).expect("five fit"));
    for (input, expected) in inputs.iter().zip(&all) {
        let expected = expected.map(f64::from);
        for found in [*net.predict(input, &mut c), *prepared.predict(input, &mut c)] {
            assert_close(&found.map(f64::from), &expected, 2e-5);
        }
        assert_close(&half.predict(input, &mut c).map(f64::from), &expected, 2e-3);
    }
}

network! { #[part] Images: [8, 8, 32] -> [8, 8, 32] { conv2d(32, kernel = 3, padding = same), tanh } }
network! {
    Winograd: [8, 8, 32] -> [3] {
        repeat(2) { Images -> [8, 8, 32], conv2d(32, kernel = 1), Images -> [8, 8, 32] }, flatten, dense(3),
    }
}

/// Convolutions by minimal filtering take four times the room there.
#[test]
fn networks_in_turns_have_transformed_weights_of_their_own() {
    let net = Winograd::init(3);
    let packed = |param: &&ParamInfo| param.packing == Packing::Filter;
    assert_eq!(Winograd::PARAMS.iter().filter(packed).count(), 4);
    let mut rng = Rng::new(2);
    let mut row = || std::array::from_fn(|_| std::array::from_fn(|_| rng.normal() as f32));
    let input: [[[f32; 32]; 8]; 8] = std::array::from_fn(|_| row());
    let expected = *net.predict(&input, &mut Winograd::scratch::<1>());
    let mut scratch = Winograd::scratch::<1>();
    let found = net.prepare::<f32>();
    let found = found.predict(&input, &mut scratch);
    assert!(
        found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-4),
        "{found:?} and {expected:?}"
    );
}
