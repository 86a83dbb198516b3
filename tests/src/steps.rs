//! Networks time step by time step, compared with themselves over whole sequences.

use monograd::{
    array::Array,
    network::{Network, Outputs},
    prelude::*,
    simd::Scalar,
};

/// Values about 1 for a whole sequence.
pub fn inputs<N: Causal>(seed: u64) -> Vec<N::Scalar> {
    let mut rng = Rng::new(seed);
    let values = (0..N::Input::LEN).map(|_| N::Scalar::from_f64(3.0 * rng.uniform()));
    values.collect()
}

/// The outputs after every step.
pub fn by_steps<S: Step>(net: &S, inputs: &[<S::Network as Outputs>::Scalar]) -> Vec<f64> {
    let mut state = S::Network::state();
    let samples = <S::Network as Causal>::Sample::rows(inputs);
    let outputs = samples.iter().flat_map(|sample| {
        let output = net.step(&mut state, sample);
        let flat = <S::Network as Causal>::StepOutput::flat(std::slice::from_ref(output));
        flat.iter().map(|v| v.to_f64()).collect::<Vec<_>>()
    });
    outputs.collect()
}

/// Within a tolerance, relative to what is larger than 1.
#[track_caller]
pub fn close(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
        let near = (found - expected).abs() <= tolerance * expected.abs().max(1.0);
        assert!(near, "{found} instead of {expected} at {at}");
    }
}

/// Every step gives what inference over the whole sequence gives there.
pub fn check<N: Causal>(tolerance: f64) {
    for seed in [1, 2] {
        let (net, inputs) = (fresh::<N>(seed), inputs::<N>(seed));
        let mut scratch = N::scratch::<1>();
        let expected = net.predict(&N::Input::rows(&inputs)[0], &mut scratch);
        let expected: Vec<f64> =
            N::Output::flat(std::slice::from_ref(expected)).iter().map(|v| v.to_f64()).collect();
        let mut found = by_steps(&net, &inputs);
        found.drain(..found.len() - expected.len());
        close(&found, &expected, tolerance);
    }
}

/// A network whose biases and statistics are not zeros and ones.
pub fn fresh<N: Network>(seed: u64) -> N {
    let mut net = N::init(seed);
    let mut rng = Rng::new(seed);
    let moved = N::PARAMS.iter().filter(|param| param.shape.len() == 1 || param.copies > 1);
    for param in moved {
        for value in &mut net.parameters_mut().all_mut()[param.offset..param.offset + param.len] {
            *value = N::Scalar::from_f64(value.to_f64() + 0.3 * rng.uniform());
        }
    }
    net
}
