//! Every example of the layer registry: what is generated computes what the interpreter of the plan
//! does, in inference and in training, and its gradients are those of its values.

use monograd::{
    array::Array,
    network::{Context, Entry, Network},
    predict::Predict,
    simd::{Cpu, Scalar},
};
use monograd_tests::fixture::distance;

/// What the interpreter computed, in `f64`.
struct Expected {
    seed: u64,
    step: u64,
    inputs: &'static [f64],
    /// The arena before and, running statistics moved, after the forward pass.
    parameters: &'static [f64],
    moved: &'static [f64],
    inferred: &'static [f64],
    outputs: &'static [f64],
    /// What a loss is taken to write, at either entry, and the gradients that follow.
    gradient: &'static [f64],
    from_output: &'static [f64],
    from_head: &'static [f64],
}

impl Expected {
    fn context(&self) -> Context {
        Context { cpu: Cpu::detect(), seed: self.seed, step: self.step }
    }

    /// The network over the interpreter's parameters.
    fn network<N: Network>(&self) -> N {
        let mut net = N::init(1);
        net.parameters_mut().all_mut().copy_from_slice(&narrow(self.parameters));
        net
    }

    fn matches<N: Network>(&self, tolerance: f64) {
        let mut net = self.network::<N>();
        let inputs = narrow::<N::Scalar>(self.inputs);
        let inputs = N::Input::rows(&inputs);
        let mut scratch = N::scratch::<5>();
        let inferred = net.predict_rows(inputs, &mut scratch).expect("there is room");
        close("inferred", N::Output::flat(inferred), self.inferred, tolerance);
        let mut tape = N::tape::<5>();
        let outputs = net.forward::<5>(self.context(), inputs, &mut tape);
        close("outputs", N::Output::flat(outputs), self.outputs, tolerance);
        close("moved", net.parameters().all(), self.moved, tolerance);
        for (entry, expected) in [(Entry::Output, self.from_output), (Entry::Head, self.from_head)]
        {
            net.forward::<5>(self.context(), inputs, &mut tape);
            let gradients = gradients(&net, self, entry, inputs, &mut tape);
            close("gradients", &gradients, expected, tolerance);
        }
    }

    /// Central differences of `outputs · gradient`, by every trained parameter.
    fn differentiates<N: Network>(&self) {
        const STEP: f64 = 1e-5;
        let inputs = narrow::<N::Scalar>(self.inputs);
        let inputs = N::Input::rows(&inputs);
        let mut tape = N::tape::<5>();
        let mut value = |at: usize, by: f64| {
            let mut net = self.network::<N>();
            let values = net.parameters_mut().all_mut();
            values[at] = N::Scalar::from_f64(values[at].to_f64() + by);
            let outputs = net.forward::<5>(self.context(), inputs, &mut tape);
            let pairs = N::Output::flat(outputs).iter().zip(self.gradient);
            pairs.map(|(y, dy)| y.to_f64() * dy).sum::<f64>()
        };
        for param in N::PARAMS.iter().filter(|param| param.trained) {
            let range = param.offset..param.offset + param.len;
            let differences: Vec<f64> = range
                .clone()
                .map(|at| (value(at, STEP) - value(at, -STEP)) / (2.0 * STEP))
                .collect();
            close(param.name, &differences, &self.from_output[range], 1e-6);
        }
    }
}

/// No samples have no outputs, no part in the gradients, and move no statistics.
fn takes_nothing<N: Network>() {
    let (mut net, mut scratch, mut tape) = (N::init(1), N::scratch::<5>(), N::tape::<5>());
    let context = Context { cpu: Cpu::detect().with_threads(2), seed: 1, step: 1 };
    assert!(net.predict_rows::<5>(&[], &mut scratch).expect("there is room").is_empty());
    let before = net.parameters().all().to_vec();
    assert!(net.forward::<5>(context, &[], &mut tape).is_empty());
    assert_eq!(net.parameters().all(), before);
    let mut gradients = N::gradients();
    net.backward::<5>(context, Entry::Output, &[], &mut tape, &mut gradients);
    assert!(gradients.iter().all(|value| *value == N::Scalar::ZERO), "{:?}", &gradients[..]);
}

fn gradients<N: Network>(
    net: &N,
    expected: &Expected,
    entry: Entry,
    inputs: &[N::Input],
    tape: &mut N::Tape<5>,
) -> Vec<N::Scalar> {
    let (_, seam) = N::seam::<5>(tape, inputs.len(), entry);
    N::Output::flat_mut(seam).copy_from_slice(&narrow(expected.gradient));
    let mut gradients = N::gradients();
    net.backward::<5>(expected.context(), entry, inputs, tape, &mut gradients);
    gradients.to_vec()
}

fn narrow<T: Scalar>(values: &[f64]) -> Vec<T> {
    values.iter().map(|value| T::from_f64(*value)).collect()
}

fn close<T: Scalar>(what: &str, actual: &[T], expected: &[f64], tolerance: f64) {
    let actual: Vec<f64> = actual.iter().map(|value| value.to_f64()).collect();
    if expected.iter().all(|value| value.abs() < 1e-12) {
        assert!(actual.iter().all(|value| value.abs() < tolerance), "{what}: {actual:?} is not 0");
        return;
    }
    let distance = distance(&actual, expected);
    assert!(distance < tolerance, "{what} is {distance:.2e} from the interpreter's");
}

macro_rules! example {
    ($name:ident { $($network:tt)* } { $($expected:tt)* }) => {
        #[test]
        fn $name() {
            mod single {
                monograd::network! { pub(super) Net: $($network)* }
            }
            mod double {
                monograd::network! { #[scalar(f64)] pub(super) Net: $($network)* }
            }
            let expected = Expected { $($expected)* };
            expected.matches::<single::Net>(1e-5);
            expected.matches::<double::Net>(1e-9);
            expected.differentiates::<double::Net>();
            takes_nothing::<single::Net>();
        }
    };
}

monograd_macros::for_each_example!(example);
