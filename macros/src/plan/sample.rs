//! Plans for tests of the passes and of the interpreter, built without a declaration.

use proc_macro2::Span;

use super::{
    Buf, Buffer, Conv, Fun, Layout, Plan, PlanParam, Program, Space, Step, Training, Verb, Window,
};
use crate::shape::{Dim, Shape};

/// A layer of a sample.
#[derive(Clone, Debug)]
pub(crate) enum L {
    Dense(usize),
    /// Without bias.
    Matrix(usize),
    /// The weight and the bias are not trained.
    FrozenDense(usize),
    Conv(C),
    Map(Fun),
    /// Size, stride and padding.
    MaxPool(usize, usize, usize),
    MaxPoolByValue(usize, usize, usize),
    AvgPool(usize, usize, usize),
    Softmax,
    LogSoftmax,
    Dropout(f64),
    BatchNorm,
    FrozenBatchNorm,
}

/// A convolution of a sample.
#[derive(Clone, Debug)]
pub(crate) struct C {
    pub(crate) channels: usize,
    pub(crate) kernel: [usize; 2],
    pub(crate) stride: [usize; 2],
    pub(crate) padding: [usize; 2],
    pub(crate) dilation: [usize; 2],
    pub(crate) groups: usize,
}

impl C {
    pub(crate) fn plain(channels: usize, kernel: usize) -> L {
        L::Conv(Self::with(channels, kernel))
    }

    pub(crate) fn with(channels: usize, kernel: usize) -> Self {
        Self {
            channels,
            kernel: [kernel; 2],
            stride: [1; 2],
            padding: [0; 2],
            dilation: [1; 2],
            groups: 1,
        }
    }
}

/// The plan of a chain of layers named `n0`, `n1`, ...; nothing is optimised yet.
pub(crate) fn plan(input: &[usize], layers: &[L]) -> Plan {
    plan_of(Shape::literal(input), layers)
}

/// The same for an input with symbols.
pub(crate) fn plan_of(input: Shape, layers: &[L]) -> Plan {
    let (params, trained, state) = params(&input, layers);
    let (inference, output) = inference(&input, layers, &params);
    let training = training(&input, layers, &params);
    Plan { params, trained, state, inference, output, training }
}

fn params(input: &Shape, layers: &[L]) -> (Vec<PlanParam>, Dim, Dim) {
    let mut params = Vec::new();
    let mut ends = [Dim::ZERO, Dim::ZERO];
    for trained in [true, false] {
        let mut x = input.clone();
        for (node, layer) in layers.iter().enumerate() {
            for (name, shape, _) in declared(layer, &x).into_iter().filter(|p| p.2 == trained) {
                let [first, second] = &mut ends;
                let offset = Dim::sum([first.clone(), second.clone()]);
                let end = if trained { first } else { second };
                *end = Dim::sum([end.clone(), shape.len().round_up(16)]);
                let layout = Layout::Plain;
                params.push(PlanParam { node, name, shape, trained, layout, offset });
            }
            x = output(layer, &x);
        }
    }
    let [trained, state] = ends;
    (params, trained, state)
}

/// Name, shape, and whether it is trained.
fn declared(layer: &L, x: &Shape) -> Vec<(&'static str, Shape, bool)> {
    let c = Shape(vec![x.channels()]);
    match layer {
        L::Dense(n) | L::FrozenDense(n) => {
            let trained = matches!(layer, L::Dense(_));
            let weight = Shape(vec![x.len(), Dim::from(*n)]);
            vec![("weight", weight, trained), ("bias", Shape::flat(*n), trained)]
        }
        L::Matrix(n) => vec![("weight", Shape(vec![x.len(), Dim::from(*n)]), true)],
        L::Conv(conv) => {
            let [kh, kw] = conv.kernel;
            let ci = x.channels().literal().expect("sample images are literal") / conv.groups;
            let weight = Shape::literal(&[kh, kw, ci, conv.channels]);
            vec![("weight", weight, true), ("bias", Shape::flat(conv.channels), true)]
        }
        L::BatchNorm | L::FrozenBatchNorm => {
            let trained = matches!(layer, L::BatchNorm);
            let scale = [("gamma", c.clone(), trained), ("beta", c.clone(), trained)];
            let state = [("mean", c.clone(), false), ("var", c, false)];
            scale.into_iter().chain(state).collect()
        }
        _ => Vec::new(),
    }
}

