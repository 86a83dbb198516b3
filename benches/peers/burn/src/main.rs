//! burn on its CPU backend, flex.

#[path = "../../contestant.rs"]
mod contestant;
#[path = "../../network.rs"]
mod network;

use burn::{
    module::Param,
    nn::{
        Linear, LinearConfig, PaddingConfig2d,
        conv::{Conv2d, Conv2dConfig},
        loss::{CrossEntropyLossConfig, MseLoss, Reduction},
    },
    optim::{AdamConfig, GradientsParams, ModuleOptimizer},
    prelude::*,
    tensor::{TensorData, activation, module::max_pool2d, ops::MaxPoolOptions},
};
use contestant::{Job, label, serve, target, time_calls};
use network::{Layer, Network};

/// Batches that a round goes through.
const BATCHES: usize = 8;

fn main() {
    let job = Job::from_args().expect("arguments WORK NETWORK THREADS MODELS");
    let network = Network::load(&job);
    let about = format!("burn 0.22.1 flex, threads {}", job.threads);
    if job.work == "step" {
        return train(&job, &network, &about);
    }
    let device = Device::flex();
    let (model, x) = (Model::new(&network, &device), Input::new(&network, job.batch(), &device));
    let call = || {
        let logits = model.forward(&network, x.clone());
        if network.ends_in_softmax() { activation::softmax(logits, 1) } else { logits }
    };
    let check = || call().into_data().try_to_vec().expect("f32");
    serve(&about, check, |seconds| time_calls(seconds, || drop(call())).to_vec());
}

fn train(job: &Job, network: &Network, about: &str) {
    let device = Device::flex().autodiff();
    let batches: Vec<_> = (0..BATCHES)
        .map(|i| Batch::new(network, i * job.batch()..(i + 1) * job.batch(), &device))
        .collect();
    let check = || {
        let mut training = Training::new(network, &device);
        (0..3).map(|_| training.step(&batches[0])).collect()
    };
    let (mut training, mut next) = (Training::new(network, &device), batches.iter().cycle());
    serve(about, check, |seconds| {
        let step = || {
            training.step(next.next().expect("endless"));
        };
        vec![time_calls(seconds, step)[0]]
    });
}

/// Samples with their targets.
struct Batch {
    input: Input,
    targets: Targets,
}

#[derive(Clone)]
enum Input {
    Images(Tensor<4>),
    Rows(Tensor<2>),
}

enum Targets {
    Labels(Tensor<1, Int>),
    Values(Tensor<2>),
}

impl Input {
    fn new(network: &Network, rows: usize, device: &Device) -> Self {
        let (values, shape) = network.inputs(rows);
        let data = TensorData::new(values, shape.clone());
        match shape.len() {
            4 => Self::Images(Tensor::from_data(data, device)),
            _ => Self::Rows(Tensor::from_data(data, device)),
        }
    }

    fn narrow(self, rows: &std::ops::Range<usize>) -> Self {
        match self {
            Self::Images(x) => Self::Images(x.narrow(0, rows.start, rows.len())),
            Self::Rows(x) => Self::Rows(x.narrow(0, rows.start, rows.len())),
        }
    }
}

impl Batch {
    fn new(network: &Network, rows: std::ops::Range<usize>, device: &Device) -> Self {
        let input = Input::new(network, rows.end, device).narrow(&rows);
        let targets = if network.classes == 1 {
            let values: Vec<f32> = rows.clone().map(target).collect();
            Targets::Values(Tensor::from_data(TensorData::new(values, [rows.len(), 1]), device))
        } else {
            let labels: Vec<i64> = rows.clone().map(|row| i64::from(label(row))).collect();
            Targets::Labels(Tensor::from_data(TensorData::new(labels, [rows.len()]), device))
        };
        Self { input, targets }
    }
}

/// The layers with weights, in order.
#[derive(Module, Debug)]
struct Model {
    convs: Vec<Conv2d>,
    denses: Vec<Linear>,
}

impl Model {
    fn new(network: &Network, device: &Device) -> Self {
        let (mut convs, mut denses) = (Vec::new(), Vec::new());
        for layer in network.features.iter().chain(&network.head) {
            match layer {
                Layer::Conv { weight, shape: [co, ci, k, _], bias, padding } => {
                    let padding = PaddingConfig2d::Explicit(*padding, *padding, *padding, *padding);
                    let config = Conv2dConfig::new([*ci, *co], [*k, *k]).with_padding(padding);
                    let mut conv = config.init(device);
                    conv.weight = parameter(weight, [*co, *ci, *k, *k], device);
                    conv.bias = Some(parameter(bias, [*co], device));
                    convs.push(conv);
                }
                Layer::Dense { weight, shape: [inputs, outputs], bias } => {
                    let mut dense = LinearConfig::new(*inputs, *outputs).init(device);
                    dense.weight = parameter(weight, [*inputs, *outputs], device);
                    dense.bias = Some(parameter(bias, [*outputs], device));
                    denses.push(dense);
                }
                _ => {}
            }
        }
        Self { convs, denses }
    }

    /// The outputs before the softmax.
    fn forward(&self, network: &Network, input: Input) -> Tensor<2> {
        let (mut convs, mut denses) = (self.convs.iter(), self.denses.iter());
        let rows = match input {
            Input::Rows(x) => x,
            Input::Images(x) => {
                let features = network.features.iter();
                features
                    .fold(x, |x, layer| match layer {
                        Layer::Conv { .. } => convs.next().expect("a module a layer").forward(x),
                        Layer::MaxPool(size) => max_pool2d(x, MaxPoolOptions::new([*size; 2])),
                        other => pointwise(other, x),
                    })
                    .flatten(1, 3)
            }
        };
        network.head.iter().fold(rows, |x, layer| match layer {
            Layer::Dense { .. } => denses.next().expect("a module a layer").forward(x),
            other => pointwise(other, x),
        })
    }
}

fn parameter<const D: usize>(
    values: &[f32],
    shape: [usize; D],
    device: &Device,
) -> Param<Tensor<D>> {
    Param::from_tensor(Tensor::from_data(TensorData::new(values.to_vec(), shape), device))
}

fn pointwise<const D: usize>(layer: &Layer, x: Tensor<D>) -> Tensor<D> {
    match layer {
        Layer::Relu => activation::relu(x),
        Layer::Tanh => activation::tanh(x),
        // It belongs to the loss, or follows at the end.
        _ => x,
    }
}

struct Training<'n> {
    network: &'n Network,
    device: &'n Device,
    model: Option<Model>,
    adam: ModuleOptimizer,
}

impl<'n> Training<'n> {
    fn new(network: &'n Network, device: &'n Device) -> Self {
        let adam = AdamConfig::new().with_epsilon(1e-8).init();
        Self { network, device, model: Some(Model::new(network, device)), adam }
    }

    /// One step; returns the loss before it.
    fn step(&mut self, batch: &Batch) -> f32 {
        let model = self.model.take().expect("put back after each step");
        let y = model.forward(self.network, batch.input.clone());
        let loss = match &batch.targets {
            Targets::Labels(labels) => {
                CrossEntropyLossConfig::new().init(self.device).forward(y, labels.clone())
            }
            Targets::Values(values) => MseLoss::new().forward(y, values.clone(), Reduction::Mean),
        };
        let gradients = GradientsParams::from_grads(loss.backward(), &model);
        self.model = Some(self.adam.step(1e-3, model, gradients));
        loss.into_scalar()
    }
}
