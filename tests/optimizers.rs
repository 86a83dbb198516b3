//! Every optimizer against PyTorch, step by step, in both scalars.

use monograd::{prelude::*, simd::Cpu, simd::Scalar};
use monograd_tests::fixture::{Fixture, distance, noise};

const COUNT: usize = 37;
const STEPS: usize = 5;

fn values<T: Scalar>(salt: u64) -> Vec<T> {
    noise(COUNT, salt, 1.0).iter().map(|value| T::from_f64(*value)).collect()
}

/// The parameters after every step, as `make_optimizers` of the script computes them.
fn run<T: Scalar>(mut optimizer: impl Optimizer<T>) -> Vec<f64> {
    let mut w = values::<T>(1);
    let mut after = Vec::new();
    for step in 0..STEPS {
        optimizer.step(Cpu::detect(), &mut w, &values::<T>(2 + step as u64));
        after.extend(w.iter().map(|value| value.to_f64()));
    }
    after
}

macro_rules! matches {
    ($($name:ident: $optimizer:expr;)*) => {$(
        #[test]
        fn $name() {
            let expected = Fixture::read("optimizers").tensor(stringify!($name));
            let close = |actual: &[f64], tolerance: f64| {
                let distance = distance(actual, &expected);
                assert!(distance < tolerance, "{distance:.2e} from PyTorch's");
            };
            close(&run::<f32>($optimizer), 1e-6);
            close(&run::<f64>($optimizer), 1e-12);
        }
    )*};
}

matches! {
    sgd: Sgd::new(0.1);
    sgd_momentum: Sgd::new(0.1).momentum(0.9);
    sgd_nesterov: Sgd::new(0.1).nesterov(0.9);
    sgd_l2: Sgd::new(0.1).momentum(0.9).l2(0.05);
    adam: Adam::new(0.01);
    adam_betas: Adam::new(0.01).betas(0.8, 0.95).epsilon(1e-4);
    adam_l2: Adam::new(0.01).l2(0.05);
    adamw: AdamW::new(0.01);
    adamw_strong: AdamW::new(0.01).weight_decay(0.3);
    rms_prop: RmsProp::new(0.01);
    rms_prop_rho: RmsProp::new(0.01).rho(0.9).epsilon(1e-4);
    rms_prop_l2: RmsProp::new(0.01).l2(0.05);
    adagrad: Adagrad::new(0.1);
    adagrad_l2: Adagrad::new(0.1).l2(0.05);
}

/// `w -= rate · (g + l1 · sign(w))`, and a weight of zero feels no pull.
#[test]
fn l1_pulls_towards_zero() {
    let mut w = [2.0_f64, -2.0, 0.0];
    let mut sgd = Sgd::new(0.5).l1(0.1);
    sgd.step(Cpu::detect(), &mut w, &[1.0, 1.0, 0.0]);
    assert_eq!(w, [2.0 - 0.55, -2.0 - 0.45, 0.0]);
}

/// Decoupled decay takes `rate · strength · w` off, whatever the gradient.
#[test]
fn decoupled_decay_shrinks_weights() {
    let mut w = [2.0_f64, -4.0];
    Sgd::new(0.5).weight_decay(0.1).step(Cpu::detect(), &mut w, &[0.0, 1.0]);
    let expected = [2.0 * 0.95, -4.0 * 0.95 - 0.5];
    assert!(w.iter().zip(expected).all(|(w, e)| (w - e).abs() < 1e-12), "{w:?}");
}