fn output(layer: &L, x: &Shape) -> Shape {
    match layer {
        L::Dense(n) | L::Matrix(n) | L::FrozenDense(n) => Shape::flat(*n),
        L::Conv(conv) => {
            let [h, w] = window(x, conv).output;
            Shape(vec![h, w, Dim::from(conv.channels)])
        }
        L::MaxPool(size, stride, padding)
        | L::MaxPoolByValue(size, stride, padding)
        | L::AvgPool(size, stride, padding) => {
            let [h, w] = window(x, &pooling(*size, *stride, *padding)).output;
            Shape(vec![h, w, x.channels()])
        }
        _ => x.clone(),
    }
}

fn pooling(size: usize, stride: usize, padding: usize) -> C {
    C { stride: [stride; 2], padding: [padding; 2], ..C::with(0, size) }
}

fn window(x: &Shape, conv: &C) -> Window {
    let side = |i: usize| x.dims()[i].literal().expect("sample images are literal");
    let span = |i: usize| (conv.kernel[i] - 1) * conv.dilation[i] + 1;
    let steps = |i: usize| (side(i) + 2 * conv.padding[i] - span(i)) / conv.stride[i] + 1;
    Window {
        input: [Dim::from(side(0)), Dim::from(side(1))],
        output: [Dim::from(steps(0)), Dim::from(steps(1))],
        kernel: conv.kernel.map(Dim::from),
        stride: conv.stride,
        padding: conv.padding,
        dilation: conv.dilation,
    }
}

fn inference(input: &Shape, layers: &[L], params: &[PlanParam]) -> (Program, Buf) {
    let mut build = Build::new(input, params, false);
    for (node, layer) in layers.iter().enumerate() {
        build.forward(node, layer);
    }
    (build.program, build.y)
}

fn training(input: &Shape, layers: &[L], params: &[PlanParam]) -> Training {
    let mut build = Build::new(input, params, true);
    let sites: Vec<Site> =
        layers.iter().enumerate().map(|(node, layer)| build.forward(node, layer)).collect();
    let (forward, output) = (build.program.steps.len(), build.y);
    let d_output = build.row("d_output", &build.shape.clone());
    let (mut dy, mut head, mut d_head) = (d_output, forward, d_output);
    for (node, layer) in layers.iter().enumerate().rev() {
        dy = build.backward(node, layer, &sites[node], dy);
        if node + 1 == layers.len() && is_head(layer) {
            (head, d_head) = (build.program.steps.len(), dy);
        }
    }
    Training { program: build.program, forward, head, output, d_output, d_head }
}

fn is_head(layer: &L) -> bool {
    matches!(layer, L::Softmax | L::LogSoftmax | L::Map(Fun::Sigmoid))
}

/// What the forward steps of a layer leave to the backward steps.
struct Site {
    input: Shape,
    x: Buf,
    y: Buf,
    kept: Vec<Buf>,
}

struct Build {
    program: Program,
    training: bool,
    shape: Shape,
    y: Buf,
    /// By node, name, parameter and gradient.
    params: Vec<(usize, &'static str, Buf, Option<Buf>)>,
}

impl Build {
    fn new(input: &Shape, params: &[PlanParam], training: bool) -> Self {
        let mut build = Self {
            program: Program::default(),
            training,
            shape: input.clone(),
            y: Buf(0),
            params: Vec::new(),
        };
        build.y = build.buffer("input".to_owned(), Space::Input, input);
        for (index, param) in params.iter().enumerate() {
            let PlanParam { node, name, shape, trained, .. } = param;
            let buf = build.buffer(format!("n{node}.{name}"), Space::Param(index), shape);
            let gradient = (training && *trained)
                .then(|| build.buffer(format!("n{node}.d{name}"), Space::Gradient(index), shape));
            build.params.push((*node, name, buf, gradient));
        }
        build
    }

    fn buffer(&mut self, name: String, space: Space, shape: &Shape) -> Buf {
        let (shape, layout) = (shape.clone(), Layout::Plain);
        self.program.buffers.push(Buffer { name, space, shape, layout, offset: None });
        Buf(self.program.buffers.len() - 1)
    }

