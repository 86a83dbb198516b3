//! Layers of one's own over sequences give step by step what they give at once, for 1,000 random steps.

use monograd::{
    custom::{CausalLayer, CustomLayer, Parameter, Pass, gradient_error, step_error},
    init::Init,
    prelude::*,
};
use monograd_tests::steps::{by_steps, check, close, fresh, inputs};

/// `y[t] = decay · y[t-1] + x[t]`, a decay for each of four features.
struct Leaky<const T: usize>;

impl<const T: usize> CustomLayer for Leaky<T> {
    type Input = [[f64; 4]; T];
    type Output = [[f64; 4]; T];
    const NAME: &'static str = "Leaky";
    const PARAMETERS: &'static [Parameter] =
        &[Parameter::zeros("decay", &[4]).init(Init::Constant(0.5))];

    fn forward(decay: &[f64], x: &Self::Input, y: &mut Self::Output) {
        let mut last = [0.0; 4];
        for (x, y) in x.iter().zip(y) {
            last = std::array::from_fn(|n| decay[n] * last[n] + x[n]);
            *y = last;
        }
    }

    fn backward(pass: Pass<'_, Self>, dy: &Self::Output, dx: &mut Self::Input, d: &mut [f64]) {
        for t in (0..T).rev() {
            for n in 0..4 {
                let later = if t + 1 == T { 0.0 } else { dx[t + 1][n] };
                dx[t][n] = dy[t][n] + pass.parameters[n] * later;
                d[n] += if t == 0 { 0.0 } else { dx[t][n] * pass.output[t - 1][n] };
            }
        }
    }
}

impl<const T: usize> CausalLayer for Leaky<T> {
    type State = [f64; 4];
    type StepOutput = [f64; 4];

    fn step(decay: &[f64], state: &mut [f64; 4], x: &[f64; 4], y: &mut [f64; 4]) {
        *state = std::array::from_fn(|n| decay[n] * state[n] + x[n]);
        *y = *state;
    }
}

/// `y = x · |x|`, every step by itself.
struct Shaper;

impl CustomLayer for Shaper {
    type Input = [[f64; 4]; 1000];
    type Output = [[f64; 4]; 1000];
    const NAME: &'static str = "Shaper";

    fn forward(_: &[f64], x: &Self::Input, y: &mut Self::Output) {
        *y = x.map(|x| x.map(|x| x * x.abs()));
    }

    fn backward(pass: Pass<'_, Self>, dy: &Self::Output, dx: &mut Self::Input, _: &mut [f64]) {
        *dx = std::array::from_fn(|t| {
            std::array::from_fn(|n| 2.0 * pass.input[t][n].abs() * dy[t][n])
        });
    }
}

impl CausalLayer for Shaper {
    type State = [f64; 0];
    type StepOutput = [f64; 4];

    fn step(_: &[f64], _: &mut [f64; 0], x: &[f64; 4], y: &mut [f64; 4]) {
        *y = x.map(|x| x * x.abs());
    }
}

/// The sum of all steps so far, after a feature more.
struct Total;

impl CustomLayer for Total {
    type Input = [[f64; 4]; 1000];
    type Output = [f64; 5];
    const NAME: &'static str = "Total";

    fn forward(_: &[f64], x: &Self::Input, y: &mut [f64; 5]) {
        *y = [1.0, 0.0, 0.0, 0.0, 0.0];
        x.iter().for_each(|x| y[1..].iter_mut().zip(x).for_each(|(y, x)| *y += x));
    }

    fn backward(_: Pass<'_, Self>, dy: &[f64; 5], dx: &mut Self::Input, _: &mut [f64]) {
        dx.iter_mut().for_each(|dx| dx.copy_from_slice(&dy[1..]));
    }
}

impl CausalLayer for Total {
    type State = [f64; 4];
    type StepOutput = [f64; 5];

    fn step(_: &[f64], state: &mut [f64; 4], x: &[f64; 4], y: &mut [f64; 5]) {
        state.iter_mut().zip(x).for_each(|(state, x)| *state += x);
        y[0] = 1.0;
        y[1..].copy_from_slice(state);
    }
}

network! {
    #[scalar(f64)]
    Own: [1000, 2] -> [1000, 3] {
        conv1d(4, kernel = 3, padding = causal), tanh, layer(Leaky<1000>, causal = true) -> [1000, 4],
        repeat(2) { residual { dense(4), layer(Leaky<1000>, causal = true) -> [1000, 4], layer(Shaper, causal = true) -> [1000, 4], tanh } },
        gru(3, return_sequences = true),
    }
}
network! {
    #[scalar(f64)]
    OwnEnd: [1000, 4] -> [2] { layer(Leaky<1000>, causal = true) -> [1000, 4], layer(Total, causal = true) -> [5], dense(2) }
}

#[test]
fn layers_of_ones_own_are_the_same_by_steps() {
    check::<Own>(1e-12);
    check::<OwnEnd>(1e-12);
    assert_eq!(step_error::<Shaper>(1), 0.0);
    assert!(step_error::<Leaky<9>>(1) < 1e-12);
    assert!(step_error::<Total>(1) < 1e-10);
    assert!(gradient_error::<Leaky<9>>(1) < 1e-6);
    let (net, inputs) = (fresh::<Own>(3), inputs::<Own>(3));
    close(&by_steps(&net.prepare::<f64>(), &inputs), &by_steps(&net, &inputs), 1e-13);
}

/// Wrong in its second step.
struct Forgetful;

impl CustomLayer for Forgetful {
    type Input = [[f64; 1]; 3];
    type Output = [[f64; 1]; 3];
    const NAME: &'static str = "Forgetful";

    fn forward(_: &[f64], x: &Self::Input, y: &mut Self::Output) {
        *y = [x[0], [x[0][0] + x[1][0]], [x[0][0] + x[1][0] + x[2][0]]];
    }

    fn backward(_: Pass<'_, Self>, _: &Self::Output, _: &mut Self::Input, _: &mut [f64]) {}
}

impl CausalLayer for Forgetful {
    type State = [f64; 0];
    type StepOutput = [f64; 1];

    fn step(_: &[f64], _: &mut [f64; 0], x: &[f64; 1], y: &mut [f64; 1]) {
        *y = *x;
    }
}

#[test]
fn a_wrong_step_is_far_from_the_whole() {
    assert!(step_error::<Forgetful>(1) > 0.1);
}
