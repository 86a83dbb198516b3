//! Attention of several heads.

mod steps;

use super::{Check, Init, Kind, Layer, Pace, Param, divisors, sequence};
use crate::{
    plan::{Attention as Sizes, Buf, lower::Lower},
    shape::{Dim, Shape},
    syntax::{Spanned, args::Args},
};

const DOC: &str = "\
Every step of `[time, features]` becomes a mean of all steps, weighted by how well they fit, head by
head: `softmax(q · kᵀ / √head_size) · v`, with `q = x · query + query_bias` and `k` and `v` alike; the
heads side by side are multiplied by `output` (Vaswani et al. 2017). The shape stays as it is.

- `heads`: the number of heads, which divides the features unless `head_size` is given.
- `key_value_heads = heads`: heads of keys and values, each for as many heads of queries that follow one
  another: 1 is multi-query attention (Shazeer 2019), more are grouped-query attention (Ainslie et al.
  2023).
- `head_size = features / heads`: features of a head.
- `causal = false`: whether a step sees none after it.
- `rotary = false`: whether queries and keys are turned by angles that grow with time, so that scores
  depend on distances (Su et al. 2021): the features `i` and `i + head_size / 2` of a head by
  `t / 10000^(2i / head_size)`, the halves as pairs as in GPT-NeoX and Llama. `rotation` is the fixed
  table of sines and cosines.