    fn row(&mut self, name: &str, shape: &Shape) -> Buf {
        self.buffer(name.to_owned(), Space::Row, shape)
    }

    fn push(&mut self, node: usize, verb: Verb) {
        self.program.steps.push(Step { verb, node, span: Span::call_site() });
    }

    fn param(&self, node: usize, name: &str) -> Buf {
        self.entry(node, name).expect("the layer declares it").0
    }

    fn entry(&self, node: usize, name: &str) -> Option<(Buf, Option<Buf>)> {
        let found = self.params.iter().find(|param| param.0 == node && param.1 == name);
        found.map(|(.., buf, gradient)| (*buf, *gradient))
    }

    fn forward(&mut self, node: usize, layer: &L) -> Site {
        let (input, x) = (self.shape.clone(), self.y);
        self.shape = output(layer, &input);
        let mut kept = Vec::new();
        let y = if matches!(layer, L::Dropout(_)) && !self.training {
            x
        } else {
            let shape = self.shape.clone();
            let y = self.row(&format!("n{node}.y"), &shape);
            self.append(node, layer, &input, x, y, &mut kept);
            y
        };
        self.y = y;
        Site { input, x, y, kept }
    }

    fn append(
        &mut self,
        node: usize,
        layer: &L,
        input: &Shape,
        x: Buf,
        y: Buf,
        kept: &mut Vec<Buf>,
    ) {
        let shape = self.shape.clone();
        match layer {
            L::Dense(n) | L::FrozenDense(n) | L::Matrix(n) => {
                let (w, k, n) = (self.param(node, "weight"), input.len(), Dim::from(*n));
                self.push(node, Verb::Gemm { y, x, w, bias: None, fun: None, k, n });
                self.add_bias(node, y);
            }
            L::Conv(c) => {
                let (w, conv) = (self.param(node, "weight"), conv(input, c));
                self.push(node, Verb::Conv2d { y, x, w, bias: None, fun: None, conv });
                self.add_bias(node, y);
            }
            L::Map(fun) => self.push(node, Verb::Map { y, x, fun: *fun }),
            L::MaxPool(size, stride, padding) | L::MaxPoolByValue(size, stride, padding) => {
                let window = window(input, &pooling(*size, *stride, *padding));
                let indexed = self.training && matches!(layer, L::MaxPool(..));
                let index =
                    indexed.then(|| self.buffer(format!("n{node}.index"), Space::Index, &shape));
                kept.extend(index);
                let channels = input.channels();
                self.push(node, Verb::MaxPool2d { y, index, x, channels, window });
            }
            L::AvgPool(size, stride, padding) => {
                let window = window(input, &pooling(*size, *stride, *padding));
                self.push(node, Verb::AvgPool2d { y, x, channels: input.channels(), window });
            }
            L::Softmax => self.push(node, Verb::Softmax { y, x, n: input.channels() }),
            L::LogSoftmax => self.push(node, Verb::LogSoftmax { y, x, n: input.channels() }),
            L::Dropout(rate) => {
                self.push(node, Verb::Dropout { y, x, rate: *rate, layer: node });
            }
            L::BatchNorm | L::FrozenBatchNorm => self.norm(node, layer, input, x, y, kept),
        }
    }

    fn norm(&mut self, node: usize, layer: &L, input: &Shape, x: Buf, y: Buf, kept: &mut Vec<Buf>) {
        let [gamma, beta, mean, var] =
            ["gamma", "beta", "mean", "var"].map(|name| self.param(node, name));
        let epsilon = 1e-3;
        if !self.training || matches!(layer, L::FrozenBatchNorm) {
            self.push(node, Verb::Normalize { y, x, gamma, beta, mean, var, epsilon });
            return;
        }
        let shape = Shape(vec![input.channels()]);
        let (running_mean, running_var) = (mean, var);
        let mean = self.buffer(format!("n{node}.batch_mean"), Space::Fixed, &shape);
        let rstd = self.buffer(format!("n{node}.batch_rstd"), Space::Fixed, &shape);
        kept.extend([mean, rstd]);
        let verb = Verb::BatchNorm {
            y,
            mean,
            rstd,
            running_mean,
            running_var,
            x,
            gamma,
            beta,
            momentum: 0.9,
            epsilon,
        };
        self.push(node, verb);
    }

