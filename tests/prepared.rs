//! Prepared weights: half the memory, and almost the same predictions.

use monograd::{
    half::{bf16, f16},
    network::Packing,
    predict::Storage,
    prelude::*,
};

network! {
    Blobs: [6, 6, 1] -> [3] {
        conv2d(4, kernel = 3, bias = false), batch_norm, relu,
        max_pool2d(2),
        flatten,
        dense(67), relu,
        #[freeze] dense(5), tanh,
        dense(3), softmax,
    }
}

network! {
    Turns: [300] -> [11] {
        stem: dense(40), relu,
        repeat(3) {
            residual { dense(67), relu, dense(40) },
            repeat(2) { batch_norm, dense(40, bias = false), tanh, dense(7), dense(40) },
        },
        add(stem), reshape([8, 5]), repeat(2) { #[freeze] dense(5) }, flatten, dense(11),
    }
}

network! { Mlp: [300] -> [11] { dense(128), relu, dense(64), relu, dense(11) } }

/// Images with a bright blob in one of three corners.
fn blobs(count: usize) -> Vec<([[[f32; 1]; 6]; 6], u8)> {
    let mut rng = Rng::new(3);
    let sample = |class: u8| {
        let (top, left) = [(0, 0), (0, 3), (3, 1)][usize::from(class)];
        let mut image = [[[0.0; 1]; 6]; 6];
        for (y, row) in image.iter_mut().enumerate() {
            for (x, [pixel]) in row.iter_mut().enumerate() {
                let inside = (top..top + 3).contains(&y) && (left..left + 3).contains(&x);
                *pixel = rng.normal() as f32 * 0.7 + if inside { 1.0 } else { 0.0 };
            }
        }
        (image, class)
    };
    (0..3).cycle().take(count).map(sample).collect()
}

fn trained(samples: &[([[[f32; 1]; 6]; 6], u8)]) -> Blobs {
    let mut net = Blobs::init(5);
    let trainer = Trainer::new(&mut net).loss(CrossEntropy).optimizer(Adam::new(0.01));
    trainer.batch::<32>().epochs(8).fit(samples).expect("the samples fit");
    net
}

/// The network whose weights of products are rounded to `f16` and kept as `f32`.
fn rounded<N: Network<Scalar = f32>>(net: &N) -> N {
    let mut rounded = net.clone();
    for param in N::PARAMS.iter().filter(|param| param.packing == Packing::Matrix) {
        let values =
            &mut rounded.parameters_mut().all_mut()[param.offset..param.offset + param.len];
        values.iter_mut().for_each(|value| *value = f16::from_f32(*value).to_f32());
    }
    rounded
}

#[test]
fn predictions_of_a_trained_network_hardly_move() {
    let samples = blobs(600);
    let (train, test) = samples.split_at(300);
    let net = trained(train);
    let small: Prepared<Blobs, f16> = net.prepare();
    let (full, half) = (evaluate(&net, test).unwrap(), evaluate(&small, test).unwrap());
    assert!(full.metrics[0].value > 0.9, "{full}");
    assert!((full.metrics[0].value - half.metrics[0].value).abs() < 0.005, "{full}\n{half}");
    assert!((full.loss - half.loss).abs() < 1e-3 * full.loss, "{full}\n{half}");

    let (mut a, mut b) = (Blobs::scratch::<1>(), Blobs::scratch::<1>());
    for (image, _) in test {
        let (full, half) = (net.predict(image, &mut a), small.predict(image, &mut b));
        assert_close(full, half, 2e-3);
    }
}

/// The same with three bits less.
#[test]
fn predictions_hardly_move_as_bf16() {
    let samples = blobs(600);
    let (train, test) = samples.split_at(300);
    let net = trained(train);
    let small: Prepared<Blobs, bf16> = net.prepare();
    assert_eq!(Prepared::<Blobs, bf16>::BYTES, Prepared::<Blobs, f16>::BYTES);
    let (full, half) = (evaluate(&net, test).unwrap(), evaluate(&small, test).unwrap());
    assert!((full.metrics[0].value - half.metrics[0].value).abs() < 0.005, "{full}\n{half}");
    let (mut a, mut b) = (Blobs::scratch::<1>(), Blobs::scratch::<1>());
    for (image, _) in test {
        let (full, half) = (net.predict(image, &mut a), small.predict(image, &mut b));
        assert_close(full, half, 2e-2);
    }
}

/// Every matrix is read as it was stored, whatever the number of rows, those of turns too.
#[test]
fn all_rows_read_the_same_bf16() {
    fn check<N: Network<Scalar = f32, Output = [f32; 11], Input = [f32; 300]>>() {
        let net = N::init(8);
        let small = net.prepare::<bf16>();
        let mut rng = Rng::new(1);
        let inputs: Vec<[f32; 300]> =
            (0..40).map(|_| std::array::from_fn(|_| rng.normal() as f32)).collect();
        let (mut a, mut b) = (N::scratch::<40>(), N::scratch::<40>());
        let single: Vec<[f32; 11]> = inputs
            .iter()
            .map(|input| *small.predict_rows::<40>(&[*input], &mut a).unwrap().first().unwrap())
            .collect();
        for rows in [2, 3, 4, 7, 16, 40] {
            let full = net.predict_rows::<40>(&inputs[..rows], &mut a).expect("they fit");
            let half = small.predict_rows::<40>(&inputs[..rows], &mut b).expect("they fit");
            single.iter().zip(half).for_each(|(single, half)| assert_close(single, half, 1e-5));
            full.iter().zip(half).for_each(|(full, half)| assert_close(full, half, 3e-2));
        }
    }
    check::<Mlp>();
    check::<Turns>();
}

/// What is widened is exactly what was stored, whatever the number of rows.
#[test]
fn prepared_weights_are_those_of_the_rounded_network() {
    fn check<N: Network<Scalar = f32, Output = [f32; 11], Input = [f32; 300]>>() {
        let net = N::init(8);
        let (small, rounded) = (net.prepare::<f16>(), rounded(&net));
        let mut rng = Rng::new(1);
        let inputs: Vec<[f32; 300]> =
            (0..40).map(|_| std::array::from_fn(|_| rng.normal() as f32)).collect();
        let (mut a, mut b) = (N::scratch::<40>(), N::scratch::<40>());
        for rows in [1, 2, 3, 4, 7, 16, 40] {
            let full = rounded.predict_rows::<40>(&inputs[..rows], &mut a).expect("they fit");
            let half = small.predict_rows::<40>(&inputs[..rows], &mut b).expect("they fit");
            assert_eq!(half.len(), rows);
            full.iter().zip(half).for_each(|(full, half)| assert_close(full, half, 1e-5));
        }
        assert!(small.predict_rows::<1>(&inputs[..2], &mut N::scratch::<1>()).is_err());
    }
    check::<Mlp>();
    check::<Turns>();
    let matrices = Turns::PARAMS
        .iter()
        .filter(|param| param.packing == Packing::Matrix)
        .map(|param| param.name);
    let within = ["dense2.weight", "dense3.weight", "dense4.weight", "dense7.weight"];
    assert!(within.iter().all(|name| matrices.clone().any(|matrix| matrix == *name)));
}

#[track_caller]
fn assert_close<const N: usize>(a: &[f32; N], b: &[f32; N], tolerance: f32) {
    let close = a.iter().zip(b).all(|(a, b)| (a - b).abs() <= tolerance * (1.0 + a.abs()));
    assert!(close, "{a:?}\n{b:?}");
}

const FULL: usize = 4 * Mlp::PARAMETERS;
const SMALL: usize = Prepared::<Mlp, f16>::BYTES;
const _: () = assert!(SMALL >= FULL / 2 && SMALL < FULL / 2 + 1024, "half the memory");

#[test]
fn parts_come_back_as_what_they_were() {
    let net = Mlp::init(2);
    let small = net.prepare::<f16>();
    let (matrices, values) = small.parts();
    assert_eq!(size_of_val(matrices) + size_of_val(values), SMALL);
    let (matrices, values): (&'static [u16], &'static [f32]) =
        (matrices.to_vec().leak(), values.to_vec().leak());
    let borrowed = Prepared::<Mlp, f16>::from_static(matrices, values).expect("as many as needed");
    let (mut a, mut b) = (Mlp::scratch::<1>(), Mlp::scratch::<1>());
    assert_eq!(small.predict(&[0.3; 300], &mut a), borrowed.predict(&[0.3; 300], &mut b));
    assert!(Prepared::<Mlp, f16>::from_static(&matrices[1..], values).is_none());
    assert!(Prepared::<Mlp, f16>::from_static(matrices, &values[1..]).is_none());
}

#[test]
fn what_f16_cannot_hold_is_clamped() {
    let mut bits = [0; 5];
    let values = [1e9, -1e9, f32::INFINITY, f32::NAN, 1e-9];
    <f16 as Storage<f32>>::narrow(&values, &mut bits, 5);
    let stored = bits.map(|bits| f16::from_bits(bits).to_f32());
    assert_eq!(stored[..3], [65504.0, -65504.0, 65504.0]);
    assert!(stored[3].is_nan());
    assert_eq!(stored[4], 0.0);
}
