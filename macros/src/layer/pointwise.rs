//! What all pointwise layers share: a file of its own gives each its name, arguments and function.

use super::{Check, Head, Layer, Pace};
use crate::{
    plan::{Buf, Elementwise, Fun, GradientFrom, lower::Lower},
    shape::Shape,
};

/// A layer that applies one function to every value.
#[derive(Debug)]
pub(super) struct Pointwise {
    fun: Fun,
    canonical: String,
}

impl Pointwise {
    /// The layer of `fun`, which has no arguments.
    pub(super) fn plain(fun: Fun) -> Option<Box<dyn Layer>> {
        Self::with(fun, String::new())
    }

    /// The layer of `fun` with its arguments in canonical words.
    pub(super) fn with(fun: Fun, canonical: String) -> Option<Box<dyn Layer>> {
        Some(Box::new(Self { fun, canonical }))
    }
}

impl Layer for Pointwise {
    fn output(&self, input: &Shape, _check: &mut Check<'_>) -> Shape {
        input.clone()
    }

    fn head(&self) -> Head {
        if self.fun == Fun::Sigmoid { Head::Sigmoid } else { Head::Plain }
    }

    fn canonical(&self) -> String {
        self.canonical.clone()
    }

    fn forward(&self, cx: &mut Lower<'_>) -> Buf {
        let (y, x) = (cx.new_y(), cx.x());
        cx.push(Elementwise::Map { y, x, fun: self.fun });
        y
    }

    fn pace(&self, _input: &Shape) -> Pace {
        Pace::Steps
    }

    fn backward(&self, cx: &mut Lower<'_>, dy: Buf) -> Buf {
        let dx = cx.new_dx();
        let kept = match self.fun.gradient_from() {
            GradientFrom::Input => cx.x(),
            GradientFrom::Output => cx.y(),
        };
        cx.push(Elementwise::MapGrad { dx, dy, kept, fun: self.fun });
        dx
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        layer::{
            Head,
            testing::{mistake, model, plan, training},
        },
        plan::Verb,
    };

    fn fun(layer: &str) -> Fun {
        let plan = plan(&format!("[3] -> [3] {{ {layer} }}"));
        let Verb::Elementwise(Elementwise::Map { fun, .. }) = plan.inference.steps[0].verb else {
            panic!("{plan:?}")
        };
        fun
    }

    #[test]
    fn arguments_reach_the_function() {
        for (layer, expected) in [
            ("relu", Fun::Relu),
            ("relu6", Fun::Clamp(0.0, 6.0)),
            ("leaky_relu", Fun::LeakyRelu(0.01)),
            ("leaky_relu(0.3)", Fun::LeakyRelu(0.3)),
            ("elu", Fun::Elu { alpha: 1.0, scale: 1.0 }),
            ("elu(alpha = 2)", Fun::Elu { alpha: 2.0, scale: 1.0 }),
            ("gelu", Fun::Gelu),
            ("gelu(none)", Fun::Gelu),
            ("gelu(approximate = tanh)", Fun::GeluTanh),
        ] {
            assert_eq!(fun(layer), expected, "{layer}");
        }
    }

    #[test]
    fn selu_keeps_mean_and_variance() {
        let Fun::Elu { alpha, scale } = fun("selu") else { panic!("selu is an elu") };
        let steps = (-80_000..80_000).map(|i| f64::from(i) * 1e-4);
        let [mean, square] = steps.fold([0.0, 0.0], |[mean, square], x| {
            let y = scale * if x > 0.0 { x } else { alpha * x.exp_m1() };
            let weight = 1e-4 * (-0.5 * x * x).exp() / std::f64::consts::TAU.sqrt();
            [mean + weight * y, square + weight * y * y]
        });
        assert!(mean.abs() < 1e-4 && (square - 1.0).abs() < 1e-3, "{mean} {square}");
    }

    #[test]
    fn the_gradient_reads_what_its_function_needs() {
        for (layer, from_input) in
            [("relu", false), ("tanh", false), ("silu", true), ("gelu", true)]
        {
            let network = format!("[3] -> [3] {{ {layer} }}");
            assert_eq!(training(&network), [["Map"], ["MapGrad"]]);
            let training = plan(&network).training;
            let [
                Verb::Elementwise(Elementwise::Map { y, x, .. }),
                Verb::Elementwise(Elementwise::MapGrad { kept, .. }),
            ] = [0, 1].map(|step| training.program.steps[step].verb.clone())
            else {
                panic!("{training:?}")
            };
            assert_eq!(kept, if from_input { x } else { y }, "{layer}");
        }
    }

    #[test]
    fn only_sigmoid_is_a_head() {
        assert_eq!(model("[3] -> [3] { sigmoid }").head, Head::Sigmoid);
        assert_eq!(model("[3] -> [3] { sigmoid, tanh }").head, Head::Plain);
        assert_eq!(model("[3] -> [1, 1, 3] { sigmoid, reshape([1, 1, 3]) }").head, Head::Sigmoid);
    }

    #[test]
    fn slopes_have_a_range() {
        let mistake = mistake("[3] -> [3] { leaky_relu(-0.1) }");
        assert!(mistake.starts_with("`slope` of `leaky_relu` is out of range"), "{mistake}");
    }
}
