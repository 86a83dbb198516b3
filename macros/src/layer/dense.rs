//! Fully connected layer.

use super::{Check, Init, Kind, Layer, Pace, Param, normalization};
use crate::{
    plan::{Buf, Product, lower::Lower},
    shape::{Dim, Shape},
    syntax::args::Args,
};

const DOC: &str = "\
Every output sees every input: `y[n] = Σ x[k] · weight[k, n] + bias[n]`, from `[k]` to `[n]`, or for
every step of a sequence from `[time, k]` to `[time, n]`. Put `flatten` before it where the input is
an image.

- `units`: the number `n` of outputs.
- `bias = true`: whether `bias` is added.
- `init`: how `weight` starts, by default as the layer after it asks, else `glorot_uniform`.
- `bias_init = zeros`: how `bias` starts.
- `l1 = 0`: the penalty `l1 · Σ |w|` of `weight` in training: see [regularisation](#regularisation).
- `l2 = 0`: the penalty `l2 · Σ w²`, likewise.
- `max_norm`: the largest norm of what enters one unit, likewise.

Parameters: `weight [k, n]`, `bias [n]`.";

pub(super) const KIND: Kind = Kind {
    keyword: "dense",
    doc: DOC,
    args: &["units", "bias", "init", "bias_init", "l1", "l2", "max_norm"],
    examples: &[
        "[4] -> [3] { dense(5), tanh, dense(3) }",
        "[4] -> [3] { dense(3, bias = false) }",
        "[3, 2] -> [3, 4] { dense(4), tanh }",
    ],
    init_before: None,
    parse,
};

#[derive(Debug)]
struct Dense {
    units: Dim,
    bias: bool,
    init: Option<Init>,
    bias_init: Option<Init>,
}

fn parse(args: &mut Args<'_>) -> Option<Box<dyn Layer>> {
    let (units, bias) = (args.dim("units"), args.flag_or("bias", true));
    let (init, bias_init) = (args.init("init"), args.init("bias_init"));
    let (units, bias) = (units?.value, bias?.value);
    Some(Box::new(Dense { units, bias, init: init?, bias_init: bias_init? }))
}

impl Dense {
    /// Rows of a sample, inputs and outputs.
    fn sizes(&self, cx: &Lower<'_>) -> [Dim; 3] {
        [normalization::pixels(cx.input()), cx.input().channels(), self.units.clone()]
    }
}

impl Layer for Dense {
    fn output(&self, input: &Shape, check: &mut Check<'_>) -> Shape {
        if let [time, _] = input.dims() {
            return Shape(vec![time.clone(), self.units.clone()]);
        }
        if input.rank() != 1 {
            check
                .error(check.keyword, "`dense` takes a flat input")
                .found(input)
                .expected("[features] or [time, features]")
                .help("add `flatten` before it");
        }
        Shape::flat(self.units.clone())
    }

    fn params(&self, input: &Shape) -> Vec<Param> {
        let (k, n) = (input.channels(), self.units.clone());
        let weight = Param {
            name: "weight",
            shape: Shape(vec![k.clone(), n.clone()]),
            init: self.init,
            fan_in: k.clone(),
            fan_out: n.clone(),
            trained: true,
            decays: true,
        };
        let bias = Param::bias(n.clone(), self.bias_init, k, n);
        [weight].into_iter().chain(self.bias.then_some(bias)).collect()
    }

    fn macs(&self, input: &Shape, _output: &Shape) -> Dim {
        Dim::product([input.len(), self.units.clone()])
    }

    fn canonical(&self) -> String {
        format!("{}, bias = {}", self.units, self.bias)
    }

    fn forward(&self, cx: &mut Lower<'_>) -> Buf {
        let (y, x, w) = (cx.new_y(), cx.x(), cx.param("weight"));
        let [m, k, n] = self.sizes(cx);
        cx.push(Product::Gemm { y, x, w, bias: None, fun: None, m, k, n });
        if self.bias {
            cx.push(Product::AddBias { y, bias: cx.param("bias") });
        }
        y
    }

    fn pace(&self, _input: &Shape) -> Pace {
        Pace::Steps
    }

    fn backward(&self, cx: &mut Lower<'_>, dy: Buf) -> Buf {
        let (x, w) = (cx.x(), cx.param("weight"));
        let [m, k, n] = self.sizes(cx);
        if let Some(db) = self.bias.then(|| cx.grad("bias")).flatten() {
            cx.push(Product::SumRows { db, dy });
        }
        if let Some(dw) = cx.grad("weight") {
            let [m, k, n] = [&m, &k, &n].map(Dim::clone);
            cx.push(Product::GemmGradWeight { dw, x, dy, m, k, n });
        }
        let dx = cx.new_dx();
        cx.push(Product::GemmGradInput { dx, dy, w, m, k, n });
        dx
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        layer::testing::{inference, mistake, model, plan, training},
        plan::Verb,
    };

    #[test]
    fn shape_parameters_and_macs() {
        let model = model("[4] -> [3] { dense(3) }");
        let node = &model.nodes[0];
        assert_eq!(node.output, Shape::literal(&[3]));
        assert_eq!(node.parameters(), Dim::from(4 * 3 + 3));
        assert_eq!(node.macs, Dim::from(12));
        assert_eq!(node.layer.canonical(), "3, bias = true");
    }

    #[test]
    fn initialisers_are_read() {
        let model = model("[4] -> [3] { dense(3, init = orthogonal, bias_init = constant(0.1)) }");
        let inits: Vec<_> = model.nodes[0].params.iter().map(|param| param.init).collect();
        assert_eq!(inits, [Some(Init::Orthogonal), Some(Init::Constant(0.1))]);
    }

    #[test]
    fn weights_start_as_the_next_layer_asks() {
        for (next, init) in [
            ("relu", Init::HeUniform),
            ("selu", Init::LecunNormal),
            ("tanh", Init::GlorotUniform),
            ("dense(3)", Init::GlorotUniform),
        ] {
            let model = model(&format!("[4] -> [3] {{ dense(3), {next} }}"));
            assert_eq!(model.nodes[0].params[0].init, Some(init), "{next}");
        }
    }

    #[test]
    fn forward_and_backward() {
        let [forward, backward] = training("[4] -> [3] { dense(3) }");
        assert_eq!(forward, ["Gemm", "AddBias"]);
        assert_eq!(backward, ["SumRows", "GemmGradWeight", "GemmGradInput"]);
        assert_eq!(inference("[4] -> [3] { dense(3, bias = false) }"), ["Gemm"]);
        let [_, backward] = training("[4] -> [3] { #[freeze] dense(3) }");
        assert_eq!(backward, ["GemmGradInput"]);
    }

    #[test]
    fn a_sequence_is_treated_step_by_step() {
        let model = model("[7, 4] -> [7, 3] { dense(3) }");
        assert_eq!(model.nodes[0].params[0].shape, Shape::literal(&[4, 3]));
        assert_eq!(model.nodes[0].macs, Dim::from(7 * 12));
        let plan = plan("[7, 4] -> [7, 3] { dense(3) }");
        let Verb::Product(Product::Gemm { m, k, n, .. }) = &plan.inference.steps[0].verb else {
            panic!("{plan:?}")
        };
        assert_eq!((m, k, n), (&Dim::from(7), &Dim::from(4), &Dim::from(3)));
    }

    #[test]
    fn the_gemm_has_the_sizes_of_the_layer() {
        let plan = plan("[4] -> [3] { dense(3) }");
        let Verb::Product(Product::Gemm { k, n, .. }) = &plan.inference.steps[0].verb else {
            panic!("{plan:?}")
        };
        assert_eq!((k, n), (&Dim::from(4), &Dim::from(3)));
    }

    #[test]
    fn an_image_is_to_be_flattened() {
        let mistake = mistake("[8, 8, 16] -> [10] { dense(10) }");
        assert!(mistake.starts_with("`dense` takes a flat input"), "{mistake}");
        assert!(mistake.contains("found: [8, 8, 16]"), "{mistake}");
        assert!(mistake.contains("help: add `flatten` before it"), "{mistake}");
    }
}