    fn add_bias(&mut self, node: usize, y: Buf) {
        if let Some((bias, _)) = self.entry(node, "bias") {
            self.push(node, Verb::AddBias { y, bias });
        }
    }

    fn backward(&mut self, node: usize, layer: &L, site: &Site, dy: Buf) -> Buf {
        let Site { input, x, y, kept } = site;
        let (x, y, channels) = (*x, *y, input.channels());
        let dx = self.row(&format!("n{node}.dx"), input);
        match layer {
            L::Dense(n) | L::FrozenDense(n) | L::Matrix(n) => {
                let (w, k, n) = (self.param(node, "weight"), input.len(), Dim::from(*n));
                self.sum_rows(node, dy);
                if let Some((_, Some(dw))) = self.entry(node, "weight") {
                    let (k, n) = (k.clone(), n.clone());
                    self.push(node, Verb::GemmGradWeight { dw, x, dy, k, n });
                }
                self.push(node, Verb::GemmGradInput { dx, dy, w, k, n });
            }
            L::Conv(c) => {
                let (w, conv) = (self.param(node, "weight"), conv(input, c));
                self.sum_rows(node, dy);
                if let Some((_, Some(dw))) = self.entry(node, "weight") {
                    let mut copies = self.program.buffers[dw.0].shape.clone();
                    copies.0.insert(0, Dim::from(2));
                    let partial = self.buffer(format!("n{node}.partial"), Space::Fixed, &copies);
                    let conv = conv.clone();
                    self.push(node, Verb::Conv2dGradWeight { dw, partial, x, dy, conv });
                }
                self.push(node, Verb::Conv2dGradInput { dx, dy, w, conv });
            }
            L::Map(fun) => {
                let kept = if fun.gradient_from() == super::GradientFrom::Input { x } else { y };
                self.push(node, Verb::MapGrad { dx, dy, kept, fun: *fun });
            }
            L::MaxPool(size, stride, padding) => {
                let (index, window) = (kept[0], window(input, &pooling(*size, *stride, *padding)));
                self.push(node, Verb::MaxPool2dGrad { dx, dy, index, channels, window });
            }
            L::MaxPoolByValue(size, stride, padding) => {
                let window = window(input, &pooling(*size, *stride, *padding));
                self.push(node, Verb::MaxPool2dGradByValue { dx, dy, y, x, channels, window });
            }
            L::AvgPool(size, stride, padding) => {
                let window = window(input, &pooling(*size, *stride, *padding));
                self.push(node, Verb::AvgPool2dGrad { dx, dy, channels, window });
            }
            L::Softmax => self.push(node, Verb::SoftmaxGrad { dx, dy, y, n: channels }),
            L::LogSoftmax => self.push(node, Verb::LogSoftmaxGrad { dx, dy, y, n: channels }),
            L::Dropout(rate) => {
                self.push(node, Verb::Dropout { y: dx, x: dy, rate: *rate, layer: node });
            }
            L::BatchNorm => {
                let (gamma, dgamma) = self.entry(node, "gamma").expect("declared");
                let (_, dbeta) = self.entry(node, "beta").expect("declared");
                let (dgamma, dbeta) = (dgamma.expect("trained"), dbeta.expect("trained"));
                let (mean, rstd) = (kept[0], kept[1]);
                let verb = Verb::BatchNormGrad { dx, dgamma, dbeta, dy, x, gamma, mean, rstd };
                self.push(node, verb);
            }
            L::FrozenBatchNorm => {
                let (gamma, var) = (self.param(node, "gamma"), self.param(node, "var"));
                self.push(node, Verb::NormalizeGrad { dx, dy, gamma, var, epsilon: 1e-3 });
            }
        }
        dx
    }

    fn sum_rows(&mut self, node: usize, dy: Buf) {
        if let Some((_, Some(db))) = self.entry(node, "bias") {
            self.push(node, Verb::SumRows { db, dy });
        }
    }
}

fn conv(input: &Shape, conv: &C) -> Conv {
    Conv {
        window: window(input, conv),
        input_channels: input.channels(),
        output_channels: Dim::from(conv.channels),
        groups: conv.groups,
    }
}