- `bias = true`: whether the four biases are added.
- `init = glorot_uniform`: how the four weights start.
- `l1 = 0`: the penalty `l1 · Σ |w|` of its weights in training: see [regularisation](#regularisation).
- `l2 = 0`: the penalty `l2 · Σ w²`, likewise.
- `max_norm`: the largest norm of what enters one unit, likewise.

Parameters, with `n = heads · head_size` and `m = key_value_heads · head_size`: `query [features, n]`,
`query_bias [n]`, `key [features, m]`, `key_bias [m]`, `value [features, m]`, `value_bias [m]`,
`output [n, features]`, `output_bias [features]`; where `rotary`, the state `rotation [time, head_size]`.";

pub(super) const KIND: Kind = Kind {
    keyword: "attention",
    doc: DOC,
    args: &[
        "heads",
        "key_value_heads",
        "head_size",
        "causal",
        "rotary",
        "bias",
        "init",
        "l1",
        "l2",
        "max_norm",
    ],
    examples: &[
        "[5, 4] -> [5, 4] { layer_norm, attention(2, causal = true) }",
        "[3, 4] -> [3, 4] { attention(4, key_value_heads = 2, bias = false) }",
        "[4, 2] -> [4, 2] { attention(2, head_size = 4, key_value_heads = 1, rotary = true) }",
        "[3, 2] -> [3, 2] { dense(3), tanh, #[freeze] attention(1), dense(2) }",
    ],
    init_before: None,
    parse,
};

#[derive(Debug)]
struct Attention {
    heads: Spanned<usize>,
    key_value_heads: Spanned<usize>,
    head_size: Option<Dim>,
    causal: bool,
    rotary: Spanned<bool>,
    bias: bool,
    init: Init,
}

fn parse(args: &mut Args<'_>) -> Option<Box<dyn Layer>> {
    let heads = args.count("heads");
    let count = heads.map_or(1, |heads| heads.value);
    let key_value_heads = args.count_or("key_value_heads", count);
    let head_size = args.optional_dim("head_size").map(|size| size.value);
    let (causal, rotary) = (args.flag_or("causal", false), args.flag_or("rotary", false));
    let (bias, init) = (args.flag_or("bias", true), args.init("init"));
    Some(Box::new(Attention {
        heads: heads?,
        key_value_heads: key_value_heads?,
        head_size,
        causal: causal?.value,
        rotary: rotary?,
        bias: bias?.value,
        init: init?.unwrap_or(Init::GlorotUniform),
    }))
}

impl Attention {
    /// Features of a head; unknown where the heads do not divide the features.
    fn head_size(&self, input: &Shape) -> Dim {
        let (heads, features) = (self.heads.value, input.channels());
        match (&self.head_size, features.literal()) {
            (Some(size), _) => size.clone(),
            (None, Some(features)) if features.is_multiple_of(heads) => (features / heads).into(),
            _ if heads == 1 => features,
            _ => Dim::Unknown,
        }
    }

    fn sizes(&self, input: &Shape) -> Sizes {
        let time = input.dims()[0].clone();
        Sizes {
            time: time.clone(),
            key_time: time,
            heads: self.heads.value,
            key_value_heads: self.key_value_heads.value,
            head_size: self.head_size(input),
            causal: self.causal,
        }
    }

    fn check_heads(&self, input: &Shape, check: &mut Check<'_>) {
        let (Spanned { value: heads, span }, features) = (self.heads, input.channels());
        let is_known = self.head_size(input) != Dim::Unknown;
        if is_known || self.head_size.is_some() || features.is_unknown() {
            return;
        }
        let expected = match features.literal() {
            Some(features) => divisors::words(features),
            None => "`head_size` beside it, where the number of features is symbolic".to_owned(),
        };
        check
            .error(span, format!("`heads = {heads}` does not divide the {features} features"))
            .found(heads)
            .expected(expected)
            .help("or say how large a head is: `head_size = 16`");
    }

    fn check_key_value_heads(&self, check: &mut Check<'_>) {
        let (heads, Spanned { value: shared, span }) = (self.heads.value, self.key_value_heads);
        if !heads.is_multiple_of(shared) {
            check
                .error(
                    span,
                    format!("`key_value_heads = {shared}` does not divide the {heads} heads"),
                )
                .found(shared)
                .expected(divisors::words(heads));
        }
    }

    /// Pairs of features are turned.
    fn check_rotary(&self, input: &Shape, check: &mut Check<'_>) {
        let size = self.head_size(input).literal().filter(|size| size % 2 == 1);
        if let Some(size) = size.filter(|_| self.rotary.value) {
            check
                .error(
                    self.rotary.span,
                    format!("`rotary` turns pairs, and a head has {size} features"),
                )
                .found(size)
                .expected("an even number of features of a head")
                .help(format!("write `head_size = {}`", size + 1));
        }
    }

    fn weight(&self, name: &'static str, from: Dim, to: Dim) -> Param {
        Param {
            name,
            shape: Shape(vec![from.clone(), to.clone()]),
            init: Some(self.init),
            fan_in: from,
            fan_out: to,
            trained: true,
            decays: true,
        }
    }

    /// A weight, and its bias if there is one.
    fn projection(&self, names: steps::Names, from: &Dim, to: &Dim) -> Vec<Param> {
        let weight = self.weight(names.weight, from.clone(), to.clone());
        let bias = Param::bias(to.clone(), None, from.clone(), to.clone());
        let bias = Param { name: names.bias, ..bias };
        [weight].into_iter().chain(self.bias.then_some(bias)).collect()
    }

    /// The sines and cosines of the angles.
    fn rotation(&self, sizes: &Sizes) -> Option<Param> {
        let shape = Shape(vec![sizes.time.clone(), sizes.head_size.clone()]);
        let param = Param {
            shape,
            init: Some(Init::Sinusoidal),
            trained: false,
            decays: false,
            ..self.weight("rotation", sizes.time.clone(), sizes.head_size.clone())
        };
        self.rotary.value.then_some(param)
    }
}

impl Layer for Attention {
    fn output(&self, input: &Shape, check: &mut Check<'_>) -> Shape {
        self.check_key_value_heads(check);
        if !sequence::expect("attention", input, check) {
            return Shape(vec![Dim::Unknown; 2]);
        }
        self.check_heads(input, check);
        self.check_rotary(input, check);
        input.clone()
    }

    fn params(&self, input: &Shape) -> Vec<Param> {
        let (sizes, features) = (self.sizes(input), input.channels());
        let (width, key_width) = (sizes.width(), sizes.key_width());
        [
            self.projection(steps::QUERY, &features, &width),
            self.projection(steps::KEY, &features, &key_width),
            self.projection(steps::VALUE, &features, &key_width),
            self.projection(steps::OUTPUT, &width, &features),
        ]
        .into_iter()
        .flatten()
        .chain(self.rotation(&sizes))
        .collect()
    }

    fn macs(&self, input: &Shape, _output: &Shape) -> Dim {
        let (sizes, features) = (self.sizes(input), input.channels());
        let projected = [sizes.width(), sizes.key_width()]
            .map(|width| Dim::product([Dim::from(2), sizes.time.clone(), features.clone(), width]));
        let weighed = Dim::product([Dim::from(2), sizes.pairs(), sizes.width()]);
        Dim::sum(projected.into_iter().chain([weighed]))
    }

    fn canonical(&self) -> String {
        let Self { heads, key_value_heads, head_size, causal, rotary, bias, .. } = self;
        let (heads, shared, rotary) = (heads.value, key_value_heads.value, rotary.value);
        let size = head_size.as_ref().map_or(String::new(), |size| format!("head_size = {size}, "));
        format!(
            "{heads}, key_value_heads = {shared}, {size}causal = {causal}, rotary = {rotary}, \
             bias = {bias}"
        )
    }

    fn forward(&self, cx: &mut Lower<'_>) -> Buf {
        let sizes = self.sizes(cx.input());
        steps::forward(cx, &sizes, self.bias, self.rotary.value)
    }

    fn pace(&self, _input: &Shape) -> Pace {
        if self.causal {
            Pace::Steps
        } else {
            Pace::Whole("with `causal = true` it sees no later step")
        }
    }

    fn step(&self, cx: &mut Lower<'_>) -> Buf {
        let sizes = self.sizes(cx.sequence());
        steps::step(cx, &sizes, self.bias, self.rotary.value)
    }

    fn backward(&self, cx: &mut Lower<'_>, dy: Buf) -> Buf {
        let sizes = self.sizes(cx.input());
        steps::backward(cx, dy, &sizes, self.bias, self.rotary.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::testing::{inference, mistake, model, plan, shape, training};

    #[test]
    fn parameters_and_macs() {
        let model = model("[8, 6] -> [8, 6] { attention(3, key_value_heads = 1, rotary = true) }");
        let node = &model.nodes[0];
        let facts: Vec<_> = node.params.iter().map(|p| format!("{}{}", p.name, p.shape)).collect();
        let weights = "query[6, 6] query_bias[6] key[6, 2] key_bias[2] value[6, 2] value_bias[2] \
                       output[6, 6] output_bias[6] rotation[8, 2]";
        assert_eq!(facts.join(" "), weights);
        assert_eq!(node.macs, Dim::from(2 * 8 * 6 * (6 + 2) + 2 * 8 * 8 * 6));
        let state: Vec<_> = node.params.iter().filter(|p| !p.trained).map(|p| p.name).collect();
        assert_eq!(state, ["rotation"]);
    }

    #[test]
    fn what_is_masked_is_not_computed() {
        let macs = |causal| {
            let network = format!("[8, 6] -> [8, 6] {{ attention(3, causal = {causal}) }}");
            model(&network).nodes[0].macs.literal().unwrap()
        };
        assert_eq!(macs(false) - macs(true), 2 * (8 * 8 - 8 * 9 / 2) * 6);
    }

    #[test]
    fn forward_and_backward() {
        let [forward, backward] = training("[8, 6] -> [8, 6] { attention(3, rotary = true) }");
        let projected = ["Gemm", "AddBias"];
        let turned = ["Rotate", "Rotate"];
        let steps = [&projected[..], &projected, &projected, &turned, &["Attention"], &projected];
        assert_eq!(forward, steps.concat());
        let projected = ["SumRows", "GemmGradWeight", "GemmGradInput"];
        let steps = [
            &projected[..],
            &["AttentionGrad", "Rotate", "Rotate"],
            &projected,
            &projected,
            &["Axpby"],
            &projected,
            &["Axpby"],
        ];
        assert_eq!(backward, steps.concat());
        let plain = "[8, 6] -> [8, 6] { attention(3, bias = false) }";
        assert_eq!(inference(plain), ["Gemm", "Gemm", "Gemm", "Attention", "Gemm"]);
    }

    #[test]
    fn one_number_is_kept_for_each_query() {
        let plan = plan("[8, 6] -> [8, 6] { attention(3) }");
        assert_eq!(shape(&plan.training.program, "attention1.stats"), "[3, 8]");
    }

    #[test]
    fn heads_divide_the_features() {
        let mistake = mistake("[8, 6] -> [8, 6] { attention(4) }");
        assert!(mistake.starts_with("`heads = 4` does not divide the 6 features"), "{mistake}");
        assert!(mistake.contains("expected: a divisor of 6: 1, 2, 3, 6"), "{mistake}");
    }

    #[test]
    fn a_head_size_needs_no_division() {
        let model = model("[8, 6] -> [8, 6] { attention(4, head_size = 5) }");
        assert_eq!(model.nodes[0].params[0].shape, Shape::literal(&[6, 20]));
    }

    #[test]
    fn heads_of_keys_divide_those_of_queries() {
        let mistake = mistake("[8, 6] -> [8, 6] { attention(6, key_value_heads = 4) }");
        let message = "`key_value_heads = 4` does not divide the 6 heads";
        assert!(mistake.starts_with(message), "{mistake}");
    }

    #[test]
    fn pairs_are_turned() {
        let mistake = mistake("[8, 6] -> [8, 6] { attention(2, rotary = true) }");
        assert!(mistake.starts_with("`rotary` turns pairs, and a head has 3"), "{mistake}");
    }

    #[test]
    fn it_takes_a_sequence() {
        let mistake = mistake("[8] -> [8, 1] { attention(1) }");
        assert!(mistake.contains("help: add `reshape([8, 1])` before it"), "{mistake}");
    }
}
