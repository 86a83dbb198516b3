//! Batch normalisation.

use super::{Check, Init, Kind, Layer, Pace, Param};
use crate::{
    plan::{Buf, Normalization, lower::Lower},
    shape::{Dim, Shape},
    syntax::args::Args,
};

const DOC: &str = "\
`y = gamma · (x - mean) / √(var + epsilon) + beta` for every channel or feature `c`, the last dimension,
over any shape (Ioffe and Szegedy 2015). While training, `mean` and `var` are those of the batch and move
the stored ones: `stored = momentum · stored + (1 - momentum) · batch`, with the biased variance as in
Keras. At inference, and where the layer is frozen, they are the stored ones.

- `momentum = 0.99`: the share of the stored statistics that a step keeps, from 0 to 1.
- `epsilon = 0.001`: added to the variance, from 1e-9 to 1.

Parameters: `gamma [c]`, `beta [c]`; state: `mean [c]`, `var [c]`.";

pub(super) const KIND: Kind = Kind {
    keyword: "batch_norm",
    doc: DOC,
    args: &["momentum", "epsilon"],
    examples: &[
        "[3] -> [2] { dense(4, bias = false), batch_norm, tanh, dense(2) }",
        "[2, 3, 2] -> [2, 3, 2] { batch_norm(momentum = 0.9, epsilon = 0.1) }",
        "[3] -> [2] { dense(4), #[freeze] batch_norm, dense(2) }",
    ],
    init_before: None,
    parse,
};

#[derive(Debug)]
struct BatchNorm {
    momentum: f64,
    epsilon: f64,
}

fn parse(args: &mut Args<'_>) -> Option<Box<dyn Layer>> {
    let momentum = args.float_or("momentum", 0.99, 0.0..=1.0);
    let epsilon = args.float_or("epsilon", 1e-3, 1e-9..=1.0);
    Some(Box::new(BatchNorm { momentum: momentum?.value, epsilon: epsilon?.value }))
}

fn per_channel(channels: Dim, name: &'static str, init: Init, trained: bool) -> Param {
    Param {
        name,
        shape: Shape::flat(channels.clone()),
        init: Some(init),
        fan_in: channels.clone(),
        fan_out: channels,
        trained,
        decays: false,
    }
}

impl BatchNorm {
    /// The step that normalises by the stored statistics.
    fn normalize(&self, cx: &mut Lower<'_>) -> Buf {
        let (y, x) = (cx.new_y(), cx.x());
        let [gamma, beta, mean, var] = ["gamma", "beta", "mean", "var"].map(|name| cx.param(name));
        cx.push(Normalization::Normalize { y, x, gamma, beta, mean, var, epsilon: self.epsilon });
        y
    }
}

impl Layer for BatchNorm {
    fn output(&self, input: &Shape, _check: &mut Check<'_>) -> Shape {
        input.clone()
    }

    fn params(&self, input: &Shape) -> Vec<Param> {
        let channels = input.channels();
        vec![
            per_channel(channels.clone(), "gamma", Init::Ones, true),
            per_channel(channels.clone(), "beta", Init::Zeros, true),
            per_channel(channels.clone(), "mean", Init::Zeros, false),
            per_channel(channels, "var", Init::Ones, false),
        ]
    }

    fn canonical(&self) -> String {
        format!("momentum = {:?}, epsilon = {:?}", self.momentum, self.epsilon)
    }

    fn forward(&self, cx: &mut Lower<'_>) -> Buf {
        if !cx.training() || cx.frozen() {
            return self.normalize(cx);
        }
        let (y, x, shape) = (cx.new_y(), cx.x(), Shape::flat(cx.input().channels()));
        let [mean, rstd] = ["batch_mean", "batch_rstd"].map(|name| {
            let buf = cx.new_fixed(name, shape.clone());
            cx.keep(name, buf);
            buf
        });
        let [running_mean, running_var] = ["mean", "var"].map(|name| cx.param(name));
        let [gamma, beta] = ["gamma", "beta"].map(|name| cx.param(name));
        let Self { momentum, epsilon } = *self;
        cx.push(Normalization::BatchNorm {
            y,
            mean,
            rstd,
            running_mean,
            running_var,
            x,
            gamma,
            beta,
            momentum,
            epsilon,
        });
        y
    }

    fn pace(&self, _input: &Shape) -> Pace {
        Pace::Steps
    }

    fn backward(&self, cx: &mut Lower<'_>, dy: Buf) -> Buf {
        let (dx, x, gamma) = (cx.new_dx(), cx.x(), cx.param("gamma"));
        let (Some(dgamma), Some(dbeta)) = (cx.grad("gamma"), cx.grad("beta")) else {
            let var = cx.param("var");
            cx.push(Normalization::NormalizeGrad { dx, dy, gamma, var, epsilon: self.epsilon });
            return dx;
        };
        let [mean, rstd] = ["batch_mean", "batch_rstd"].map(|name| cx.kept(name));
        cx.push(Normalization::BatchNormGrad { dx, dgamma, dbeta, dy, x, gamma, mean, rstd });
        dx
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::testing::{inference, model, training};

    #[test]
    fn parameters_and_state() {
        let model = model("[5, 5, 3] -> [5, 5, 3] { batch_norm }");
        let params = &model.nodes[0].params;
        let facts: Vec<_> = params.iter().map(|p| (p.name, p.init, p.trained)).collect();
        assert_eq!(
            facts,
            [
                ("gamma", Some(Init::Ones), true),
                ("beta", Some(Init::Zeros), true),
                ("mean", Some(Init::Zeros), false),
                ("var", Some(Init::Ones), false),
            ]
        );
        assert!(params.iter().all(|p| p.shape == Shape::literal(&[3]) && !p.decays));
        assert_eq!(model.nodes[0].layer.canonical(), "momentum = 0.99, epsilon = 0.001");
    }

    #[test]
    fn forward_and_backward() {
        let network = "[4] -> [4] { batch_norm }";
        assert_eq!(training(network), [["BatchNorm"], ["BatchNormGrad"]]);
        assert_eq!(inference(network), ["Normalize"]);
    }

    #[test]
    fn frozen_statistics_stay() {
        let network = "[4] -> [4] { #[freeze] batch_norm }";
        assert_eq!(training(network), [["Normalize"], ["NormalizeGrad"]]);
    }
}
