//! Samples in memory: every form gives the same inputs and targets, and mistakes are told.

use monograd::{
    array::Array,
    data::{Dataset, NdSamples, Samples, Standardize, batches, mnist, one_hot, split, split_at},
};
use ndarray::{Array2, Array3, s};

type Input = [[f32; 2]; 3];

const INPUTS: [Input; 4] = {
    let mut inputs = [[[0.0; 2]; 3]; 4];
    let mut i = 0;
    while i < 24 {
        inputs[i / 6][i / 2 % 3][i % 2] = i as f32;
        i += 1;
    }
    inputs
};
const LABELS: [u8; 4] = [3, 1, 0, 2];

fn read(data: &impl Dataset<Input, Target = u8>) -> (Vec<Input>, Vec<u8>) {
    let input = |index| {
        let mut input = [[9.0; 2]; 3];
        data.input(index, &mut input);
        input
    };
    (
        (0..data.len()).map(input).collect(),
        (0..data.len()).map(|index| data.target(index)).collect(),
    )
}

#[test]
fn every_form_holds_the_same() {
    let expected = (INPUTS.to_vec(), LABELS.to_vec());
    let pairs: Vec<(Input, u8)> = INPUTS.into_iter().zip(LABELS).collect();
    assert_eq!(read(&pairs), expected);
    let array: [(Input, u8); 4] = core::array::from_fn(|i| pairs[i]);
    assert_eq!(read(&array), expected);
    assert_eq!(read(&Samples::new(INPUTS.to_vec(), LABELS.to_vec()).expect("four")), expected);
    assert_eq!(read(&Samples::new(&INPUTS[..], &LABELS[..]).expect("four")), expected);
    let flat = <Input as Array>::flat(&INPUTS);
    assert_eq!(read(&Samples::from_flat(flat, &LABELS[..]).expect("four")), expected);
}

#[test]
fn ndarray_views_hold_the_same() {
    let expected = (INPUTS.to_vec(), LABELS.to_vec());
    let array = Array3::from_shape_fn((4, 3, 2), |(i, j, k)| INPUTS[i][j][k]);
    assert_eq!(read(&NdSamples::new(&array, &LABELS).expect("four")), expected);
    let flat = Array2::from_shape_fn((4, 6), |(i, j)| INPUTS[i][j / 2][j % 2]);
    assert_eq!(read(&NdSamples::new(&flat.view(), &LABELS).expect("four")), expected);
    let reversed = array.slice(s![..;-1, .., ..]);
    let (inputs, _) = read(&NdSamples::new(&reversed, &LABELS).expect("four"));
    assert_eq!(inputs, INPUTS.iter().rev().copied().collect::<Vec<_>>());
    let columns = Array3::from_shape_fn((2, 3, 4), |(k, j, i)| INPUTS[i][j][k]);
    let transposed = columns.t();
    assert_eq!(read(&NdSamples::new(&transposed, &LABELS).expect("four")), expected);
}

#[test]
fn counts_that_differ_are_told() {
    let error = Samples::new(&INPUTS[..], &LABELS[..3]).expect_err("four and three");
    assert_eq!(error.to_string(), "4 inputs for 3 targets");
    let error = Samples::<&[Input], _>::from_flat(&[0.0; 13], &LABELS[..2]).expect_err("not 12");
    assert_eq!(error.to_string(), "13 values are no whole number of inputs of 6");
    let array = Array2::<f32>::zeros((4, 5));
    assert!(NdSamples::<Input, u8>::new(&array, &LABELS).is_err());
    let array = Array2::<f32>::zeros((3, 6));
    assert!(NdSamples::<Input, u8>::new(&array, &LABELS).is_err());
}

#[test]
fn splits_hold_every_sample_once() {
    let pairs: Vec<([f32; 1], usize)> = (0..50).map(|i| ([i as f32], i)).collect();
    let targets = |data: &dyn Dataset<[f32; 1], Target = usize>| -> Vec<usize> {
        (0..data.len()).map(|i| data.target(i)).collect()
    };
    let (first, second) = split(&pairs, 0.3, 4);
    let (first, second) = (targets(&first), targets(&second));
    assert_eq!((first.len(), second.len()), (35, 15));
    assert_ne!(first, (0..35).collect::<Vec<_>>(), "it is shuffled");
    assert_eq!(second, targets(&split(&pairs, 0.3, 4).1), "the same seed, the same split");
    let mut all = [first, second].concat();
    all.sort_unstable();
    assert_eq!(all, (0..50).collect::<Vec<_>>());
    let (head, tail) = split_at(&pairs, 48);
    assert_eq!((targets(&head).len(), targets(&tail)), (48, vec![48, 49]));
}

#[test]
fn batches_hold_every_sample_once() {
    let pairs: Vec<([f32; 1], usize)> = (0..10).map(|i| ([i as f32], i)).collect();
    let mut batches = batches::<[f32; 1], _, 4>(&pairs, 1);
    let (mut sizes, mut seen) = (Vec::new(), Vec::new());
    while let Some((inputs, targets)) = batches.next_batch() {
        assert!(inputs.iter().zip(targets).all(|(input, target)| input[0] == *target as f32));
        sizes.push(inputs.len());
        seen.extend_from_slice(targets);
    }
    seen.sort_unstable();
    assert_eq!((sizes, seen), (vec![4, 4, 2], (0..10).collect()));
}

#[test]
fn standardised_features_have_mean_zero_and_deviation_one() {
    let inputs = [[1.0_f64, 5.0, 7.0], [3.0, 5.0, -1.0], [8.0, 5.0, 0.0]];
    let scale = Standardize::fit(&inputs);
    let scaled = inputs.map(|input| scale.apply(input));
    for feature in 0..3 {
        let sum: f64 = scaled.iter().map(|input| input[feature]).sum();
        let squares: f64 = scaled.iter().map(|input| input[feature] * input[feature]).sum();
        let deviation = if feature == 1 { 0.0 } else { 1.0 };
        assert!(sum.abs() < 1e-12 && (squares / 3.0 - deviation).abs() < 1e-12);
    }
    for (input, scaled) in inputs.iter().zip(scaled) {
        let undone = scale.undo(scaled);
        assert!(undone.iter().zip(input).all(|(a, b)| (a - b).abs() < 1e-12));
    }
    assert_eq!(one_hot::<f32, 3>(1), [0.0, 1.0, 0.0]);
}

/// Images of one value have no deviation to be divided by.
#[test]
fn images_without_deviation_stay_numbers() {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/../datasets/mnist");
    let (_, test) = mnist::load(directory).expect("MNIST");
    let mut image = [[[9.0_f32; 1]; 28]; 28];
    test.normalized(0.5, 0.0).input(0, &mut image);
    let values = image.as_flattened().as_flattened();
    assert!(values.iter().all(|value| (-0.5..=0.5).contains(value)), "{values:?}");
}
